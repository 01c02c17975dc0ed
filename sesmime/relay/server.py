"""An SMTP server for the relay, on aiosmtpd, which runs until it is told to stop.

handler = Handler(boto3.client("sesv2"))
asyncio.run(serve(handler, "127.0.0.1", 2525, stop=asyncio.Event()))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from sesmime.relay.answers import STOPPING
from sesmime.relay.connection import Door, smtp_class
from sesmime.relay.handler import Handler
from sesmime.relay.limits import Limits, Room
from sesmime.relay.tls import Tls

__all__ = ["Limits", "Room", "Tls", "serve", "smtp_class"]

# Seconds in which a client that has been answered may say QUIT before a server that stops leaves it.
_FAREWELL: Final = 1.0
# Connections that the system keeps until they are taken.
BACKLOG: Final = 512


class Connections:
    """The connections that there are: makes their protocols, and ends them."""

    def __init__(self, handler: Handler, *, tls: Tls | None, room: Room) -> None:
        self._handler, self._tls, self._room = handler, tls, room
        self._smtp = smtp_class()
        self._open: set[Any] = set()
        self._loop = asyncio.get_running_loop()
        self._is_implicit = tls is not None and tls.implicit

    def door(self, room: Room | None = None) -> Door:
        """Return the first protocol of a connection; `room` is where that one is counted, if not with all others."""
        context = self._tls.context if self._tls is not None and self._is_implicit else None
        return Door(
            self._connection,
            access=self._handler.access,
            room=room or self._room,
            context=context,
            turned_away=self._handler.watch.turned_away,
        )

    def _connection(self) -> Any:
        made = self._smtp(
            self._handler,
            hostname="localhost",  # DNS would be asked for it otherwise, at each connection
            loop=self._loop,
            access=self._handler.access,
            room=self._room,
            tls_context=self._tls.context if self._tls is not None and not self._is_implicit else None,
            **self._handler.options,
        )
        self._open.add(made)
        self._handler.watch.connected()
        made.lost.add_done_callback(lambda _: self._open.discard(made))
        made.lost.add_done_callback(lambda _: self._handler.watch.disconnected())
        return made

    async def finish(self) -> None:
        """Finish the messages in work, and close the handler and all connections."""
        waiting = [one.lost for one in self._open if one.is_in_work]
        await asyncio.to_thread(self._handler.close)
        # Those who have just been answered say QUIT and go; the others know by 421 that their message is still theirs.
        if waiting:
            await asyncio.wait(waiting, timeout=_FAREWELL)
        for one in list(self._open):
            transport = one.transport
            if transport is not None and not transport.is_closing():
                transport.write(f"{STOPPING}\r\n".encode("ascii"))
                transport.close() if transport.get_write_buffer_size() == 0 else transport.abort()


async def serve(
    handler: Handler,
    host: str,
    port: int,
    *,
    stop: asyncio.Event,
    listening: Callable[[Sequence[str]], None] = lambda addresses: None,
    tls: Tls | None = None,
    room: Room | None = None,
) -> None:
    """Run an SMTP server until `stop` is set; then take no more, finish the messages in work, and close.

    Who may send is what the handler's `access` says; with `tls` clients may encrypt, and AUTH is offered then. `room`
    bounds connections and memory. `listening` is told the addresses once connections are taken. The handler is closed
    in the end. Raises ImportError without aiosmtpd, OSError for an address that cannot be had.
    """
    connections = Connections(handler, tls=tls, room=Room(Limits()) if room is None else room)
    try:
        server = await asyncio.get_running_loop().create_server(connections.door, host, port, backlog=BACKLOG)
        listening([shown_address(one.getsockname()) for one in server.sockets])
        await stop.wait()
        server.close()
    finally:
        await connections.finish()
    await server.wait_closed()


def shown_address(address: Any) -> str:
    """Return host and port."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
