"""The signals that ask a process to end: made an exception, so that what is half done is cleared away."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

# Seconds in which a second signal is taken for the same request: a service manager sends SIGTERM and SIGHUP together.
_TOGETHER: Final = 1.0


class Ended(BaseException):
    """A signal that asks the process to end has come."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise Ended where SIGTERM or SIGHUP comes; what somebody else has set for them (nohup does) stays."""
    first: list[float] = []

    def end(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Ended(number)
        if time.monotonic() - first[0] > _TOGETHER:
            die_of(number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken: list[signal.Signals] = []
    if threading.current_thread() is threading.main_thread():
        taken = [one for one in (signal.Signals[name] for name in names) if signal.getsignal(one) is signal.SIG_DFL]
    for one in taken:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in taken:
            if signal.getsignal(one) is end:
                signal.signal(one, signal.SIG_DFL)


def die_of(number: int) -> None:
    """End the process as the signal would have ended it, so that who waits for it can tell."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
