"""SES by SMTP: EHLO, STARTTLS, AUTH, the envelope, X-SES- fields, and SES's replies (dg/troubleshoot-smtp)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final

from sesmime.local.answers import Refusal
from sesmime.local.desk import Desk
from sesmime.local.inbox import NotKept
from sesmime.local.taking import Handed, take
from sesmime.relay import STOPPING, TOO_LONG, envelope_fault, reply_line
from sesmime.relay.limits import Limits, Room
from sesmime.relay.server import smtp_class
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters, Destination

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_LOG: Final = logging.getLogger("sesmime.local")
_MAX_CONNECTIONS: Final = 100
_TOO_MANY: Final = b"421 Too many concurrent SMTP connections\r\n"  # dg/troubleshoot-smtp
_TIMEOUT_REPLY: Final = b"451 Timeout waiting for data from client\r\n"  # dg/troubleshoot-smtp
_MAX_TRANSACTION: Final = 1_000  # recipients
_REPLIES: Final = {
    "MessageRejected": "554 Message rejected: ",
    "Throttling": "454 Throttling failure: ",
    "AccountSendingPausedException": "554 ",
}
_TIMEOUT: Final = 300  # seconds: RFC 5321 section 4.5.3.2


class SmtpHandler:
    """What aiosmtpd asks: each message is a submission by SMTP of the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.is_closed = False

    async def handle_MAIL(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM: the null sender and what is no address are refused at once."""
        if self.is_closed:
            return STOPPING
        if self._desk.options.smtp_login is not None and not session.authenticated:
            return "530 Authentication required"
        address = "" if address == "<>" else address
        fault = envelope_fault(ApiParameters(source=address))
        if fault is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return fault or "250 Ok"

    async def handle_RCPT(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        fault = envelope_fault(ApiParameters(destination=Destination((address,))))
        if fault is None and len(envelope.rcpt_tos) >= _MAX_TRANSACTION:
            fault = f"452 Too many recipients: {_MAX_TRANSACTION} a message"
        if fault is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return fault or "250 Ok"

    async def handle_DATA(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer the end of DATA."""
        if self.is_closed:
            return STOPPING
        content = envelope.content
        assert isinstance(content, bytes)
        peer = str(session.peer[0]) if isinstance(session.peer, tuple) else "127.0.0.1"
        return await asyncio.to_thread(self.submit, content, envelope.mail_from or "", tuple(envelope.rcpt_tos), peer)

    def submit(self, message: bytes, sender: str, recipients: tuple[str, ...], peer: str = "127.0.0.1") -> str:
        """Hand a message over and return SES's reply."""
        parameters = ApiParameters(source=sender, destination=Destination(recipients))
        submission = Submission(message, parameters, Interface.SMTP)
        request = {"MAIL FROM": sender, "RCPT TO": list(recipients)}
        region = self._desk.state.region(self._desk.options.smtp_region)
        handed = Handed(submission=submission, message=message, request=request, source_ip=peer)
        try:
            kept = take(self._desk, region, handed)
        except Refusal as refusal:
            return reply_line(
                refusal.smtp_reply or _REPLIES.get(refusal.code, "554 Transaction failed: ") + refusal.text
            )
        except NotKept as error:
            _LOG.error("a message was not taken, the store cannot be written: %s", error)
            return "451 Temporary service failure"
        except Exception:  # noqa: BLE001 a fault of ours: the message is still the client's
            _LOG.exception("a message by SMTP could not be taken")
            return "451 Temporary service failure"
        return f"250 Ok {kept.message_id}"


class SmtpServer:
    """An SMTP server in a thread of its own."""

    def __init__(self, desk: Desk, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._handler = SmtpHandler(desk)
        self._desk = desk
        self._host, self._port, self._tls = host, port, tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sesmime-smtp", daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[Any] = set()
        self._room = Room(Limits(octets=desk.options.max_in_work))

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        assert self._server is not None, "the server has not started"
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to listen. Raises OSError for an address that cannot be had, ImportError without aiosmtpd."""
        make = self._maker()
        self._thread.start()
        try:
            listening = asyncio.run_coroutine_threadsafe(self._listen(make), self._loop)
            self._server = listening.result()
        except BaseException:
            self._end_loop()
            raise

    def stop(self) -> None:
        """Take no more; leave those who are connected."""
        self._handler.is_closed = True
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=10)
        self._end_loop()

    async def _listen(self, make: Any) -> asyncio.Server:
        return await self._loop.create_server(make, self._host, self._port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None and not connection.transport.is_closing():
                connection.transport.write(f"{STOPPING}\r\n".encode("ascii"))
                connection.transport.close()
        await asyncio.sleep(0.05)  # what was written goes out, and tasks end

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        if not self._loop.is_running():
            self._loop.close()

    def _maker(self) -> Any:
        from aiosmtpd.smtp import AuthResult, LoginPassword

        base: Any = smtp_class()
        desk, connections = self._desk, self._connections

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            if not isinstance(data, LoginPassword):
                return AuthResult(success=False, handled=False)
            wanted = desk.options.smtp_login
            given = (data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace"))
            success = wanted is None or all(map(_equal, given, wanted))
            return AuthResult(success=success, handled=success, auth_data=given[0])

        class Connection(base):  # type: ignore[misc]
            """One connection, known as long as it lasts; one too many is told so, or has the place of one that waits.

            `waits_since` is when its client was last answered: one that sends an octet now and then waits too.
            """

            is_let_in = False

            def connection_made(self, transport: Any) -> None:
                # After STARTTLS it is in already.
                if not self.is_let_in and len(connections) >= _MAX_CONNECTIONS and not free_one():
                    transport.write(_TOO_MANY)
                    transport.close()
                    return
                super().connection_made(transport)
                self.is_let_in = True
                self.waits_since = self.loop.time()
                connections.add(self)

            def data_received(self, data: bytes) -> None:
                if self.is_let_in:
                    super().data_received(data)

            def eof_received(self) -> bool | None:
                return bool(super().eof_received()) if self.is_let_in else None

            def connection_lost(self, error: Exception | None) -> None:
                if self.is_let_in:
                    super().connection_lost(error)
                    connections.discard(self)

            async def push(self, status: Any) -> None:
                """Answer in SES's words where aiosmtpd refuses."""
                await super().push(_in_words_of_ses(status))
                self.waits_since = self.loop.time()

        def free_one() -> bool:
            latest = self._loop.time() - desk.options.patience
            late = [one for one in connections if one.waits_since <= latest and not one.is_in_work]
            if not late:
                return False
            slowest = min(late, key=lambda one: one.waits_since)
            connections.discard(slowest)
            slowest.transport.write(_TIMEOUT_REPLY)
            slowest.transport.abort() if slowest.transport.get_write_buffer_size() else slowest.transport.close()
            return True

        def connection() -> Any:
            return Connection(
                self._handler,
                hostname="localhost",
                loop=self._loop,
                ident="sesmime local SES",
                decode_data=False,
                enable_SMTPUTF8=False,
                data_size_limit=Interface.SMTP.row.max_size,
                tls_context=self._tls,
                auth_required=False,
                auth_require_tls=False,
                authenticator=authenticate,
                timeout=_TIMEOUT,
                room=self._room,
            )

        return connection


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _in_words_of_ses(status: Any) -> Any:
    text = str(status)
    if text.startswith("552"):
        return TOO_LONG
    if text.startswith("535"):
        return "535 Authentication Credentials Invalid"
    return status
