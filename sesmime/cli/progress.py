"""How far a long run is, on standard error: only on a terminal, and only after a while."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from sesmime.cli.terminal import counted

if TYPE_CHECKING:
    from rich.status import Status

# Seconds until it is told, and between two tellings.
_PATIENCE = 1.0
_PAUSE = 0.1


class Progress:
    """A count of messages; by rich (extra `cli`) where it is there, else a line that is written over."""

    def __init__(self) -> None:
        self._count = 0
        self._next = time.monotonic() + _PATIENCE
        self._is_watched = sys.stderr is not None and sys.stderr.isatty()
        self._line = ""
        self._status: Status | None = None

    def step(self) -> None:
        """Count one more."""
        self._count += 1
        if not self._is_watched or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        text = f"{counted(self._count, 'message')} checked"
        if self._status is not None or self._by_rich(text):
            assert self._status is not None
            self._status.update(text)
        else:
            self._line = text
            print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take it off the terminal, for something else to be written."""
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._line:
            print("\r" + " " * len(self._line) + "\r", end="", file=sys.stderr, flush=True)
            self._line = ""

    def _by_rich(self, text: str) -> bool:
        try:
            from rich.console import Console
            from rich.status import Status
        except ImportError:
            return False
        self._status = Status(text, console=Console(stderr=True))
        self._status.start()
        return True
