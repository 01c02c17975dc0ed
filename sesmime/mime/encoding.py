"""Content-transfer-encodings written: base64, quoted-printable, and which of them suits a content."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from io import BytesIO
from struct import Struct
from typing import Final

from sesmime.mime.decoding import BLOCK
from sesmime.mime.grammar import CRLF

# RFC 2045 section 6.8: lines of at most 76 characters, which stand for 57 octets; and a block of 1,024 such lines.
_LINE_WIDTH: Final = 76
_LINES: Final = 1024
BASE64_BLOCK: Final = 57 * _LINES


@cache
def _base64_encoder() -> Callable[[bytes | memoryview], bytes]:
    """Return what encodes base64 without line ends: pybase64 (the extra `speed`) if it is there, else binascii."""
    try:
        from pybase64 import b64encode
    except ImportError:
        return partial(binascii.b2a_base64, newline=False)
    encode: Callable[[bytes | memoryview], bytes] = b64encode
    return encode


@cache
def _lines_of_a_block() -> Callable[[bytes], tuple[bytes, ...]]:
    return Struct(f"{_LINE_WIDTH}s" * _LINES).unpack


def encode_base64(octets: bytes | memoryview, ending: bytes = CRLF) -> bytes:
    r"""Return octets as base64 in lines of 76 characters, each with its line end.

    >>> encode_base64(b"Hello")
    b'SGVsbG8=\r\n'
    """
    view = memoryview(octets)
    buffer = BytesIO()
    for chunk in base64_blocks((view[at : at + BASE64_BLOCK] for at in range(0, len(view), BASE64_BLOCK)), ending):
        buffer.write(chunk)
    return buffer.getvalue()  # of CPython's it is the buffer itself


def base64_blocks(blocks: Iterable[bytes | memoryview], ending: bytes = CRLF) -> Iterator[bytes]:
    """Return blocks of BASE64_BLOCK octets, the last one perhaps shorter, as lines of base64.

    A block is encoded by one call and cut into lines by another, a `Struct` of so many strings: in a fifth of the time
    of `base64.encodebytes`, and in a tenth with pybase64.
    """
    encode, cut = _base64_encoder(), _lines_of_a_block()
    for block in blocks:
        flat = encode(block)
        if len(block) == BASE64_BLOCK:
            lines: Iterable[bytes] = cut(flat)
        else:
            lines = [flat[at : at + _LINE_WIDTH] for at in range(0, len(flat), _LINE_WIDTH)]
        yield ending.join((*lines, b""))


# What a line must not begin with: a dot, which SMTP doubles (RFC 5321 section 4.5.2), hyphens, which may be taken for a
# delimiter line, and what files of many messages are divided at (RFC 4155).
_LINE_START: Final = re.compile(rb"\n(?:\.|--|From )[^\n]*")
_LINE_STARTS: Final = (b"\n.", b"\n--", b"\nFrom ")


def encode_quoted_printable(octets: bytes | memoryview, ending: bytes = CRLF) -> bytes:
    r"""Return octets as quoted-printable (RFC 2045 section 6.7) in lines of at most 76 characters.

    CRLF and LF stay, each as it is; a lone CR, NUL and other controls are escaped, so that the same octets are read
    from it. `ending` is that of soft line breaks. Stands for `binascii.b2a_qp`, which makes all line ends like the
    first and keeps lone CRs: it is given nothing with a line end in it.

    >>> encode_quoted_printable(b"caf\xe9 = \r\n.\nlone \r")
    b'caf=E9 =3D=20\r\n=2E\nlone =0D'
    """
    view = memoryview(octets)
    size = len(view)
    buffer = BytesIO()
    at = 0
    while at < size:
        block = bytes(view[at : at + BLOCK])
        is_last = at + BLOCK >= size
        if not is_last:
            # A CRLF must not be divided.
            block = block[: block.rfind(b"\n") + 1] or block.removesuffix(b"\r")
        at += len(block)
        encoded = CRLF.join([_without_crlf(piece) for piece in block.split(CRLF)])
        if not is_last and not encoded.endswith(b"\n"):
            encoded += b"=\n"
        buffer.write(_with_safe_starts(encoded.replace(b"=\n", b"=" + ending), ending))
    return buffer.getvalue()


def _without_crlf(piece: bytes) -> bytes:
    if b"\n" not in piece:
        return binascii.b2a_qp(piece, istext=False)
    return b"\n".join([binascii.b2a_qp(line, istext=False) for line in piece.split(b"\n")])


def _with_safe_starts(encoded: bytes, ending: bytes) -> bytes:
    """Escape the first character of each line that begins as a line had better not."""
    encoded = b"\n" + encoded  # the first line, too, follows a line end
    if any(start in encoded for start in _LINE_STARTS):
        encoded = _LINE_START.sub(partial(_with_safe_start, ending=ending), encoded)
    return encoded[1:]


def _with_safe_start(found: re.Match[bytes], ending: bytes) -> bytes:
    line = found[0][1:]
    before = b"\n"
    while line.startswith((b".", b"--", b"From ")):
        escaped = b"=%02X" % line[0]
        if len(line.removesuffix(b"\r")) + 2 <= _LINE_WIDTH:
            return before + escaped + line[1:]
        # No room for two characters more: the first one stands in a line of its own.
        before += escaped + b"=" + ending
        line = line[1:]
    return before + line


_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_QP_PLAIN: Final = _PRINTABLE.replace(b"=", b"")

# RFC 2046 section 5.1.1: what can be a delimiter line. Signatures begin after "-- ", which can be none.
_DELIMITER_LIKE: Final = re.compile(rb"(?:\A|[\r\n])--(?![ \t]*(?:[\r\n]|\Z))")


def encoding_for(octets: bytes, width: int) -> str:
    """Return the transfer encoding for a text: "7bit" where every line fits in `width`, else the shorter one."""
    strange = len(octets.translate(None, _PRINTABLE))
    longest = max(map(len, octets.splitlines()), default=0)
    if not strange and longest <= width and not _DELIMITER_LIKE.search(octets):
        return "7bit"
    # An octet takes three characters in one encoding, and three octets take four in the other.
    escaped = len(octets.translate(None, _QP_PLAIN))
    return "quoted-printable" if escaped * 6 <= len(octets) else "base64"
