"""`sesmime relay --spool`: the command in a process of its own, killed and stopped with mail in its spool."""

from __future__ import annotations

import signal
import smtplib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

from sesmime.relay.spool import Spool, State
from tests.cli.running import ROOT, run
from tests.relay.servers import MESSAGE, PATIENCE, REPEATED, transaction
from tests.relay.spooling import left, settled, wait_until
from tests.servers import Handler, Service, v1_error

pytestmark = [pytest.mark.edges, pytest.mark.usefixtures("credentials")]


class Started:
    """The command, running, and what it told before it listened."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sesmime", "relay", "--listen", "127.0.0.1:0", *options],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        # A process that hangs ends the reading below, and with it the test.
        self._end = threading.Timer(60, self.process.kill)
        self._end.start()

    def __enter__(self) -> Self:
        assert self.process.stderr is not None
        self.notices: list[str] = []
        while (line := self.process.stderr.readline()) and not line.startswith("listening on "):
            self.notices.append(line)
        self.port = int(line.partition(",")[0].rpartition(":")[2])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> int:
        """Send it a signal, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.communicate()
        self._end.cancel()
        return self.process.returncode

    def deliver(self, message: bytes = MESSAGE) -> tuple[int, str]:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as connection:
            return transaction(connection, message)


class Held(Handler):
    """Takes a request, and answers when it is let."""

    arrived = threading.Event()
    opened = threading.Event()

    def do_POST(self) -> None:
        with suppress(OSError):  # whoever asked has been killed
            super().do_POST()

    def send_response(self, code: int, message: str | None = None) -> None:
        self.arrived.set()
        assert self.opened.wait(20)
        super().send_response(code, message)


@pytest.fixture
def held(service: Service) -> Iterator[type[Held]]:
    """Have the service answer when it is let."""
    for event in (Held.arrived, Held.opened):
        event.clear()
    service.RequestHandlerClass = Held
    yield Held
    Held.opened.set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool"


class TestRunning:
    def test_a_message_is_accepted_before_ses_takes_it_and_sent_by_the_next_relay(
        self, service: Service, file: Path
    ) -> None:
        service.status, service.answer = 503, v1_error("ServiceUnavailable", "later")
        options = ("--endpoint-url", service.url, "--spool", str(file))
        with Started(*options) as relay:
            assert relay.deliver(REPEATED)[0] == 554
            assert relay.deliver() == (250, "Ok queued as 1")
            wait_until(lambda: len(service.received) > 0)
            assert relay.end(signal.SIGTERM) == 0
        assert [state for state, _ in left(file)] == [State.QUEUED]
        ran = run("spool", str(file))
        assert (ran.code, ran.err) == (0, "1 queued\n")
        assert b"451 Temporary service failure" in ran.out
        service.status, service.answer = 200, ""
        with Started(*options):
            assert not settled(file)
        assert run("spool", str(file)).err == "the spool is empty\n"
        assert service.received[-1]["message"] == service.received[0]["message"]

    def test_a_request_is_made_once_whatever_becomes_of_it(
        self, service: Service, held: type[Held], file: Path
    ) -> None:
        options = ("--endpoint-url", service.url, "--spool", str(file))
        with Started(*options) as relay:
            assert relay.deliver()[0] == 250
            assert held.arrived.wait(20)
            relay.end(signal.SIGKILL)
        held.opened.set()
        with Started(*options, "--give-up-after", "0.5") as again:
            assert again.notices == ["1 call without a recorded answer when the relay ended: held as uncertain\n"]
            (one,) = settled(file)
        assert one.state is State.UNCERTAIN
        assert len(service.received) == 1
        with Started(*options):
            assert run("spool", str(file), "--retry", "1").code == 0
            assert not settled(file)
        assert len(service.received) == 2

    def test_what_a_killed_one_left_is_made_again_where_one_asks_for_it(
        self, service: Service, held: type[Held], file: Path
    ) -> None:
        options = ("--endpoint-url", service.url, "--spool", str(file), "--uncertain", "retry")
        with Started(*options) as relay:
            assert relay.deliver()[0] == 250
            assert held.arrived.wait(20)
            relay.end(signal.SIGKILL)
        held.opened.set()
        with Started(*options) as again:
            assert again.notices[0] == "1 call without a recorded answer when the relay ended: made again\n"
            assert not settled(file)
        assert len(service.received) == 2


class TestRefusing:
    def refused(self, *options: str) -> str:
        ran = run("relay", "--listen", "127.0.0.1:0", "--region", "us-east-1", *options)
        assert (ran.code, ran.out) == (2, b"")
        return ran.err

    def test_a_spool_that_another_relay_has(self, file: Path) -> None:
        spool = Spool(str(file))
        assert self.refused("--spool", str(file)) == f"sesmime relay: --spool: {file}: another relay uses it\n"
        spool.close()

    def test_what_is_no_spool(self, file: Path) -> None:
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE birds (name TEXT)")
        assert self.refused("--spool", str(file)).endswith(": it is a database of something else\n")

    @pytest.mark.parametrize("hours", ["0", "-1", "x", "nan", "inf", "1e9"])
    def test_hours_that_are_none(self, file: Path, hours: str) -> None:
        told = self.refused("--spool", str(file), f"--give-up-after={hours}")
        assert told.endswith(f"{hours} is no number of hours above 0\n")
        assert not file.exists()
