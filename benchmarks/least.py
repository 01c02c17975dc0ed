"""The least that a reader of mail in Python can take: its values alone, where finding them costs nothing.

Where the parts stand, their types, file names and encodings are known before the clock runs. What is timed is what no
reader can do without that gives names and bodies of all fields and the contents: one pass of a regular expression over
each header section, one call of `binascii` or one copy for each content. Bodies stay folded.

Where the fields are read one by one, each with its octets and its place, their names and places are known too. What is
timed of a field is its two tuples, a copy of its octets, and one copy of its body that is decoded.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .corpus import unpacked

_FIELD = re.compile(r"^([^:\n]++):[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_DECODERS: dict[str, Callable[[bytes], bytes]] = {"base64": binascii.a2b_base64, "quoted-printable": binascii.a2b_qp}


class _KnownField(NamedTuple):
    """A field: its name, its place, and where its octets and its body stand."""

    name: str
    place: tuple[int, int]
    octets: slice
    body: slice


class _Known(NamedTuple):
    """A part: its source, where its header section and its body stand, what else is asked of it, what decodes it."""

    source: bytes
    section: slice
    body: slice
    kind: str
    filename: str | None
    decode: Callable[[bytes], bytes] | None
    fields: list[_KnownField]


def values_of_mail(parse: Any, row: bytes) -> Callable[[], object]:
    """Return what makes the values of all messages of a row; `parse` is sesmime's, and finds the places."""
    messages = [[_known(part, message) for part in parse(message).walk()] for message in unpacked(row)]
    return lambda: [_values(parts, _items) for parts in messages][-1]


def fields_of_mail(sesmime: Any, row: bytes) -> Callable[[], object]:
    """Return what makes the same with the fields one by one, as the named tuples that the package makes."""
    messages = [[_known(part, message) for part in sesmime.parse(message).walk()] for message in unpacked(row)]
    field, span, new = sesmime.Field, sesmime.Span, tuple.__new__

    def read(part: _Known) -> object:
        source = part.source
        return [
            (
                name,
                new(field, (name, source[octets], new(span, place))),
                source[body].decode("ascii", "surrogateescape"),
            )
            for name, place, octets, body in part.fields
        ]

    return lambda: [_values(parts, read) for parts in messages][-1]


def _known(part: Any, message: bytes) -> _Known:
    section, body = part.header_section.span, part.body_span
    decode = _DECODERS.get(part.content_transfer_encoding)
    if part.parts or (decode is not None and not _decodes(decode, part)):
        decode = None
    fields = [_known_field(field) for field in part.header_section.fields]
    return _Known(message, slice(*section), slice(*body), part.content_type, part.filename, decode, fields)


def _known_field(field: Any) -> _KnownField:
    start, stop = field.span
    body = field.raw.partition(b":")[2].lstrip(b" \t\r\n")
    begin = stop - len(body)
    return _KnownField(field.name, (start, stop), slice(start, stop), slice(begin, begin + len(body.rstrip(b"\r\n"))))


def _decodes(decode: Callable[[bytes], bytes], part: Any) -> bool:
    try:
        return bool(decode(bytes(part.body)) == part.content())
    except binascii.Error:
        return False


def _items(part: _Known) -> object:
    return _FIELD.findall(part.source[part.section].decode("ascii", "surrogateescape"))


def _values(parts: list[_Known], read: Callable[[_Known], object]) -> list[object]:
    return [
        (
            read(part),
            part.kind,
            part.filename,
            part.source[part.body] if part.decode is None else part.decode(part.source[part.body]),
        )
        for part in parts
    ]
