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
_BACKLOG: Final = 512


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
    smtp = smtp_class()
    room = Room(Limits()) if room is None else room
    connections: set[Any] = set()
    loop = asyncio.get_running_loop()
    implicit = tls is not None and tls.implicit

    def connection() -> Any:
        made = smtp(
            handler,
            hostname="localhost",  # DNS would be asked for it otherwise, at each connection
            loop=loop,
            access=handler.access,
            room=room,
            tls_context=tls.context if tls is not None and not implicit else None,
            **handler.options,
        )
        connections.add(made)
        handler.watch.connected()
        made.lost.add_done_callback(lambda _: connections.discard(made))
        made.lost.add_done_callback(lambda _: handler.watch.disconnected())
        return made

    def door() -> Door:
        return Door(
            connection,
            access=handler.access,
            room=room,
            context=tls.context if tls is not None and implicit else None,
            turned_away=handler.watch.turned_away,
        )

    waiting: list[asyncio.Future[None]] = []
    try:
        server = await loop.create_server(door, host, port, backlog=_BACKLOG)
        listening([_shown_address(one.getsockname()) for one in server.sockets])
        await stop.wait()
        server.close()
        waiting += [one.lost for one in connections if one.is_in_work]
    finally:
        await asyncio.to_thread(handler.close)
    # Those who have just been answered say QUIT and go; the others know by 421 that their message is still theirs.
    if waiting:
        await asyncio.wait(waiting, timeout=_FAREWELL)
    for one in list(connections):
        transport = one.transport
        if transport is not None and not transport.is_closing():
            transport.write(f"{STOPPING}\r\n".encode("ascii"))
            transport.close() if transport.get_write_buffer_size() == 0 else transport.abort()
    await server.wait_closed()


def _shown_address(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
