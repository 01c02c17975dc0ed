"""Relays with a spool, in processes of their own that can be killed, and their clients."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sesmime.relay.holding import Held, read_calls
from sesmime.relay.spool import State

PATIENCE = 30
SENDER = "joe@a.example"
UNDECIDED = (State.QUEUED, State.WORKING)


def message_about(subject: str, octets: int = 0) -> bytes:
    line = b"All is well, and the parcel is on its way to you.\r\n"
    head = b"From: joe@a.example\r\nTo: c@d.example\r\nMessage-ID: <%b@a.example>\r\n" % subject.encode()
    return head + b"Subject: %b\r\n\r\nHello\r\n" % subject.encode() + line * (octets // len(line))


class Relay:
    """`tests.relay.spooled` as a process."""

    def __init__(self, url: str, file: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.relay.spooled", url, str(file), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.port = int(line) if line else 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self) -> str:
        """Stop it, or see that it has died, and return its log."""
        self.process.terminate()
        return self.process.communicate(timeout=PATIENCE)[1]

    def wait(self) -> int:
        """Wait until it has died, and return its exit code."""
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def send(relay: Relay, message: bytes, recipients: Sequence[str] = ("c@d.example",)) -> str:
    """Send as a client does that says QUIT, and return the reply to the message, "" if there was none."""
    try:
        with smtplib.SMTP("127.0.0.1", relay.port, timeout=PATIENCE) as connection:
            connection.ehlo()
            connection.mail(SENDER)
            for one in recipients:
                connection.rcpt(one)
            code, text = connection.data(message)
            return f"{code} {text.decode('ascii')}"
    except (smtplib.SMTPServerDisconnected, OSError):
        return ""


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def left(file: Path) -> list[tuple[State, tuple[str, ...]]]:
    return [(one.state, one.recipients) for one in read_calls(str(file))]


def settled(file: Path) -> tuple[Held, ...]:
    """Wait until no call is to be made, and return those that are held."""
    wait_until(lambda: not any(state in UNDECIDED for state, _ in left(file)))
    return read_calls(str(file))
