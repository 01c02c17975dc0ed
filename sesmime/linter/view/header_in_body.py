"""A header section that nobody reads as one: behind an empty line, or in base64."""

from __future__ import annotations

import binascii
import re

from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.fields import HeaderSection, Span, header_section_end
from sesmime.mime.grammar import FIELD_NAME
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple

_FIELD_BEHIND_EMPTY_LINES: Final = re.compile(rb"((?:\r?\n){0,9})[!-9;-~]++[ \t]*+:")
_FIELD: Final = lazy_pattern(rb"[!-9;-~]++[ \t]*+:")
# No header section that got into the body is looked at further than this, in octets.
_REACH: Final = 1 << 16
# So much of a message tells whether it is base64.
_ENOUGH: Final = 4096
_SHORTEST: Final = 24
_BASE64: Final = lazy_pattern(rb"[A-Za-z0-9+/]+={0,2}")
_LINE_BREAKS: Final = b" \t\r\n"
# Bodies that are header sections by their type.
_OF_FIELDS: Final = ("message/", "text/rfc822-headers")


# Octets of a body of which it is asked what it begins with.
BODY_START: Final = 2_000


def body_start(outgoing: Outgoing) -> bytes:
    """Return the first octets of the body of the message."""
    start = outgoing.root.body_span.start
    return bytes(outgoing.source[start : start + BODY_START])


class HiddenSection(NamedTuple):
    """The fields that the body begins with: the empty lines before them, and whether all of them are fields."""

    empty_lines: Span
    section: HeaderSection
    is_clean: bool


def parts_with_fields_in_body(outgoing: Outgoing) -> tuple[Part, ...]:
    """Return the parts whose body begins with a line like a field, and is not made of fields by its type.

    Parts of attached messages are left out.
    """
    source, begins = outgoing.source, _FIELD_BEHIND_EMPTY_LINES.match
    found: list[Part] = []
    for part in outgoing.parts:
        span = part.body_span
        # Where a whole body does not begin so, the text before its parts does not either.
        if begins(source, span[0], span[1]) is not None and _start(outgoing, part) >= 0:
            found.append(part)
    return tuple(found)


def _start(outgoing: Outgoing, part: Part) -> int:
    """Return where the first field of a body stands, -1 without one."""
    if part.content_type.startswith(_OF_FIELDS):
        return -1
    found = _FIELD_BEHIND_EMPTY_LINES.match(outgoing.source, *_text(part))
    return -1 if found is None else found.end(1)


def _text(part: Part) -> Span:
    """Return the place of a body, of a multipart the text before its parts."""
    preamble = part.entity.preamble_span
    return part.body_span if preamble is None else preamble


def section_in_body(outgoing: Outgoing, part: Part) -> HiddenSection | None:
    """Return the header section that stands behind the empty line, where the body begins with a line like a field."""
    start = _start(outgoing, part)
    if start < 0:
        return None
    source, end = outgoing.source, _text(part).stop
    reach = min(start + _REACH, end)
    stop, body = header_section_end(source, start, reach)
    section = HeaderSection(source, Span(start, stop))
    is_whole = stop < body or reach == end
    is_clean = is_whole and not section.defects and all(FIELD_NAME.fullmatch(field.name) for field in section.fields)
    return HiddenSection(Span(part.section.span.stop, start), section, is_clean)


def is_message_in_base64(outgoing: Outgoing) -> bool:
    """Whether the message is the base64 of a message: no field, and its first octets decode to a field."""
    head = outgoing.header_octets
    if len(head) < _SHORTEST or outgoing.has_header_section:
        return False
    octets = head[:_ENOUGH].translate(None, _LINE_BREAKS)
    octets = octets[: len(octets) // 4 * 4]
    if _BASE64.fullmatch(octets) is None:
        return False
    return _FIELD.match(binascii.a2b_base64(octets)) is not None
