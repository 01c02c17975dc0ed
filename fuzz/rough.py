"""Clients that no server should suffer from: lines without end, floods, one octet a second, half a request.

Each function is one visit, of at most some seconds, and raises nothing for what the server does to it.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

ENDLESS: Final = 3_600_000
FLOOD: Final = 200
_TRANSACTION: Final = (b"EHLO x\r\n", b"MAIL FROM:<joe@a.example>\r\n", b"RCPT TO:<c@d.example>\r\n", b"DATA\r\n")


@contextmanager
def connected(port: int, *, seconds: float = 10) -> Iterator[socket.socket]:
    """Be a client; what the server does to it is not raised."""
    with suppress(OSError), socket.socket() as client:
        client.settimeout(seconds)
        with suppress(OSError):  # what is sent is then no more than that
            client.connect(("127.0.0.1", port))
        yield client


def reset(client: socket.socket) -> None:
    """Have the connection be reset when it is closed."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def endless_smtp(port: int, chance: random.Random) -> None:
    """Send a line without end: for a command, or in the message; then close or reset."""
    with connected(port) as client:
        for line in chance.choice([(), _TRANSACTION[:1], _TRANSACTION]):
            client.recv(4_096)
            client.sendall(line)
        client.sendall(b"x" * ENDLESS)
        if chance.random() < 0.5:
            reset(client)


def endless_http(port: int, chance: random.Random) -> None:
    """Send a request line, a field, or fields without end; then close or reset."""
    with connected(port) as client:
        begin, octets = chance.choice(
            [
                (b"GET /", b"x"),
                (b"POST / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x"),
                (b"GET / HTTP/1.1\r\n", b"A: b\r\n"),
            ]
        )
        client.sendall(begin)
        client.sendall(octets * (ENDLESS // len(octets)))
        if chance.random() < 0.5:
            reset(client)


def flood(port: int, chance: random.Random) -> None:
    """Open 200 connections, send something on half of them, hold them for a moment, and leave."""
    with ExitStack() as stack:
        for number in range(FLOOD):
            client = stack.enter_context(socket.socket())
            client.settimeout(0.5)
            with suppress(OSError):
                client.connect(("127.0.0.1", port))
                if number % 2:
                    client.sendall(chance.choice([b"EHLO x\r\n", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"x" * 9_999]))
                    if number % 4 == 1:
                        reset(client)
        time.sleep(chance.uniform(0, 1))


def full_lines(port: int, chance: random.Random) -> None:
    """Be 20 clients at once that each send 3.6 MB without a line end, as a flood does it."""
    with ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(socket.socket())
            client.settimeout(1)
            with suppress(OSError):
                client.connect(("127.0.0.1", port))
                client.sendall(b"x" * ENDLESS)
        if chance.random() < 0.5:
            time.sleep(0.2)


def slow_smtp(port: int, chance: random.Random, over: Callable[[float], bool]) -> None:
    """Send a transaction, one octet a second, until it is `over`."""
    with connected(port) as client:
        for octet in b"".join(_TRANSACTION):
            client.sendall(bytes([octet]))
            if over(1):
                break
        if chance.random() < 0.5:
            reset(client)


def slow_http(port: int, chance: random.Random, over: Callable[[float], bool]) -> None:
    """Send a request whose fields or body come one octet a second, until it is `over`."""
    with connected(port) as client:
        begin = b"POST /v2/email/outbound-emails HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n"
        client.sendall(
            begin + chance.choice([b"", b"Content-Length: 5000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
        )
        for octet in b"X-Slow: 0123456789\r\n" * 9:
            client.sendall(bytes([octet]))
            if over(1):
                break
        if chance.random() < 0.5:
            reset(client)
