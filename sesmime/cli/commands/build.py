"""`sesmime build`: a message from texts, files and fields."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from sesmime.cli.account import tell_finding
from sesmime.cli.arguments import add_ses_fields, ses_settings
from sesmime.cli.checking import CHECKING_EPILOG, Checking, add_checking, add_fail_level, read_checking
from sesmime.cli.files import CommandError, add_output, open_message, read_pieces, refuse_output, write_output
from sesmime.cli.terminal import counted, tell
from sesmime.errors import quoted
from sesmime.linter.findings import Severity
from sesmime.linter.output import shown_place
from sesmime.linter.run import lint
from sesmime.ses.fields import SES_FIELDS, SesFields
from sesmime.ses.interfaces import Interface

if TYPE_CHECKING:
    from sesmime.compose.parts import Attachment

USAGE = "--from ADDRESS [OPTION]..."
REDACTED = "what is told; the message stays as it is"
EPILOG = (
    "(*) can be given more than once. There is no --bcc: give blind recipients when the message is sent, as in"
    " `sesmime prepare --bcc`. What is built is checked. " + CHECKING_EPILOG + " Exit codes: 0 built, 1 refused by the"
    " check (nothing is written), 2 wrong usage or unreadable input."
)

_TYPE = ";type="
# What is found in a message whose recipients are given when it is sent.
_WITHOUT_TO, _WITHOUT_RECIPIENT = ("SES103",), ("SES202",)


class File(NamedTuple):
    """A file to attach: its path, its type if that is given, and its content id if HTML names it."""

    path: str
    content_type: str | None = None
    content_id: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("--from", dest="sender", required=True, metavar="ADDRESS", help="the sender, such as 'Zoe <zoe@example.com>'")
    for option, help_text in (("--to", "a recipient (*)"), ("--cc", "a recipient in Cc (*)")):
        add(option, action="append", default=[], metavar="ADDRESS", help=help_text)
    add("--reply-to", action="append", default=[], metavar="ADDRESS", help="an address for replies (*)")
    add("--subject", default="", metavar="TEXT", help="the subject")
    add("--text", metavar="FILE", help="the plain text, in UTF-8; - for standard input")
    add("--html", metavar="FILE", help="the HTML, in UTF-8; - for standard input")
    add(
        "--calendar",
        metavar="FILE",
        help="an invitation: an iCalendar file with a METHOD, added as the last alternative",
    )
    add(
        "--report",
        type=_attached_file,
        metavar="FILE;type=TYPE",
        help="the machine-readable part of a report: message/delivery-status, message/disposition-notification or"
        " message/feedback-report; --attach then gives the original",
    )
    add(
        "--attach",
        dest="files",
        action="append",
        default=[],
        type=_attached_file,
        metavar="FILE[;type=TYPE]",
        help="a file to attach (*)",
    )
    add(
        "--inline",
        dest="files",
        action="append",
        type=_inline_file,
        metavar="CID=FILE",
        help="a file that the HTML refers to as cid:CID; ;type=TYPE can follow (*)",
    )
    add(
        "--field",
        dest="fields",
        action="append",
        default=[],
        type=_field,
        metavar="'NAME: BODY'",
        help="a further field (*)",
    )
    add(
        "--date",
        type=_date,
        metavar="DATE",
        help="the date with its time zone, such as 2026-11-21T08:30+01:00 (default: now)",
    )
    add("--message-id", metavar="ID", help="the message ID, such as '<1@example.com>' (default: generated)")
    add_output(parser)
    add_fail_level(parser, "write nothing")
    add_checking(parser)
    group = parser.add_argument_group("settings", "Written as X-SES- fields, which SES reads and removes.")
    add_ses_fields(group, SES_FIELDS)


def run(arguments: argparse.Namespace) -> int:
    """Build a message and return the exit code."""
    from sesmime.compose.build import build

    checking = read_checking(arguments)
    refuse_output(arguments.output)
    ses = SesFields(**ses_settings(arguments))
    if [arguments.text, arguments.html, arguments.calendar].count("-") > 1:
        raise CommandError("only one of --text, --html and --calendar can be standard input")
    if arguments.html is None and any(file.content_id is not None for file in arguments.files):
        raise CommandError("--inline needs --html, which must refer to the file")
    with ExitStack() as stack:
        attachments = [_attachment(file, stack.enter_context(_open(file.path))) for file in arguments.files]
        report = None
        if arguments.report is not None:
            read = _attachment(arguments.report, stack.enter_context(_open(arguments.report.path)))
            report = replace(read, filename=None)
        try:
            message = build(
                sender=arguments.sender,
                to=arguments.to,
                cc=arguments.cc,
                reply_to=arguments.reply_to,
                subject=arguments.subject,
                text=_text(arguments.text),
                html=_text(arguments.html),
                calendar=_text(arguments.calendar),
                report=report,
                attachments=attachments,
                fields=arguments.fields,
                ses=ses,
                date=arguments.date,
                message_id=arguments.message_id,
            )
        except ImportError as error:
            raise CommandError(str(error)) from None
    if not _is_passed(message, arguments, checking):
        return 1
    write_output(message, arguments.output)
    if not arguments.quiet:
        tell(f"built {counted(len(message), 'byte')}: {_account(arguments)}")
    return 0


def _is_passed(message: bytes, arguments: argparse.Namespace, checking: Checking) -> bool:
    """Return True, or tell the findings that refuse what was built.

    Who has named no recipient gives them when the message is sent.
    """
    config = checking.config
    if not arguments.to:
        left_out = _WITHOUT_TO if arguments.cc else (*_WITHOUT_TO, *_WITHOUT_RECIPIENT)
        config = replace(config, ignore=(*config.ignore, *left_out))
    # The settings are fields, which every interface reads in part and SMTP all.
    report = lint(message, interface=_interface(checking), config=config)
    level = checking.level(arguments)
    refusing = report.at_least(level)
    for finding in refusing:
        tell_finding(finding, shown_place("the message", finding))
    if refusing:
        at_least = "" if level is Severity.ERROR else f" at or above {level.name.lower()}"
        tell(f"refused: {counted(len(refusing), 'finding' if at_least else 'error')}{at_least}; nothing is written")
    return not refusing


def _interface(checking: Checking) -> Interface:
    said = checking.settings.interface
    return said if said is not None and said.is_raw else Interface.SMTP


def _account(arguments: argparse.Namespace) -> str:
    inline = sum(file.content_id is not None for file in arguments.files)
    texts = (("text", arguments.text), ("HTML", arguments.html), ("calendar", arguments.calendar))
    told = [name for name, file in (*texts, ("report", arguments.report)) if file is not None]
    told += [counted(inline, "inline file")] if inline else []
    attached = len(arguments.files) - inline
    told += [counted(attached, "attachment")] if attached else []
    return ", ".join(told) or "no text"


# Files


def _open(name: str) -> AbstractContextManager[BinaryIO]:
    if os.path.isdir(name):
        raise CommandError(f"{name} is a folder, not a file")
    return open_message(name)


def _text(name: str | None) -> str | None:
    """Read a text from a file, or from standard input for "-"; a byte order mark at its start is none of it."""
    if name is None:
        return None
    with _open(name) as stream:
        octets = b"".join(read_pieces(stream, name))
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        told = "standard input" if name == "-" else name
        raise CommandError(f"{told} is not UTF-8 text; convert it to UTF-8") from None


def _attachment(file: File, stream: BinaryIO) -> Attachment:
    from sesmime.compose.parts import Attachment

    name = os.path.basename(file.path)
    content: Iterable[bytes] = read_pieces(stream, file.path)
    disposition = "attachment" if file.content_id is None else "inline"
    return Attachment(content, name, file.content_type, file.content_id, disposition)


# Arguments


def _attached_file(text: str) -> File:
    path, mark, content_type = text.rpartition(_TYPE)
    if not mark:
        path, content_type = text, ""
    if path in ("", "-"):
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)} does not name a file")
    return File(path, content_type or None)


def _inline_file(text: str) -> File:
    name, equals, rest = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)} has no content ID; write CID=FILE")
    return _attached_file(rest)._replace(content_id=name)


def _field(text: str) -> tuple[str, str]:
    name, colon, body = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{quoted(text, 60)} is not a field; write 'NAME: BODY'")
    return name, body.strip(" ")


def _date(text: str) -> datetime:
    from email.utils import parsedate_to_datetime  # here, because it is seldom needed

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            date = read(text)
        except (ValueError, OverflowError):
            continue
        if date.utcoffset() is None:
            raise argparse.ArgumentTypeError(f"{quoted(text, 60)} has no time zone; add one, such as +01:00 or Z")
        return date
    raise argparse.ArgumentTypeError(f"{quoted(text, 60)} is not a date; write it as in 2026-11-21T08:30+01:00")
