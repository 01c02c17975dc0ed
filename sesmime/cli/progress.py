"""How far a long run is, on standard error: only on a terminal, and only after a while."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from sesmime.cli.terminal import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.status import Status

# Seconds until it is told, and between two tellings.
_PATIENCE = 1.0
_PAUSE = 0.1
# Seconds after which a rate, and what it says of the rest, means something.
_RATED = 2.0


def told(count: int, octets: int, total: int | None, seconds: float) -> str:
    """Return how far a run is: messages, and once it has lasted a while its share of the total, rate and rest.

    >>> told(1, 500, 2_000_000, 0.5)
    '1 message checked'
    >>> told(3_000, 500_000, 2_000_000, 10.0)
    '3,000 messages checked, 25% of 2.0 MB, 300 a second, about 0:30 left'
    """
    text = f"{counted(count, 'message')} checked"
    if seconds < _RATED:
        return text
    done = min(octets, total or 0)
    if total:
        text += f", {done / total:.0%} of {total / 1e6:,.1f} MB"
    text += f", {count / seconds:,.0f} a second"
    if total and done:
        rest = round(seconds * (total - done) / done)
        text += f", about {rest // 60:,}:{rest % 60:02} left"
    return text


class Progress:
    """A count of messages, of how many octets, how fast, how long still; by rich (extra `cli`) where it is there.

    Without rich it is a line that is written over. `find_total` returns the octets of all messages, None where they are
    not known; it is called only on a terminal.
    """

    def __init__(self, find_total: Callable[[], int | None] = lambda: None) -> None:
        self._count = 0
        self._octets = 0
        self._begun = time.monotonic()
        self._next = time.monotonic() + _PATIENCE
        self._is_watched = sys.stderr is not None and sys.stderr.isatty()
        self._line = ""
        self._status: Status | None = None
        self._total = find_total() if self._is_watched else None

    def step(self, octets: int = 0) -> None:
        """Count one more message, of so many octets."""
        self.reach(self._count + 1, self._octets + octets)

    def reach(self, count: int, octets: int) -> None:
        """Have counted so many messages, of so many octets."""
        self._count = count
        self._octets = octets
        if not self._is_watched or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        text = told(self._count, self._octets, self._total, time.monotonic() - self._begun)
        if self._status is not None or self._by_rich(text):
            assert self._status is not None
            self._status.update(text)
        else:
            text, self._line = text.ljust(len(self._line)), text
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
