"""Messages that are like real ones, made by a script, the same at every run; and archives of any number of them."""

from __future__ import annotations

import os
import random
import re
from base64 import encodebytes
from pathlib import Path
from typing import Final

_WORDS: Final = re.findall(
    r"\w+",
    "the order and your account has been sent with this message please see below for details of our new offers in shop"
    " invoice number thank you team delivery address payment card date time update password link click here to meeting"
    " tomorrow project report attached review changes merged build failed passed release notes version",
)
_NAMES: Final = ("Ann Lee", "Bob Stone", '"Shop, Inc."', "Build Bot", "=?utf-8?q?J=C3=B6rg_M=C3=BCller?=", "Kim")


# So many are made; an archive has them again and again, each with a number of its own.
MOST_MADE: Final = 2_000


def message_of(number: int, *, attached: int = 0) -> bytes:
    """Return the message of that number: 1 to 20 KB, one of nine kinds, a few with what the linter finds.

    With `attached` every third has an attachment of three times so many octets in the mean.
    """
    source = random.Random(number)
    domain = f"d{source.randrange(2_000)}.example"
    head = _head(source, number, domain)
    kind = number % 9
    if kind == 0:
        text = "\r\n".join(_text(source, 11) for _ in range(24 + number % 18))
        body = _entity("text/plain; charset=utf-8", "7bit", text)
    elif kind == 1:
        body = _entity("text/plain", "", "\r\n".join(_text(source, 8) for _ in range(3 + number % 5)))
    elif kind == 2:
        shown = encodebytes("\r\n".join(_text(source, 12) for _ in range(30)).encode())
        body = _entity("text/plain; charset=utf-8", "base64", shown.decode().replace("\n", "\r\n"))
    elif kind == 3:
        parts = [_plain(source, 10), _html(source, 140 + number % 60)]
        body = _joined("alternative", parts, source)
    elif kind == 4:
        parts = [_plain(source, 20), _attachment(source, "invoice.pdf", "application/pdf", 1_200)]
        body = _joined("mixed", parts, source)
    elif kind == 5:
        told = f"Reporting-MTA: dns; mx.{domain}\r\n\r\nFinal-Recipient: rfc822; a@{domain}\r\nAction: failed\r\n"
        told += "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        parts = [_plain(source, 5), _entity("message/delivery-status", "", told)]
        parts.append(_entity("message/rfc822", "", f"From: a@{domain}\r\nTo: b@{domain}\r\nSubject: Hi\r\n\r\nHi\r\n"))
        body = _joined("report; report-type=delivery-status", parts, source)
    elif kind == 6:
        picture = _attachment(source, "logo.png", "image/png", 6_000 + 100 * (number % 40), content_id="<logo>")
        related = _joined("related", [_html(source, 30), picture], source)
        body = _joined("alternative", [_plain(source, 12), related], source)
    else:
        body = _joined("alternative", [_plain(source, 12 + number % 9), _html(source, 10 + number % 7)], source)
    if attached and number % 3 == 0:
        size = round(3 * attached * (0.5 + source.random()))
        body = _joined("mixed", [body, _attachment(source, "report.zip", "application/zip", size)], source)
    return ("\r\n".join(head) + "\r\n" + body).encode()


def _head(source: random.Random, number: int, domain: str) -> list[str]:
    """Return the fields that messages of every kind have, some of them with a mistake."""
    head = [
        f"Received: from mx.{domain} (192.0.2.{source.randrange(256)}) by in.example with ESMTP id {number:x};",
        f"\tMon, {1 + number % 28} Jun 2026 10:{number % 60:02}:00 +0000",
        f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=k1; h=from:to:subject; bh={_token(source, 44)};",
        f"\tb={_token(source, 70)}",
        f"From: {source.choice(_NAMES)} <user{source.randrange(50)}@{domain}>",
        f"To: user{source.randrange(9_999)}@example.org",
        f"Subject: {_text(source, 6)}",
        f"Date: Mon, {1 + number % 28:02} Jun 2026 10:{number % 60:02}:00 +0000",
        f"Message-ID: <{number}.{_token(source, 12)}@{domain}>",
        "MIME-Version: 1.0",
        *(f"X-Tracking-{name}: {_token(source, 40)}" for name in ("Id", "Batch", "Route")),
    ]
    if number % 10 == 0:
        head.append("X-SES-CONFIGURATION-SET: production")
    if number % 31 == 0:
        head.append("Subject: again")
    if number % 17 == 0:
        head.append("Bcc: hidden@example.org")
    return head


def _entity(kind: str, encoding: str, body: str, *fields: str) -> str:
    head = [f"Content-Type: {kind}", *fields]
    if encoding:
        head.append(f"Content-Transfer-Encoding: {encoding}")
    return "\r\n".join([*head, "", body])


def _plain(source: random.Random, lines: int) -> str:
    return _entity("text/plain; charset=utf-8", "", "\r\n".join(_text(source, 11) for _ in range(lines)))


def _html(source: random.Random, lines: int) -> str:
    text = "".join(f'<p style=3D"margin:0">{_text(source, 9)}</p>=\r\n' for _ in range(lines))
    return _entity("text/html; charset=utf-8", "quoted-printable", text)


def _attachment(source: random.Random, name: str, kind: str, size: int, *, content_id: str = "") -> str:
    """Return an attachment of about so many octets as it stands in the message."""
    data = encodebytes(source.randbytes(size * 37 // 50)).decode().replace("\n", "\r\n")
    fields = [f'Content-Disposition: {"inline" if content_id else "attachment"}; filename="{name}"']
    if content_id:
        fields.append(f"Content-ID: {content_id}")
    return _entity(f'{kind}; name="{name}"', "base64", data, *fields)


def _joined(subtype: str, parts: list[str], source: random.Random) -> str:
    boundary = f"=_{_token(source, 24)}"
    name, _, more = subtype.partition("; ")
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return _entity(f'multipart/{name}; boundary="{boundary}"{"; " + more if more else ""}', "", body)


def _text(source: random.Random, words: int) -> str:
    return " ".join(source.choices(_WORDS, k=words)).capitalize()


_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _token(source: random.Random, length: int) -> str:
    return "".join(source.choices(_ALPHABET, k=length))


def write_box(file: Path, count: int, *, attached: int = 0) -> None:
    """Write an mbox file of so many messages: 2,000 that are made, again and again, each with its number."""
    made = [message_of(number, attached=attached) for number in range(min(count, MOST_MADE))]
    need = sum(map(len, made)) * count // len(made) + 80 * count
    room = os.statvfs(file.parent)
    if need > room.f_bavail * room.f_frsize * 9 // 10:
        raise SystemExit(f"{file.parent} has no room for {need / 1e6:,.0f} MB")
    part = file.with_suffix(".part")
    try:
        with open(part, "wb", buffering=1 << 20) as stream:
            for number in range(count):
                stream.write(b"From user@example.org Mon Jun  1 10:00:00 2026\r\n")
                stream.write(b"X-Number: %d\r\n" % number)
                stream.write(made[number % len(made)])
                stream.write(b"\r\n")
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
