"""Places in a field: of its name, of its body, and of ranges of the body as different readers have it; of octets."""

from __future__ import annotations

import re
from typing import Final

from sesmime.mime.fields import Field, Source, Span

# Octets looked at in one go.
_BLOCK: Final = 1 << 18
_BLANKS: Final = b" \t\r\n"
_LINE_END: Final = re.compile(rb"\r?\n")
_BEFORE_BODY: Final = re.compile(rb"(?:[ \t]|\r?\n)*+")


def name_span(field: Field) -> Span:
    """Return the place of a field's name."""
    return Span(field.span.start, field.span.start + len(field.name))


def body_span(field: Field) -> Span:
    """Return the place of a field's body, less the blanks around it."""
    raw = field.raw
    start = raw.find(b":") + 1
    stop = max(start, len(raw.rstrip(_BLANKS)))
    start = min(len(raw) - len(raw[start:].lstrip(_BLANKS)), stop)
    return Span(field.span.start + start, field.span.start + stop)


def span_in_body(field: Field, start: int, stop: int) -> Span:
    """Return the place of a range of `field.body`, in characters of it; folds that stand in between are part of it."""
    raw = field.raw
    leading = _BEFORE_BODY.match(raw, raw.find(b":") + 1)
    assert leading is not None  # it may be empty
    wanted = [start, max(start, stop - 1)]
    found: list[int] = []
    # The body is what stands between line ends; `count` is how many characters of it stand before `place`.
    count, place = 0, leading.end()
    for end, after in (*(match.span() for match in _LINE_END.finditer(raw, place)), (len(raw), len(raw))):
        while len(found) < 2 and wanted[len(found)] < count + end - place:
            found.append(place + wanted[len(found)] - count)
        if len(found) == 2:
            break
        count, place = count + end - place, after
    if len(found) < 2:
        return body_span(field)
    base = field.span.start
    return Span(base + found[0], base + found[1] + (stop > start))


def strict_value(field: Field) -> str:
    """Return a field's body as the strict grammar of SES reads it: one character a byte, folds as they stand in it."""
    value = field.raw.partition(b":")[2].lstrip(_BLANKS)
    return value.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")


def strict_span(field: Field, start: int, stop: int) -> Span:
    """Return the place of a range of `strict_value(field)`."""
    base = body_span(field).start
    return Span(base + start, base + stop)


# Octets


def first_eight_bit(source: Source, start: int, stop: int) -> int:
    """Return the place of the first octet beyond ASCII in a range, -1 without one, by halves: `isascii` is fast."""
    for begin in range(start, stop, _BLOCK):
        chunk = bytes(source[begin : min(begin + _BLOCK, stop)])
        if chunk.isascii():
            continue
        place = begin
        while len(chunk) > 1:
            half = chunk[: len(chunk) // 2]
            if half.isascii():
                place += len(half)
                half = chunk[len(half) :]
            chunk = half
        return place
    return -1


def octet_span(place: int) -> Span:
    """Return the span of one octet."""
    return Span(place, place + 1)
