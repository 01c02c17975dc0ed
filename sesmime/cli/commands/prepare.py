"""`sesmime prepare`: the main job."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from sesmime.cli.account import decision_rows, tell_finding
from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, no_raw_message, parameters
from sesmime.cli.checking import CHECKING_EPILOG, Checking, add_checking, add_fail_level, read_checking
from sesmime.cli.files import (
    CommandError,
    add_message,
    add_output,
    read_message,
    refuse_output,
    shown_name,
    write_output,
)
from sesmime.cli.given import Given
from sesmime.cli.inputs import encoded, is_request, read_request
from sesmime.cli.terminal import columns, counted, printable, rows, shown, tell
from sesmime.handover.prepare import prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.linter.findings import Severity
from sesmime.mime.fields import Source
from sesmime.ses.fields import read_ses_fields
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Origin, show_value
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters

USAGE = "[OPTION]... [FILE]"
EPILOG = (
    f"{SETTINGS_EPILOG} {CHECKING_EPILOG} The JSON of --emit request is for AWS CLI version 2, which"
    " decodes base64 data; version 1 would send the base64 text as it is."
    " Exit codes: 0 prepared, 1 refused by the check, 2 wrong usage or unreadable input."
)

_SHOWN_ADDRESSES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    add_emit(parser)
    add_switches(parser)
    add_settings(parser)
    parser.set_defaults(interface=None)


def add_switches(parser: argparse.ArgumentParser) -> None:
    """Add what of the preparing may be left out."""
    parser.add_argument("--no-fix", action="store_true", help="apply no fixes")
    parser.add_argument("--no-lift", action="store_true", help="leave settings and recipients in the fields")


def add_emit(parser: argparse.ArgumentParser) -> None:
    """Add what is written of a prepared message, where to, and when it is refused."""
    parser.add_argument(
        "--emit",
        choices=("message", "request", "report"),
        default="message",
        help="what to write: the prepared message (default), the request as JSON for `aws ses send-raw-email"
        " --cli-input-json` or `aws sesv2 send-email --cli-input-json`, or a report as JSON",
    )
    parser.add_argument(
        "--redact", action="store_true", help="hide addresses and names in the report, and write no account"
    )
    add_output(parser)
    add_fail_level(parser, "refuse the message")
    add_checking(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prepare a message and return the exit code."""
    checking = read_checking(arguments)
    data = None
    if arguments.interface is None:
        refuse_output(arguments.output)
        data = read_message(arguments.file)
        arguments.interface = checking.interface()
    request = _request(arguments, data)
    if data is not None and request is not None:
        arguments.interface = request.interface
    refuse_emit(arguments)
    given = parameters(arguments, lifting=not arguments.no_lift)
    if data is None:
        data = read_message(arguments.file)
        request = _request(arguments, data)
    message = data
    if request is not None:
        message, given = _said(request, given, arguments)
    prepared = prepared_with_report(
        message,
        parameters=given,
        interface=arguments.interface,
        fix=not arguments.no_fix,
        lift=not arguments.no_lift,
        config=checking.config_for(arguments.file),
    )
    return hand_over(prepared, arguments, message, checking)


def _request(arguments: argparse.Namespace, data: bytes | None) -> Submission | None:
    """Return the request that a file holds, None for a raw message."""
    name = shown_name(arguments.file)
    if data is None or not is_request(data) or name.lower().endswith(".eml"):
        return None
    return read_request(data, name)


def _said(request: Submission, given: ApiParameters, arguments: argparse.Namespace) -> tuple[bytes, ApiParameters]:
    """Return the message and the parameters of a request, of which the command line overrules a part."""
    if request.interface is not arguments.interface:
        from sesmime.handover.translate import translate

        request, lost = translate(request, arguments.interface)
        for loss in lost:
            tell(f"lost: {printable(str(loss))}")
    if request.message is None:
        raise CommandError(f"the request in {shown_name(arguments.file)} has no raw message")
    names = [setting.name for setting in fields(ApiParameters)]
    overruling = {name: value for name in names if (value := getattr(given, name)) is not None}
    return bytes(request.message), replace(request.parameters, **overruling)


def refuse_emit(arguments: argparse.Namespace) -> None:
    """Raise CommandError for what cannot be written, before any work is done for it."""
    interface = arguments.interface
    if not interface.is_raw:
        raise CommandError(no_raw_message(interface))
    if arguments.emit == "request" and interface is Interface.SMTP:
        raise CommandError("SMTP has no requests; use --emit message or --emit report")
    refuse_output(arguments.output)


def hand_over(prepared: Prepared, arguments: argparse.Namespace, message: Source, checking: Checking) -> int:
    """Write what was prepared, or say why it is refused; give the exit code."""
    level = checking.level(arguments)
    is_refused = bool(prepared.report.at_least(level))
    if arguments.emit == "report":
        from sesmime.cli.as_json import dumps

        write_output(dumps(report(prepared, len(message))), arguments.output)
    elif not is_refused:
        write_output(prepared.chunks() if arguments.emit == "message" else request(prepared), arguments.output)
    given = Given(shown_name(arguments.file), message)
    if arguments.redact:
        return int(is_refused)
    if is_refused:
        outcome = "only the report is written" if arguments.emit == "report" else "nothing is written"
        tell_refusal(prepared, given, level, outcome)
    elif not arguments.quiet:
        tell_account(prepared, given)
    return int(is_refused)


def tell_refusal(prepared: Prepared, given: Given, level: Severity, outcome: str) -> None:
    """Tell what refuses a message, and what became of it."""
    for finding in prepared.report:
        tell_finding(finding, given.place(finding, prepared))
    refusing = len(prepared.report.at_least(level))
    at_least = "" if level is Severity.ERROR else f" at or above {level.name.lower()}"
    what = counted(refusing, "finding" if at_least else "error") + at_least
    tell(f"refused: {what}; {outcome}")


def tell_account(prepared: Prepared, given: Given) -> None:
    """Tell what was prepared: findings, settings, recipients, what left the message."""
    for finding in prepared.report:
        tell_finding(finding, given.place(finding, prepared))
    envelope = prepared.envelope
    told = decision_rows(prepared.resolution, leave_out=("destination",))
    if envelope.sender is not None and prepared.resolution.source is None:
        told.append(("sender", f"{shown(envelope.sender)} ({envelope.sender.field})"))
    if envelope.feedback is not None and envelope.feedback != envelope.sender:
        told.append(("feedback", f"{shown(envelope.feedback)} ({envelope.feedback.field})"))
    told.append(("recipients", _recipients(prepared)))
    if prepared.applied:
        told.append(("fixed", ", ".join(dict.fromkeys(f"{one.code} {one.name}" for one in prepared.applied))))
        told.extend(("", text) for text in _settings_made_readable(prepared))
    if prepared.removed:
        told.append(("removed", ", ".join([shown(field.name) for field in prepared.removed])))
    body = len(prepared.chunks()[-1]) if len(prepared.chunks()) > 1 else 0
    of_the_body = f"{body:,} of the body unchanged" if prepared.is_body_kept else "the body was fixed"
    told.append(("bytes", f"{len(given.message):,} in, {prepared.size:,} out, {of_the_body}"))
    tell(f"prepared for {prepared.interface.value}")
    for line in rows(told, columns(sys.stderr)):
        tell(line)


def _settings_made_readable(prepared: Prepared) -> Iterator[str]:
    """Tell what is sent of the fields that could not be read before a fix."""
    # By the APIs they have become parameters.
    left = read_ses_fields(prepared.chunks()[0])
    for decision in prepared.resolution.decisions:
        if decision.origin is Origin.UNSET and decision.field is not None:
            value = getattr(prepared.parameters, decision.setting) or getattr(left, decision.setting)
            if value:
                yield f"{shown(decision.field.name)} now reads {shown(show_value(value))}"


def _recipients(prepared: Prepared) -> str:
    blind = set(prepared.envelope.bcc)
    everyone = prepared.envelope.recipients
    named = [f"{shown(address)}{' (Bcc)' if address in blind else ''}" for address in everyone[:_SHOWN_ADDRESSES]]
    more = len(everyone) - len(named)
    return ", ".join(named) + (f", and {more:,} more" if more else "")


def report(prepared: Prepared, bytes_in: int) -> dict[str, Any]:
    """Return what `--emit report` writes."""
    from sesmime.cli.as_json import json_decision, json_envelope

    return {
        "interface": prepared.interface.value,
        "settings": [json_decision(decision) for decision in prepared.resolution.decisions],
        "envelope": json_envelope(prepared.envelope),
        **prepared.report.to_dict(),
        "applied": [finding.to_dict() for finding in prepared.applied],
        "removed_fields": [field.name for field in prepared.removed],
        "bytes_in": bytes_in,
        "bytes_out": prepared.size,
    }


def request(prepared: Prepared) -> bytes:
    """Return the request as the AWS CLI reads it: JSON, the message in base64."""
    from sesmime.cli.as_json import product_dumps

    return product_dumps(encoded(prepared.to_request()))
