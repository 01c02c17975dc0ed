"""Relays that run, and transactions with them."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

import boto3
from botocore.config import Config

from sesmime.relay import Handler
from sesmime.relay.server import serve
from tests.servers import REGION

# Seconds after which a wait has failed; nothing is ever waited for as long.
PATIENCE = 20
SENDER, TO, BLIND = "joe@a.example", "c@d.example", "e@f.example"
MESSAGE = (
    b"From: Joe <joe@a.example>\r\n"
    b"To: Carol <c@d.example>\r\n"
    b"Bcc: e@f.example\r\n"
    b"Subject: Hi\r\n"
    b"X-SES-MESSAGE-TAGS: campaign=spring\r\n"
    b"X-SES-CONFIGURATION-SET: shop\r\n"
    b"\r\n"
    b"Hello\r\n"
)
# The same, less Bcc and the SES fields.
LIFTED = b"From: Joe <joe@a.example>\r\nTo: Carol <c@d.example>\r\nSubject: Hi\r\n\r\nHello\r\n"
REPEATED = LIFTED.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
TAGS = [{"Name": "campaign", "Value": "spring"}]


def client(name: Any, url: str) -> Any:
    """Return a client that asks once."""
    return boto3.client(
        name,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}),
    )


class Server:
    """A relay that runs in a thread of its own."""

    def __init__(self, handler: Handler, **options: Any) -> None:
        self._options = options
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = Future()
        self._threads = ThreadPoolExecutor(1)
        self._done = self._threads.submit(lambda: asyncio.run(self._serve(handler)))
        self._done.add_done_callback(self._give_up)
        self._loop, self._stop, address = self._ready.result(PATIENCE)
        self.port = int(address.rpartition(":")[2])

    async def _serve(self, handler: Handler) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(
            handler,
            "127.0.0.1",
            0,
            stop=stop,
            listening=lambda addresses: self._ready.set_result((loop, stop, addresses[0])),
            **self._options,
        )

    def _give_up(self, done: Future[None]) -> None:
        if not self._ready.done():
            self._ready.set_exception(done.exception() or RuntimeError("it did not listen"))

    def stop(self) -> None:
        with suppress(RuntimeError):  # it has ended, and its loop with it
            self._loop.call_soon_threadsafe(self._stop.set)

    def end(self) -> None:
        """Stop, and wait for the end."""
        self.stop()
        self._done.result(PATIENCE)
        self._threads.shutdown()

    def connect(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE)


@contextmanager
def running(handler: Handler, **options: Any) -> Iterator[Server]:
    """Return a relay, which has ended when the context does; the options are those of `serve`."""
    server = Server(handler, **options)
    try:
        yield server
    finally:
        server.end()


def transaction(connection: smtplib.SMTP, message: bytes, sender: str = SENDER, *recipients: str) -> tuple[int, str]:
    """Send one message over a connection; give the last reply."""
    assert connection.ehlo()[0] == 250
    replies = [connection.mail(sender)]
    replies += [connection.rcpt(one) for one in recipients or (TO, BLIND)]
    code, text = next((one for one in replies if one[0] != 250), None) or connection.data(message)
    return code, text.decode("ascii")


def deliver(server: Server, message: bytes = MESSAGE, sender: str = SENDER, *recipients: str) -> tuple[int, str]:
    """Send one message over a connection of its own; give the last reply."""
    with server.connect() as connection:
        return transaction(connection, message, sender, *recipients)


class Listening(Protocol):
    """A relay, in a thread or in processes."""

    port: int


class Plain:
    """A client that sends what it is told to, octet for octet."""

    def __init__(self, server: Listening) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.replies = self.socket.makefile("rb")
        assert self.reply() == 220

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> int:
        """Read the next reply; give its code, 0 where the connection has ended."""
        while line := self.replies.readline():
            if line[3:4] == b" ":
                return int(line[:3])
        return 0

    def ask(self, line: bytes) -> int:
        self.send(line + b"\r\n")
        return self.reply()

    def begin(self) -> None:
        """Go as far as the message itself."""
        codes = [
            self.ask(line) for line in (b"EHLO x", b"MAIL FROM:<joe@a.example>", b"RCPT TO:<c@d.example>", b"DATA")
        ]
        assert codes == [250, 250, 250, 354]

    def close(self) -> None:
        self.replies.close()
        self.socket.close()


def with_subject(subject: str) -> bytes:
    return LIFTED.replace(b"Subject: Hi", b"Subject: " + subject.encode())
