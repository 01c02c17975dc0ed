"""Header fields: where each one stands, its bytes, its name and its body.

The scanner replaces `email.feedparser.FeedParser._parse_headers`, with two differences: it goes on to the
first empty line whatever it meets, and it keeps every byte. A header section is a row of logical lines, each a
line and the continuation lines after it; the first line is never a continuation. A logical line with a colon
is a field, any other a defect. Lines end at CRLF or LF: a lone CR is a character like any other.

Finding the section's end and finding its fields are two things: the end is one regular expression, and the
fields are looked for when somebody asks for them.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sesmime.mime.hints import Final, TypeAlias
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_octets, plain_text
from sesmime.mime.values import NamedTuple

# What a message may come in. A mutable buffer must not change while it is in use.
Message: TypeAlias = bytes | bytearray | memoryview | mmap.mmap
Source: TypeAlias = bytes | bytearray | mmap.mmap

EMPTY_LINE = re.compile(rb"\n\r?\n")
_CR = ord("\r")

# A logical line, where lines end at LF: the name and the folded body of a field as nearly all are, or no name and the
# whole line. What is taken is not given back: each line is gone over once, and by `.`, which costs a fraction of what a
# class of characters does.
_LOGICAL_LINE = lazy_pattern(r"(?:([!-9;-~]++):[ \t]*+|(?!\Z))(.*+(?:\n[ \t].*+)*+)\n?+")
# The same as octets: all of them, and the name.
_LOGICAL_OCTETS = lazy_pattern(rb"((?:([!-9;-~]++):|(?!\Z)).*+(?:\n[ \t].*+)*+\n?+)")
# The same where each line is a field with a usual name, in four fifths of the time: whatever stands before the next
# colon is taken for the name, and where there is no colon all the rest for one line without a name.
_USUAL_OCTETS = lazy_pattern(rb"(([^:]++):.*+(?:\n[ \t].*+)*+\n?+|(?s:.++))")

# Names as most mailers spell them: each is one string, however many parts have it.
_USUAL_NAMES = (  # noqa: SIM905, words in a row are read at once
    "Content-Type Content-Transfer-Encoding Content-Disposition Content-ID Content-Description "
    "MIME-Version Mime-Version From Sender Reply-To To Cc Bcc Subject Date Message-ID Message-Id In-Reply-To "
    "References Received Return-Path Delivered-To DKIM-Signature Received-SPF Authentication-Results "
    "Auto-Submitted Precedence User-Agent X-Mailer List-Id List-Unsubscribe List-Unsubscribe-Post Feedback-ID "
    "List-Post List-Help List-Subscribe List-Archive ARC-Seal ARC-Message-Signature ARC-Authentication-Results "
    "Content-type Content-Language Thread-Topic Thread-Index X-Priority X-Received X-Original-To X-SES-Outgoing "
    "X-SES-CONFIGURATION-SET X-SES-MESSAGE-TAGS X-SES-SOURCE-ARN X-SES-FROM-ARN X-SES-RETURN-PATH-ARN"
).split()
_NAMES = {name.encode(): name for name in _USUAL_NAMES}
_FOLDED_NAMES = {name: name.lower() for name in _USUAL_NAMES}

# Stands among items for a line that is no field; a field without a name and a body is equal, and another.
_NO_FIELD = ("", "")

_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Span(NamedTuple):
    """A half-open range of bytes in a source.

    >>> Span(3, 5).start
    3
    """

    start: int
    stop: int


class Defect(NamedTuple):
    """What a parser met that the standard does not have: its name, its place, and a sentence."""

    name: str
    span: Span
    message: str


class Field(NamedTuple):
    r"""One header field: its name, every byte of it (folds and line end included), and its place in the source.

    `name` holds the bytes before the first colon, unfolded, less trailing blanks, ASCII with surrogateescape.

    >>> field = parse_header_section(b"Subject: one\r\n two\r\n").fields[0]
    >>> field.name, field.body, field.span
    ('Subject', 'one two', Span(start=0, stop=20))
    """

    name: str
    raw: bytes
    span: Span

    @property
    def body(self) -> str:
        """The unfolded field body (RFC 5322 section 2.2.3), less leading blanks; 8-bit bytes as surrogates."""
        # As `unfolded` does, which would be one call more; most bodies have one line end, which is CRLF.
        body = self.raw.partition(b":")[2].lstrip(b" \t").decode("ascii", "surrogateescape").removesuffix("\r\n")
        if "\n" in body:
            body = (body.replace("\r\n", "") if "\r" in body else body).replace("\n", "").lstrip(" \t")
        return body

    def __repr__(self) -> str:
        return f"Field(name={self.name!r}, span={self.span.start}..{self.span.stop})"


_new_tuple = tuple.__new__


def unfolded(raw: bytes) -> str:
    r"""Return what follows a field's colon as its body: unfolded, less leading blanks, 8-bit bytes as surrogates.

    >>> unfolded(b" one\r\n two\r\n")
    'one two'
    """
    body = raw.replace(b"\r\n", b"").replace(b"\n", b"").lstrip(b" \t")
    return body.decode("ascii", "surrogateescape")


def fold_case(name: str) -> str:
    """Return a field name as it is compared: ASCII letters in lower case, nothing else changed.

    >>> fold_case("X-SES-Tenant"), fold_case("\u212a")
    ('x-ses-tenant', '\u212a')
    """
    return name.lower() if name.isascii() else name.translate(_UPPER_TO_LOWER)


def as_source(message: Message) -> Source:
    """Return `message` as something with `find` and slices; only a memoryview of a part is copied.

    Raises TypeError for a str and all else that does not hold bytes.
    """
    if type(message) is bytes:
        return message
    if isinstance(message, bytes):
        return plain_octets(message)
    if isinstance(message, bytearray | mmap.mmap):
        return message
    if isinstance(message, memoryview):
        whole = message.obj
        if type(whole) is bytes and message.c_contiguous and message.nbytes == len(whole):
            return whole
        return bytes(message)
    raise TypeError(f"a message must be bytes, bytearray, memoryview or mmap, not {type(message).__name__}")


def header_section_end(source: Source, start: int = 0, stop: int | None = None) -> tuple[int, int]:
    r"""Find the end of the header section that begins at `start`: its stop, and where the body begins.

    The section ends at the first line that is empty under CRLF or LF; without one both are `stop`.

    >>> header_section_end(b"A: b\r\n\r\nbody")
    (6, 8)
    """
    end = len(source) if stop is None else stop
    if start >= end or source[start] <= _CR:
        if source[start : start + 1] == b"\n":
            return start, start + 1
        if source[start : start + 2] == b"\r\n" and start + 2 <= end:
            return start, start + 2
    match = EMPTY_LINE.search(source, start, end)
    if match is None:
        return end, end
    line_end, body = match.span()
    return line_end + 1, body


# The header section of a part has few names.
_FEW: Final = 8


@lru_cache(maxsize=64)
def _one_set(names: frozenset[str]) -> frozenset[str]:
    # The parts of a message have the same names most often, and each keeps them.
    return names


class HeaderSection:
    r"""All fields of an entity, in order (RFC 5322 section 2.1), with the lines that are no fields as defects.

    >>> section = parse_header_section(b"To: a@b.example\r\nSubject: Hi\r\nto: c@d.example\r\n")
    >>> [field.body for field in section.all("To")]
    ['a@b.example', 'c@d.example']
    >>> "subject" in section, section.first("Date")
    (True, None)
    """

    __slots__ = ("_defects", "_fields", "_index", "_limits", "_source", "span")

    def __init__(self, source: Source, span: Span, limits: Limits = DEFAULT_LIMITS) -> None:
        self.span = span
        self._source = source
        self._limits = limits
        self._fields: tuple[Field, ...] | None = None
        self._defects: tuple[Defect, ...] = ()
        self._index: dict[str, tuple[Field, ...]] | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in order. Limits do not bound it."""
        if self._fields is None:
            self._fields, self._defects = _scan(self._source, self.span, self._limits)
        return self._fields

    def items(self) -> list[tuple[str, str]]:
        r"""Return name and body of every field, in order; stands for `email.message.Message.items`.

        What `[(field.name, field.body) for field in section]` returns, in less than half the time: a header section is
        divided by one call into C.

        >>> parse_header_section(b"To: a@b.example\r\nSubject: one\r\n two\r\n").items()
        [('To', 'a@b.example'), ('Subject', 'one two')]
        """
        start, stop = self.span
        text = bytes(self._source[start:stop]).decode("ascii", "surrogateescape")
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        found: list[tuple[str, str]] = _LOGICAL_LINE.findall(text)
        unusual = False
        for place, (name, body) in enumerate(found):
            if not name:
                unusual = True
                found[place] = _unusual_item(body)
            elif "\n" in body:
                found[place] = name, body.replace("\n", "").lstrip(" \t")
        return [item for item in found if item is not _NO_FIELD] if unusual else found

    @property
    def defects(self) -> tuple[Defect, ...]:
        """The lines that are no fields, each with its whole span, and the limits passed (an empty span)."""
        if self._fields is None:
            self._fields, self._defects = _scan(self._source, self.span, self._limits)
        return self._defects

    def all(self, name: str) -> tuple[Field, ...]:
        """Return the fields of that name, in order; names compare by ASCII case."""
        if type(name) is not str:
            name = plain_text(name)
        index = self._by_name() if self._index is None else self._index
        return index.get(_FOLDED_NAMES.get(name) or fold_case(name), ())

    def _by_name(self) -> dict[str, tuple[Field, ...]]:
        if self._index is None:
            index: dict[str, tuple[Field, ...]] = {}
            repeats: dict[str, list[Field]] = {}
            usual = _FOLDED_NAMES.get
            for field in self.fields:
                spelt = field.name
                name = usual(spelt) or spelt.lower()  # as `fold_case`: beyond ASCII there are lone octets alone
                if name not in index:
                    index[name] = (field,)
                elif name in repeats:
                    repeats[name].append(field)
                else:
                    repeats[name] = [*index[name], field]
            for name, fields in repeats.items():
                index[name] = tuple(fields)
            self._index = index
        return self._index

    @property
    def names(self) -> frozenset[str]:
        """The names that there are, in lower case."""
        names = frozenset(self._by_name())
        return _one_set(names) if len(names) <= _FEW else names

    def first(self, name: str) -> Field | None:
        """Return the first field of that name, or None."""
        found = self.all(name)
        return found[0] if found else None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.all(name))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __repr__(self) -> str:
        return f"HeaderSection(span={self.span.start}..{self.span.stop})"

    def __reduce__(self) -> tuple[object, ...]:
        section = bytes(self._source[self.span.start : self.span.stop])
        return section_at, (section, self.span.start, self._limits)


def fields_named(section: HeaderSection, name: str) -> tuple[Field, ...]:
    """Return the fields of a name that is given in lower case, as `names` has it."""
    index = section._index
    if index is None:
        index = section._by_name()
    return index.get(name, ())


def section_at(section: bytes, start: int, limits: Limits = DEFAULT_LIMITS) -> HeaderSection:
    """Return the fields of a header section with places as if it began at `start`, which may be negative."""
    made = HeaderSection(section, Span(0, header_section_end(section)[0]), limits)
    moved = tuple(Field(f.name, f.raw, Span(f.span.start + start, f.span.stop + start)) for f in made.fields)
    defects = tuple(Defect(d.name, Span(d.span.start + start, d.span.stop + start), d.message) for d in made.defects)
    made.span = Span(start, start + made.span.stop)
    made._fields, made._defects = moved, defects
    return made


def section_without(section: HeaderSection, removed: Iterable[Field], head: bytes, start: int) -> HeaderSection:
    """Return what `section_at(head, start)` returns, where `head` is the section without some of its fields.

    Takes a third of the time where every line is a field: what stays is cut into fields already.
    """
    if section.defects:
        return section_at(head, start)
    gone = {field.span.start for field in removed}
    return section_of(((name, raw) for name, raw, span in section.fields if span[0] not in gone), head, start)


def section_of(lines: Iterable[tuple[str, bytes]], head: bytes, start: int) -> HeaderSection:
    """Return what `section_at(head, start)` returns of a header section made of these fields, each name and octets."""
    position = start
    fields: list[Field] = []
    for name, raw in lines:
        stop = position + len(raw)
        fields.append(_new_tuple(Field, (name, raw, _new_tuple(Span, (position, stop)))))
        position = stop
    made = HeaderSection(head, Span(start, position))
    made._fields = tuple(fields)
    return made


def parse_header_section(message: Message, *, limits: Limits = DEFAULT_LIMITS) -> HeaderSection:
    """Return the top-level header section of a message; the body is not looked at.

    Raises TypeError for what does not hold bytes.
    """
    source = as_source(message)
    stop, _ = header_section_end(source)
    return HeaderSection(source, Span(0, stop), limits)


def as_header_section(message: Message | HeaderSection | None) -> HeaderSection:
    """Return a header section as it is, that of a message, and an empty one for None."""
    if isinstance(message, HeaderSection):
        return message
    return parse_header_section(b"" if message is None else message)


def is_mbox_line(line: bytes) -> bool:
    r"""Tell whether a line is the one that mbox files put before a message.

    QUIRK: `From a@b.example Mon Jan  1 00:00:00 2024` has colons, yet is no field. Python's email drops it too,
    wherever it stands (`email.feedparser`, "envelope header").

    >>> is_mbox_line(b"From a@b.example Mon Jan  1 00:00:00 2024\r\n"), is_mbox_line(b"From : a@b.example\r\n")
    (True, False)
    """
    return line.startswith(b"From ") and not line[5:].lstrip(b" \t").startswith(b":")


def logical_line_end(section: bytes, start: int) -> int:
    """Return the end of the logical line at `start`: past the line end that no blank follows."""
    end = section.find(b"\n", start) + 1
    while end and end < len(section) and section[end] in b" \t":
        end = section.find(b"\n", end) + 1
    return end or len(section)


def _scan(source: Source, span: Span, limits: Limits) -> tuple[tuple[Field, ...], tuple[Defect, ...]]:
    start, stop = span
    section = bytes(source[start:stop])
    defects: list[Defect] = []
    fields = _usual_fields(section, start)
    read = fields[-1].span.stop - start if fields else 0
    if read < len(section):
        _read_others(section[read:], start + read, fields, defects)
    if len(fields) > limits.fields:
        here = Span(span.stop, span.stop)
        text = f"{len(fields)} fields, more than {limits.fields}"
        defects.append(Defect("too-many-fields", here, text))
    if len(section) > limits.header_section:
        here = Span(span.stop, span.stop)
        text = f"a header section of {len(section)} octets, more than {limits.header_section}"
        defects.append(Defect("header-section-too-long", here, text))
    return tuple(fields), tuple(defects)


def _usual_fields(section: bytes, stop: int) -> list[Field]:
    """Return the fields of a section that begins at `stop`, up to the first that is none or has an unusual name."""
    fields: list[Field] = []
    usual, new, field, span = _NAMES.get, _new_tuple, Field, Span
    for raw, plain in _USUAL_OCTETS.findall(section):
        start = stop
        stop = start + len(raw)
        name = usual(plain)
        if name is None:
            name = plain.decode("ascii", "surrogateescape")
            if not name or " " in name or not name.isprintable():
                break
        fields.append(new(field, (name, raw, new(span, (start, stop)))))
    return fields


def _read_others(section: bytes, stop: int, fields: list[Field], defects: list[Defect]) -> None:
    """Add the fields of a section that begins at `stop`, whatever their names, and the lines that are no fields."""
    usual = _NAMES.get
    for raw, plain in _LOGICAL_OCTETS.findall(section):
        start = stop
        stop = start + len(raw)
        place = _new_tuple(Span, (start, stop))
        name = usual(plain) or plain.decode("ascii") or _unusual_name(raw)
        if name is not None:
            fields.append(_new_tuple(Field, (name, raw, place)))
        elif raw.find(b":") < 0:
            defects.append(Defect("not-a-field", place, "a line without a colon is not a field"))
        else:
            defects.append(Defect("mbox-line", place, "a separator line of an mbox file is not a field"))


def _unusual_name(line: bytes) -> str | None:
    """Return the name of a field with blanks before its colon, or other than printable; None for what is no field."""
    name, colon, _ = line.partition(b":")
    if not colon or is_mbox_line(line):
        return None
    return name.replace(b"\r\n", b"").replace(b"\n", b"").rstrip(b" \t").decode("ascii", "surrogateescape")


def _unusual_item(line: str) -> tuple[str, str]:
    name = _unusual_name(line.replace("\n", "\r\n").encode("ascii", "surrogateescape"))
    return _NO_FIELD if name is None else (name, line.partition(":")[2].replace("\n", "").lstrip(" \t"))
