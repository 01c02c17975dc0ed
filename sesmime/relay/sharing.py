"""What the processes of one relay have in common: the rate, the octets in memory, who has a message in several calls.

The pieces: a `Board` is a page of memory without a place on a disk, in which each process has a number of its own, and
two locks that the system takes back from a process that is killed; `SharedRate` and `SharedRoom` stand on it. Nothing
that a killed process leaves there is half written: a number is one store. `AskedPartial` asks the parent process, which
outlives the others.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing import reduction
from typing import Any, Final

from sesmime.boto.rates import RateLimit, next_turn
from sesmime.relay.limits import Limits, Room
from sesmime.relay.partial import PartialHandOvers

try:
    import fcntl
except ImportError:  # Windows, where no connection can be given to another process either
    fcntl = None  # type: ignore[assignment]

# The numbers on a board: the rate, when all that was let through will have passed, the octets of each process.
_RATE: Final = 0
_FULL: Final = 1
_FIRST: Final = 2
MOST_PROCESSES: Final = 64
_SIZE: Final = 4_096
# The octets of the file that the locks are on.
_NUMBERS: Final = 0
_LOG: Final = 1
# Seconds after which a lock is tried for again, where the system has taken two threads of one process for one.
_AGAIN: Final = 0.000_5


class Board:
    """A page that processes share: numbers, and a lock for them and one for the log. It can be given to a new process.

    The clocks of the processes are one: `time.monotonic` counts from the start of the system.
    """

    def __init__(self, file: int | None = None) -> None:
        self._file = _empty_file() if file is None else file
        self._memory = mmap.mmap(self._file, _SIZE)
        # One store each, where `struct` would write octet by octet.
        self._floats = memoryview(self._memory).cast("d")
        self._counts = memoryview(self._memory).cast("q")
        self._locks = threading.Lock(), threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Give the file to a process that is being started."""
        return _opened, (reduction.DupFd(self._file),)

    def close(self) -> None:
        """Let go of it."""
        self._floats.release()
        self._counts.release()
        self._memory.close()
        os.close(self._file)

    @contextlib.contextmanager
    def log(self) -> Iterator[None]:
        """Have the log for a line."""
        with self._locked(_LOG):
            yield

    def reserve(self, count: int, *, at_most: float) -> float | None:
        """Take a turn, as `RateLimit.reserve` does."""
        if self._floats[_RATE] <= 0:  # one load
            return 0.0
        with self._locked(_NUMBERS):
            rate = self._floats[_RATE]
            if rate <= 0:  # it was set meanwhile
                return 0.0
            seconds, full = next_turn(self._floats[_FULL], time.monotonic(), rate=rate, count=count)
            if seconds > at_most:
                return None
            self._floats[_FULL] = full
        return seconds

    def set_rate(self, rate: float) -> None:
        """Let through so many a second from now on."""
        with self._locked(_NUMBERS):
            self._floats[_RATE] = rate

    def hold(self, process: int, octets: int, *, most: int) -> bool:
        """Count octets as held by a process; return False, and count nothing, where all hold too many then."""
        with self._locked(_NUMBERS):
            if self.held() + octets > most:
                return False
            self._counts[_FIRST + process] += octets
        return True

    def release(self, process: int, octets: int) -> None:
        """Count octets no more; nobody else writes this number, and it is one store, so that nobody has to wait."""
        self._counts[_FIRST + process] -= octets

    def clear(self, process: int) -> None:
        """Count nothing for a process that has ended."""
        with self._locked(_NUMBERS):
            self._counts[_FIRST + process] = 0

    def held(self) -> int:
        """Return how many octets all processes hold."""
        return sum(self._counts[_FIRST : _FIRST + MOST_PROCESSES])

    @contextlib.contextmanager
    def _locked(self, place: int) -> Iterator[None]:
        with self._locks[place]:
            while True:
                try:
                    fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
                    break
                except OSError as error:
                    # QUIRK: the system sees no threads. Where one has the log and another waits for the numbers, and
                    # another process has it the other way round, it takes that for a deadlock (fcntl(2), EDEADLK).
                    if error.errno != errno.EDEADLK:
                        raise
                time.sleep(_AGAIN)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)


def _empty_file() -> int:
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("sesmime-relay")
    else:
        with tempfile.TemporaryFile() as made:
            file = os.dup(made.fileno())
    os.write(file, bytes(_SIZE))
    return file


def _opened(given: Any) -> Board:
    return Board(given.detach())


class SharedRate(RateLimit):
    """A limit of the rate that all processes keep together."""

    def __init__(self, board: Board) -> None:
        super().__init__(0.0)
        self._board = board

    def reserve(self, count: int, *, at_most: float = float("inf")) -> float | None:
        """Take a turn, and return in how many seconds it is; None, and no turn, where that is longer than `at_most`."""
        return self._board.reserve(count, at_most=at_most)

    def set_rate(self, rate: float) -> None:
        """Let through another number of recipients a second from now on."""
        self._board.set_rate(rate)


class SharedRoom(Room):
    """The room of one process: octets are bounded for all together; who may connect the parent has decided."""

    def __init__(self, limits: Limits, board: Board, process: int) -> None:
        super().__init__(limits)
        self._board, self._process = board, process

    def enter(self, host: str) -> str | None:
        """Let in."""
        return None

    def leave(self, host: str) -> None:
        """Let go."""

    def hold(self, octets: int) -> bool:
        """Count octets of a message; return False, and count nothing, where they are too many."""
        return self._board.hold(self._process, octets, most=self.limits.octets)

    def release(self, octets: int) -> None:
        """Count octets no more."""
        if octets:
            self._board.release(self._process, octets)


class AskedPartial(PartialHandOvers):
    """Who has a message that others are still to get, as the parent process knows it.

    `ask` returns what the parent answers, and raises OSError where it has gone. Then it is not known who has a message,
    which is not sent; and nobody remembers who has one.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        super().__init__()
        self._ask = ask

    def reached(self, digest: bytes) -> frozenset[str]:
        """Return the keys of their addresses. Raises OSError."""
        return frozenset(self._ask("reached", digest.hex()))

    def remember(self, digest: bytes, reached: Iterable[str]) -> None:
        """Keep them."""
        with contextlib.suppress(OSError):
            self._ask("remember", digest.hex(), sorted(reached))

    def forget(self, digest: bytes) -> None:
        """Drop a message that everybody has."""
        with contextlib.suppress(OSError):
            self._ask("forget", digest.hex())


def partial_answers(partial: PartialHandOvers) -> dict[str, Callable[..., Any]]:
    """Return what the parent answers to `AskedPartial`."""

    def remember(digest: str, reached: Sequence[str]) -> None:
        partial.remember(bytes.fromhex(digest), frozenset(reached))

    return {
        "reached": lambda digest: sorted(partial.reached(bytes.fromhex(digest))),
        "remember": remember,
        "forget": lambda digest: partial.forget(bytes.fromhex(digest)),
    }
