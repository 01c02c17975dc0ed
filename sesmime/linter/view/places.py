"""Places in a field: of its name, of its body, and of ranges of the body as different readers have it; of octets."""

from __future__ import annotations

from bisect import bisect_right

from sesmime.mime.fields import Field, Source, Span
from sesmime.mime.held import held
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# Octets looked at in one go.
_BLOCK: Final = 1 << 18
_BLANKS: Final = b" \t\r\n"
_BEFORE_BODY: Final = lazy_pattern(rb"(?:[ \t]|\r?\n)*+")

_new_tuple = tuple.__new__


def name_span(field: Field) -> Span:
    """Return the place of a field's name."""
    start = field.span.start
    return _new_tuple(Span, (start, start + len(field.name)))


def body_span(field: Field) -> Span:
    """Return the place of a field's body, less the blanks around it."""
    raw = field.raw
    start = raw.find(b":") + 1
    stop = max(start, len(raw.rstrip(_BLANKS)))
    start = min(len(raw) - len(raw[start:].lstrip(_BLANKS)), stop)
    base = field.span.start
    return _new_tuple(Span, (base + start, base + stop))


def span_in_body(field: Field, start: int, stop: int) -> Span:
    """Return the place of a range of `field.body`, in characters of it; folds that stand in between are part of it."""
    places = held("places", field.raw, _RawPlaces)
    return places.span(field, start, stop)


class BodyPlaces:
    """The places of many ranges of one field's body: its folds are looked for once."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._places = _RawPlaces(field.raw)

    def span(self, start: int, stop: int) -> Span:
        """Return the place of a range, as `span_in_body` does."""
        return self._places.span(self._field, start, stop)


class _RawPlaces:
    """The places in the octets of a field, wherever it stands."""

    def __init__(self, raw: bytes) -> None:
        leading = _BEFORE_BODY.match(raw, raw.find(b":") + 1)
        assert leading is not None  # it may be empty
        # The body is what stands between line ends: where each piece begins, in characters of it and in octets of raw.
        self._counts: list[int] = []
        self._places: list[int] = []
        count, place, size = 0, leading.end(), len(raw)
        while place < size:
            feed = raw.find(b"\n", place)
            end = size if feed < 0 else feed - (feed > place and raw[feed - 1] == 0x0D)
            if end > place:
                self._counts.append(count)
                self._places.append(place)
            count += end - place
            place = size if feed < 0 else feed + 1
        self._size = count

    def span(self, field: Field, start: int, stop: int) -> Span:
        last = max(start, stop - 1)
        if last >= self._size:
            return body_span(field)
        base = field.span.start
        return _new_tuple(Span, (base + self._place(start), base + self._place(last) + (stop > start)))

    def _place(self, character: int) -> int:
        index = max(bisect_right(self._counts, character) - 1, 0)
        return self._places[index] + character - self._counts[index]


def strict_value(field: Field) -> str:
    """Return a field's body as the strict grammar of SES reads it: one character a byte, folds as they stand in it."""
    return strict_text(field.raw)


def strict_text(raw: bytes) -> str:
    """Return the same of a field as it stands."""
    value = raw.partition(b":")[2].lstrip(_BLANKS)
    return value.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")


def strict_span(field: Field, start: int, stop: int) -> Span:
    """Return the place of a range of `strict_value(field)`."""
    base = body_span(field).start
    return _new_tuple(Span, (base + start, base + stop))


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
