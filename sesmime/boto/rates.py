"""A limit of the rate of sending, which the threads of a process share, and the rate of the account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

# The account's rate may be raised or lowered; it is asked for again after this time.
_FRESH_SECONDS: Final = 900.0


def account_rate(client: Any, *, is_v2: bool) -> float:
    """Ask SES how many recipients a second the account may send to; raises what the client raises."""
    quota = client.get_account()["SendQuota"] if is_v2 else client.get_send_quota()
    return float(quota["MaxSendRate"])


def next_turn(full: float, now: float, *, rate: float, count: int) -> tuple[float, float]:
    """Return in how many seconds so many may pass, and when everything will have passed then; before that was `full`.

    >>> next_turn(full=1.0, now=0.0, rate=1.0, count=1)
    (1.0, 2.0)
    """
    full = max(full, now) + count / rate
    # More than a second's worth waits for what is before it, not for itself.
    return max(0.0, full - now - max(1.0, count / rate)), full


class RateLimit:
    """Lets through so many recipients a second, and at most those of one second at once.

    `rate` is a number, or is asked for when it is needed, and again after a quarter of an hour; what that raises comes
    through. A rate of 0 or less is none: everybody passes. SES counts recipients, not messages:
    https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html

    >>> RateLimit(14.0).wait(1)
    0.0
    """

    def __init__(
        self,
        rate: float | Callable[[], float],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep or time.sleep
        self._lock = threading.Lock()
        self._known: tuple[float, float] | None = None
        # When everything that was let through will have passed, at the rate.
        self._full = clock()

    def wait(self, count: int) -> float:
        """Wait until so many recipients may be sent to; return for how many seconds."""
        seconds = self.reserve(count)
        assert seconds is not None
        if seconds:
            self._sleep(seconds)
        return seconds

    def reserve(self, count: int, *, at_most: float = float("inf")) -> float | None:
        """Take a turn, and return in how many seconds it is; None, and no turn, where that is longer than `at_most`.

        >>> limit = RateLimit(1.0, clock=lambda: 0.0)
        >>> limit.reserve(1), limit.reserve(1), limit.reserve(1, at_most=1.5)
        (0.0, 1.0, None)
        """
        with self._lock:  # a thread takes its turn under the lock, and waits outside
            now = self._clock()
            rate = self._current(now)
            if rate <= 0:
                return 0.0
            seconds, full = next_turn(self._full, now, rate=rate, count=count)
            if seconds > at_most:
                return None
            self._full = full
        return seconds

    def set_rate(self, rate: float) -> None:
        """Let through another number of recipients a second from now on."""
        with self._lock:
            self._rate = rate

    def _current(self, now: float) -> float:
        if not callable(self._rate):
            return self._rate
        if self._known is None or now - self._known[1] > _FRESH_SECONDS:
            self._known = self._rate(), now
        return self._known[0]
