"""Edits: bytes replaced by their spans, everything else left as it came.

Nothing here parses a body or goes through a serialiser. An edited message is a list of chunks: memoryviews of
what stays, bytes of what is new; `apply_edits` joins them once. It replaces `email.generator`, which writes
a message anew and changes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sesmime.errors import InvalidField, OverlappingEdits, SesMimeError, quoted
from sesmime.mime.addresses import format_addresses, parse_addresses
from sesmime.mime.fields import (
    HeaderSection,
    Message,
    Source,
    Span,
    as_source,
    fold_case,
    header_section_end,
    is_mbox_line,
    logical_line_end,
)
from sesmime.mime.grammar import (
    ADDRESS_FIELDS,
    CONTROLS,
    MAX_LINE,
    PREFERRED_LINE,
    STRUCTURED_FIELDS,
    TOKEN,
    UNFOLDED_FIELDS,
)
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_octets, plain_text
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import encode_words


class Edit(NamedTuple):
    """One change: the bytes of `span` (in the source's offsets) become `replacement`; an empty span inserts."""

    span: Span
    replacement: bytes

    def __repr__(self) -> str:
        start, stop = self.span
        return f"Edit({start}..{stop}, {len(self.replacement)} bytes)"


def edited_chunks(message: Message, edits: Iterable[Edit]) -> list[bytes | memoryview]:
    """Return the edited message in pieces: what stays as memoryviews, what is new as bytes; nothing is copied.

    Edits may come in any order; inserts at one offset keep theirs, and stand before a replacement that begins
    there. Raises OverlappingEdits where two name the same bytes, and SesMimeError for a span outside the message.

    >>> [bytes(chunk) for chunk in edited_chunks(b"one two", [Edit(Span(3, 3), b",")])]
    [b'one', b',', b' two']
    """
    source = as_source(message)
    size = len(source)
    view = memoryview(source)
    chunks: list[bytes | memoryview] = []
    position, last = 0, Span(0, 0)
    for (start, stop), replacement in sorted(map(_checked, edits), key=lambda edit: edit[0][:2]):
        if not 0 <= start <= stop <= size:
            raise SesMimeError(f"an edit of bytes {start}..{stop} in a message of {size} bytes")
        if start < position:
            raise OverlappingEdits((last.start, last.stop), (start, stop))
        if start > position:
            chunks.append(view[position:start])
        if isinstance(replacement, bytes):
            replacement = plain_octets(replacement)
        if replacement:
            chunks.append(replacement)
        position, last = stop, Span(start, stop)
    if position < size:
        chunks.append(view[position:])
    return chunks


def _checked(edit: Edit) -> Edit:
    if not isinstance(edit, tuple) or len(edit) != 2 or not isinstance(edit[0], tuple) or len(edit[0]) != 2:
        raise TypeError("an edit must be an Edit: a span and its replacement")
    return edit


def apply_edits(message: Message, edits: Iterable[Edit]) -> bytes:
    """Return the edited message as one `bytes`; without edits the message itself.

    Raises as `edited_chunks`.

    >>> apply_edits(b"one two", [Edit(Span(0, 3), b"three")])
    b'three two'
    """
    wanted = list(edits)
    if not wanted:
        return as_bytes(as_source(message))
    return b"".join(edited_chunks(message, wanted))


def remove_fields(message: Message, *names: str) -> bytes:
    r"""Remove all fields of these names from the top-level header section; every other byte stays.

    A name is any text, compared by ASCII case; one that no field has changes nothing.

    >>> remove_fields(b"To: a@b.example\r\nX-A: 1\r\nx-a: 2\r\n\r\nHi", "X-A")
    b'To: a@b.example\r\n\r\nHi'
    """
    source = as_source(message)
    wanted = {fold_case(plain_text(name)) for name in names}
    section = _header_section(source)
    return apply_edits(source, [Edit(f.span, b"") for f in section.fields if fold_case(f.name) in wanted])


def replace_field(message: Message, name: str, body: str) -> bytes:
    r"""Put `body` in the place of the first field of that name; repeats go; without one, append to the section.

    Raises InvalidField or InvalidAddress for what must not be written (`format_field`).

    >>> replace_field(b"Subject: a\nTo: b@c.example\nsubject: d\n\nHi", "Subject", "new")
    b'Subject: new\nTo: b@c.example\n\nHi'
    """
    return apply_edits(message, replacing_edits(message, name, body))


def replacing_edits(message: Message, name: str, body: str) -> list[Edit]:
    """Return the edits of `replace_field`; raises as it does."""
    source = as_source(message)
    section = _header_section(source)
    raw = format_field(name, body, line_ending(source))
    standing = section.all(name)
    if not standing:
        return [appending_edit(source, section, raw)]
    first, *repeats = standing
    if not first.raw.endswith(b"\n"):
        # The last line of a message without body and without final line end stays without one.
        raw = raw.rstrip(b"\r\n")
    return [Edit(first.span, raw), *(Edit(field.span, b"") for field in repeats)]


def appending_edit(source: Source, section: HeaderSection, raw: bytes, ending: bytes | None = None) -> Edit:
    """Return the edit that puts a finished field at the end of a header section.

    `ending` is the line end of the message, where it is known: to find it the message's header section is counted.
    """
    stop = section.span.stop
    if stop > section.span.start and source[stop - 1 : stop] != b"\n":
        # A section that ends with the message, in the middle of a line. Were that line's last byte a CR, a bare LF
        # would turn it into half of a line end.
        if source[stop - 1 : stop] == b"\r":
            ending = b"\r\n"
        raw = (ending or line_ending(source)) + raw
    return Edit(Span(stop, stop), raw)


def prepend_field(message: Message, name: str, body: str) -> bytes:
    r"""Put a field before all others.

    A first line that begins with a blank stays the first (it would become part of the new field), and so
    does the line that mbox files put before a message. Raises as `format_field`.

    >>> prepend_field(b"To: a@b.example\r\n\r\nHi", "X-A", "1")
    b'X-A: 1\r\nTo: a@b.example\r\n\r\nHi'
    """
    return apply_edits(message, [prepending_edit(message, name, body)])


def prepending_edit(message: Message, name: str, body: str) -> Edit:
    """Return the edit of `prepend_field`; raises as it does."""
    source = as_source(message)
    raw = format_field(name, body, line_ending(source))
    section = _header_section(source)
    octets = bytes(source[: section.span.stop])
    place = 0
    if octets.startswith((b" ", b"\t")) or is_mbox_line(octets):
        place = logical_line_end(octets, 0)
        if place == section.span.stop:
            return appending_edit(source, section, raw)
    return Edit(Span(place, place), raw)


def format_field(name: str, body: str, ending: bytes = b"\r\n") -> bytes:
    r"""Write one field: name, colon, body, folded at 78 where that does not change the value, and a line end.

    Raises InvalidField for a name that is no token, a control in the body, non-ASCII text in a structured field,
    and a line over 998 octets that cannot be folded; InvalidAddress for a non-ASCII address. In unstructured fields
    and display names non-ASCII text becomes encoded words (RFC 2047).

    >>> format_field("Subject", "Grüße")
    b'Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n'
    """
    name, body = plain_text(name), plain_text(body)
    if not TOKEN.fullmatch(name):
        raise InvalidField(name, "a field name consists of letters, digits and a few marks such as - and _")
    control = CONTROLS.search(body)
    if control:
        raise InvalidField(name, f"its body contains the control character {quoted(control[0])}")
    lowered = name.lower()
    if not body.isascii():
        body = _encoded_body(name, lowered, body)
    body = body.lstrip(" \t")
    fits = len(name) + 2 + len(body) <= PREFERRED_LINE
    if fits:
        lines = [f"{name}: {body}"]
    elif UNFOLDED_FIELDS.match(name):
        lines = _folded(f"{name}: {body}", len(name) + 2, MAX_LINE, _AFTER_COMMA)
    else:
        lines = _folded(f"{name}: {body}", len(name) + 2, PREFERRED_LINE, _BLANKS)
        if max(map(len, lines)) > MAX_LINE and lowered not in STRUCTURED_FIELDS:
            lines = _folded(f"{name}: {encode_words(body)}", len(name) + 2, PREFERRED_LINE, _BLANKS)
    if max(map(len, lines)) > MAX_LINE:
        raise InvalidField(name, f"a line of more than {MAX_LINE} octets that cannot be folded")
    return b"".join(line.encode("ascii") + ending for line in lines)


def line_ending(source: Source) -> bytes:
    r"""Return the line ending of a message: that of most lines of its header section, CRLF where as many have each.

    >>> line_ending(b"A: 1\nB: 2\r\nC: 3\r\n\r\nHi\n\n\n\n\n"), line_ending(b"A: 1\n\nHi")
    (b'\r\n', b'\n')
    """
    _, body = header_section_end(source)
    head = bytes(source[:body])
    pairs = head.count(b"\r\n")
    return b"\n" if head.count(b"\n") > 2 * pairs else b"\r\n"


def as_bytes(source: Source) -> bytes:
    """Return a source as `bytes`; nothing is copied where it is."""
    return source if type(source) is bytes else bytes(source[:])


def _header_section(source: Source) -> HeaderSection:
    stop, _ = header_section_end(source)
    return HeaderSection(source, Span(0, stop))


def _encoded_body(name: str, lowered: str, body: str) -> str:
    if lowered in ADDRESS_FIELDS:
        addresses = parse_addresses(body)
        if addresses.groups or any(defect.name != "non-ascii-address" for defect in addresses.defects):
            raise InvalidField(name, "non-ASCII text in a value that is not a simple list of addresses")
        return format_addresses(addresses.mailboxes)
    if lowered in STRUCTURED_FIELDS or UNFOLDED_FIELDS.match(name):
        raise InvalidField(name, "this field does not allow non-ASCII text")
    try:
        return encode_words(body)
    except InvalidField as error:
        raise InvalidField(name, error.reason) from None


# A line may end before a blank that follows one of these; the blank begins the next line and stays part of the value.
_BLANKS = lazy_pattern(r"(?<=[^ \t])[ \t]+(?=[^ \t])")
_AFTER_COMMA = lazy_pattern(r"(?<=,)[ \t]+(?=[^ \t])")


def _folded(line: str, first: int, width: int, breaks: re.Pattern[str]) -> list[str]:
    return fold(line, width, (match.start() for match in breaks.finditer(line, first)))


def fold(line: str, width: int, places: Iterable[int]) -> list[str]:
    """Divide a line into lines of at most `width` characters, at some of the places where it may be broken."""
    lines: list[str] = []
    start, candidate = 0, -1
    for place in places:
        if place - start > width and candidate > start:
            lines.append(line[start:candidate])
            start = candidate
        candidate = place
    if len(line) - start > width and candidate > start:
        lines.append(line[start:candidate])
        start = candidate
    lines.append(line[start:])
    return lines
