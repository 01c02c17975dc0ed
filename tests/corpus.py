"""Messages that others wrote, where they are present."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from tests.conftest import shared


def corpus() -> list[Path]:
    """Return the files of the corpus, each one message."""
    return sorted(file for file in shared("corpus").glob("*/messages/**/*") if file.is_file())


def variants(message: bytes) -> Iterator[bytes]:
    """Return a message as it is, with LF and with CRLF."""
    lf = message.replace(b"\r\n", b"\n")
    yield message
    yield lf
    yield lf.replace(b"\n", b"\r\n")


# Law 8


def library_defects(message: Message) -> list[object]:
    """Return all defects that the library found, in fields and parts too. May raise what the library raises."""
    found: list[object] = []
    for part in message.walk():
        found += part.defects
        for _, value in part.items():
            found += getattr(value, "defects", ())
    return found
