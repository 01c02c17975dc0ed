"""A header section that nobody reads as one: behind an empty line, or in base64."""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.fields import HeaderSection, Span, header_section_end
from sesmime.mime.grammar import FIELD_NAME

_EMPTY_LINES: Final = re.compile(rb"(?:\r?\n){0,9}")
_FIELD: Final = re.compile(rb"[!-9;-~]+[ \t]*+:")
# No header section that got into the body is looked at further than this, in octets.
_REACH: Final = 1 << 16
# So much of a message tells whether it is base64.
_ENOUGH: Final = 4096
_SHORTEST: Final = 24
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_LINE_BREAKS: Final = b" \t\r\n"


class HiddenSection(NamedTuple):
    """The fields that the body begins with: the empty lines before them, and whether all of them are fields."""

    empty_lines: Span
    section: HeaderSection
    is_clean: bool


def section_in_body(outgoing: Outgoing) -> HiddenSection | None:
    """Return the header section that stands behind the empty line, where the body begins with a line like a field."""
    source, body_start = outgoing.source, outgoing.body_start
    gap = _EMPTY_LINES.match(source, body_start)
    assert gap is not None  # it matches nothing too
    start = gap.end()
    if _FIELD.match(source, start) is None:
        return None
    reach = min(start + _REACH, len(source))
    stop, body = header_section_end(source, start, reach)
    section = HeaderSection(source, Span(start, stop))
    is_whole = stop < body or reach == len(source)
    is_clean = is_whole and not section.defects and all(FIELD_NAME.fullmatch(field.name) for field in section.fields)
    return HiddenSection(Span(outgoing.section.span.stop, start), section, is_clean)


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
