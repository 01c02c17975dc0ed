"""`sesmime show`: the MIME tree, the header section, the SES fields and the directives of a message."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from sesmime.cli.directives import directive_rows, directives_as_json
from sesmime.cli.files import (
    CommandError,
    add_message,
    read_message,
    refuse_output,
    shown_name,
    write_lines,
    write_output,
)
from sesmime.cli.terminal import columns, counted, printable, redacts, rows, shown, tell, wants_colour, wrapped
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Defect, Field
from sesmime.mime.kinds import missing_header_section
from sesmime.mime.words import decode_words
from sesmime.ses.fields import SES_FIELDS

USAGE = "[--json] [--part PATH [-o FILE]] [FILE]"
REDACTED = "what is shown; the content that --part writes stays as it is"

# What is printed is bounded, whatever the message holds: defects, fields and entities told one by one, characters of a
# part path, branches of the tree drawn inwards. What is left out is counted.
_SHOWN_DEFECTS = 20
_SHOWN_FIELDS = 500
_SHOWN_ENTITIES = 1_000
_SHOWN_PATH = 60
_DRAWN_LEVELS = 12
# Characters of the part paths in JSON: those of a deep message are as long as it is deep.
_JSON_PATHS = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument("--part", metavar="PATH", help="write the decoded content of this part, such as 1.2")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write the part; in a folder, it gets a safe form of its own file name",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show a message and return the exit code."""
    if arguments.part is not None:
        return _write_part(arguments)
    if arguments.output is not None:
        raise CommandError("-o needs --part")
    refuse_output(None)
    source = read_message(arguments.file)
    message = parse(source)
    if arguments.json:
        from sesmime.cli.as_json import dumps

        write_output(dumps(_as_json(message)), None)
        return 0
    width = columns(sys.stdout)
    heading = f"{shown_name(arguments.file)}: {counted(len(source), 'byte')}"
    missing = missing_header_section(source)
    tree = list(islice(_tree(message, missing), _SHOWN_ENTITIES))
    lines = [] if _drawn_by_rich(tree, heading) else [heading, *_drawn(tree)]
    if len(tree) == _SHOWN_ENTITIES:
        lines += _and_more(sum(1 for _ in message.walk()) - _SHOWN_ENTITIES)
    lines += ["", "Header section" if missing is None else f"Header section: none, {missing}"]
    fields = message.header_section.fields
    for field in fields[:_SHOWN_FIELDS]:
        lines += _field_lines(field, width)
    lines += _and_more(len(fields) - _SHOWN_FIELDS)
    told = _ses_rows(message)
    if told:
        more = _and_more(len(told) - _SHOWN_FIELDS)
        lines += ["", "SES fields", *rows(told[:_SHOWN_FIELDS], width), *more]
    directives = directive_rows(source)
    if directives:
        more = _and_more(len(directives) - _SHOWN_FIELDS)
        lines += ["", "Directives for SES", *rows(directives[:_SHOWN_FIELDS], width), *more]
    defects = ((entity, defect) for entity in message.walk() for defect in _defects(entity, missing))
    first = [_defect_line(*one) for one in islice(defects, _SHOWN_DEFECTS)]
    if first:
        lines += ["", "Defects", *first, *_and_more(sum(1 for _ in defects))]
    write_lines(lines)
    return 0


def _and_more(count: int) -> list[str]:
    """Return the line that says how many are left out; none where none are."""
    return [f"  and {count:,} more"] if count > 0 else []


def _write_part(arguments: argparse.Namespace) -> int:
    """Write the content of one part; a folder as output takes it under its safe name, and nothing is overwritten."""
    root = parse(read_message(arguments.file))
    entity = next((entity for entity in root.walk() if entity.path == arguments.part), None)
    if entity is None:
        paths = [_shown_path(entity) for entity in islice(root.walk(), 1, 11)]
        there = ", ".join(paths[:9]) or "no parts"
        more = ", ..." if len(paths) > 9 else ""
        raise CommandError(f"there is no part {shown(arguments.part, 40)}; there are {there}{more}")
    output = arguments.output
    if output is not None and os.path.isdir(output):
        name = entity.safe_filename
        if name is None:
            raise CommandError(f"part {entity.path} has no usable file name; give a file with -o")
        output = os.path.join(output, name)
        if os.path.lexists(output):
            raise CommandError(f"{output} already exists")
    write_output(entity.iter_content(), output)
    for defect in entity.content_defects()[:_SHOWN_DEFECTS]:
        tell(f"part {entity.path}: {shown(defect.message)}")
    if output is not None and output != "-":
        tell(f"wrote {counted(len(entity.content()), 'byte')} to {output}")
    return 0


# The tree


class Branch(NamedTuple):
    """One line of the tree: the strokes that lead to an entity, and what is told of it."""

    strokes: str
    path: str
    kind: str
    encoding: str
    size: str
    rest: str
    has_defects: bool


def _tree(root: Entity, missing: str | None) -> Iterator[Branch]:
    """Lay the tree out, by loop: a message may be thousands of levels deep, so that far levels are only numbered."""
    fork, end, through = ("├─ ", "└─ ", "│  ") if _can_draw() else ("|- ", "`- ", "|  ")
    waiting = [(root, "", "")]
    while waiting:
        entity, strokes, below = waiting.pop()
        yield _branch(entity, strokes, len(_defects(entity, missing)))
        last = len(entity.parts) - 1
        is_far = len(below) >= _DRAWN_LEVELS * len(through)
        for index in range(last, -1, -1):
            stroke, deeper = (end, "   ") if index == last else (fork, through)
            waiting.append((entity.parts[index], *((below, below) if is_far else (below + stroke, below + deeper))))


def _can_draw() -> bool:
    try:
        "├─└│".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _branch(entity: Entity, strokes: str, defects: int) -> Branch:
    kind = shown(entity.content_type, 60)
    charset = entity.parameters.get("charset")
    if charset:
        kind += f" {shown(charset, 40)}"
    rest = [shown(entity.disposition, 40)] if entity.disposition else []
    if entity.filename is not None:
        rest.append(f"'{shown(entity.filename, 80)}'")
    if defects:
        rest.append(f"({counted(defects, 'defect')})")
    encoding = "" if entity.parts else shown(entity.content_transfer_encoding, 40)
    size = counted(len(entity.body), "byte")
    return Branch(strokes, _shown_path(entity), kind, encoding, size, " ".join(rest), has_defects=bool(defects))


def _drawn(tree: list[Branch]) -> list[str]:
    """Draw the tree in columns, without rich."""
    leads = [f"{branch.strokes}{branch.path} {branch.kind}" if branch.path else branch.kind for branch in tree]
    wide = min(max(map(len, leads)), 44)
    encoded = max(len(branch.encoding) for branch in tree)
    sized = max(len(branch.size) for branch in tree)
    return [
        f"{lead:{wide}}  {branch.encoding:{encoded}}  {branch.size:>{sized}}  {branch.rest}".rstrip()
        for lead, branch in zip(leads, tree, strict=True)
    ]


def _drawn_by_rich(tree: list[Branch], heading: str) -> bool:
    """Draw the tree with rich (extra `cli`) on a terminal; False where it is not there or not wanted."""
    if not wants_colour(sys.stdout) or redacts() or len(tree) == _SHOWN_ENTITIES:
        return False
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for branch in tree:
        number = f"{branch.path} " if branch.path else ""
        lead = Text.assemble((branch.strokes, "dim"), (number, "cyan"), branch.kind)
        style = "yellow" if branch.has_defects else "green"
        table.add_row(lead, Text(branch.encoding, style="dim"), Text(branch.size), Text(branch.rest, style=style))
    console = Console(highlight=False, force_terminal=True, no_color=False)
    if _least_width(tree) > console.width:
        return False  # it would cut sizes and names off
    console.print(Text(printable(heading), style="bold"))
    console.print(table)
    return True


def _least_width(tree: list[Branch]) -> int:
    """Return the columns that the tree needs at least, where the last of its columns alone is broken, at blanks."""
    lead = max(len(f"{branch.strokes}{branch.path} {branch.kind}") for branch in tree)
    encoding = max(len(branch.encoding) for branch in tree)
    size = max(len(branch.size) for branch in tree)
    rest = max((len(word) for branch in tree for word in branch.rest.split()), default=0)
    return lead + encoding + size + rest + 3 * len("  ")


# The header section


def _field_lines(field: Field, width: int) -> list[str]:
    """Return a field as it stands, and below it what it reads where it is encoded."""
    first, *others = wrapped(f"{shown(field.name, 80)}: {shown(field.body)}", width - 4)
    lines = [f"  {first}", *(f"    {line}" for line in others)]
    decoded = _as_text(decode_words(field.body) if "=?" in field.body else field.body)
    if decoded != field.body:
        lines += [f"    {line}" for line in wrapped(f"decoded: {shown(decoded)}", width - 4)]
    return lines


def _as_text(body: str) -> str:
    """Return a body with 8-bit bytes as text if they are UTF-8 (RFC 6532), else as it is."""
    try:
        return body.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return body


def _ses_rows(message: Entity) -> list[tuple[str, str]]:
    from sesmime.ses.precedence import show_value

    told: list[tuple[str, str]] = []
    known = {row.name.lower(): row for row in SES_FIELDS.values()}
    met: set[str] = set()
    for field in message.header_section:
        name = field.name.lower()
        if not name.startswith("x-ses-"):
            continue
        row = known.get(name)
        if row is None:
            told.append((shown(field.name, 60), "not a setting"))
        elif name in met:
            told.append((row.setting, f"{shown(field.name)} is repeated; only the first counts"))
        else:
            value = row.read(field.body)
            told.append(
                (row.setting, f"malformed: it must be {row.form}" if value is None else shown(show_value(value)))
            )
        met.add(name)
    return told


def _defects(entity: Entity, missing: str | None) -> list[Defect]:
    """Return the defects to tell: where there is no header section, it is not told of each line that it is no field."""
    is_told = missing is not None and not entity.path
    return [defect for defect in entity.defects if not (is_told and defect.name == "not-a-field")]


def _defect_line(entity: Entity, defect: Defect) -> str:
    where = f"part {_shown_path(entity)}" if entity.path else "message"
    return f"  {where}, byte {defect.span.start:,}: {defect.name}, {shown(defect.message)}"


def _shown_path(entity: Entity) -> str:
    """Return a part path; of a long one the end, and how deep it is."""
    path = entity.path
    if len(path) <= _SHOWN_PATH:
        return path
    return f"...{path[-_SHOWN_PATH // 2 :].partition('.')[2]} (level {path.count('.') + 1:,})"


def _as_json(root: Entity) -> dict[str, Any]:
    from sesmime.cli.as_json import json_field, json_value

    entities, left_out = _json_entities(root)
    return {
        "bytes": len(root.source),
        "fields": [json_field(field) for field in root.header_section],
        "ses_fields": {
            setting: json_value(row.read(field.body))
            for setting, row in SES_FIELDS.items()
            if (field := root.header_section.first(row.name)) is not None
        },
        "directives": directives_as_json(root.source),
        "entities": entities,
        "entities_left_out": left_out,
    }


def _json_entities(root: Entity) -> tuple[list[dict[str, Any]], int]:
    """Return the entities as JSON has them, and how many are left out: their paths would be longer than the message."""
    told: list[dict[str, Any]] = []
    room, walk = _JSON_PATHS, root.walk()
    for entity in walk:
        room -= len(entity.path)
        if room < 0:
            return told, 1 + sum(1 for _ in walk)
        told.append(
            {
                "part": entity.path,
                "content_type": entity.content_type,
                "charset": entity.parameters.get("charset"),
                "content_transfer_encoding": entity.content_transfer_encoding,
                "disposition": entity.disposition,
                "filename": entity.filename,
                "span": entity.span,
                "body_span": entity.body_span,
                "defects": [_json_defect(defect) for defect in entity.defects],
            }
        )
    return told, 0


def _json_defect(defect: Defect) -> dict[str, Any]:
    return {"name": defect.name, "span": defect.span, "message": defect.message}
