"""Short base64 has a quick way through: it gives what the long way gives, and notes what that notes."""

from __future__ import annotations

from itertools import product
from unittest import mock

import pytest

from sesmime.mime import decoding

PIECES = (b"Y", b"WFh", b"=", b"\r\n", b"\n", b"\r", b" ", b"*", b"YWFh")


def read(body: bytes) -> tuple[bytes, list[tuple[object, ...]]]:
    noted: list[tuple[object, ...]] = []
    made = decoding.decoded(memoryview(body), "base64", lambda *note: noted.append(note))
    return made, noted


@pytest.mark.parametrize("first", PIECES)
def test_the_quick_way_gives_what_the_long_way_gives(first: bytes) -> None:
    for rest in product((b"", *PIECES), repeat=3):
        body = first + b"".join(rest)
        quick = read(body)
        with mock.patch.object(decoding, "_SHORT", -1):
            assert read(body) == quick, body


@pytest.mark.parametrize("size", [decoding._SHORT - 4, decoding._SHORT, decoding._SHORT + 4])
def test_where_the_quick_way_ends_nothing_changes(size: int) -> None:
    assert read(b"YWFh" * (size // 4)) == (b"aaa" * (size // 4), [])
