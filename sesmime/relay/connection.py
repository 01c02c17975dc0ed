"""One SMTP connection: aiosmtpd's SMTP, made to take what SES takes and to hold no more than it needs.

What aiosmtpd does otherwise: a message's lines are gathered one by one, and a line without an end without a bound; a
connection that has ended stays, with its buffers, until the collector finds its cycles; a timer is made anew for each
command; AUTH is checked in the loop, and only after STARTTLS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sesmime.relay.access import EVERYBODY, Access
from sesmime.relay.answers import TOO_LONG
from sesmime.relay.limits import NO_MEMORY, Limits, Room
from sesmime.relay.telling import tell_refused
from sesmime.ses.envelope import one_address

if TYPE_CHECKING:
    from aiosmtpd.smtp import AuthResult

# Commands are shorter, and a message is read in pieces of this size; twice as much is buffered.
_BUFFER: Final = 1 << 16
# Longer lines are refused: up to here the linter judges them, and what is no signature is encoded anew.
_MAX_LINE: Final = 1 << 20
_LINE_TOO_LONG: Final = "500 Line too long (see RFC5321 4.5.3.1.6)"
_END: Final = b"\r\n.\r\n"
# As SES says it (dg/troubleshoot-smtp).
_TIMEOUT: Final = "451 Timeout waiting for data from client"
_MAX_WRONG_PASSWORDS: Final = 3
_NO_AUTH: Final = "502 5.5.1 Authentication is not available"
_TLS_FOR_AUTH: Final = "538 5.7.11 Encryption required for requested authentication mechanism"
_WRONG_TOO_OFTEN: Final = "421 4.7.0 Too many wrong passwords"
_WRONG: Final = "535 5.7.8 Authentication credentials invalid"


def smtp_class() -> Any:
    """Return aiosmtpd's SMTP, made to take what SES takes. Raises ImportError without aiosmtpd."""
    try:
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
    except ImportError as error:
        raise ImportError("the relay needs aiosmtpd: pip install 'sesmime[relay]'") from error

    base: Any = SMTP

    class RelayedSMTP(base):  # type: ignore[misc]
        """aiosmtpd's SMTP, with longer lines, addresses as they stand, and more patience.

        `access` says who may log in, `room` how much is taken at once. The session has `user`, the name of who has
        logged in or None, and `has_tls`.
        """

        line_length_limit = _BUFFER
        _reader: Any
        _writer: Any
        _handler_coroutine: Any
        _timeout_handle: Any
        _tls_protocol: Any
        _original_transport: Any
        _client_connected_cb: Any
        _closed: Any
        envelope: Any
        transport: Any

        def __init__(
            self, *arguments: Any, access: Access | None = None, room: Room | None = None, **options: Any
        ) -> None:
            # Who may log in is decided below; without `access` all of AUTH is aiosmtpd's own.
            self._access = access or EVERYBODY
            if access is not None:
                options |= {"auth_require_tls": False, "authenticator": _captured}
            super().__init__(*arguments, **options)
            if access is not None:
                self._handle_hooks["EHLO"] = self._greet
                self._ehlo_hook_ver = "new"
            self.lost: asyncio.Future[None] = self.loop.create_future()
            self._has_own_auth = access is None
            self._room = room or Room(Limits(octets=1 << 62))
            self._held = 0
            self._wrong_passwords = 0
            self._heard = self.loop.time()

        @property
        def is_in_work(self) -> bool:
            """Whether a message has been received that is not answered yet."""
            return self.envelope is not None and self.envelope.content is not None

        @property
        def has_tls(self) -> bool:
            """Whether the connection is encrypted."""
            return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

        # The connection

        def connection_made(self, transport: Any) -> None:
            """Begin, or begin anew under TLS, where nobody has logged in."""
            super().connection_made(transport)
            self.session.user, self.session.has_tls = None, self.has_tls

        def connection_lost(self, error: Exception | None) -> None:
            """Let know that the client has gone, and let go of everything once the task has ended."""
            if self.lost.done():  # aiosmtpd calls this itself where STARTTLS has failed
                return
            super().connection_lost(error)
            self.lost.set_result(None)
            self._handler_coroutine.add_done_callback(self._let_go)

        def eof_received(self) -> bool | None:
            """End with the client; after the end there is nothing to end."""
            return None if self._handler_coroutine is None else super().eof_received()

        def _let_go(self, task: asyncio.Task[None]) -> None:
            """Break the cycles by which a connection that has ended would stay until it is collected."""
            for future in (task, self._closed):  # a client that has gone: nobody asks for it
                if future.done() and not future.cancelled() and (fault := future.exception()) is not None:
                    fault.__traceback__ = fault.__context__ = None
            self._closed = None  # it keeps the traceback, and with that this connection
            self._release()
            for methods in (self._smtp_methods, self._handle_hooks, self._auth_methods):
                methods.clear()
            self._reader._buffer.clear()
            self._reader = self._writer = self._handler_coroutine = self._timeout_handle = None
            self._tls_protocol = self._original_transport = self._client_connected_cb = None
            self.envelope = None

        def data_received(self, data: bytes) -> None:
            """Wait anew: aiosmtpd gives a client five minutes from DATA to the end of the message."""
            self._heard = self.loop.time()
            super().data_received(data)

        def _reset_timeout(self, duration: float | None = None) -> None:
            """Wait anew; one timer serves the connection."""
            self._heard = self.loop.time()
            if self._timeout_handle is None:
                self._timeout_handle = self.loop.call_later(self._timeout_duration, self._timeout_cb)

        def _timeout_cb(self) -> None:
            """Leave a client that has sent nothing for long, but none that waits for the API."""
            left = self._heard + self._timeout_duration - self.loop.time()
            if self.is_in_work:
                left = self._timeout_duration
            if left > 0:
                self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
                return
            self.transport.write(f"{_TIMEOUT}\r\n".encode("ascii"))
            self.transport.close()

        # The message

        async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802, the name is aiosmtpd's
            """Read a message, have the handler take it, and answer."""
            if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
                return
            if not self.envelope.rcpt_tos:
                await self.push("503 Error: need RCPT command")
                return
            if arg:
                await self.push("501 Syntax: DATA")
                return
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await self._message()
            if isinstance(content, str):
                if content == NO_MEMORY:
                    tell_refused(self.session, f"<{self.envelope.mail_from}>", content)
                await self.push(content)
                self._set_post_data_state()
                return
            self.envelope.content = self.envelope.original_content = content
            del content
            status = await self._call_handler_hook("DATA")
            self._release()
            self._set_post_data_state()
            await self.push(status)

        async def _message(self) -> bytes | str:
            """Return a message as it was meant, or the reply to one that is too much; that is read to its end."""
            reader = self._reader
            reader._buffer[:0] = b"\r\n"  # an empty message ends as every other
            pieces: list[bytes] = []
            size, fault = 0, ""
            is_whole = False
            while not is_whole:
                try:
                    piece = await reader.readuntil(_END)
                    is_whole = True
                except asyncio.LimitOverrunError as error:
                    piece = await reader.read(error.consumed)
                size += len(piece)
                if not fault and self.data_size_limit and size - len(_END) > self.data_size_limit:
                    fault = TOO_LONG
                elif not fault and not self._room.hold(len(piece)):
                    fault = NO_MEMORY
                elif not fault:
                    self._held += len(piece)
                    pieces.append(piece)
                if fault and pieces:
                    pieces.clear()
                    self._release()
            if fault:
                return fault
            message = b"".join(pieces)[: 2 - len(_END)]
            # RFC 5321 section 4.5.2.
            message = (message.replace(b"\r\n.", b"\r\n") if b"\r\n." in message else message)[2:]
            if len(message) > _MAX_LINE and max(map(len, message.split(b"\r\n"))) > _MAX_LINE:
                return _LINE_TOO_LONG
            return message

        def _release(self) -> None:
            self._room.release(self._held)
            self._held = 0

        # Commands

        async def _greet(self, server: Any, session: Any, envelope: Any, name: str, lines: list[str]) -> list[str]:
            """Answer EHLO: AUTH where somebody could log in now, and that commands may come in one piece."""
            session.host_name = name
            said = [line for line in lines if not line.startswith("250-AUTH")]
            can_log_in = self._access.users is not None and (self.has_tls or self._access.plain_auth)
            said[1:1] = ["250-PIPELINING", *(["250-AUTH PLAIN LOGIN"] if can_log_in else [])]
            return said

        async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802, the name is aiosmtpd's
            """Log somebody in, or say why not; names of mechanisms are of any case (RFC 4422 section 3.1)."""
            if self._has_own_auth:
                await super().smtp_AUTH(arg)
            elif not (self.has_tls or self._access.plain_auth):
                await self.push(_TLS_FOR_AUTH)
            elif self._access.users is None:
                await self.push(_NO_AUTH)
            else:
                mechanism, blank, rest = (arg or "").partition(" ")
                await super().smtp_AUTH(mechanism.upper() + blank + rest)

        async def auth_PLAIN(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802, the name is aiosmtpd's
            """Check a name and a password."""
            return await self._checked(await super().auth_PLAIN(server, args))

        async def auth_LOGIN(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802, the name is aiosmtpd's
            """Check a name and a password."""
            return await self._checked(await super().auth_LOGIN(server, args))

        async def _checked(self, result: AuthResult) -> AuthResult:
            """Check what a client has given, away from the loop: a hash takes its time."""
            given = result.auth_data
            if self._access.users is None or not (result.success and isinstance(given, LoginPassword)):
                return result
            if await asyncio.to_thread(self._access.users().has, given.login, given.password):
                self.session.user = given.login.decode("utf-8", "replace")
                return AuthResult(success=True, auth_data=given)
            self._wrong_passwords += 1
            tell_refused(self.session, f"AUTH of {given.login.decode('utf-8', 'replace')}", _WRONG)
            if self._wrong_passwords < _MAX_WRONG_PASSWORDS:
                return AuthResult(success=False, handled=False, message=_WRONG)
            await self.push(_WRONG_TOO_OFTEN)
            self.transport.close()
            return AuthResult(success=False, handled=True)

        async def push(self, status: Any) -> None:
            """Answer in SES's words, and tell of it, where aiosmtpd refuses a message for its size."""
            if str(status).startswith("552"):
                status = TOO_LONG
                sender = self.envelope.mail_from  # None where MAIL FROM itself gave the size
                tell_refused(self.session, "MAIL FROM with SIZE" if sender is None else f"<{sender}>", status)
            await super().push(status)

        def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
            """Part a path of RFC 5321 section 4.1.2 from its parameters; aiosmtpd's own decodes encoded words in it."""
            return _path(arg)

    def _captured(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        """Take what a client has given; `_checked` decides."""
        return AuthResult(success=True, auth_data=given)

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


class Door(asyncio.Protocol):
    """The first protocol of a connection: counts it, begins TLS at once where that is wanted, and lets SMTP begin."""

    def __init__(
        self, make: Any, *, access: Access, room: Room, context: Any = None, turned_away: Callable[[str], None]
    ) -> None:
        self._make, self._access, self._room, self._context = make, access, room, context
        self._turned_away = turned_away
        self._host: str | None = None
        self._early: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        """Let in, or say why not."""
        peer = transport.get_extra_info("peername")
        host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        fault = self._access.client_fault(host) or self._room.enter(host)
        if fault is not None:
            self._turned_away(fault)
            if self._context is None:
                transport.write(f"{fault}\r\n".encode("ascii"))
            transport.close()
            return
        self._host = host
        if self._context is None:
            self._begin(transport)
        else:
            self._task = asyncio.get_running_loop().create_task(self._begin_tls(transport))

    def data_received(self, data: bytes) -> None:
        """Keep what comes between the handshake and the greeting."""
        if self._host is not None and sum(map(len, self._early)) < _BUFFER:
            self._early.append(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it no more: it has ended before SMTP began."""
        self._leave()

    def _leave(self) -> None:
        if self._host is not None:
            self._room.leave(self._host)
            self._host = None

    def _begin(self, transport: Any) -> None:
        smtp = self._make()
        transport.set_protocol(smtp)
        smtp.connection_made(transport)
        smtp.lost.add_done_callback(lambda _: self._leave())
        for data in self._early:
            smtp.data_received(data)
        self._early.clear()

    async def _begin_tls(self, transport: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            encrypted = await loop.start_tls(
                transport, self, self._context, server_side=True, ssl_handshake_timeout=_HANDSHAKE
            )
        except OSError:  # no TLS, or not in time
            encrypted = None
        if encrypted is None:
            transport.close()
            self._leave()
        else:
            self._begin(encrypted)


_HANDSHAKE: Final = 15.0  # seconds
