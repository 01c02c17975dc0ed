"""What every reader of mail takes alike: header sections, labels, and multiparts of the plain kind.

Where mail leaves the standard, readers leave it in different ways. At a line that is no field Python's `email` begins
the body, others go on; some end lines at a lone CR; one takes any line that begins with a delimiter for a delimiter
line. An edit that no reader can tell is one in a place that all of them see as the same thing. So what is asked here is
not whether something is right, but whether it is so plain that there is one reading of it.
"""

from __future__ import annotations

import re

from sesmime.mime.decoding import BLOCK, IDENTITY
from sesmime.mime.entity import Entity
from sesmime.mime.fields import HeaderSection, Source, Span
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# Python's `email` and other readers recurse; beyond so many levels they give up at different places.
_MOST_LEVELS: Final = 50

# RFC 5322 section 2.2: fields, folded or not, and nothing else. A line of blanks alone goes on with the field above;
# what mbox files put before a message is known to all.
_PLAIN_SECTION: Final = lazy_pattern(
    rb"(?:From [^\r\n]*+\r?\n(?![ \t]))?+(?:[!-9;-~]++:[^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+(?:\r?\n|\Z))*+"
)

# RFC 2045 section 5.1: the type, and parameters whose values need no unescaping.
_TOKEN: Final = rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]++"
_PLAIN_TYPE: Final = lazy_pattern(_TOKEN + rb"/" + _TOKEN + rb"[ \t]*+(?=;|\Z)")
_PLAIN_BOUNDARY: Final = lazy_pattern(
    rb";[ \t\r\n]*+boundary=(?:(?P<token>"
    + _TOKEN
    + rb")|\"(?P<quoted>[!#-\[\]-~]++(?:[ ]++[!#-\[\]-~]++)*+)\")(?=[ \t\r\n]*+(?:;|\Z))",
    re.IGNORECASE,
)
# The encodings that all readers know.
_PLAIN_ENCODINGS: Final = IDENTITY | {"", "base64", "quoted-printable"}
# A body that begins so is UTF-16 to readers who look for a byte order mark; others believe the label, and see lines.
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# After the line end before it: what begins with an octet of its own is looked for in a sixth of the time of `^`.
_FOLDED_ENCODING: Final = lazy_pattern(rb"\ncontent-transfer-encoding:[^\r\n]*+\r?\n[ \t]", re.IGNORECASE)
_BOUNDARY_NAME: Final = lazy_pattern(rb"boundary", re.IGNORECASE)


def is_plain_section(section: bytes) -> bool:
    r"""Tell whether a header section is made of fields that every reader sees, the empty line after it not counted.

    An encoding whose field is folded is no label that Python's `email` knows: to it the fold is a part of it.

    >>> is_plain_section(b"A: b\r\n c\r\n"), is_plain_section(b"A: b\r\njunk\r\n"), is_plain_section(b"A : b\r\n")
    (True, False, False)
    """
    return _PLAIN_SECTION.fullmatch(section) is not None and _FOLDED_ENCODING.search(b"\n" + section) is None


def has_plain_type(section: HeaderSection) -> bool:
    """Tell whether every reader takes the type and the encoding for the same: one of each at most, nothing odd."""
    labels = {label.body.strip(" \t").lower() for label in section.all("Content-Transfer-Encoding")}
    if len(labels) > 1 or not labels <= _PLAIN_ENCODINGS:
        return False
    types = section.all("Content-Type")
    if not types:
        return True
    return len(types) == 1 and _PLAIN_TYPE.match(_octets(types[0].body)) is not None


def is_plainly_divided(entity: Entity) -> bool:
    """Tell whether every reader sees the same parts in an entity, or that it has none."""
    section = entity.header_section
    if not has_plain_type(section):
        return False
    kind = entity.content_type
    if not entity.is_multipart and not entity.parts:
        # A multipart without a boundary, a message that is encoded: readers differ in what they look for.
        return not kind.startswith(("multipart/", "message/"))
    if "Content-Type" not in section or entity.content_transfer_encoding not in IDENTITY:
        return False
    if not entity.is_multipart:
        return True
    # As it stands, folds and all: not every reader takes one inside quotes for a blank.
    value = section.all("Content-Type")[0].raw.partition(b":")[2].rstrip(b"\r\n")
    found = _PLAIN_BOUNDARY.search(value)
    if found is None or len(_BOUNDARY_NAME.findall(value)) > 1 or len(entity.defects) > len(section.defects):
        return False
    delimiter = b"--" + (found["token"] or found["quoted"])
    # Every line that begins so is a delimiter line to us; one more would be one to others only.
    lines = len(entity.parts) + 1
    source, body = entity.source, entity.body_span
    first = source[body.start : body.start + len(delimiter)] == delimiter
    if source.find(b"\r" + delimiter, body.start, body.stop) >= 0:
        return False
    return first + _count(source, b"\n" + delimiter, body, lines + 1) == lines


def _count(source: Source, needle: bytes, span: Span, most: int) -> int:
    position, stop = span
    count = 0
    while count < most:
        position = source.find(needle, position, stop)
        if position < 0:
            break
        count += 1
        position += len(needle)
    return count


def _octets(body: str) -> bytes:
    return body.encode("ascii", "surrogateescape")


# RFC 2045 section 6.7: what may stand in quoted-printable. Some readers drop all else, others take it as it stands.
_QUOTED_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"


def is_plainly_quoted(source: Source, start: int, stop: int) -> bool:
    r"""Tell whether a range in quoted-printable holds no octet that must be escaped.

    >>> is_plainly_quoted(b"caf=E9", 0, 6), is_plainly_quoted(b"caf\xe9", 0, 4)
    (True, False)
    """
    blocks = (bytes(source[at : min(at + BLOCK, stop)]) for at in range(start, stop, BLOCK))
    return not any(block.translate(None, _QUOTED_PRINTABLE) for block in blocks)


_WIDE: Final = ("utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "iso-10646-ucs", "unicode")


def has_wide_characters(entity: Entity) -> bool:
    r"""Tell whether the label says that a character takes two octets or four: CR and LF may be halves of one there.

    >>> from sesmime import parse
    >>> has_wide_characters(parse(b"Content-Type: text/plain; charset=UTF-16BE\r\n\r\n\n\x41"))
    True
    """
    return (entity.charset or "").startswith(_WIDE)


class Agreement:
    """Whether all readers agree on an entity: on its header section, and on all that is around it.

    `section` are the octets of its header section where they are not those of the source.
    """

    __slots__ = ("_above", "_divides", "_entity", "_is_agreed", "_level", "_section")

    def __init__(self, entity: Entity, above: Agreement | None, section: bytes | None = None) -> None:
        self._entity = entity
        self._above = above
        self._level: int = 0 if above is None else above._level + 1
        self._section = section
        self._is_agreed: bool | None = None
        self._divides: bool | None = None

    @property
    def is_agreed(self) -> bool:
        """Whether every reader sees its fields, and all of them."""
        if self._is_agreed is None:
            self._is_agreed = (
                self._level < _MOST_LEVELS
                and (self._above is None or self._above.divides)
                and is_plain_section(self._section_octets())
            )
        return self._is_agreed

    @property
    def divides(self) -> bool:
        """Whether every reader sees the same parts in it, or that it has none and the same text."""
        if self._divides is None:
            self._divides = self.is_agreed and self._is_marked_as_labelled() and is_plainly_divided(self._entity)
        return self._divides

    def _is_marked_as_labelled(self) -> bool:
        entity = self._entity
        return bytes(entity.body[:2]) not in _UTF16_MARKS or has_wide_characters(entity)

    def _section_octets(self) -> bytes:
        if self._section is not None:
            return self._section
        return bytes(self._entity.source[slice(*self._entity.header_section.span)])
