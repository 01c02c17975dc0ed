"""The command `relay`, running in a process of its own."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.relay.servers import MESSAGE, PATIENCE, transaction

ROOT = Path(__file__).resolve().parents[2]


class Relay:
    """The command, running; what it tells is read as it comes."""

    def __init__(self, *options: str, listening: str = "text") -> None:
        self._listening = listening
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sesmime", "relay", "--listen", "127.0.0.1:0", "--rate", "none", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        # A process that hangs ends the reading below, and with it the test.
        self._end = threading.Timer(PATIENCE, self.process.kill)
        self._end.start()

    def __enter__(self) -> Self:
        assert self.process.stderr is not None
        self.first = self.process.stderr.readline()
        told = json.loads(self.first)["text"] if self._listening == "json" else self.first
        start, colon, rest = told.partition("listening on 127.0.0.1:")
        assert (start, colon) == ("", "listening on 127.0.0.1:"), self.first
        self.port = int(rest.partition(",")[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self._end.cancel()

    def line(self) -> str:
        """Read the next line that it tells."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; give the exit code, standard output, and what is left of standard error."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def deliver(self, message: bytes = MESSAGE) -> tuple[int, str]:
        with self.connect() as connection:
            return transaction(connection, message)

    def connect(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE)
