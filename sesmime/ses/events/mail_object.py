"""The `mail` object that every record has: the message as SES tells of it, with its tags.

Sources: dg/event-publishing-retrieving-sns-contents and dg/notification-contents, with AWS's examples, for the keys of
the two formats; dg/monitor-using-event-publishing for the auto-tags; records of the service (localstack/localstack,
`tests/aws/services/ses/test_ses.snapshot.json`) for `ses:operation`, the order of tags, and what a template's `Send`
lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict

from sesmime.errors import InvalidSetting, member_of, quoted
from sesmime.mime.addresses import Mailbox, parse_addresses
from sesmime.mime.fields import Message
from sesmime.mime.held import holding
from sesmime.mime.words import decode_words
from sesmime.ses.events.kinds import EventFormat, EventKind
from sesmime.ses.events.one_message import OneMessage, RecordedField, all_named, field_octets
from sesmime.ses.events.plain import plain_text, utc_text
from sesmime.ses.interfaces import Interface
from sesmime.ses.quotas import MAX_RECORDED_HEADER
from sesmime.ses.requests import Submission
from sesmime.ses.tags import FEEDBACK_ID_TAGS

if TYPE_CHECKING:
    from typing import Unpack


class MailOptions(TypedDict, total=False):
    """What SES knows of a message that the message does not say; the defaults are those of AWS's examples.

    `account_id` and `region` are the sender's; `source_arn` is the identity's, made of them where it is None.
    `configuration_set` is the identity's default one, for a submission that names none. `auto_tags` adds tags of SES,
    or replaces them: `{"ses:recipient-isp": ("Gmail",)}`. `entry` numbers the entries of a bulk call from 0.
    `rendered` is the message that SES made of a template.
    """

    account_id: str
    region: str
    source_arn: str | None
    caller_identity: str
    source_ip: str
    source_tls_version: str
    outgoing_ip: str
    outgoing_tls_version: str
    configuration_set: str | None
    auto_tags: Mapping[str, Iterable[str]]
    entry: int
    rendered: Message | None


MAIL_DEFAULTS: Final[MailOptions] = {
    "account_id": "123456789012",
    "region": "us-east-1",
    "source_arn": None,
    "caller_identity": "ses_user",
    "source_ip": "192.0.2.0",
    "source_tls_version": "TLSv1.3",
    "outgoing_ip": "192.0.2.1",
    "outgoing_tls_version": "TLSv1.3",
    "configuration_set": None,
    "auto_tags": {},
    "entry": 0,
    "rendered": None,
}

# What AWS's examples lack.
_WITHOUT_SOURCE_ARN: Final = (EventKind.OPEN, EventKind.CLICK)
_WITHOUT_FIELDS: Final = (EventKind.RENDERING_FAILURE, EventKind.DELIVERY_DELAY)
# The events of a message that has been handed to the recipients' server.
_HANDED_OVER: Final = (
    EventKind.DELIVERY,
    EventKind.BOUNCE,
    EventKind.COMPLAINT,
    EventKind.OPEN,
    EventKind.CLICK,
    EventKind.SUBSCRIPTION,
)
# Those that have no message of their own before the template is filled in.
_TEMPLATES: Final = (
    Interface.SEND_TEMPLATED_EMAIL,
    Interface.SEND_BULK_TEMPLATED_EMAIL,
    Interface.V2_SEND_EMAIL_TEMPLATE,
    Interface.V2_SEND_BULK_EMAIL,
)
_BEFORE_RENDERING: Final = (EventKind.SEND, EventKind.REJECT, EventKind.RENDERING_FAILURE)
_PARTITIONS: Final[Mapping[str, str]] = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


@holding
def mail_object(
    submission: Submission[Any],
    *,
    message_id: str,
    timestamp: datetime,
    kind: EventKind = EventKind.SEND,
    format: EventFormat = EventFormat.EVENT_PUBLISHING,
    headers: bool = True,
    **options: Unpack[MailOptions],
) -> dict[str, Any]:
    r"""Make the `mail` object of a record about a submission, as it is expected from SES: plain values for JSON.

    `message_id` is what the send call returned, `timestamp` when SES accepted the message. `kind` decides which keys
    and tags there are. Without `headers` a notification has no fields (the identity's HeadersInNotificationsEnabled is
    off); events always have them. `MailOptions` tells about the other options.

    The tags are those that count (`resolve`): API parameters replace the field. No tag `ses:configuration-set` means
    that the submission names no configuration set: SES publishes no events of it, notifications it does. Past 10 KB of
    fields the first that fit in are kept (ASSUMED: which ones is not documented). Encoded words are kept in `headers`
    and decoded in `commonHeaders` (ASSUMED).

    Raises InvalidSetting for a time without a time zone, TypeError for an unknown option and for
    arguments of other types; never on content.

    >>> from datetime import UTC, datetime
    >>> message = b"X-SES-MESSAGE-TAGS: tagName1=tagValue1, tagName2=tagValue2\r\nFrom: sender@example.com\r\n\r\n"
    >>> mail = mail_object(Submission(message), message_id="0100-000000", timestamp=datetime(2026, 1, 1, tzinfo=UTC))
    >>> mail["tags"]["tagName2"], mail["tags"]["ses:operation"], mail["commonHeaders"]
    (['tagValue2'], ['SendRawEmail'], {'from': ['sender@example.com'], 'messageId': '0100-000000'})
    """
    for name in options:
        if name not in MAIL_DEFAULTS:
            raise TypeError(f"a mail object has no option {quoted(name, 60)}")
    message = message_of(submission, options)
    return mail_of(
        message,
        message_id,
        timestamp,
        member_of(EventKind, kind, "kind"),
        member_of(EventFormat, format, "format"),
        headers,
        options,
    )


def message_of(submission: Submission[Any], options: MailOptions) -> OneMessage:
    """Return the message that a record is about."""
    entry = options.get("entry", MAIL_DEFAULTS["entry"])
    return OneMessage(submission, entry=entry, rendered=options.get("rendered"))


def mail_of(
    message: OneMessage,
    message_id: str,
    timestamp: datetime,
    kind: EventKind,
    format: EventFormat,
    headers: bool,
    options: MailOptions,
) -> dict[str, Any]:
    """Make the `mail` object, as `mail_object` tells."""
    given: MailOptions = {**MAIL_DEFAULTS, **options}
    is_event = format is EventFormat.EVENT_PUBLISHING
    fields = message.fields(is_rendered=kind not in _BEFORE_RENDERING)
    mail: dict[str, Any] = {"timestamp": utc_text(timestamp), "source": message.source}
    if kind not in _WITHOUT_SOURCE_ARN and not (kind is EventKind.SEND and message.interface in _TEMPLATES):
        mail["sourceArn"] = _source_arn(message, given)
    if not is_event:
        mail["sourceIp"] = plain_text(given["source_ip"])
        mail["callerIdentity"] = plain_text(given["caller_identity"])
    mail["sendingAccountId"] = plain_text(given["account_id"])
    mail["messageId"] = plain_text(message_id)
    mail["destination"] = list(message.recipients)
    if is_event or headers:
        # The page about events says "larger than 10 KB", that about notifications "10 KB or larger".
        octets = message.header_octets(fields)
        is_cut = octets > MAX_RECORDED_HEADER or (octets == MAX_RECORDED_HEADER and not is_event)
        mail["headersTruncated"] = is_cut
        if kind not in _WITHOUT_FIELDS:
            shown = _first_that_fit(fields) if is_cut else fields
            mail["headers"] = [{"name": field.name, "value": field.value} for field in shown]
            mail["commonHeaders"] = _common_headers(fields, mail["messageId"] if is_event else None)
    if is_event:
        mail["tags"] = _tags(message, kind, given)
    return mail


def _tags(message: OneMessage, kind: EventKind, given: MailOptions) -> dict[str, list[str]]:
    """Return all tags by name, in the order that was recorded: the sender's are among those of SES."""
    before = {
        "ses:operation": _operation(message.interface),
        "ses:configuration-set": message.resolution.configuration_set or given["configuration_set"],
        "ses:source-ip": given["source_ip"],
        "ses:from-domain": message.from_domain,
    }
    after = {
        "ses:source-tls-version": given["source_tls_version"],
        "ses:caller-identity": given["caller_identity"],
        "ses:tenant-name": message.resolution.tenant,
        "ses:multi-region-endpoint-id": message.resolution.endpoint_id,
    }
    if kind in _HANDED_OVER:
        after |= {
            "ses:outgoing-ip": given["outgoing_ip"],
            "ses:outgoing-tls-version": given["outgoing_tls_version"],
        }
    return _one_each(before) | _tags_of(message) | _one_each(after) | _further(given["auto_tags"])


def _source_arn(message: OneMessage, options: MailOptions) -> str:
    """Return the ARN of the sender's identity; made, it is that of the address (it may be the domain's)."""
    told = options["source_arn"] or message.resolution.source_arn
    if told:
        return plain_text(told)
    region, account = plain_text(options["region"]), plain_text(options["account_id"])
    partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start + "-")), "aws")
    return f"arn:{partition}:ses:{region}:{account}:identity/{message.source_address}"


def _operation(interface: Interface) -> str:
    """Return the value of `ses:operation`: the operation's name; SMTP counts as SendRawEmail (both recorded)."""
    return interface.row.operation or "SendRawEmail"


def _one_each(values: Mapping[str, str | None]) -> dict[str, list[str]]:
    return {name: [plain_text(value)] for name, value in values.items() if value}


def _tags_of(message: OneMessage) -> dict[str, list[str]]:
    """Return the sender's tags by name; a name of SES cannot be forged, but for the two of feedback ids."""
    tags: dict[str, list[str]] = {}
    for name, value in message.tags:
        if not name.startswith("ses:") or name in FEEDBACK_ID_TAGS:
            tags.setdefault(plain_text(name), []).append(plain_text(value))
    return tags


def _further(given: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    further: dict[str, list[str]] = {}
    for name, values in ((plain_text(name), values) for name, values in given.items()):
        if not name.startswith("ses:"):
            raise InvalidSetting("auto_tags", name, "the names of SES's own tags begin with ses:")
        if isinstance(values, str):
            raise TypeError(f"the values of {name} must be a list of str, not one str")
        further[name] = [plain_text(value) for value in values]
    return further


# Fields


def _first_that_fit(fields: tuple[RecordedField, ...]) -> tuple[RecordedField, ...]:
    room = MAX_RECORDED_HEADER
    for number, field in enumerate(fields):
        room -= field_octets(field)
        if room < 0:
            return fields[:number]
    return fields


# RFC 5322 section 3.2.3: what a display name holds only in a quoted string.
_NOT_IN_PHRASES: Final = re.compile(r'[()<>\[\]:;@\\,."]')
# The keys of `commonHeaders` in the order of AWS's examples, with the field, and whether it holds addresses.
_COMMON: Final = (
    ("returnPath", "Return-Path", False),
    ("from", "From", True),
    ("sender", "Sender", False),
    ("replyTo", "Reply-To", True),
    ("date", "Date", False),
    ("to", "To", True),
    ("cc", "Cc", True),
    ("bcc", "Bcc", True),
    ("messageId", "Message-ID", False),
    ("subject", "Subject", False),
)


def _common_headers(fields: tuple[RecordedField, ...], message_id: str | None) -> dict[str, Any]:
    """Return the common fields; with a `message_id` those of an event, which have it in place of the sender's own.

    An event lists the addresses one by one, a notification has the text of a field in one item
    (dg/notification-examples).
    """
    common: dict[str, Any] = {}
    for key, name, has_addresses in _COMMON:
        values = all_named(fields, name)
        if key == "messageId" and message_id is not None:
            common[key] = message_id
        elif values and has_addresses:
            common[key] = _split(values) if message_id is not None else [", ".join(_split([v])) for v in values]
        elif values:
            common[key] = plain_text(decode_words(values[0]))
    return common


def _split(values: list[str]) -> list[str]:
    """Return the mailboxes of address fields, each with its display name; a field that has none is one item."""
    found: list[str] = []
    for value in values:
        found += [_shown(mailbox) for mailbox in parse_addresses(value)] or [decode_words(value)]
    return [plain_text(text) for text in found]


def _shown(mailbox: Mailbox) -> str:
    """Return a mailbox as people read it, yet such that it can be read back: in quotes where that is needed."""
    name = mailbox.display_name
    if not name:
        return mailbox.address
    if _NOT_IN_PHRASES.search(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{mailbox.address}>"
