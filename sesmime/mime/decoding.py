r"""Contents: what a body holds once its content-transfer-encoding (RFC 2045 section 6) and its charset are undone.

Decoding replaces `email.message.Message.get_payload(decode=True)` and `email.contentmanager.get_text_content`,
and gives what they give wherever they report nothing wrong. Its pieces, and what each does:

- `iter_decoded` goes over a body block by block, each about 1 MiB of it: nothing grows with the body, and each
  block is decoded by one call into C. `decoded` joins the blocks in a buffer that is then handed out, not copied.
- Base64 as mailers write it has lines of equal width. A strided slice takes both columns of the line ends out
  (a tenth of the time of `translate`), one call decodes what is left, and the length of the result proves
  that nothing in it was ignored. With pybase64 (the extra `speed`) that call is ten times faster. A block that is
  not so goes to a careful path, which finds the characters of the alphabet and the end of the data by itself and
  hands `binascii` nothing but whole, clean quanta: what that takes otherwise is not the same on every Python.
- Faults are told to `note`, if one is given, by name and place in the body; without it nobody looks for them.

Nothing here raises on content, save what `note` raises; time is linear in the body.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from functools import cache, partial
from io import BytesIO

from sesmime.errors import DecodingError
from sesmime.mime.fields import Defect, Span
from sesmime.mime.hints import Final, TypeAlias
from sesmime.mime.patterns import lazy_pattern

# Octets of a body that are decoded at a time.
BLOCK = 1 << 20

# The same for uuencode, where a line of two octets can stand for 45.
_UU_BLOCK = 1 << 16

# Defects of one content that are listed.
MAX_DEFECTS: Final = 100

# RFC 2045 section 6.1. These three stand for themselves.
IDENTITY: Final = frozenset(("7bit", "8bit", "binary"))
# QUIRK: there is no standard for uuencode in MIME; these names are met, and Python's email reads them
# (https://github.com/python/cpython/blob/3.13/Lib/email/message.py#L327).
_UUENCODE: Final = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))
ENCODINGS: Final = IDENTITY | _UUENCODE | {"base64", "quoted-printable"}

_FIRST_TOKEN: Final = lazy_pattern(r"[a-z0-9-]+(?=[ \t]|\Z)")


def known_encoding(value: str) -> str | None:
    """Return the encoding that a value in lower case begins with, as in `base64 some text`; None for one not known.

    QUIRK: Python's email reads it so, from 3.13.4 on in every way (https://github.com/python/cpython/issues/98188).
    """
    token = _FIRST_TOKEN.match(value)
    return token[0] if token is not None and token[0] in ENCODINGS else None


# Told the name of a fault, its place in the body, and a sentence.
Note: TypeAlias = Callable[[str, int, int, str], None]


class TooManyDefects(Exception):
    """Raised by `Notes` to end a search; no fault."""


class Notes:
    """Keeps the faults of one content as defects; given a path, raises DecodingError for the first instead."""

    def __init__(self, base: int, *, refuse_for: str | None = None) -> None:
        self.defects: list[Defect] = []
        self._base = base
        self._path = refuse_for

    def __call__(self, name: str, start: int, stop: int, message: str) -> None:
        self.add(Defect(name, Span(self._base + start, self._base + stop), message))

    def add(self, defect: Defect) -> None:
        """Keep a defect whose span is one of the source. Raises TooManyDefects past the last that is listed."""
        if self._path is not None:
            raise DecodingError(self._path, defect.message)
        if len(self.defects) == MAX_DEFECTS:
            text = f"more than {MAX_DEFECTS} defects; further ones are not listed"
            self.defects.append(Defect("too-many-defects", defect.span, text))
            raise TooManyDefects
        self.defects.append(defect)


def iter_decoded(body: memoryview, encoding: str, note: Note | None = None) -> Iterator[bytes]:
    r"""Return the content of a body in chunks of at most about 1 MiB; an unknown encoding is the body as it stands.

    >>> list(iter_decoded(memoryview(b"SGVs\r\nbG8=\r\n"), "base64"))
    [b'Hello']
    """
    if encoding == "base64":
        return _base64_decoded(body, note)
    if encoding == "quoted-printable":
        return _qp_decoded(body, note)
    if encoding in _UUENCODE:
        return _uu_decoded(body, note)
    return _as_it_stands(body)


def decoded(body: memoryview, encoding: str, note: Note | None = None) -> bytes:
    """Return the content of a body, with little more than it in memory."""
    if encoding not in ENCODINGS or encoding in IDENTITY:
        return bytes(body)
    chunks = iter_decoded(body, encoding, note)
    first, second = next(chunks, b""), next(chunks, None)
    if second is None:
        return first
    buffer = BytesIO()
    buffer.write(first)
    buffer.write(second)
    for chunk in chunks:
        buffer.write(chunk)
    return buffer.getvalue()  # of CPython's it is the buffer itself


def _as_it_stands(body: memoryview) -> Iterator[bytes]:
    for start in range(0, len(body), BLOCK):
        yield bytes(body[start : start + BLOCK])


# Base64

# RFC 2045 section 6.8, table 1.
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_KNOWN: Final = _ALPHABET + b"=\r\n"
_NOT_ALPHABET: Final = bytes(set(range(256)) - set(_ALPHABET))

# A padding sign, and all up to the next character of the alphabet.
_PADDING: Final = lazy_pattern(rb"=[^A-Za-z0-9+/]*")
_NOT_BASE64: Final = lazy_pattern(rb"[^A-Za-z0-9+/=\r\n]+")
_NOT_BLANK: Final = lazy_pattern(rb"[^ \t\r\n]")
_NOT_LINE_END: Final = lazy_pattern(rb"[^\r\n]")

# So short a content is looked at whole: where it is clean, nothing else is worked out of it.
_SHORT: Final = 120
_SHORT_AND_CLEAN: Final = lazy_pattern(
    rb"((?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?+)(?:\r?\n)?+"
)

# Undoes base64 that is nothing but whole quanta of the alphabet.
_Decode: TypeAlias = Callable[[bytes | bytearray], bytes]

# Lines are looked for within so many octets.
_LONGEST_LINE: Final = 1000


@cache
def _clean_decoder() -> _Decode:
    """Return what decodes clean base64: pybase64 if it is there, else binascii."""
    try:
        from pybase64 import b64decode
    except ImportError:
        return binascii.a2b_base64
    return partial(b64decode, validate=True)


def _base64_decoded(body: memoryview, note: Note | None) -> Iterator[bytes]:
    r"""Undo base64 (RFC 2045 section 6.8); characters outside the alphabet are ignored, padding ends the data.

    QUIRK: what follows the padding is not decoded, as in Python's email up to 3.13.0; later ones go on there as
    if no padding had been (https://github.com/python/cpython/issues/145264). RFC 2045 takes padding for the end.
    A last character that makes no octet is dropped: Python's email gives such a content undecoded.
    """
    decode = _clean_decoder()
    size = len(body)
    if size <= _SHORT and (clean := _SHORT_AND_CLEAN.fullmatch(body)) is not None:
        if clean[1]:
            yield decode(clean[1])
        return
    at = pads = 0
    rest = b""  # of a quantum that is not whole yet, at most three characters
    while at < size:
        if not pads and (unwrapped := _without_line_ends(body, at)) is not None:
            block, stop = unwrapped
            whole = _whole_quanta(block, rest, stop == size, decode)
            if whole is not None:
                chunk, rest = whole
                at = stop
                if chunk:
                    yield chunk
                continue
        text = bytes(body[at : at + BLOCK])
        if at + BLOCK < size:
            text = text[: text.rfind(b"\n") + 1] or text
        data, pads, end = _data_of(text, len(rest), pads, at, note)
        data = rest + data
        length = len(data) // 4 * 4
        rest = data[length:]
        if end is not None:
            if note is not None:
                _note_after_padding(body, at + end, note)
            break
        if length:
            yield decode(data[:length])
        at += len(text)
    else:
        data = rest
        if note is not None and len(rest) == 1:
            note("truncated-base64", size, size, "one base64 character too many, which does not form an octet")
        elif note is not None and rest:
            note("missing-padding", size, size, "base64 without padding at the end")
    if len(rest) > 1:  # as they are wherever padding ended the data
        yield binascii.a2b_base64(data + b"=" * (4 - len(rest)))


def _without_line_ends(body: memoryview, at: int) -> tuple[bytearray, int] | None:
    """Return lines of one width at `at` less their ends, and where they stop; None where lines are not so.

    What is no more than a line before the body's end comes with them, be it what it may.
    """
    size = len(body)
    head = bytes(body[at : at + _LONGEST_LINE])
    width = head.find(b"\n") + 1  # line end included
    if width:
        count = max(min(size - at, BLOCK) // width, 1)
        block = bytearray(body[at : at + count * width])
        has_cr = head[:width].endswith(b"\r\n")
        regular = _leading(block[width - 1 :: width], b"\n")
        if has_cr:
            regular = min(regular, _leading(block[width - 2 :: width], b"\r"))
        if regular < count:
            if regular * 2 < count:
                return None  # else each line might cost a block
            del block[regular * width :]
        stop = at + len(block)
        del block[width - 1 :: width]
        if has_cr:
            del block[width - 2 :: width - 1]
    else:
        block = bytearray(body[at : at + BLOCK])
        stop = at + len(block)
    if stop < size <= stop + _LONGEST_LINE:
        block += bytes(body[stop:]).translate(None, b"\r\n")
        stop = size
    return block, stop


def _leading(column: bytearray, octet: bytes) -> int:
    return len(column) - len(column.lstrip(octet))


def _whole_quanta(block: bytearray, rest: bytes, is_last: bool, decode: _Decode) -> tuple[bytes, bytes] | None:
    """Decode a block after the rest of the last one: the octets, and the new rest; None if it is not clean.

    Clean is: the alphabet alone, and in the last block padding at its end.
    """
    if rest:
        block[:0] = rest
    signs = 0
    if is_last and block.endswith(b"="):
        signs = 2 if block.endswith(b"==") else 1
    length = len(block) // 4 * 4
    rest = bytes(block[length:])
    if rest.translate(None, _NOT_ALPHABET) != rest:
        return None
    del block[length:]
    try:
        octets = decode(block)
    except binascii.Error:
        return None
    # Whatever is ignored, and padding in another place, leaves fewer octets.
    return (octets, rest) if len(octets) == length // 4 * 3 - signs else None


def _data_of(text: bytes, before: int, pads: int, base: int, note: Note | None) -> tuple[bytes, int, int | None]:
    """Find the characters of the alphabet, up to the padding that ends the data.

    `before` of a quantum are known, and `pads` padding signs after them. Gives the characters, the padding signs
    at the end, and where the data ended if they did.
    """
    data: list[bytes] = []
    last = 0
    end: int | None = None
    for padding in _PADDING.finditer(text) if b"=" in text else ():
        piece = text[last : padding.start()].translate(None, _NOT_ALPHABET)
        last = padding.end()
        if piece:
            data.append(piece)
            before += len(piece)
            pads = 0
        signs = padding[0].count(b"=")
        if before % 4 >= 2 and before % 4 + pads + signs >= 4:
            end = padding.start()
            for _ in range(4 - before % 4 - pads):
                end = text.index(b"=", end) + 1
            break
        pads += signs
        if note is not None:
            note(
                "early-padding",
                base + padding.start(),
                base + padding.start() + 1,
                "misplaced padding, ignored",
            )
    if end is None and (piece := text[last:].translate(None, _NOT_ALPHABET)):
        data.append(piece)
        pads = 0
    if note is not None and text.translate(None, _KNOWN):  # looked for by pattern only where there is some
        for other in _NOT_BASE64.finditer(text, 0, len(text) if end is None else end):
            note(
                "invalid-base64", base + other.start(), base + other.end(), "characters that are not allowed in base64"
            )
    return b"".join(data), pads, end


def _note_after_padding(body: memoryview, end: int, note: Note) -> None:
    size = len(body)
    if (after := _NOT_BLANK.search(body, end)) is not None:
        note("data-after-padding", after.start(), size, f"{size - after.start()} octets after the padding, ignored")
    elif (blank := _NOT_LINE_END.search(body, end)) is not None:
        note("invalid-base64", blank.start(), blank.end(), "characters that are not allowed in base64")


# Quoted-printable

# RFC 2045 section 6.7 (3): blanks before a line end were added on the way. QUIRK: they are taken out after the `=`
# of a soft line break alone; Python's email keeps those too, and all others (`binascii.a2b_qp`), as we do. A lone CR
# after the `=` is a line end: `a2b_qp` drops all from there to the next LF. `==` is read as `=`, as there.
_ODD_BREAK: Final = lazy_pattern(rb"=(?:[ \t]|\r(?!\n))")
_BREAK: Final = lazy_pattern(rb"==|=[ \t\r]{0,998}\n|=\r")
_BREAK_AT_END: Final = lazy_pattern(_BREAK.pattern + rb"|=[ \t]{1,998}\Z")
_REACH: Final = 1001  # octets that a soft line break may have, and more

_QP_FAULT: Final = lazy_pattern(rb"=(?![0-9A-F]{2}|\r?\n)")
_HEX_PAIR: Final = lazy_pattern(rb"=[0-9A-Fa-f]{2}")
_BLANKS_AT_END: Final = lazy_pattern(rb"[ \t]\r?(?:\n|\Z)")
_8BIT: Final = lazy_pattern(rb"[\x80-\xff]+")


def _qp_decoded(body: memoryview, note: Note | None) -> Iterator[bytes]:
    """Undo quoted-printable (RFC 2045 section 6.7); what is no escape stands for itself."""
    size = len(body)
    at = 0
    while at < size:
        text = bytes(body[at : at + BLOCK])
        if at + BLOCK < size:
            text = text[: text.rfind(b"\n") + 1 or _qp_cut(text)]
        if note is not None:
            _note_qp_faults(text, at, at + len(text) == size, note)
        at += len(text)
        pattern = _BREAK_AT_END if at == size else _BREAK
        if b"=" not in text:
            yield text
            continue
        if _ODD_BREAK.search(text) is not None:
            text = pattern.sub(lambda found: b"==" if found[0] == b"==" else b"=\n", text)
        if chunk := binascii.a2b_qp(text):
            yield chunk


def _qp_cut(text: bytes) -> int:
    """Find where to cut a line so that no escape and no soft line break is divided: before a run of `=` near the end.

    Only an `=` right before it can take an `=` in.
    """
    last = text.rfind(b"=", max(len(text) - _REACH, 0))
    if last < 0:
        return len(text)
    run = len(text[: last + 1].rstrip(b"="))
    return run or max((last + 1) // 2 * 2, 1)


def _note_qp_faults(text: bytes, base: int, is_last: bool, note: Note) -> None:
    read_to = 0
    pattern = _BREAK_AT_END if is_last else _BREAK
    for found in _QP_FAULT.finditer(text):
        start = found.start()
        if start < read_to:
            continue
        read_to = start + 1
        broken = pattern.match(text, start)
        if broken is not None and broken[0] != b"==":
            read_to = broken.end()
            note(
                "odd-soft-break", base + start, base + read_to, "a soft line break followed by more than a line ending"
            )
        elif _HEX_PAIR.match(text, start) is not None:
            note("lower-case-escape", base + start, base + start + 3, "an escape in lower case, which RFC 2045 forbids")
        elif is_last and start + 1 == len(text):
            note("truncated-escape", base + start, base + start + 1, "an equals sign at the end")
        else:
            read_to += broken is not None
            note("invalid-escape", base + start, base + read_to, "an equals sign that does not start an escape")
    if any(end in text for end in (b" \n", b"\t\n", b" \r\n", b"\t\r\n")) or is_last:
        for found in _BLANKS_AT_END.finditer(text):
            stop = found.start() + 1
            before = text[max(stop - _REACH, 0) : stop]
            start = stop - len(before) + len(before.rstrip(b" \t"))
            if (is_last or found[0].endswith(b"\n")) and text[max(start - 1, 0) : start] != b"=":
                note(
                    "blanks-at-line-end",
                    base + start,
                    base + stop,
                    "trailing spaces or tabs, which mail readers may drop",
                )
    if not text.isascii():
        for found in _8BIT.finditer(text):
            note("raw-8bit", base + found.start(), base + found.end(), "8-bit octets in quoted-printable")


# Uuencode

_LINE_END: Final = lazy_pattern(rb"\n")
_BEGIN: Final = lazy_pattern(rb"begin +[0-7]{1,6}(?=[ \t\r\n])")


def _uu_decoded(body: memoryview, note: Note | None) -> Iterator[bytes]:
    """Undo uuencode (POSIX `uuencode`, its traditional form): the first file; without a `begin` line, the lines.

    QUIRK: where `begin` or `end` is missing, or a line is bad, Python's email gives the body as it stands or
    raises, by version. A body whose first line is not uuencoded either is given as it stands here too.
    """
    size = len(body)
    at = _after_begin(body, note)
    if at < 0:
        yield from _as_it_stands(body)
        return
    while at < size:
        text = bytes(body[at : at + _UU_BLOCK])
        if at + _UU_BLOCK < size:
            text = text[: text.rfind(b"\n") + 1] or text
        pieces: list[bytes] = []
        for line in text.split(b"\n"):
            if line.rstrip() == b"end":
                yield b"".join(pieces)
                at += len(line) + 1
                if note is not None and (after := _NOT_BLANK.search(body, min(at, size))) is not None:
                    note("data-after-end", after.start(), size, f"{size - after.start()} octets after `end`, ignored")
                return
            if data := line.rstrip(b"\r"):
                pieces.append(_uu_line(data, at, note))
            at += len(line) + 1
        at -= 1  # the last piece has no line end
        yield b"".join(pieces)
    if note is not None:
        note("missing-end", size, size, "uuencoded data without an `end` line")


def _after_begin(body: memoryview, note: Note | None) -> int:
    """Find where the data begin: after the `begin` line, or where the first line is uuencoded; -1 without either."""
    for begin in _BEGIN.finditer(body):
        start = begin.start()
        if start == 0 or body[start - 1] in b"\r\n":
            if note is not None and (before := _NOT_BLANK.search(body, 0, start)) is not None:
                note("data-before-begin", before.start(), start, f"{start - before.start()} octets before `begin`")
            line_end = _LINE_END.search(body, start)
            return line_end.end() if line_end else len(body)
    first = _NOT_LINE_END.search(body)
    if first is None:
        return 0
    line = bytes(body[first.start() : first.start() + _LONGEST_LINE]).partition(b"\n")[0].rstrip(b"\r")
    is_data = 0x20 < line[0] < 0x60 and len(line) == 1 + (line[0] - 0x20 + 2) // 3 * 4
    if is_data and all(0x20 <= octet <= 0x60 for octet in line):
        if note is not None:
            note("missing-begin", first.start(), first.start(), "uuencoded data without a `begin` line")
        return first.start()
    if note is not None:
        note("not-uuencoded", first.start(), len(body), "no line is uuencoded; returned without decoding")
    return -1


def _uu_line(line: bytes, at: int, note: Note | None) -> bytes:
    count = (line[0] - 0x20) & 0x3F
    length = (count + 2) // 3 * 4
    data = line[1 : 1 + length]
    try:
        octets = binascii.a2b_uu(line[:1] + data.ljust(length)) if 0x20 <= line[0] <= 0x60 else None
    except binascii.Error:
        octets = None
    if note is not None:
        stop = at + len(line)
        if octets is None:
            note("invalid-uuencoded-line", at, stop, "a line that is not uuencoded, ignored")
        elif len(data) < (count * 4 + 2) // 3:
            note("short-uuencoded-line", at, stop, "a line shorter than its declared length, padded with zeros")
        elif line[1 + length :].strip():
            note(
                "long-uuencoded-line",
                at + 1 + length,
                stop,
                "a line longer than its declared length; the rest is ignored",
            )
    return octets or b""


# Text


# File names
