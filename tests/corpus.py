"""Messages that others wrote, where they are present."""

from __future__ import annotations

from collections.abc import Iterator
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
