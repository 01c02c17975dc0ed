"""Messages of every kind: a grammar of MIME, splices and mutants of real messages, SES's fields, rows, and octets."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from fuzz.mutate import TOKENS, mutant
from tests.property.strategies import ENDINGS, FRAGMENTS, SMUGGLED

_ROOT: Final = Path(__file__).resolve().parents[1]
_SHARED: Final = _ROOT.parent / "shared"
# The largest seed: the laws compare whole messages in Python.
_LARGEST_SEED: Final = 64_000
# The longest row of one piece, for laws of reading and editing.
LONGEST_ROW: Final = 16_000


@cache
def seeds(largest: int = _LARGEST_SEED) -> tuple[bytes, ...]:
    """Return the messages to mutate, small ones, in a fixed order."""
    places = [_ROOT / "tests" / "data", _SHARED / "attacks", *sorted(_SHARED.glob("corpus/*/messages"))]
    files = [file for place in places for file in sorted(place.rglob("*")) if file.is_file()]
    found = [file.read_bytes() for file in files if file.suffix != ".json" and file.stat().st_size <= largest]
    return tuple(found) or (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n",)


def any_message(chance: random.Random, *, largest: int = _LARGEST_SEED, longest_row: int = 4_096) -> bytes:
    """Return a message of any kind; rows of one piece are at most `longest_row` octets."""
    kind = chance.random()
    if kind < 0.45:
        return mutant(chance, chance.choice(seeds(largest)), seeds(largest))[:largest]
    if kind < 0.65:
        return mime_message(chance)
    if kind < 0.72:
        return mutant(chance, mime_message(chance), seeds(largest))[:largest]
    if kind < 0.87:
        return joined_fragments(chance)
    if kind < 0.93:
        return row(chance, longest_row)
    return chance.randbytes(chance.choice((0, 1, 3, 9, 40, 200)))


# A grammar of MIME (RFC 5322, RFC 2045, RFC 2046), with what breaks it now and then.

_NAMES: Final = (
    b"Subject", b"From", b"To", b"Cc", b"Bcc", b"Reply-To", b"Sender", b"Date", b"Message-ID", b"Received", b"X-Note",
    b"Return-Path", b"DKIM-Signature", b"List-Unsubscribe", b"MIME-Version", b"X-SES-TENANT", b"X-SES-MESSAGE-TAGS",
    b"X-SES-CONFIGURATION-SET", b"X-SES-SOURCE-ARN", b"X-SES-FROM-ARN", b"X-SES-RETURN-PATH-ARN",
    b"X-SES-LIST-MANAGEMENT-OPTIONS", b"x-ses-unknown", b"Resent-To", b"Comments", b"In-Reply-To",
)  # fmt: skip
_BODIES: Final = (
    b"one two", b"Joe <j@e.example>", b"a@b.example, c@d.example", b"team: a@b.example;", b"a=1, b=2",
    b"List; topic=T",
    b"arn:aws:ses:us-east-1:123456789012:identity/a.example", b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", b"=?utf-8?b?w6k=?=",
    b"", b" ", b"folded\r\n here", b"folded\r\n\tthere\r\n ", b"<1@b.example>", b"Mon, 1 Jan 2024 00:00:00 +0000",
    b"caf\xe9", b"gr\xc3\xbc\xc3\x9fe", b"\"Lovelace, Ada\" <a@b.example>", b"<>", b"1.0",
    b"v=1; d=b.example; h=from:to; bh=a; b=c",
    b"undisclosed-recipients:;", b"x" * 80, b"word " * 30, b"a\rb", b"a\x00b", b"(c (d) e)", b"a@[192.0.2.1]",
)  # fmt: skip
_TYPES: Final = (
    b"text/plain", b"text/html; charset=utf-8", b"text/plain; charset=iso-8859-1", b"application/octet-stream",
    b"application/pdf; name=\"a b.pdf\"", b"image/png; name*=utf-8''%C3%A9.png", b"text/plain; charset=bogus",
    b"message/delivery-status", b"text", b"", b"application/x; a*0=b; a*1*=%41", b"text/plain; format=flowed",
)  # fmt: skip
_MULTIPARTS: Final = (b"mixed", b"alternative", b"related", b"digest", b"report", b"signed", b"mixed ")
_ENCODINGS: Final = (b"7bit", b"8bit", b"base64", b"quoted-printable", b"binary", b"x-uuencode", b"bogus", b"7bit (c)")
_BOUNDARIES: Final = (b"b", b"b--", b"outer", b"=_1", b"a b", b"b\xe9", b"'", b"-" * 20, b"x" * 71, b"", b"b ")
_CONTENTS: Final = (
    b"", b"text", b"text\r\n", b"one\r\ntwo\r\n", b"--b\r\n", b"caf\xe9\r\n", b"x" * 1_000, b"a\nb\n", b"lone\rcr",
    b"From x\r\n.\r\n", b"=3D=\r\n=C3=A9", b"SGVsbG8=\r\n", b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n", b"\x00\xff",
    b"\xff\xfea\x00",
)  # fmt: skip


def mime_message(chance: random.Random) -> bytes:
    """Return a message of the grammar, in CRLF, LF or a mixture."""
    message = _entity(chance, 0, ())
    ending = chance.random()
    if ending < 0.25:
        return message.replace(b"\r\n", b"\n")
    if ending < 0.3:
        return b"".join(
            line[:-2] + b"\n" if line.endswith(b"\r\n") and chance.random() < 0.5 else line
            for line in message.splitlines(keepends=True)
        )
    return message


def _entity(chance: random.Random, depth: int, around: tuple[bytes, ...]) -> bytes:
    fields = [_field(chance) for _ in range(chance.randint(0, 6 if depth == 0 else 2))]
    kind = chance.random() if depth < 5 else 1.0
    if kind < 0.35:
        body = _multipart(chance, depth, around, fields)
    elif kind < 0.42:
        fields.append(b"Content-Type: message/rfc822\r\n")
        body = _entity(chance, depth + 1, around)
    else:
        body = _leaf(chance, fields)
    chance.shuffle(fields)
    return b"".join(fields) + chance.choice((b"\r\n", b"\r\n", b"\r\n", b"", b" \r\n", b"no field\r\n\r\n")) + body


def _field(chance: random.Random) -> bytes:
    colon = chance.choice((b": ", b": ", b": ", b": ", b":", b" : ", b"\t:", b":\r\n "))
    return (
        chance.choice(_NAMES)
        + colon
        + chance.choice(_BODIES)
        + chance.choice((b"\r\n", b"\r\n", b"\r\n", b"\r\n\t\r\n"))
    )


def _multipart(chance: random.Random, depth: int, around: tuple[bytes, ...], fields: list[bytes]) -> bytes:
    # Sometimes that of a multipart around it.
    boundary = chance.choice(around) if around and chance.random() < 0.15 else chance.choice(_BOUNDARIES)
    quoted = boundary if boundary.isalnum() and chance.random() < 0.5 else b'"' + boundary + b'"'
    fields.append(b"Content-Type: multipart/" + chance.choice(_MULTIPARTS) + b"; boundary=" + quoted + b"\r\n")
    if chance.random() < 0.1:
        fields.append(b"Content-Transfer-Encoding: " + chance.choice(_ENCODINGS) + b"\r\n")
    pieces = [chance.choice((b"", b"", b"preamble\r\n", b"\r\n"))]
    for _ in range(chance.randint(0, 3)):
        blanks = chance.choice((b"", b"", b"", b" ", b"\t "))
        pieces += [b"--", boundary, blanks, b"\r\n", _entity(chance, depth + 1, (*around, boundary)), b"\r\n"]
    if chance.random() < 0.85:
        pieces += [b"--", boundary, b"--", chance.choice((b"\r\n", b"\r\n", b"", b" \r\n"))]
    return b"".join(pieces) + chance.choice((b"", b"", b"epilogue\r\n", b"--" + boundary + b"\r\n\r\nx\r\n"))


def _leaf(chance: random.Random, fields: list[bytes]) -> bytes:
    content = chance.choice(_CONTENTS) * chance.choice((1, 1, 2))
    if chance.random() < 0.7:
        fields.append(b"Content-Type: " + chance.choice(_TYPES) + b"\r\n")
    if chance.random() < 0.5:
        encoding = chance.choice(_ENCODINGS)
        fields.append(b"Content-Transfer-Encoding: " + encoding + b"\r\n")
        if encoding == b"base64" and chance.random() < 0.7:
            content = base64.encodebytes(content).replace(b"\n", b"\r\n")
        elif encoding == b"quoted-printable" and chance.random() < 0.7:
            content = quopri.encodestring(content)
    if chance.random() < 0.2:
        name = chance.choice((b"a.txt", b'"a;b.exe"', b"../x", b'"\xc3\xa9.pdf"', b""))
        fields.append(b"Content-Disposition: attachment; filename=" + name + b"\r\n")
    return content


# Other kinds


def joined_fragments(chance: random.Random) -> bytes:
    """Return pieces of real and hostile messages that meet each other's edges in any order."""
    pools = (FRAGMENTS, FRAGMENTS, FRAGMENTS, SMUGGLED)
    pieces = [chance.choice(chance.choice(pools)) + chance.choice(ENDINGS) for _ in range(chance.randint(0, 24))]
    if chance.random() < 0.2:
        pieces.insert(chance.randint(0, len(pieces)), chance.randbytes(chance.randint(1, 12)))
    return b"".join(pieces)


def row(chance: random.Random, longest: int) -> bytes:
    """Return a message in which one piece is repeated: what is quadratic is slow on it."""
    before, after = (chance.choice(FRAGMENTS) + chance.choice(ENDINGS) for _ in range(2))
    pool: Callable[[], bytes] = chance.choice(
        (
            lambda: chance.choice(TOKENS),
            lambda: chance.choice(FRAGMENTS) + chance.choice(ENDINGS),
            lambda: chance.choice(_BODIES),
            lambda: chance.choice(_BODIES) + chance.choice((b", ", b"; ", b" ", b",\r\n ")),
            lambda: _field(chance),
            lambda: chance.choice(TOKENS) + chance.choice(TOKENS),
        )
    )
    piece = pool() or b" "
    head = chance.choice((b"", b"", chance.choice(_NAMES) + b": ", b"Content-Type: text/plain; ", b"\r\n"))
    return before + head + piece * (chance.choice((100, 1_000, longest)) // len(piece)) + after


def crlf_message(chance: random.Random) -> bytes:
    """Return a message in CRLF alone, without a lone CR or LF."""
    message = mime_message(chance) if chance.random() < 0.6 else joined_fragments(chance)
    plain = message.replace(b"\r\n", b"\n").replace(b"\r", b"")
    return plain.replace(b"\n", b"\r\n")
