"""The laws, as functions that raise AssertionError: shared by the property tests, the corpus tests and the fuzzers."""

from __future__ import annotations

import re

from sesmime import (
    Entity,
    parse,
    read_ses_fields,
    remove_fields,
    strip_ses_fields,
)
from sesmime.fields import Span, header_section_end

_CONTROLS = bytes(range(0x21)) + b"\x7f"


def read_everything(entity: Entity) -> None:
    """Law 1: nothing of an entity raises, whatever the bytes."""
    for part in entity.walk():
        assert part.path == part.path.strip(".")
        for field in part.header_section:
            assert isinstance(field.body, str)
        assert isinstance(part.content_type, str)
        assert isinstance(part.content_transfer_encoding, str)
        assert part.filename is None or isinstance(part.filename, str)
        assert part.disposition is None or isinstance(part.disposition, str)
        assert isinstance(part.defects, tuple)
        assert isinstance(part.content(), bytes)
        assert isinstance(part.text(), str)
        assert isinstance(part.content_defects(), tuple)
        name = part.safe_filename
        assert name is None or (name and name.isprintable() and not set(name) & set("/\\:"))
        assert len(repr(part)) < 500


def rebuilt(entity: Entity) -> bytes:
    """Law 2: join what an entity is told to be made of, by loop; each place must begin where the last one ended."""
    source = bytes(entity.source)
    pieces: list[bytes] = []
    position = entity.span.start
    # What is still to be joined: a span that is taken as it stands, or an entity.
    waiting: list[Entity | Span] = [entity]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Span):
            assert item.start == position, (item, position)
            assert item.stop >= item.start
            pieces.append(source[item.start : item.stop])
            position = item.stop
            continue
        section = item.header_section
        lines = sorted(
            [f.span for f in section.fields] + [d.span for d in section.defects if d.span.start < d.span.stop]
        )
        for field in section.fields:
            assert field.raw == source[field.span.start : field.span.stop]
        assert section.span.start == item.span.start
        empty_line = Span(section.span.stop, item.body_span.start)
        assert source[empty_line.start : empty_line.stop] in (b"", b"\n", b"\r\n")
        inside: list[Entity | Span] = [*lines, empty_line]
        if item.is_multipart:
            assert item.preamble_span is not None
            assert item.epilogue_span is not None
            assert item.preamble_span.start == item.body_span.start
            assert item.epilogue_span.stop == item.body_span.stop
            inside.append(item.preamble_span)
            last = item.preamble_span.stop
            for part in item.parts:
                delimiter = Span(last, part.span.start)
                assert source[delimiter.start : delimiter.stop].lstrip(b"\r\n").startswith(b"--")
                inside += [delimiter, part]
                last = part.span.stop
            inside += [Span(last, item.epilogue_span.start), item.epilogue_span]
        elif item.parts:
            (message,) = item.parts
            assert message.span == item.body_span
            inside.append(message)
        else:
            inside.append(item.body_span)
        waiting.extend(reversed(inside))
    assert position == entity.span.stop
    return b"".join(pieces)


def tiles(message: bytes) -> None:
    """Law 2 for a message."""
    assert rebuilt(parse(message)) == message


def removing_keeps_every_other_byte(message: bytes, name: str) -> None:
    """Law 3: a field goes, every other byte stays, twice is once."""
    section = parse(message).header_section
    expected, last = b"", 0
    for field in section.all(name):
        expected += message[last : field.span.start]
        last = field.span.stop
    expected += message[last:]
    removed = remove_fields(message, name)
    assert removed == expected
    assert remove_fields(removed, name) == removed
    others = [(f.name, f.raw) for f in section if f not in section.all(name)]
    assert [(f.name, f.raw) for f in parse(removed).header_section] == others


def ses_names(section: bytes, line_end: re.Pattern[bytes]) -> list[bytes]:
    """Give the X-SES names that a reader sees who ends lines at `line_end` and takes blanks for continuation."""
    names = []
    logical: list[bytes] = []
    for line in line_end.split(section):
        if logical and line.startswith((b" ", b"\t")):
            logical[-1] += b"\n" + line
        else:
            logical.append(line)
    for text in logical:
        name, colon, _ = text.partition(b":")
        name = name.strip(_CONTROLS).lower()
        if colon and name.startswith(b"x-ses-"):
            names.append(name)
    return names


READINGS = {
    "CRLF": re.compile(rb"\r\n"),
    "LF": re.compile(rb"\n"),
    "CRLF or LF": re.compile(rb"\r?\n"),
    "CR": re.compile(rb"\r\n|\r|\n"),
}


def strips(message: bytes) -> None:
    """The rule of strip: no X-SES field is left in any reading, nothing new appears, nothing else changes."""
    stop, body = header_section_end(message)
    stripped = strip_ses_fields(message)
    new_stop, new_body = header_section_end(stripped)
    # Nothing beyond the region changes, and the region ends where it ended.
    assert stripped[new_stop:] == message[stop:], "the region moved"
    assert new_body - new_stop == body - stop
    for reading in ("CRLF or LF", "LF", "CR"):
        assert ses_names(stripped[:new_stop], READINGS[reading]) == [], reading
    assert strip_ses_fields(stripped) == stripped, "twice is not once"
    # Every logical line that stays is the old one, less what a lone CR hid in it; none is new.
    before = [line for line in logical_lines(message[:stop]) if not _is_ses(line)]
    after = logical_lines(stripped[:new_stop])
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old != new:
            assert _LONE_CR.search(old)
            assert b"x-ses-" in old.lower()
            assert _is_subsequence(new, old)
            assert old.endswith(b"\n") == new.endswith(b"\n")


_LONE_CR = re.compile(rb"\r(?!\n)")


def logical_lines(section: bytes) -> list[bytes]:
    """Divide a header section at the line ends that no blank follows."""
    return [line for line in re.split(rb"(?<=\n)(?![ \t])", section) if line]


def _is_ses(raw: bytes) -> bool:
    name, colon, _ = raw.partition(b":")
    return bool(colon) and name.strip(_CONTROLS).lower().startswith(b"x-ses-")


def _is_subsequence(short: bytes, long: bytes) -> bool:
    rest = iter(long)
    return all(byte in rest for byte in short)


def reads_ses_fields(message: bytes) -> None:
    """Reading SES fields raises nothing, and nothing is left to read after a strip."""
    read_ses_fields(message)
    empty = read_ses_fields(strip_ses_fields(message))
    assert empty == type(empty)()
    assert empty.defects == ()
