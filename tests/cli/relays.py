"""The command `relay`, running in a process of its own."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sesmime.cli.__main__ import command_parser
from sesmime.cli.commands import relay as command
from sesmime.cli.environment import read_environment
from tests.relay.servers import MESSAGE, PATIENCE, transaction
from tests.servers import Handler, Service

ROOT = Path(__file__).resolve().parents[2]


def read(argv: list[str], environment: dict[str, str]) -> Any:
    """Return the arguments of the command line and the environment."""
    arguments = command_parser("relay", command).parse_args(argv)
    read_environment(arguments, environment, prefix=command.PREFIX, but=("hash_password",))
    return arguments


class Held(Handler):
    """Answers when it is let."""

    arrived = threading.Event()
    opened = threading.Event()
    arrivals = 0

    def do_POST(self) -> None:
        type(self).arrivals += 1
        self.arrived.set()
        assert self.opened.wait(PATIENCE)
        with suppress(BrokenPipeError):  # whoever asked has been ended
            super().do_POST()


@contextmanager
def holding(service: Service) -> Iterator[type[Held]]:
    """Have the service answer when it is let."""
    for event in (Held.arrived, Held.opened):
        event.clear()
    Held.arrivals = 0
    service.RequestHandlerClass = Held
    try:
        yield Held
    finally:
        Held.opened.set()
        service.RequestHandlerClass = Handler


class Relay:
    """The command, running; what it tells is read as it comes."""

    def __init__(self, *options: str, listening: str = "text", patience: float = PATIENCE) -> None:
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
        self._end = threading.Timer(patience, self.process.kill)
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


class Crew(Relay):
    """The command in two processes and their parent; what they tell is kept, as values."""

    def __init__(self, url: str, *options: str) -> None:
        options = ("--endpoint-url", url, "--processes", "2", "--log-format", "json", *options)
        super().__init__(*options, listening="json", patience=5 * PATIENCE)

    def __enter__(self) -> Self:
        super().__enter__()
        self.told: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.gone()

    def gone(self) -> int:
        """Wait until no process is left that could tell something; give the exit code of the parent."""
        self._reader.join(PATIENCE)
        assert not self._reader.is_alive(), "a process is left"
        self._end.cancel()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return self.process.wait(PATIENCE)

    def notices(self) -> list[str]:
        return [one["text"] for one in self.told if one["event"] == "notice"]

    def children(self) -> list[int]:
        """Return the processes that take connections."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # gone meanwhile
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and b"spawn_main" in (place / "cmdline").read_bytes():
                    found.append(int(place.name))
        return sorted(found)

    def _read(self) -> None:
        while line := self.line():
            self.told.append(json.loads(line))
