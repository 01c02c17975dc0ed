"""`sesmime convert`: a submission made for another interface."""

from __future__ import annotations

import argparse
from typing import Any

from sesmime.cli.arguments import interface
from sesmime.cli.files import (
    CommandError,
    add_message,
    add_output,
    read_message,
    refuse_output,
    shown_name,
    write_output,
)
from sesmime.cli.inputs import encoded, is_request, read_request
from sesmime.cli.terminal import counted, printable, tell
from sesmime.errors import InvalidAddress
from sesmime.handover.translate import translate
from sesmime.mime.addresses import format_addresses
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters, Destination

USAGE = "--to INTERFACE [OPTION]... [FILE]"
REDACTED = "the summary; what is converted stays as it is"
EPILOG = (
    "FILE is a raw message, or the JSON of a request as boto3 and the AWS CLI have it, which tells its interface."
    " What cannot be carried is told on standard error, and all else is written. Exit codes: 0 nothing is lost,"
    " 1 something is, 2 wrong usage or unreadable input. (*) may be given more than once."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    parser.add_argument(
        "--to",
        required=True,
        type=interface,
        metavar="INTERFACE",
        help="what to convert to: ses (SendRawEmail), sesv2 (SendEmail with raw content), smtp, or a full name such as"
        " ses.SendEmail",
    )
    parser.add_argument(
        "--from",
        dest="given",
        type=interface,
        metavar="INTERFACE",
        help="what FILE is for; a raw message is taken as one for smtp, a request says it itself",
    )
    parser.add_argument("--mail-from", metavar="ADDRESS", help="the envelope sender of a raw message")
    parser.add_argument(
        "--rcpt-to", action="append", metavar="ADDRESS", help="a recipient in the envelope of a raw message (*)"
    )
    parser.add_argument(
        "--emit",
        choices=("message", "json"),
        help="what to write: the message (for smtp the default; the envelope is told on standard error), or JSON: the"
        " request for --cli-input-json of the AWS CLI, for smtp an object with mail_from, rcpt_to and data in base64",
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Convert a message or a request; give the exit code."""
    refuse_output(arguments.output)
    submission = _read(arguments)
    made, lost = translate(submission, arguments.to)
    is_smtp = made.interface is Interface.SMTP
    if arguments.emit == "message" or (is_smtp and arguments.emit is None):
        if made.message is None:
            raise CommandError(f"{made.interface.value} has no message; --emit json writes the request")
        write_output(bytes(made.message), arguments.output)
    else:
        from sesmime.cli.as_json import product_dumps

        request = _envelope(made) | {"data": made.message} if is_smtp else made.to_request()
        write_output(product_dumps(encoded(request)), arguments.output)
    for loss in lost:
        tell(f"lost: {printable(str(loss))}")
    if not arguments.quiet:
        if is_smtp and arguments.emit != "json":
            envelope = _envelope(made)
            tell(printable(f"MAIL FROM:<{envelope['mail_from'] or ''}>"))
            for address in envelope["rcpt_to"]:
                tell(printable(f"RCPT TO:<{address}>"))
        outcome = f"{counted(len(lost), 'thing')} lost" if lost else "nothing is lost"
        tell(f"converted from {submission.interface.value} to {made.interface.value}; {outcome}")
    return int(bool(lost))


def _read(arguments: argparse.Namespace) -> Submission:
    """Read a message with what is said beside it, or a request."""
    data = read_message(arguments.file)
    name = shown_name(arguments.file)
    given: Interface | None = arguments.given
    if is_request(data) and not name.lower().endswith(".eml"):
        if given is Interface.SMTP:
            raise CommandError(f"{name} is a request; --from smtp takes a raw message")
        if arguments.mail_from is not None or arguments.rcpt_to:
            raise CommandError(f"{name} is a request; --mail-from and --rcpt-to stand beside a raw message")
        return read_request(data, name, given)
    given = Interface.SMTP if given is None else given
    if not given.is_raw:
        raise CommandError(f"{name} is a raw message; {given.value} takes a request as JSON")
    recipients = [_address("--rcpt-to", text) for text in arguments.rcpt_to or ()]
    parameters = ApiParameters(
        source=None if arguments.mail_from is None else _address("--mail-from", arguments.mail_from),
        destination=Destination(recipients) if recipients else None,
    )
    return Submission(data, parameters, given)


def _address(option: str, text: str) -> str:
    try:
        return format_addresses([text])
    except InvalidAddress as error:
        raise CommandError(f"{option}: {error}") from None


def _envelope(made: Submission) -> dict[str, Any]:
    destination = made.parameters.destination or Destination()
    return {"mail_from": made.parameters.source, "rcpt_to": list(destination.all)}
