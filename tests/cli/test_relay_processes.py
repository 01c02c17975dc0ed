"""`sesmime relay --processes 2`: a parent and its children, killed one by one; what is of the whole stays so."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import socket
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")
pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families

from sesmime.cli.commands import relay as command
from sesmime.cli.relay_processes import how_many
from tests.cli.relays import Crew, holding, read
from tests.cli.running import Ran, run
from tests.relay.servers import LIFTED, PATIENCE, SENDER, TO, Plain, transaction, with_subject
from tests.relay.spooling import wait_until
from tests.servers import Handler, Service, serving, v1_error

pytestmark = [
    pytest.mark.edges,
    pytest.mark.usefixtures("credentials"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc"),
]
CONNECTIONS = 6
# What /healthz says while there is no child.
NOBODY = {
    "accepting": False,
    "processes": 0,
    "workers": 32,
    "workers_busy": 0,
    "messages_in_work": 0,
    "connections": 0,
}


@pytest.fixture(scope="module")
def api() -> Iterator[Service]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def running(api: Service) -> Iterator[list[Crew]]:
    """The relay that tests share, one after another where one of them ends it."""
    relays: list[Crew] = []
    yield relays
    for one in relays:
        one.__exit__(None, None, None)


@pytest.fixture
def crew(api: Service, running: list[Crew]) -> Crew:
    """A relay that runs, all of whose processes take connections."""
    api.received.clear()
    api.status, api.answer, api.RequestHandlerClass = 200, "", Handler
    if not running or running[-1].process.poll() is not None:
        options = ("--http", "127.0.0.1:0", "--max-connections", str(CONNECTIONS), "--max-memory", "300K")
        running.append(Crew(api.url, *options).__enter__())
        wait_until(lambda: bool(running[-1].notices()))
    relay = running[-1]
    wait_until(lambda: (found := health(relay))["processes"] == 2 and found["connections"] == 0)
    return relay


def asked(relay: Crew, what: str) -> str:
    url = relay.notices()[0].split()[2].removesuffix("/healthz")
    # 503 is an answer, not a fault.
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.HTTPHandler())
    with opener.open(f"{url}/{what}", timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        assert answer.status == (503 if '"accepting": false' in text else 200)
    return text


def health(relay: Crew) -> Any:
    return json.loads(asked(relay, "healthz"))


def counted(relay: Crew) -> Counter[str]:
    """Return what the metrics say that has one value, and the messages by what they were answered."""
    return Counter(
        {
            sample.labels.get("outcome", sample.name): int(sample.value)
            for family in text_string_to_metric_families(asked(relay, "metrics"))
            if not family.name.startswith("sesmime_relay_api")
            for sample in family.samples
            if set(sample.labels) <= {"outcome"} and not sample.name.endswith("_created")
        }
    )


@contextlib.contextmanager
def clients(relay: Crew, count: int) -> Iterator[list[smtplib.SMTP]]:
    """Return connections, by turns with either process; each has taken a command, so that it is there."""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(count):
            made.append(relay.connect())
            stack.callback(made[-1].close)
            made[-1].ehlo()
        yield made


def subjects(service: Service) -> Counter[str]:
    return Counter(str(message_from_bytes(one["message"])["Subject"]) for one in service.received)


def deliver(connection: smtplib.SMTP, subject: str) -> int:
    """Give a message to the relay; returns the code of the reply, 0 where the connection has ended before."""
    try:
        return transaction(connection, with_subject(subject))[0]
    except smtplib.SMTPServerDisconnected:
        return 0


class TestTheWhole:
    @pytest.mark.slow
    def test_each_message_arrives_once_and_is_told_and_counted(self, crew: Crew, api: Service) -> None:
        before = counted(crew)
        everybody = [f"{'r' * 60}{number}@d.example" for number in range(50)]  # lines longer than a pipe takes at once
        with clients(crew, 4) as connections, ThreadPoolExecutor(4) as threads:

            def send(number: int) -> None:
                for again in range(5):
                    message = with_subject(f"{number}-{again}")
                    assert transaction(connections[number], message, SENDER, *everybody)[0] == 250

            list(threads.map(send, range(4)))
            now = counted(crew)
        assert subjects(api) == {f"{number}-{again}": 1 for number in range(4) for again in range(5)}
        wait_until(lambda: sum(one.get("to") == everybody for one in crew.told) == 20)
        grown = now - before
        assert (grown["sent"], grown["sesmime_relay_message_seconds_count"]) == (20, 20)
        assert grown["sesmime_relay_connections_total"] == 4
        assert (now["sesmime_relay_open_connections"], now["sesmime_relay_workers"]) == (4, 32)

    @pytest.mark.slow
    def test_connections_are_bounded_together(self, crew: Crew) -> None:
        with clients(crew, CONNECTIONS) as connections:
            assert health(crew)["connections"] == CONNECTIONS
            with pytest.raises(smtplib.SMTPConnectError, match=r"421, b'4\.7\.0 Too many connections, try again later"):
                crew.connect()
            connections[0].quit()
            wait_until(lambda: health(crew)["connections"] == CONNECTIONS - 1)
            with clients(crew, 1) as (another,):
                assert deliver(another, "another") == 250

    @pytest.mark.slow
    def test_memory_is_bounded_together_and_given_back_by_who_is_killed(self, crew: Crew) -> None:
        large = LIFTED + (b"y" * 70 + b"\r\n") * 3_000
        with contextlib.ExitStack() as stack:
            holders = [Plain(crew) for _ in range(2)]
            for one in holders:
                stack.callback(one.close)
                one.begin()
            holders[0].send(large)
            wait_until(lambda: counted(crew)["sesmime_relay_held_bytes"] > 150_000)
            holders[1].send(large + b".\r\n")
            assert holders[1].reply() == 452
            for child in crew.children():
                os.kill(child, signal.SIGKILL)
            assert holders[0].reply() == 0
        wait_until(lambda: health(crew) == NOBODY)
        with pytest.raises(
            smtplib.SMTPConnectError, match=r"421, b'4\.3\.2 Service is starting again, try again later'"
        ):
            crew.connect()
        wait_until(lambda: health(crew)["processes"] == 2)
        assert counted(crew)["sesmime_relay_held_bytes"] == 0
        with clients(crew, 1) as (another,):
            assert transaction(another, large)[0] == 250

    @pytest.mark.slow
    def test_what_comes_again_to_another_process_goes_to_those_who_do_not_have_it(
        self, crew: Crew, api: Service
    ) -> None:
        class SecondRefused(Handler):
            def do_POST(self) -> None:
                is_second = len(api.received) == 1
                api.status, api.answer = (400, v1_error("MessageRejected", "Not now.")) if is_second else (200, "")
                super().do_POST()

        api.RequestHandlerClass = SecondRefused
        everybody = [f"r{number}@d.example" for number in range(60)]
        with clients(crew, 2) as connections:
            code, text = transaction(connections[0], LIFTED, SENDER, *everybody)
            assert (code, text.partition("; ")[2]) == (554, "50 of 60 recipients have it")
            assert transaction(connections[1], LIFTED, SENDER, *everybody)[0] == 250
        sizes = [sum(name.startswith("Destinations.") for name in one) for one in api.received]
        assert sizes == [50, 10, 10]


class TestDeaths:
    @pytest.mark.slow
    def test_a_child_that_is_killed_takes_its_connections_and_nothing_that_was_told_250(
        self, crew: Crew, api: Service
    ) -> None:
        with contextlib.ExitStack() as stack:
            connections = stack.enter_context(clients(crew, 4))
            assert [deliver(one, "earlier") for one in connections] == [250] * 4
            before = counted(crew)
            api.received.clear()
            held, threads = stack.enter_context(holding(api)), stack.enter_context(ThreadPoolExecutor(4))
            replies = [threads.submit(deliver, one, f"m{number}") for number, one in enumerate(connections)]
            wait_until(lambda: held.arrivals == 4)
            victim = crew.children()[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: sum(one.done() for one in replies) == 2)
            held.opened.set()
            codes = {f"m{number}": one.result(PATIENCE) for number, one in enumerate(replies)}
        assert sorted(codes.values()) == [0, 0, 250, 250]
        for subject in (subject for subject, code in codes.items() if code == 0):
            with clients(crew, 1) as (connection,):
                assert deliver(connection, subject) == 250
        assert all(subjects(api)[subject] == 1 for subject, code in codes.items() if code == 250)
        assert set(subjects(api)) == set(codes)
        wait_until(lambda: health(crew)["processes"] == 2)
        assert crew.notices()[-1].startswith(
            f"process {victim} has ended (SIGKILL) and its 2 connections with it; another is started in 0."
        )
        assert victim not in crew.children()
        assert counted(crew)["sent"] - before["sent"] == 4
        assert health(crew)["connections"] == 0

    @pytest.mark.slow
    def test_where_the_parent_is_killed_the_children_finish_and_end(self, crew: Crew, api: Service) -> None:
        with holding(api) as held, clients(crew, 2) as connections, ThreadPoolExecutor(2) as threads:
            replies = [threads.submit(deliver, one, "last") for one in connections]
            wait_until(lambda: held.arrivals == 2)
            crew.process.kill()
            wait_until(lambda: len([one for one in crew.notices() if "the parent process has gone" in one]) == 2)
            with pytest.raises(ConnectionRefusedError):
                crew.connect()
            held.opened.set()
            assert [one.result(PATIENCE) for one in replies] == [250, 250]
        assert crew.gone() == -signal.SIGKILL

    @pytest.mark.slow
    @pytest.mark.parametrize("again", [False, True])
    def test_signals_end_them_and_the_rate_is_that_of_all(self, api: Service, again: bool) -> None:
        api.received.clear()
        with (
            holding(api) as held,
            Crew(api.url, "--rate", "0.001") as relay,
            clients(relay, 2) as (first, second),
            ThreadPoolExecutor(1) as threads,
        ):
            reply = threads.submit(transaction, first, LIFTED, SENDER, TO)
            assert held.arrived.wait(PATIENCE)
            code, text = transaction(second, LIFTED, SENDER, TO)  # in the other process
            assert (code, text) == (454, "Throttling failure: Maximum sending rate exceeded.")
            relay.signal(signal.SIGTERM)
            wait_until(lambda: relay.notices() == ["SIGTERM: finishing the messages in progress"])
            if again:
                relay.signal(signal.SIGTERM)
                with pytest.raises(smtplib.SMTPServerDisconnected):
                    reply.result(PATIENCE)
                assert relay.gone() == -signal.SIGTERM
            else:
                with pytest.raises(ConnectionRefusedError):
                    relay.connect()
                held.opened.set()
                assert reply.result(PATIENCE)[0] == 250
                assert relay.gone() == 0
            held.opened.set()


class TestHowMany:
    @pytest.mark.parametrize(
        ("argv", "port", "count"),
        [
            ([], 2525, 3),
            ([], 0, 1),
            (["--spool", "FILE"], 2525, 1),
            (["--processes", "1"], 2525, 1),
            (["--processes", "5"], 0, 5),
            (["--workers", "2"], 2525, 2),
            (["--processes", "5", "--workers", "3"], 2525, 3),
        ],
    )
    def test_as_many_as_processors_where_they_can_share(
        self, monkeypatch: pytest.MonkeyPatch, argv: list[str], port: int, count: int
    ) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(3)), raising=False)
        assert how_many(read(argv, {}), port) == count
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(99)))
        assert how_many(read([], {f"{command.PREFIX}PROCESSES": "7"}), 0) == 7
        assert how_many(read([], {}), 2525) == 4

    def test_a_system_that_cannot_give_connections_away_has_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(socket, "send_fds")
        assert how_many(read([], {}), 2525) == 1
        told = "sesmime relay: --processes: this system cannot share connections; use --processes 1\n"
        assert run("relay", "--processes", "2") == Ran(2, b"", told)

    def test_a_spool_has_one_owner(self, tmp_path: Path) -> None:
        told = "sesmime relay: --spool: one process has the file; use --processes 1\n"
        assert run("relay", "--processes", "2", "--spool", str(tmp_path / "spool")) == Ran(2, b"", told)
        assert not (tmp_path / "spool").exists()
