"""An SMTP server for the relay, on aiosmtpd, which runs until it is told to stop.

handler = Handler(boto3.client("sesv2"))
asyncio.run(serve(handler, "127.0.0.1", 2525, stop=asyncio.Event()))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import WeakSet

from sesmime.relay import STOPPING, TOO_LONG, Handler, tell_refused
from sesmime.ses.envelope import one_address

# Longer lines are refused as they come in: up to here the linter judges them, and what is no signature is encoded anew.
_MAX_LINE: Final = 1 << 20
# Seconds in which a client that has been answered may say QUIT before a server that stops leaves it.
_FAREWELL: Final = 1.0
# As SES says it (dg/troubleshoot-smtp).
_TIMEOUT: Final = "451 Timeout waiting for data from client"


async def serve(
    handler: Handler,
    host: str,
    port: int,
    *,
    stop: asyncio.Event,
    listening: Callable[[Sequence[str]], None] = lambda addresses: None,
) -> None:
    """Run an SMTP server until `stop` is set; then take no more, finish the messages in work, and close.

    `listening` is told the addresses once connections are taken. The handler is closed in the end. Raises ImportError
    without aiosmtpd, OSError for an address that cannot be had.
    """
    smtp = smtp_class()
    connections: WeakSet[Any] = WeakSet()
    loop = asyncio.get_running_loop()

    def connection() -> Any:
        made = smtp(
            handler,
            hostname="localhost",  # DNS would be asked for it otherwise, at each connection
            loop=loop,
            **handler.options,
        )
        connections.add(made)
        return made

    waiting: list[asyncio.Future[None]] = []
    try:
        server = await loop.create_server(connection, host, port)
        listening([_shown_address(one.getsockname()) for one in server.sockets])
        await stop.wait()
        server.close()
        waiting += [one.lost for one in connections if one.is_in_work]
    finally:
        await asyncio.to_thread(handler.close)
    # Those who have just been answered say QUIT and go; the others know by 421 that their message is still theirs.
    if waiting:
        await asyncio.wait(waiting, timeout=_FAREWELL)
    for one in connections:
        transport = one.transport
        if transport is not None and not transport.is_closing():
            transport.write(f"{STOPPING}\r\n".encode("ascii"))
            transport.close() if transport.get_write_buffer_size() == 0 else transport.abort()
    await server.wait_closed()


def smtp_class() -> Any:
    """Return aiosmtpd's SMTP, made to take what SES takes. Raises ImportError without aiosmtpd."""
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError as error:
        raise ImportError("the relay needs aiosmtpd: pip install 'sesmime[relay]'") from error

    class RelayedSMTP(SMTP):
        """aiosmtpd's SMTP, with longer lines, addresses as they stand, and more patience."""

        line_length_limit = _MAX_LINE

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.lost: asyncio.Future[None] = self.loop.create_future()

        @property
        def is_in_work(self) -> bool:
            """Whether a message has been received that is not answered yet."""
            return self.envelope is not None and self.envelope.content is not None

        def connection_lost(self, error: Exception | None) -> None:
            """Let know that the client has gone."""
            super().connection_lost(error)
            if not self.lost.done():
                self.lost.set_result(None)

        def data_received(self, data: bytes) -> None:
            """Wait anew: aiosmtpd gives a client five minutes from DATA to the end of the message."""
            self._reset_timeout()
            super().data_received(data)

        def _timeout_cb(self) -> None:
            """Leave a client that has sent nothing for long, but none that waits for the API."""
            if self.is_in_work:
                self._reset_timeout()
                return
            transport: Any = self.transport
            transport.write(f"{_TIMEOUT}\r\n".encode("ascii"))
            transport.close()

        async def push(self, status: Any) -> None:
            """Answer in SES's words, and tell of it, where aiosmtpd refuses a message for its size."""
            if str(status).startswith("552"):
                status = TOO_LONG
                assert self.session is not None
                assert self.envelope is not None
                sender = self.envelope.mail_from  # None where MAIL FROM itself gave the size
                tell_refused(self.session, "MAIL FROM with SIZE" if sender is None else f"<{sender}>", status)
            await super().push(status)

        def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
            """Part a path of RFC 5321 section 4.1.2 from its parameters; aiosmtpd's own decodes encoded words in it."""
            return _path(arg)

    return RelayedSMTP


def _path(text: str) -> tuple[str | None, str | None]:
    r"""Return the address of MAIL or RCPT as it stands, and the parameters; two None for what is no path.

    >>> _path("<joe@a.example> SIZE=9"), _path("<@x.example:joe@a.example>"), _path("<>"), _path("<joe@a.example")
    (('joe@a.example', 'SIZE=9'), ('joe@a.example', ''), ('<>', ''), (None, None))
    """
    if text.startswith("<"):
        # A quoted > is possible, and refused by SES.
        address, bracket, rest = text[1:].partition(">")
        if not bracket or not (rest == "" or rest.startswith(" ")):
            return None, None
        if address.startswith("@"):  # a source route, to be ignored (appendix C)
            address = address.partition(":")[2]
    else:
        address, _, rest = text.partition(" ")
    if address and one_address(address) not in (address, None):  # a display name, a comment
        return None, None
    return address or "<>", rest.strip()


def _shown_address(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
