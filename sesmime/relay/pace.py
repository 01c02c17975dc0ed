"""How many calls may be in work at once, and when none is to be begun: what throttling and outages say of all calls."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Final

# Seconds of the first pause and of the longest.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
# Failures without a success between them, after which it is no single call's bad luck.
_OUTAGE: Final = 5


def backed_off(attempts: int, *, first: float, longest: float) -> float:
    """Return the seconds to wait after so many attempts: twice as long each time, less up to half, by chance."""
    return min(longest, first * 2.0 ** min(attempts - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311


class Pace:
    """Pauses all calls when SES throttles or is down, and lets them come back bit by bit.

    Throttling halves the calls at once, an outage leaves one, and each success adds one. A call tells when it began:
    what began before a pause says nothing new.
    """

    def __init__(self, workers: int, *, clock: Callable[[], float]) -> None:
        self._workers = workers
        self._clock = clock
        self._limit = workers
        self._pauses = 0
        self._failures = 0
        self._paused_at = self._paused_until = float("-inf")
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """How many calls may be in work at once."""
        return self._limit

    def pause(self) -> float:
        """Return the seconds that are left of a pause, or 0."""
        return max(0.0, self._paused_until - self._clock())

    def succeed(self) -> None:
        """SES has answered a call, be it by a refusal."""
        with self._lock:
            self._failures = self._pauses = 0
            self._limit = min(self._workers, self._limit + 1)

    def throttle(self, began: float) -> None:
        """SES takes no more for now."""
        with self._lock:
            self._begin_pause(began, max(1, self._limit // 2))

    def fail(self, began: float) -> None:
        """A call has failed for a reason that may be every call's."""
        with self._lock:
            self._failures += 1
            if self._failures >= _OUTAGE:
                self._begin_pause(began, 1)

    def _begin_pause(self, began: float, limit: int) -> None:
        if began < self._paused_at:
            return
        self._pauses += 1
        self._limit = limit
        self._paused_at = self._clock()
        self._paused_until = self._paused_at + backed_off(self._pauses, first=_FIRST_PAUSE, longest=_LONGEST_PAUSE)
