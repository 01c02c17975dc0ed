"""The relay under load: `python -m benchmarks.relay [--messages 6000] [--delay 80] [--size 2000] [-- OPTION...]`.

An API of SES that answers after a delay, the command `sesmime relay` with its default settings (`--processes N` and
`--spool` set those two, options after `--` any), and clients that send one message after another, each over a
connection of its own, which they keep unless `--per-connection` says otherwise. Prints the rate, the latencies, the
processor time and the memory of all the relay's processes, how busy the machine was, and what was not accepted. Ends
with 1 where a message was not taken exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.local_ses import message_of, processor_seconds, resident

_ANSWER: Final = (
    b'<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult><MessageId>'
    b"0100019313f1d0e5-6e0f1b2c-3d4e-4f5a-8b9c-0d1e2f3a4b5c-%06d</MessageId></SendRawEmailResult><ResponseMetadata>"
    b"<RequestId>d0e5f1b2</RequestId></ResponseMetadata></SendRawEmailResponse>"
)
_SENT_V2: Final = b'{"MessageId": "0100019313f1d0e5-6e0f1b2c-3d4e-4f5a-8b9c-0d1e2f3a4b5c-%06d"}'
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class SlowApi:
    """An HTTP server that takes every request and answers after a delay."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._count = 0

    async def run(self) -> None:
        """Tell the port, and answer until the process is ended."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                await asyncio.sleep(self._delay)
                self._count += 1
                body = (_SENT_V2 if head.startswith(b"POST /v2") else _ANSWER) % self._count
                kind = b"application/json" if head.startswith(b"POST /v2") else b"text/xml"
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Load:
    """Clients that share a number of messages."""

    def __init__(self, port: int, *, message: bytes, messages: int, per_connection: int) -> None:
        self._port, self._message, self._per_connection = port, message, per_connection
        self._left = iter(range(messages))
        self.latencies: list[float] = []
        self.identifiers: list[bytes] = []
        self.refused: list[bytes] = []

    async def run(self, connections: int) -> None:
        """Send them all."""
        await asyncio.gather(*(self._client() for _ in range(connections)))

    async def _client(self) -> None:
        stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        sent = 0
        for _ in self._left:
            started = time.monotonic()
            if stream is None:
                stream = await asyncio.open_connection("127.0.0.1", self._port)
                await stream[0].readline()
                await self._ask(stream, b"EHLO client.example\r\n")
                sent = 0
            await self._ask(stream, b"MAIL FROM:<shop@b.example>\r\n")
            await self._ask(stream, b"RCPT TO:<joe@d.example>\r\n")
            await self._ask(stream, b"DATA\r\n")
            reply = await self._ask(stream, self._message + b".\r\n")
            self.latencies.append(time.monotonic() - started)
            (self.identifiers if reply.startswith(b"250") else self.refused).append(reply)
            sent += 1
            if sent == self._per_connection:
                await self._ask(stream, b"QUIT\r\n")
                stream[1].close()
                stream = None
        if stream is not None:
            stream[1].close()

    async def _ask(self, stream: tuple[asyncio.StreamReader, asyncio.StreamWriter], octets: bytes) -> bytes:
        stream[1].write(octets)
        while True:
            line = await stream[0].readline()
            if not line:
                return b"the connection has ended"
            if line[3:4] == b" ":
                return line


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relay")
    add = parser.add_argument
    add("--messages", type=int, default=6_000)
    add("--delay", type=float, default=80, help="of the API, in milliseconds")
    add("--size", type=int, default=2_000, help="octets of a message")
    add("--connections", type=int, default=60)
    add("--per-connection", type=int, default=0, help="messages of a connection (default: all)")
    add("--processes", type=int, help="of the relay (default: its own)")
    add("--spool", action="store_true", help="with a spool, in a folder for temporary files")
    add("--serve-api", action="store_true", help=argparse.SUPPRESS)
    add("options", nargs="*", help="of sesmime relay, after --")
    arguments = parser.parse_args()
    if arguments.serve_api:
        asyncio.run(SlowApi(arguments.delay / 1000).run())
        return 0
    command = [sys.executable, "-m", "benchmarks.relay", "--serve-api", "--delay", str(arguments.delay)]
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE) as api:
        assert api.stdout is not None
        url = f"http://127.0.0.1:{int(api.stdout.readline())}"
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(
                _relay(arguments, url, folder), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment
            ) as relay,
        ):
            try:
                return _measure(relay, arguments)
            finally:
                relay.terminate()
                api.terminate()


def _relay(arguments: argparse.Namespace, url: str, folder: str) -> list[str]:
    """Return the command; with port 0 it would have one process where it is not told how many."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "sesmime", "relay", "--listen", place, "--endpoint-url", url]
    if arguments.processes is not None:
        command += ["--processes", str(arguments.processes)]
    if arguments.spool:
        command += ["--spool", os.path.join(folder, "spool")]
    return [*command, *arguments.options]


def _family(pid: int) -> list[int]:
    """Return a process and its children, where the system tells."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone meanwhile
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def _measure(relay: subprocess.Popen[bytes], arguments: argparse.Namespace) -> int:
    assert relay.stderr is not None
    first = relay.stderr.readline()
    found = re.search(rb"listening on 127\.0\.0\.1:(\d+)", first)
    assert found, first
    # Nobody reads the log: it goes to a file of the system's that takes all.
    drain = subprocess.Popen(["cat"], stdin=relay.stderr, stdout=subprocess.DEVNULL)
    load = Load(
        int(found[1]),
        message=message_of(arguments.size),
        messages=arguments.messages,
        per_connection=arguments.per_connection,
    )
    warm = Load(int(found[1]), message=message_of(arguments.size), messages=50, per_connection=0)
    asyncio.run(warm.run(10))
    family = _family(relay.pid)
    memory, spent, started = sum(map(resident, family)), sum(map(processor_seconds, family)), time.monotonic()
    busy = os.getloadavg()[0]
    asyncio.run(load.run(arguments.connections))
    took, spent = time.monotonic() - started, sum(map(processor_seconds, family)) - spent
    latencies = sorted(load.latencies)
    count = len(latencies)
    taken = len(set(load.identifiers))
    print(f"{count} messages of {arguments.size:,} octets in {took:.1f} s: {count / took:.0f} a second")
    print(f"the relay's processor time: {spent / count * 1000:.2f} ms a message, {spent / took * 100:.0f} % of a core")
    print(f"latency: median {median(latencies) * 1000:.0f} ms, 99 % {latencies[int(count * 0.99)] * 1000:.0f} ms")
    print(f"memory: {memory} MiB before, {sum(map(resident, family))} MiB after")
    print(f"load average: {busy:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} processors")
    print(f"not taken: {len(load.refused)}{f': {load.refused[0]!r}' if load.refused else ''}")
    drain.terminate()
    return 0 if taken == count else 1


if __name__ == "__main__":
    sys.exit(main())
