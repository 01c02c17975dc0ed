"""Connections taken by one process and given to others.

The parent listens, lets in or says why not, and gives the socket away before a word has been said; so greeting, TLS
and all else are the business of the process that gets it. A socket goes over a pair of sockets with its number, eight
octets, by which it is told of when it has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Final

from sesmime.relay.access import Access
from sesmime.relay.handler import Handler
from sesmime.relay.limits import Room
from sesmime.relay.server import BACKLOG, Connections, shown_address
from sesmime.relay.telling import tell_notice
from sesmime.relay.tls import Tls

NOBODY: Final = "421 4.3.2 Service is starting again, try again later"
# The octets of a number.
_NUMBER: Final = 8
# Connections that are taken before anything else is looked at.
_AT_ONCE: Final = 100
# Seconds until connections are taken again, where the system has no more files or memory.
_PAUSE: Final = 1.0
_SHORT_OF: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


def can_give_away() -> bool:
    """Whether this system can give a connection to another process, and lock what they share."""
    try:
        import fcntl
    except ImportError:
        return False
    return hasattr(socket, "send_fds") and hasattr(fcntl, "lockf")


async def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen, on all addresses of a host. Raises OSError for an address that cannot be had."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, host, port, backlog=BACKLOG, start_serving=False)
    sockets = [one.dup() for one in server.sockets]
    server.close()
    try:
        for one in sockets:
            one.setblocking(False)
            one.listen(BACKLOG)
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


class Entrance:
    """Takes connections of sockets that listen, and has them given away by `give`, which says whether it could.

    A connection that is refused hears why, unless its client waits for TLS (`is_silent`).
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        *,
        access: Access,
        room: Room,
        give: Callable[[socket.socket, str], bool],
        turned_away: Callable[[str], None],
        is_silent: bool,
    ) -> None:
        self._sockets, self._access, self._room = sockets, access, room
        self._give, self._turned_away, self._is_silent = give, turned_away, is_silent
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    @property
    def addresses(self) -> list[str]:
        """Where it is."""
        return [shown_address(one.getsockname()) for one in self._sockets]

    def open(self) -> None:
        """Take connections from now on."""
        for one in self._sockets:
            self._attend(one)

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True
        for one in self._sockets:
            self._loop.remove_reader(one)
            one.close()

    def _attend(self, listening: socket.socket) -> None:
        if not self._is_closed:
            self._loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _SHORT_OF:
                    raise
                tell_notice(f"no connection can be taken: {error.strerror}", logging.ERROR)
                self._loop.remove_reader(listening)
                self._loop.call_later(_PAUSE, self._attend, listening)
                return
            with connection:
                self._let_in(connection, str(address[0]))

    def _let_in(self, connection: socket.socket, host: str) -> None:
        fault = self._access.client_fault(host) or self._room.enter(host)
        if fault is None:
            if self._give(connection, host):
                return
            self._room.leave(host)
            fault = NOBODY
        self._turned_away(fault)
        if not self._is_silent:
            connection.setblocking(False)
            with contextlib.suppress(OSError):  # it has gone
                connection.send(f"{fault}\r\n".encode("ascii"))


def give_away(way: socket.socket, connection: socket.socket, number: int) -> bool:
    """Give a connection to the process at the other end; False where that has gone, or takes none now."""
    try:
        socket.send_fds(way, [number.to_bytes(_NUMBER, "big")], [connection.fileno()], socket.MSG_DONTWAIT)
    except OSError:
        return False
    return True


class _Passing(Room):
    """The room of one connection: tells when it has ended."""

    def __init__(self, room: Room, gone: Callable[[], None]) -> None:
        super().__init__(room.limits)
        self._gone = gone

    def leave(self, host: str) -> None:
        self._gone()


async def serve_given(
    handler: Handler,
    way: socket.socket,
    *,
    stop: asyncio.Event,
    tls: Tls | None,
    room: Room,
    gone: Callable[[int], None],
) -> None:
    """Serve the connections that come until `stop` is set; then finish the messages in work, and close.

    `room` bounds memory; `gone` is told the numbers of the connections that have ended. The handler is closed in the
    end.
    """
    connections = Connections(handler, tls=tls, room=room)
    loop = asyncio.get_running_loop()
    there: set[int] = set()
    tasks: set[asyncio.Task[None]] = set()

    def end(number: int) -> None:
        if number in there:
            there.discard(number)
            gone(number)

    async def begin(connection: socket.socket, number: int) -> None:
        passing = _Passing(room, lambda: end(number))
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: connections.door(passing), connection)
        except OSError:
            connection.close()
            end(number)
        else:
            if transport.is_closing():  # it was not let in
                end(number)

    def take() -> None:
        while True:
            try:
                octets, files, _, _ = socket.recv_fds(way, _NUMBER, 1)
            except BlockingIOError:
                return
            except OSError:
                octets = b""
            if not octets:
                loop.remove_reader(way)
                return
            number = int.from_bytes(octets, "big")
            there.add(number)
            if not files:  # this process has as many as it may
                end(number)
            for file in files:
                task = loop.create_task(begin(socket.socket(fileno=file), number))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    way.setblocking(False)
    loop.add_reader(way, take)
    try:
        await stop.wait()
    finally:
        take()  # what was given away before the parent took no more
        loop.remove_reader(way)
        if tasks:
            await asyncio.wait(tasks)
        await connections.finish()
