"""The local SES under load: `python -m benchmarks.local_ses [--seconds 60] [--rate 200]`.

A server in a process of its own takes raw messages of 5 KB by the API v1 at a steady rate, with a configuration set
that publishes to a queue's topic; the memory of the server is read while it does. Prints the rate that was reached, the
latencies, the server's processor time, refusals and the memory at the beginning, in the middle and at the end.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlencode, urlsplit

_MESSAGE: Final = (
    b"From: Shop <shop@b.example>\r\nTo: joe@d.example\r\nSubject: Your order\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
)
_AUTHORIZATION: Final = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261128/us-east-1/ses/aws4_request, SignedHeaders=host,"
    " Signature=00"
)
_CONNECTIONS: Final = 8


def message_of(size: int) -> bytes:
    """Return a message of about that many octets."""
    line = b"The quick brown fox jumps over the lazy dog, and the order is on its way.\r\n"
    return _MESSAGE + line * max(1, (size - len(_MESSAGE)) // len(line))


def resident(pid: int) -> int:
    """Return the resident memory of a process, in MiB; 0 where the system does not tell."""
    status = Path("/proc", str(pid), "status")
    if not status.exists():
        return 0
    for line in status.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def processor_seconds(pid: int) -> float:
    """Return the seconds that a process has spent on a processor; 0 where the system does not tell."""
    stat = Path("/proc", str(pid), "stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sender(threading.Thread):
    """One connection that sends at its share of the rate."""

    def __init__(self, address: str, body: bytes, *, rate: float, seconds: float) -> None:
        super().__init__(daemon=True)
        self._address, self._body, self._pause, self._seconds = address, body, 1 / rate, seconds
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def run(self) -> None:
        """Send until the time is over."""
        connection = http.client.HTTPConnection(self._address, timeout=30)
        fields = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Authorization": _AUTHORIZATION}
        end = time.monotonic() + self._seconds
        due = time.monotonic()
        while (start := time.monotonic()) < end:
            if start < due:
                time.sleep(due - start)
                continue
            due += self._pause
            try:
                connection.request("POST", "/", self._body, fields)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200:
                    self.failures.append(text.decode("utf-8", "replace")[:200])
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            self.latencies.append(time.monotonic() - start)


def main() -> int:
    """Run it and print the figures; 1 where a message was not taken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.local_ses")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200, help="messages a second")
    parser.add_argument("--size", type=int, default=5_000, help="octets of a message")
    arguments = parser.parse_args()
    command = ["serve", "--listen", "127.0.0.1:0", "--smtp-port", "0", "--any-identity"]
    server = subprocess.Popen([sys.executable, "-m", "sesmime", *command], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = urlsplit(server.stderr.readline().split()[-1]).netloc
        data = b64encode(message_of(arguments.size)).decode("ascii")
        body = urlencode(
            {"Action": "SendRawEmail", "Version": "2010-12-01", "RawMessage.Data": data, "Tags.member.1.Name": "a"}
            | {"Tags.member.1.Value": "1"}
        ).encode()
        rate = arguments.rate / _CONNECTIONS
        senders = [Sender(address, body, rate=rate, seconds=arguments.seconds) for _ in range(_CONNECTIONS)]
        before, spent = resident(server.pid), processor_seconds(server.pid)
        started = time.monotonic()
        for sender in senders:
            sender.start()
        time.sleep(arguments.seconds / 2)
        between = resident(server.pid)
        for sender in senders:
            sender.join()
        took = time.monotonic() - started
        spent = processor_seconds(server.pid) - spent
        latencies = sorted(latency for sender in senders for latency in sender.latencies)
        failures = [failure for sender in senders for failure in sender.failures]
        count, late = len(latencies), latencies[int(len(latencies) * 0.99)]
        print(f"{count} messages of {arguments.size:,} octets in {took:.1f} s: {count / took:.0f} a second")
        print(f"the server's processor time: {spent / count * 1000:.2f} ms a message")
        print(f"latency: median {median(latencies) * 1000:.1f} ms, 99 % {late * 1000:.1f} ms")
        print(f"memory: {before} MiB before, {between} half way, {resident(server.pid)} at the end")
        print(f"not taken: {len(failures)}{': ' + failures[0] if failures else ''}")
        return 1 if failures else 0
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
