"""`sesmime event`: make the record that is expected from SES when something happens to a message."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sesmime.cli.arguments import SETTINGS_EPILOG, any_message_tag
from sesmime.cli.files import CommandError, add_output, refuse_output, write_output
from sesmime.cli.submissions import add_submission, read_submission
from sesmime.cli.terminal import redacted, tell
from sesmime.errors import quoted
from sesmime.ses.events.blocks import MAKING
from sesmime.ses.events.carrying import carried
from sesmime.ses.events.kinds import KINDS, Carrier, EventFormat, EventKind
from sesmime.ses.events.records import NAMING, event_record

USAGE = "--kind KIND [OPTION]... [FILE]"
REDACTED = "the record too, which is then one to be shown"
EPILOG = (
    "FILE is a raw message, or the JSON of a request. The record is made of what it says: recipients, the tags that"
    f" count, fields. Its JSON is read by `sesmime events`. {SETTINGS_EPILOG}"
)

# The kinds by the words that people type.
_KINDS: Final[Mapping[str, EventKind]] = {row.v2.lower().replace("_", "-"): kind for kind, row in KINDS.items()}
_FORMATS: Final[Mapping[str, EventFormat]] = {
    "event": EventFormat.EVENT_PUBLISHING,
    "notification": EventFormat.FEEDBACK_NOTIFICATION,
}
# What may be said of an event, by its name in `RecordOptions`; all of them are texts.
_DETAILS: Final[Mapping[str, str]] = {
    "bounce_type": "Permanent, Transient or Undetermined",
    "bounce_sub_type": "such as General, NoEmail, MailboxFull, OnAccountSuppressionList",
    "diagnostic_code": "what the recipient's server said of a bounce or delay",
    "status": "its status code, such as 5.1.1",
    "complaint_feedback_type": "such as abuse, not-spam",
    "complaint_sub_type": "such as OnAccountSuppressionList",
    "smtp_response": "what the recipient's server said of a delivery",
    "delay_type": "such as MailboxFull, SpamDetected",
    "link": "the link that was clicked",
    "ip_address": "the address of who opened or clicked",
    "user_agent": "the program of who opened, clicked or complained",
    "is_bot_event": "whether a program opened or clicked",
    "template_name": "the template that could not be rendered",
    "error_message": "why a template could not be rendered",
    "contact_list": "the contact list of a subscription",
}
# What SES knows of the message.
_MAIL: Final[Mapping[str, str]] = {
    "account_id": "the account's number",
    "region": "the region, such as eu-west-1",
    "source_ip": "the address of the caller",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_submission(parser)
    parser.add_argument("--kind", required=True, type=_kind, metavar="KIND", help=f"what happened: {', '.join(_KINDS)}")
    parser.add_argument(
        "--carrier",
        choices=[carrier.value for carrier in Carrier],
        default=Carrier.RECORD.value,
        help="what the record comes in (default: record, which is the record itself)",
    )
    parser.add_argument(
        "--format",
        choices=list(_FORMATS),
        default="event",
        help="event (default), what a configuration set publishes; notification, what an identity's topic gets",
    )
    parser.add_argument(
        "--recipient", action="append", metavar="ADDRESS", help="whom it happened to (*); without it, everybody"
    )
    parser.add_argument("--message-id", metavar="ID", help="what the send call returned (default: a random one)")
    parser.add_argument(
        "--timestamp", type=_time, metavar="TIME", help="when SES took the message, in ISO 8601 (default: now)"
    )
    parser.add_argument("--topic-arn", metavar="ARN", help="the SNS topic, for a carrier that has one")
    parser.add_argument("--raw-delivery", action="store_true", help="a queue message without SNS's envelope")
    group = parser.add_argument_group("what is said of it", "Each for the kinds of event that have it.")
    for name, told in (*_DETAILS.items(), *_MAIL.items()):
        group.add_argument(_option(name), metavar="TEXT", help=told)
    group.add_argument(
        "--link-tag", action="append", type=any_message_tag, metavar="NAME=VALUE", help="a tag of the link (*)"
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make an event and return the exit code."""
    refuse_output(arguments.output)
    _refuse_details(arguments)
    submission = read_submission(arguments)
    options: dict[str, Any] = {name: value for name in (*_DETAILS, *_MAIL) if (value := getattr(arguments, name))}
    if arguments.link_tag:
        tags: dict[str, list[str]] = {}
        for name, value in arguments.link_tag:
            tags.setdefault(name, []).append(value)
        options["link_tags"] = tags
    if arguments.recipient and arguments.kind not in NAMING:
        told = ", ".join(word for word, kind in _KINDS.items() if kind in NAMING)
        raise CommandError(f"--recipient: an event of the kind {arguments.kind.value} names nobody; these do: {told}")
    record = event_record(
        arguments.kind,
        submission,
        message_id=arguments.message_id or _made_id(),
        timestamp=arguments.timestamp or datetime.now(UTC),
        recipients=arguments.recipient,
        format=_FORMATS[arguments.format],
        **options,
    )
    write_output(_written(record, arguments), arguments.output)
    mail = record["mail"]
    if not arguments.quiet and arguments.format == "event" and "ses:configuration-set" not in mail["tags"]:
        tell("the message names no configuration set: SES publishes events only if the identity has a default one")
    return 0


def _refuse_details(arguments: argparse.Namespace) -> None:
    """Raise CommandError for what a kind does not have."""
    has = MAKING[arguments.kind].options
    for name in (*_DETAILS, "link_tags"):
        option = "link_tag" if name == "link_tags" else name
        if getattr(arguments, option) is not None and name not in has:
            told = [_option(one) for one in _DETAILS if one in has]
            more = f"it has {', '.join(told)}" if told else "it has no details"
            raise CommandError(f"{_option(option)}: an event of the kind {arguments.kind.value} has none; {more}")


def _written(record: dict[str, Any], arguments: argparse.Namespace) -> bytes:
    from sesmime.cli.as_json import dumps

    options: dict[str, Any] = {}
    if arguments.topic_arn is not None:
        options["topic_arn"] = arguments.topic_arn
    if arguments.raw_delivery:
        options["raw_delivery"] = True
    carrier = Carrier(arguments.carrier)
    if carrier is Carrier.EVENTBRIDGE and arguments.region:
        options["region"] = arguments.region
    try:
        made = carried(redacted(record), carrier, **options)  # before: carriers hold JSON in JSON
    except TypeError:
        option = next(iter(options))
        raise CommandError(f"{_option(option)}: the carrier {carrier.value} has none") from None
    return made.encode() if isinstance(made, str) else dumps(made)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _kind(text: str) -> EventKind:
    """Read a kind, in any spelling of AWS's: bounce, BOUNCE, deliveryDelay, `Rendering Failure`."""
    wanted = _letters(text)
    for word, kind in _KINDS.items():
        row = KINDS[kind]
        if wanted in map(_letters, (word, kind.value, row.v1 or word, row.detail_type)):
            return kind
    raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is no kind of event; choose from {', '.join(_KINDS)}")


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def _time(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is no time such as 2026-11-28T09:00:00Z") from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _made_id() -> str:
    """Return a random message id of the form that SES has."""
    from uuid import uuid4

    return f"0100{uuid4().hex[:12]}-{uuid4()}-000000"
