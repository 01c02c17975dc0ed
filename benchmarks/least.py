"""The least that a reader of mail in Python can take: its values alone, where finding them costs nothing.

Where the parts stand, their types, file names and encodings are known before the clock runs. What is timed is what no
reader can do without that gives names and bodies of all fields and the contents: one pass of a regular expression over
each header section, one call of `binascii` or one copy for each content. Bodies stay folded.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .corpus import unpacked

_FIELD = re.compile(r"^([^:\n]++):[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_DECODERS: dict[str, Callable[[bytes], bytes]] = {"base64": binascii.a2b_base64, "quoted-printable": binascii.a2b_qp}


class _Known(NamedTuple):
    """A part: its source, where its header section and its body stand, what else is asked of it, what decodes it."""

    source: bytes
    section: slice
    body: slice
    kind: str
    filename: str | None
    decode: Callable[[bytes], bytes] | None


def values_of_mail(parse: Any, row: bytes) -> Callable[[], object]:
    """Return what makes the values of all messages of a row; `parse` is sesmime's, and finds the places."""
    messages = [[_known(part, message) for part in parse(message).walk()] for message in unpacked(row)]
    return lambda: [_values(parts) for parts in messages][-1]


def _known(part: Any, message: bytes) -> _Known:
    section, body = part.header_section.span, part.body_span
    decode = _DECODERS.get(part.content_transfer_encoding)
    if part.parts or (decode is not None and not _decodes(decode, part)):
        decode = None
    return _Known(message, slice(*section), slice(*body), part.content_type, part.filename, decode)


def _decodes(decode: Callable[[bytes], bytes], part: Any) -> bool:
    try:
        return bool(decode(bytes(part.body)) == part.content())
    except binascii.Error:
        return False


def _values(parts: list[_Known]) -> list[object]:
    findall = _FIELD.findall
    return [
        (
            findall(source[section].decode("ascii", "surrogateescape")),
            kind,
            filename,
            source[body] if decode is None else decode(source[body]),
        )
        for source, section, body, kind, filename, decode in parts
    ]
