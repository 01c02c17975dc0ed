"""Delimiters that are no delimiter lines, because something stands before them on their line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from sesmime.linter.view.multiparts import boundary_of, has_defect, multiparts
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.fields import Span

# So many places, and so many octets of multiparts that lack delimiter lines, are looked at: they may lie in each other.
_MOST_PLACES: Final = 10_000
_MOST_OCTETS: Final = 1 << 24
# A shorter boundary is found in words too.
_LONG: Final = 4
_REST_OF_LINE: Final = re.compile(rb"(?P<closing>--)?[ \t]{0,99}(?P<end>\r?\n|\Z)")
# What follows a delimiter line: fields or, of a part without any, an empty line.
_FIELDS: Final = re.compile(rb"[!-9;-~]{1,80}:|\r?\n")
_MARKS_OF_QUOTATIONS: Final = b"> \t|-"


class GluedDelimiter(NamedTuple):
    """A delimiter in the middle of a line."""

    part: Part
    """The multipart whose delimiter it is."""
    span: Span
    is_closing: bool
    """Whether it closes the multipart: two hyphens, or nothing, come after it."""
    lacks_hyphens: bool
    """Whether it closes it without the two hyphens."""


def glued_delimiters(outgoing: Outgoing) -> tuple[GluedDelimiter, ...]:
    """Return the delimiters that end a line and do not begin it; attached messages are not searched."""
    found = (glued for part, span in _searched(outgoing) for glued in _glued(outgoing, part, span))
    return tuple(islice(found, _MOST_PLACES))


def first_glued_delimiter(outgoing: Outgoing, span: Span) -> int | None:
    """Return where the first of them stands in a range, None without one."""
    places = outgoing.once(_places)
    index = bisect_right(places, span.start)
    return places[index] if index < len(places) and places[index] < span.stop else None


def _places(outgoing: Outgoing) -> list[int]:
    return sorted(glued.span.start for glued in outgoing.once(glued_delimiters))


def _searched(outgoing: Outgoing) -> Iterator[tuple[Part, Span]]:
    left = _MOST_OCTETS
    for part in outgoing.once(multiparts):
        entity = part.entity
        if _is_open(part):
            start, stop = entity.body_span
            left -= stop - start
            if left >= 0:
                yield part, entity.body_span
        else:
            # What is swallowed stands in the part before it.
            yield from ((part, child.body_span) for child in entity.parts if not child.parts)


def _is_open(part: Part) -> bool:
    return has_defect(part, "no-closing-boundary") or has_defect(part, "no-start-boundary")


def _glued(outgoing: Outgoing, part: Part, span: Span) -> Iterator[GluedDelimiter]:
    source, (start, stop) = outgoing.source, span
    boundary = boundary_of(part)
    if not boundary:
        return
    delimiter = b"--" + boundary.encode("utf-8", "surrogateescape")
    # One octet is looked for first, by `memrchr`: base64 holds no hyphen. `rfind` is twice as fast as `find`.
    if source.rfind(b"-", start, stop) < 0 or source.rfind(delimiter, start, stop) < 0:
        return
    is_open = _is_open(part)
    needs_fields = len(boundary) < _LONG or not is_open
    place = start - 1
    for _ in range(_MOST_PLACES):
        place = source.find(delimiter, place + 1, stop)
        if place < 0:
            return
        end = place + len(delimiter)
        rest = _REST_OF_LINE.match(source, end, stop)
        if rest is None or not _is_in_line(outgoing, start, place):
            continue
        is_last = is_open and rest.end() == stop
        if is_last or not needs_fields or _FIELDS.match(source, rest.end(), stop) is not None:
            is_closing = rest["closing"] is not None
            stop_of_it = rest.end("closing") if is_closing else end
            yield GluedDelimiter(part, Span(place, stop_of_it), is_closing or is_last, is_last and not is_closing)


def _is_in_line(outgoing: Outgoing, start: int, place: int) -> bool:
    """Whether something stands before it on its line, more than what marks a quotation or makes it longer."""
    source = outgoing.source
    begin = max(source.rfind(b"\n", start, place) + 1, start)
    before = bytes(source[begin:place])
    return bool(before.strip(_MARKS_OF_QUOTATIONS)) and not before.endswith(b"\r")
