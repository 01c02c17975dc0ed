"""SES001."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sesmime.linter.kit import (
    FIELD_NAME,
    ONCE_ONLY,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fold_case,
    quoted,
    rule,
)
from sesmime.mime.fields import fields_named, parse_header_section
from sesmime.mime.grammar import LONE_CR

_LONE_CRS = re.compile(rb"(?:\r(?!\n))+")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*+:")

# What must not come into being by a fix: the message would have another sender, more recipients, other settings.
_NEVER_MADE = frozenset(("from", "sender", "to", "cc", "bcc"))


@rule(
    "SES001",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/51",
    stage=Stage.SYNTAX,
    order=30,
    triggers=(":cr-in-header-section",),
)
def lone_cr(outgoing: Outgoing) -> Iterator[Fault]:
    """There is a CR without LF in the header section.

    Programs disagree whether a line ends there: the end of a field body for one is a new field for another. SES has
    answered such messages with `Duplicate header`; what it does with a setting after one is not known.
    """
    count = outgoing.head_line_ends.lone_crs
    if not count:
        return
    first = LONE_CR.search(outgoing.header_octets)
    assert first is not None  # they have been counted
    reading = _read_at_cr(outgoing)
    message = (
        f"CR without LF{f' (the first of {count})' if count > 1 else ''}: programs disagree whether a line ends here"
    )
    if reading.hidden:
        message += f", and {quoted(reading.hidden[0].name, 60)} is a field after it for some"
    yield Fault(
        message,
        outgoing.head_span(*first.span()),
        rejection=None if reading.repeated is None else f"Duplicate header '{reading.repeated}'.",
        fix=_fix(outgoing, reading),
    )


class _Reading(NamedTuple):
    """The header section to a reader that ends lines at a lone CR too."""

    hidden: tuple[Field, ...]  # the fields that other readers do not see
    names: frozenset[str]  # their names in lower case
    repeated: str | None  # a field that SES takes once, and that stands there twice by such a CR


def _read_at_cr(outgoing: Outgoing) -> _Reading:
    # One octet for another, so that places are the same in both.
    head = outgoing.header_octets
    has_feed = head.find(b"\n") >= 0
    section = parse_header_section(LONE_CR.sub(b"\n", head) if has_feed else head.replace(b"\r", b"\n"))
    hidden = tuple(
        [
            field
            for field in section.fields
            if (start := field.span.start) and head[start - 1] == 0x0D and FIELD_NAME.fullmatch(field.name)
        ]
    )
    names = [fold_case(field.name) for field in hidden]
    for name in dict.fromkeys(names):
        if name in ONCE_ONLY:
            fields = fields_named(section, name)
            # What all readers see twice is a fault of its own.
            if 1 < len(fields) < 2 + names.count(name):
                return _Reading(hidden, frozenset(names), fields[0].name)
    return _Reading(hidden, frozenset(names), None)


def _fix(outgoing: Outgoing, reading: _Reading) -> Fix:
    if b"\n" not in outgoing.header_octets:
        return Fix("end the lines with CRLF", lambda: _line_ends(outgoing))
    names = reading.names
    is_harmful = not names.isdisjoint(_NEVER_MADE) or any(name.startswith("x-ses-") for name in names)
    if is_harmful or any(name in ONCE_ONLY for name in names & outgoing.names):
        return Fix("remove it and the text after it, or end the line with CRLF")
    title = "end the line with CRLF" if names else "remove it, or replace it with a space"
    return Fix(title, lambda: _repairs(outgoing))


def _line_ends(outgoing: Outgoing) -> Iterator[Edit]:
    """End each line with CRLF, in a message without any LF; lines in front of the first field go."""
    for run in _LONE_CRS.finditer(outgoing.header_octets):
        start, stop = run.span()
        yield Edit(outgoing.head_span(start, stop), b"\r\n" * (stop - start) if start else b"")


def _repairs(outgoing: Outgoing) -> Iterator[Edit]:
    """Make a line end of a CR before a field, nothing of one at either end of a line, a blank of any other."""
    head = outgoing.header_octets
    ending = b"\r\n" if outgoing.is_crlf else b"\n"
    has_empty_line = outgoing.body_start > outgoing.section.span.stop
    for run in _LONE_CRS.finditer(head):
        start, stop = run.span()
        is_at_start = start == 0 or head[start - 1] == 0x0A
        is_at_end = head.startswith(b"\r\n", stop) or stop == len(head)
        replacement = b" "
        if is_at_start and is_at_end and has_empty_line:
            stop += 2  # the line goes: it would be the empty line that ends the header section
            replacement = b""
        elif is_at_start or is_at_end or head[stop] in b" \t":
            replacement = b""
        elif _FIELD.match(head, stop):
            replacement = ending
        yield Edit(outgoing.head_span(start, stop), replacement)
