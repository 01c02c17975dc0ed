"""The seats of the local SES's HTTP server: so many connections at once, and who goes where all are taken.

Each connection has a thread. Where all seats are taken, the one that has kept the server waiting longest goes, so that
clients that say nothing, or one octet a second, keep nobody out; none goes whose request is in work. Those that wait
for a message are in work, for up to a minute: they have three quarters of the seats at the most, and none once the
client has gone.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from io import RawIOBase
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Where the environment of a request has its `Wait`.
WAIT: Final = "sesmime.wait"
_PATIENCE: Final = 3.0  # seconds that a server that stops leaves to the calls in work


class Stage(IntEnum):
    """What a connection waits for, those first that lose least if it ends: a request, its end, its client, us."""

    IDLE = 0
    READING = 1
    WRITING = 2
    WORKING = 3


class _Seat(NamedTuple):
    stage: Stage
    since: float


class Seats:
    """Who has one; any thread may ask. `patience`: seconds for which a client may keep the server waiting unharmed."""

    def __init__(self, count: int, *, patience: float) -> None:
        self._count, self._patience = count, patience
        self._changed = threading.Condition()
        self._taken: dict[Any, _Seat] = {}
        self._waiting = 0
        self._is_closing = False

    def take(self, connection: Any) -> bool:
        """Give a connection a seat, another's where that has waited long enough; return whether there is one."""
        with self._changed:
            if len(self._taken) >= self._count and not self._free_one():
                return False
            self._taken[connection] = _Seat(Stage.IDLE, monotonic())
            return True

    def leave(self, connection: Any) -> None:
        """Take note that a connection has ended."""
        with self._changed:
            self._taken.pop(connection, None)
            self._changed.notify_all()

    def note(self, connection: Any, stage: Stage) -> bool:
        """Take note of what a connection waits for; return whether it may go on: it has its seat, and nothing stops."""
        with self._changed:
            if connection not in self._taken:
                return False
            self._taken[connection] = _Seat(stage, monotonic())
            return not self._is_closing

    def begin_waiting(self) -> bool:
        """Count one that waits for what may come; return False, and count nothing, where too many do."""
        with self._changed:
            if self._waiting >= max(1, self._count * 3 // 4):
                return False
            self._waiting += 1
            return True

    def end_waiting(self) -> None:
        """Count it no more."""
        with self._changed:
            self._waiting -= 1

    def close(self) -> None:
        """End those that are idle; those in work are waited for, for a few seconds at most."""
        with self._changed:
            self._is_closing = True
            for connection, seat in self._taken.items():
                if seat.stage is Stage.IDLE:
                    shut(connection, socket.SHUT_RD)
            self._changed.wait_for(lambda: not self._taken, timeout=_PATIENCE)
            for connection in self._taken:
                shut(connection, socket.SHUT_RDWR)

    def _free_one(self) -> bool:
        waiting = [(seat, connection) for connection, seat in self._taken.items() if seat.stage is not Stage.WORKING]
        latest = monotonic() - self._patience
        late = [(seat, connection) for seat, connection in waiting if seat.since <= latest]
        if not late:
            return False
        _, connection = min(late, key=lambda one: one[0])
        del self._taken[connection]
        shut(connection, socket.SHUT_RDWR)  # its thread reads the end, and goes
        return True


class Wait:
    """What a request that waits asks its server: whether it may, and whether its client is there still."""

    def __init__(self, seats: Seats, connection: socket.socket) -> None:
        self._seats, self._connection = seats, connection
        self.is_refused = False

    @contextmanager
    def begun(self) -> Iterator[bool]:
        """Wait meanwhile; gives False where too many do."""
        if not self._seats.begin_waiting():
            self.is_refused = True
            yield False
            return
        try:
            yield True
        finally:
            self._seats.end_waiting()

    def has_gone(self) -> bool:
        """Whether the client has closed its side; what it has sent ahead is left for the next reading."""
        try:
            with DefaultSelector() as selector:  # a socket with a timeout waits for octets whatever it is told
                selector.register(self._connection, EVENT_READ)
                return bool(selector.select(0)) and not self._connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):  # ValueError: a socket that was closed meanwhile
            return True


class Paced(RawIOBase):
    """The octets of a connection, up to a moment: a socket's own timeout begins anew with each octet."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._end, self._pace = float("inf"), float("inf")

    def until(self, seconds: float, *, pace: float = float("inf")) -> None:
        """Read for so many seconds from now, and longer as octets come: `pace` is how many are worth a second."""
        self._end, self._pace = monotonic() + seconds, pace

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what has come. Raises TimeoutError at the end of the time, OSError as sockets do."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        self._connection.settimeout(None if left == float("inf") else left)
        count = self._connection.recv_into(buffer)
        self._end += count / self._pace
        return count


def shut(connection: Any, how: int) -> None:
    """Shut a connection down that may have gone."""
    with suppress(OSError):
        connection.shutdown(how)
