"""The messages that the jobs are measured on, made anew in each run and the same bytes on every Python.

The strategy: nothing here depends on `random`, on `email` or on hashing order. What looks random comes from
SHAKE-256; base64 lines are cut from one pool of them; every message is brought to its exact size by the prose
of its first text (its last, in `adv8bit`). Line endings are CRLF except in `adv8bit`. All have the same
fourteen fields on top, three of them SES fields.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

SES_FIELDS: Final = ("X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS", "X-SES-SOURCE-ARN")

_SENTENCE: Final = b"The quick brown fox jumps over the lazy dog, and the dog does not mind."
# RFC 2045 section 6.8: at most 76 characters in a line, of 57 octets; with its line ending it has 78.
_BASE64_LINE: Final = 78
_POOL_LINES: Final = 16_384


class Workload(NamedTuple):
    """One message to measure with: its name, its size in bytes, what it is, and what makes it."""

    name: str
    size: int
    description: str
    make_with: Callable[[int], bytes]

    def make(self) -> bytes:
        """Return the message, which has `size` bytes."""
        message = self.make_with(self.size)
        assert len(message) == self.size, (self.name, len(message))
        return message


# ------------------------------------------------------------------------------------------------- the pieces


def _header(content_type: bytes, encoding: bytes, *, subject: bytes = b"Your order") -> bytes:
    """Return the header section that all messages have, without its empty line."""
    return b"\r\n".join(
        (
            b"From: Example Shop <orders@example.com>",
            b"To: Anna Example <anna@example.net>, bob@example.net",
            b"Cc: Carol Example <carol@example.net>",
            b"Bcc: archive@example.com",
            b"Reply-To: support@example.com",
            b"Subject: " + subject,
            b"X-SES-CONFIGURATION-SET: engagement",
            b"X-SES-MESSAGE-TAGS: campaign=spring, kind=receipt",
            b"Date: Fri, 21 Nov 2025 09:00:00 +0000",
            b"Message-ID: <0001.20251121090000@example.com>",
            b"X-SES-SOURCE-ARN: arn:aws:ses:eu-west-1:123456789012:identity/example.com",
            b"MIME-Version: 1.0",
            b"Content-Type: " + content_type,
            b"Content-Transfer-Encoding: " + encoding,
            b"",
        )
    )


def _text(size: int) -> bytes:
    """Return `size` bytes of prose in CRLF lines of at most 78 bytes; `size` is at least 2."""
    line = _SENTENCE + b"\r\n"
    full, rest = divmod(size, len(line))
    if rest == 1:
        full, rest = full - 1, rest + len(line)
    tail = b"." * (rest - 2) + b"\r\n" if rest else b""
    return line * full + tail


def _leaf(content_type: bytes, encoding: bytes, body: bytes, *, disposition: bytes = b"") -> bytes:
    """Return one body part: header section, empty line, body."""
    fields = [b"Content-Type: " + content_type, b"Content-Transfer-Encoding: " + encoding]
    if disposition:
        fields.append(b"Content-Disposition: " + disposition)
    return b"\r\n".join((*fields, b"", body))


def _text_leaf(size: int) -> bytes:
    """Return a text part whose body has `size` bytes."""
    return _leaf(b'text/plain; charset="utf-8"', b"7bit", _text(size))


def _joined(boundary: bytes, parts: Iterable[bytes]) -> bytes:
    """Return the body of a multipart: each part behind its delimiter line, and the closing one."""
    opening = b"--" + boundary + b"\r\n"
    body = b"".join(opening + part for part in parts)
    return body + b"--" + boundary + b"--\r\n"


def _pool() -> bytes:
    """Return the base64 lines that all attachments are cut from."""
    octets = hashlib.shake_256(b"sesmime benchmarks").digest(57 * _POOL_LINES)
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _base64(pool: bytes, size: int, number: int) -> bytes:
    """Return at most `size` bytes of base64 in whole lines; another `number` begins elsewhere in the pool."""
    start = (number * 997 % _POOL_LINES) * _BASE64_LINE
    wanted = size // _BASE64_LINE * _BASE64_LINE
    turned = pool[start:] + pool[:start]
    whole, rest = divmod(wanted, len(turned))
    return turned * whole + turned[:rest]


def _attachment(pool: bytes, size: int, number: int) -> bytes:
    """Return a base64 part of about `size` bytes with a file name."""
    name = b'"report-%03d.pdf"' % number
    disposition = b"attachment; filename=" + name
    return _leaf(b"application/pdf; name=" + name, b"base64", _base64(pool, size, number), disposition=disposition)


# ----------------------------------------------------------------------------------------------- the messages


def _tiny(size: int) -> bytes:
    head = _header(b'text/plain; charset="utf-8"', b"7bit") + b"\r\n"
    return head + _text(size - len(head))


def _txn(size: int) -> bytes:
    head = _header(b'multipart/related; boundary="rel_0001"', b"7bit") + b"\r\n"
    row = b'<tr><td class=3D"item">Caf=C3=A9</td><td class=3D"price">=E2=82=AC 4.50=\r\n</td></tr>\r\n'
    html = _leaf(b'text/html; charset="utf-8"', b"quoted-printable", b"<table>\r\n" + row * 200 + b"</table>\r\n")
    image = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(b"png").digest(22_000))
    inline = b'inline; filename="logo.png"\r\nContent-ID: <logo@example.com>'
    picture = _leaf(b"image/png", b"base64", image.replace(b"\n", b"\r\n"), disposition=inline)

    def whole(text: int) -> bytes:
        texts = _joined(b"alt_0001", (_text_leaf(text), html))
        alternative = _leaf(b'multipart/alternative; boundary="alt_0001"', b"7bit", texts)
        return head + _joined(b"rel_0001", (alternative, picture))

    return whole(size - len(whole(0)))


def _with_attachments(size: int, count: int) -> bytes:
    head = _header(b'multipart/mixed; boundary="mixed_0001"', b"7bit") + b"\r\n"
    pool = _pool()
    parts = [_attachment(pool, (size - 2_000) // count - 240, number) for number in range(count)]
    fixed = len(head) + len(_joined(b"mixed_0001", (_text_leaf(0), *parts)))
    return head + _joined(b"mixed_0001", (_text_leaf(size - fixed), *parts))


def _att3(size: int) -> bytes:
    return _with_attachments(size, 3)


def _big1(size: int) -> bytes:
    return _with_attachments(size, 1)


def _parts400(size: int) -> bytes:
    return _with_attachments(size, 400)


def _nest50(size: int) -> bytes:
    def whole(text: int) -> bytes:
        inner = _text_leaf(200)
        for level in range(50, 0, -1):
            boundary = b"level_%04d" % level
            first = _text_leaf(text if level == 1 else 240)
            body = _joined(boundary, (first, inner))
            inner = _leaf(b'multipart/mixed; boundary="%s"' % boundary, b"7bit", body) if level > 1 else body
        return _header(b'multipart/mixed; boundary="level_0001"', b"7bit") + b"\r\n" + inner

    return whole(size - len(whole(0)))


def _nest1500(size: int) -> bytes:
    levels = range(1, 1501)
    head = _header(b"multipart/mixed; boundary=b0001", b"7bit")
    opened = b"".join(
        b"\r\n--b%04d\r\nContent-Type: multipart/mixed; boundary=b%04d\r\n" % (level, level + 1)
        for level in levels[:-1]
    )
    closed = b"".join(b"--b%04d--\r\n" % level for level in reversed(levels))
    text = b"\r\n--b1500\r\n\r\n"
    return head + opened + text + _text(size - len(head + opened + text + closed)) + closed


def _headers5k(size: int) -> bytes:
    head = _header(b'text/plain; charset="utf-8"', b"7bit")
    line = b"word " * 36 + b"end"
    fields = b"".join(b"X-Field-%04d: %s\r\n %s\r\n" % (number, line, line) for number in range(2_500))
    return head + fields + b"\r\n" + _text(size - len(head + fields) - 2)


def _advbound(size: int) -> bytes:
    head = _header(b'multipart/mixed; boundary="bnd_0001"', b"7bit") + b"\r\n"
    near = b"\r\n".join(
        (
            b"--bnd_000",
            b"--bnd_0001x",
            b"--BND_0001",
            b"--bnd_0002",
            b"---bnd_0001",
            b"-bnd_0001",
            b"--bnd_0001-x",
            b"--bnd_00001",
            b"",
        )
    )
    leaf = _leaf(b"text/plain", b"7bit", near * ((size - 2_000) // len(near)))
    fixed = len(head) + len(_joined(b"bnd_0001", (_text_leaf(0), leaf)))
    return head + _joined(b"bnd_0001", (_text_leaf(size - fixed), leaf))


def _advlong(size: int) -> bytes:
    head = _header(b'text/plain; charset="utf-8"', b"binary")
    # Unbroken: with blanks in it the library takes half a minute to fold it, and says nothing new.
    long = b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n"
    line = b"text without any end\0"
    rest = size - len(head) - len(long) - 2
    whole, more = divmod(rest, len(line))
    return head + long + line * whole + line[:more] + b"\r\n"


def _adv8bit(size: int) -> bytes:
    head = _header(
        b'multipart/mixed; boundary="open_0001"',
        b"8bit",
        subject="Café à Zürich".encode() + b" \xe9\xe8 \xfc",
    )
    utf8 = "Grüße, 世界, привет".encode()
    latin1 = "déjà vu, señor, façade".encode("latin-1")
    lines = utf8 + b"\r\n" + latin1 + b"\n" + utf8 + b" " + latin1 + b"\r" + latin1 + b"\r\n"

    def part(charset: bytes, body: bytes) -> bytes:
        return b"--open_0001\r\n" + _leaf(b"text/plain; charset=" + charset, b"8bit", body)

    count = (size - 2_000) // (2 * len(lines))
    parts = part(b"utf-8", lines * count) + part(b"iso-8859-1", lines * count)
    return head + b"\r\n" + parts + _text(size - len(head + parts) - 2)


WORKLOADS: Final = (
    Workload("tiny", 972, "a text", _tiny),
    Workload("txn", 59_250, "related(alternative(text, quoted-printable html), inline PNG)", _txn),
    Workload("att3", 10_003_253, "a text and 3 base64 attachments", _att3),
    Workload("big1", 39_902_929, "a text and 1 base64 attachment", _big1),
    Workload("parts400", 39_869_966, "a text and 400 base64 parts", _parts400),
    Workload("nest50", 23_603, "50 nested multiparts, 101 parts", _nest50),
    Workload("nest1500", 104_242, "1,500 nested multiparts", _nest1500),
    Workload("headers5k", 975_974, "2,500 folded fields, 5,000 header lines", _headers5k),
    Workload("advbound", 8_000_845, "every line nearly a boundary", _advbound),
    Workload("advlong", 16_000_835, "a header line of 1 MB, a body line of 15 MB with NULs", _advlong),
    Workload("adv8bit", 2_000_789, "raw UTF-8 and Latin-1, CRLF, LF and CR, no closing boundary", _adv8bit),
)
NAMES: Final = tuple(workload.name for workload in WORKLOADS)


def make(name: str) -> bytes:
    """Return the message of the workload `name`; KeyError where there is none."""
    return {workload.name: workload for workload in WORKLOADS}[name].make()
