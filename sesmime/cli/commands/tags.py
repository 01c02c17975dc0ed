"""`sesmime tags`: the message tags of a message, one a line; or a tags field written from them."""

from __future__ import annotations

import argparse

from sesmime.cli.arguments import message_tag
from sesmime.cli.files import add_message, read_message, refuse_output, shown_name, write_lines, write_output
from sesmime.cli.terminal import shown, tell
from sesmime.mime.fields import parse_header_section
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.tags import MessageTag, format_message_tags, read_message_tags

USAGE = "[--json] [FILE | --body TEXT | --format NAME=VALUE...]"
REDACTED = "what is shown"
EPILOG = "Exit codes: 0 clean, 1 malformed or repeated tags, 2 wrong usage or unreadable input."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    which = parser.add_mutually_exclusive_group()
    add_message(which)
    which.add_argument("--body", metavar="TEXT", help="read this field body instead of a message")
    which.add_argument(
        "--format",
        nargs="+",
        type=message_tag,
        metavar="NAME=VALUE",
        help="write the field X-SES-MESSAGE-TAGS with these tags",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read or write message tags and return the exit code: 1 where tags are malformed or repeated."""
    refuse_output(None)
    row = SES_FIELDS["message_tags"]
    if arguments.format is not None:
        write_lines([f"{row.name}: {format_message_tags(arguments.format)}"])
        return 0
    name, body, faults = "--body", arguments.body, 0
    if body is None:
        name = shown_name(arguments.file)
        standing = parse_header_section(read_message(arguments.file)).all(row.name)
        for repeat in standing[1:]:
            tell(f"{name}: {row.name} is repeated; only the first counts [ASSUMED]: {shown(repeat.body)}")
        faults += len(standing[1:])
        if not standing:
            tell(f"{name}: the message has no field {row.name}")
        body = standing[0].body if standing else None
    tags: tuple[MessageTag, ...] = ()
    if body is not None:
        found = read_message_tags(body)
        tags = found.tags
        faults += len(found.defects)
        for defect in found.defects:
            tell(f"{name}: '{shown(body[defect.span.start : defect.span.stop].strip())}': {defect.message}")
    if arguments.json:
        from sesmime.cli.as_json import dumps, json_value

        write_output(dumps([json_value(tag) for tag in tags]), None)
    elif tags:
        write_lines([f"{tag.name}={tag.value}" for tag in tags])
    return 1 if faults else 0
