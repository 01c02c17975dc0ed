"""`sesmime strip`: a message without its X-SES- fields, in constant memory."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import BinaryIO

from sesmime.cli.files import (
    add_message,
    add_output,
    open_message,
    read_pieces,
    refuse_no_message,
    refuse_output,
    write_output,
)
from sesmime.cli.terminal import counted, note_people, shown, tell
from sesmime.mime.edits import apply_edits
from sesmime.ses.strip import read_head, strip_edits

USAGE = "[OPTION]... [FILE]"
REDACTED = "the summary; the message stays as it is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    add_output(parser)
    parser.add_argument("--keep", action="append", default=[], metavar="FIELD", help="a field to keep (*)")


EPILOG = "(*) can be given more than once."


def run(arguments: argparse.Namespace) -> int:
    """Strip a message and return the exit code."""
    refuse_output(arguments.output)
    with open_message(arguments.file) as source:
        head = read_head(source)
        refuse_no_message(head, arguments.file)
        note_people(head)
        edits = strip_edits(head, keep=arguments.keep)
        write_output(_pieces(apply_edits(head, edits), source, arguments.file), arguments.output)
    if not arguments.quiet:
        names = [shown(_name(head[edit.span.start : edit.span.stop])) for edit in edits]
        tell(f"removed {counted(len(names), 'field')}: {', '.join(names)}" if names else "no X-SES- fields to remove")
    return 0


def _pieces(head: bytes, source: BinaryIO, name: str | None) -> Iterator[bytes]:
    yield head
    yield from read_pieces(source, name)


def _name(raw: bytes) -> str:
    return raw.partition(b":")[0].strip().decode("ascii", "surrogateescape")
