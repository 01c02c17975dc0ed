"""Work for processes: functions that they can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any


def double(task: int, tell: Any) -> int:
    """Double a number, and tell it before."""
    tell(task)
    return task * 2


def kill_at(task: tuple[str, int, int], tell: Any) -> int:
    """Double a number; the process that comes upon one that is bad is killed, as often as the task says.

    The folder holds a file for each time.
    """
    folder, number, deaths = task
    before = len(list(Path(folder).glob(f"{number}-*")))
    if before < deaths:
        Path(folder, f"{number}-{before}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def refuse(task: int, tell: Any) -> int:
    raise OSError(28, "No space left on device")


class Unreadable(Exception):
    """An exception that can be written by pickle and not be read."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def refuse_oddly(task: int, tell: Any) -> int:
    raise Unreadable("one", "two")


def sleep_long(task: str, tell: Any) -> None:
    """Say which process it is, and work for a minute."""
    import time

    Path(task).write_text(str(os.getpid()))
    tell("it works")
    time.sleep(60)


def grow(task: int, tell: Any) -> bytes:
    """Return more octets than a pipe holds."""
    return b"x" * task
