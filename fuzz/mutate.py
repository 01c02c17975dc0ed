"""A plain mutator of messages: six operators, a list of mail tokens, splices between seeds; the same for the same seed.

Pure Python and seeded, so that a run can be repeated: mutant number n of seed number s is always the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

# What breaks mail when it stands where it should not.
TOKENS: tuple[bytes, ...] = (
    b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\n", b"\r\n\r\n", b"\r\n ", b"\n\t", b" ", b"\t", b"\x00", b"\x7f", b"\xff",
    b":", b";", b",", b"=", b'"', b"\\", b"(", b")", b"<", b">", b"@", b"[", b"]", b"--", b"=?utf-8?q?a?=", b"=?",
    b"X-SES-TENANT: t", b"\rX-SES-A: b", b"\r\nX-SES-MESSAGE-TAGS : a=1\r\n", b"\r\nTo: a@b.example\r\n",
    b"\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", b"\r\n--x--\r\n", b"boundary=", b"filename*0*=",
    b"Content-Type: message/rfc822\r\n\r\n", b"From a@b Mon Jan  1 00:00:00 2024\r\n", b"Bcc:", b"charset=punycode",
)  # fmt: skip


def mutants(seeds: Sequence[bytes], count: int, seed: int = 1) -> Iterator[bytes]:
    """Return `count` mutants of the seeds, each made by one to five operators."""
    chance = random.Random(seed)
    for _ in range(count):
        yield mutant(chance, chance.choice(seeds), seeds)


def mutant(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    """Return one mutant of a message."""
    for _ in range(chance.randint(1, 5)):
        message = chance.choice(_OPERATORS)(chance, message, seeds)
    return message


def _place(chance: random.Random, message: bytes) -> int:
    # Two of three changes fall among the first fields: there is more to break.
    end = min(len(message), 2000) if chance.random() < 0.66 else len(message)
    return chance.randint(0, end)


def _insert(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    place = _place(chance, message)
    return message[:place] + chance.choice(TOKENS) + message[place:]


def _overwrite(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    place, token = _place(chance, message), chance.choice(TOKENS)
    return message[:place] + token + message[place + len(token) :]


def _flip(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    place = _place(chance, message)
    return message[:place] + bytes([chance.randrange(256)]) + message[place + 1 :]


def _delete(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    place = _place(chance, message)
    return message[:place] + message[place + chance.choice((1, 1, 2, 8, 80)) :]


def _repeat(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    place = _place(chance, message)
    piece = message[place : place + chance.choice((1, 10, 100))]
    return message[:place] + piece * chance.randint(2, 4) + message[place:]


def _splice(chance: random.Random, message: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return message[: _place(chance, message)] + other[_place(chance, other) :]


_OPERATORS = (_insert, _overwrite, _flip, _delete, _repeat, _splice)
