"""Real mail: the messages of others that stand in `../shared/corpus`, where that is present, as one workload.

A workload is bytes. So the messages are packed into one row of lengths and messages, and each half unpacks it before
the clock runs. Left out are files of 200 KB and more, and messages that the standard library cannot read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from . import library

CORPUS: Final = "corpus"
_FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "corpus"
_LONGEST: Final = 200_000
_LENGTH: Final = 8


def is_present() -> bool:
    """Say whether there is a corpus."""
    return _FOLDER.is_dir()


def make() -> bytes:
    """Return the messages of the corpus, packed; empty where there is none."""
    files = sorted(file for file in _FOLDER.glob("*/messages/**/*") if file.is_file())
    return packed([message for file in files if _is_readable(message := file.read_bytes())])


def packed(messages: list[bytes]) -> bytes:
    """Return messages as one row, each after its length."""
    return b"".join(piece for message in messages for piece in (len(message).to_bytes(_LENGTH, "big"), message))


def unpacked(row: bytes) -> list[bytes]:
    """Return the messages of a row; ValueError where it is none.

    >>> unpacked(packed([b"To: a@b.example", b""]))
    [b'To: a@b.example', b'']
    """
    messages: list[bytes] = []
    position = 0
    while position < len(row):
        start = position + _LENGTH
        position = start + int.from_bytes(row[position:start], "big")
        if position > len(row):
            raise ValueError("this is no row of messages")
        messages.append(row[start:position])
    return messages


def of_each(read: Callable[[bytes], object]) -> Callable[[bytes], Callable[[], object]]:
    """Return the half of a job that does the same with each message of a row, and returns what it made of the last."""
    return lambda row: partial(_read_all, read, unpacked(row))


def _read_all(read: Callable[[bytes], object], messages: list[bytes]) -> object:
    found: object = None
    for message in messages:
        found = read(message)
    return found


def _is_readable(message: bytes) -> bool:
    if len(message) >= _LONGEST:
        return False
    try:
        library.read_all(message)
        library.parse_modern(message)
    except Exception:  # noqa: BLE001  # whatever it is that the library raises
        return False
    return True
