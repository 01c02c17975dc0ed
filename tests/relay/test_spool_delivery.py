"""A relay with a spool: what becomes of a message by each answer of the API, and what its client hears."""

from __future__ import annotations

import logging
import smtplib
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

import boto3
from botocore.config import Config

from sesmime import ApiParameters
from sesmime.relay import Handler
from sesmime.relay.departures import Departures
from sesmime.relay.holding import queue_again, read_calls
from sesmime.relay.pace import Pace, backed_off
from sesmime.relay.spool import Spool, State, Uncertain
from tests.relay.faults import Api
from tests.relay.servers import REPEATED, SENDER, TO, Server, client, deliver, running
from tests.relay.spooling import message_about, settled, wait_until
from tests.servers import REGION

pytestmark = pytest.mark.edges


def impatient(url: str, *, read_timeout: float = 0.5) -> Any:
    """Return a client that asks once and does not wait for long."""
    return boto3.client(
        "ses",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout, connect_timeout=0.5),
    )


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@contextmanager
def spooling(api: Api | str, file: Path, *, read_timeout: float = 0.5, **options: Any) -> Iterator[Server]:
    url = api if isinstance(api, str) else api.url
    with running(Handler(impatient(url, read_timeout=read_timeout), spool=Spool(str(file), **options))) as server:
        yield server


def first_then(fault: str, then: str = "take") -> Callable[[int], str]:
    return lambda number: fault if number == 1 else then


class TestAnswers:
    def test_a_message_is_answered_at_once_and_sent(self, api: Api, file: Path) -> None:
        with spooling(api, file) as server:
            assert deliver(server, message_about("one"), SENDER, TO) == (250, "Ok queued as 1")
            assert not settled(file)
        assert api.taken == {("one", TO): 1}

    @pytest.mark.parametrize("fault", ["throttle", "error", "unavailable", "cut"])
    def test_what_ses_surely_did_not_take_is_sent_later(self, api: Api, file: Path, fault: str) -> None:
        api.fault = first_then(fault)
        # Sockets buffer what is not read: a message cut off half-way has to be larger.
        message = message_about("one", octets=6_000_000 if fault == "cut" else 0)
        with spooling(api, file, read_timeout=20) as server:
            assert deliver(server, message, SENDER, TO)[0] == 250
            assert not settled(file)
        assert api.requests == 2
        assert api.taken == {("one", TO): 1}

    @pytest.mark.parametrize("fault", ["reset before", "reset after", "hang before", "hang after", "gateway", "empty"])
    def test_what_ses_may_have_taken_is_held(self, api: Api, file: Path, fault: str) -> None:
        api.fault = first_then(fault)
        with spooling(api, file) as server:
            assert deliver(server, message_about("one"), SENDER, TO)[0] == 250
            (held,) = settled(file)
        assert held.state is State.UNCERTAIN
        assert api.requests == 1

    @pytest.mark.parametrize("fault", ["reset before", "gateway"])
    def test_what_ses_may_have_taken_is_sent_again_where_one_asks_for_it(
        self, api: Api, file: Path, fault: str
    ) -> None:
        api.fault = first_then(fault)
        with spooling(api, file, uncertain=Uncertain.RETRY) as server:
            deliver(server, message_about("one"), SENDER, TO)
            assert not settled(file)
        assert api.requests == 2

    def test_what_ses_refuses_later_is_kept_and_a_client_that_did_not_read_the_250_hears_why(
        self, api: Api, file: Path
    ) -> None:
        api.fault = lambda number: "refuse"
        message = message_about("one")
        with spooling(api, file) as server:
            connection = server.connect()
            connection.ehlo()
            connection.mail(SENDER)
            connection.rcpt(TO)
            assert connection.data(message)[0] == 250
            (held,) = settled(file)
            assert (held.state, held.reason) == (State.FAILED, "554 Message rejected: Email address is not verified.")
            connection.close()  # without a word
            time.sleep(0.1)
            assert deliver(server, message, SENDER, TO) == (554, held.reason[4:])
            assert api.requests == 1
            # Who has read it sends another message.
            assert deliver(server, message_about("two"), SENDER, TO) == (250, "Ok queued as 2")
            assert deliver(server, message_about("two"), SENDER, TO) == (250, "Ok queued as 3")

    def test_what_is_expected_to_be_refused_is_refused_at_once_and_not_kept(self, api: Api, file: Path) -> None:
        with spooling(api, file) as server:
            assert deliver(server, REPEATED, SENDER, TO) == (554, "Transaction failed: Duplicate header 'Subject'.")
        assert not read_calls(str(file))
        assert not api.requests

    def test_when_nobody_listens_it_is_kept(self, file: Path) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            with spooling(url, file) as server:
                assert deliver(server, message_about("one"), SENDER, TO)[0] == 250
                wait_until(lambda: read_calls(str(file))[0].attempts > 0)
        (held,) = read_calls(str(file))
        assert held.state is State.QUEUED
        assert "EndpointConnectionError" in held.reason

    def test_what_is_too_old_fails_with_the_last_reason(self, api: Api, file: Path) -> None:
        api.fault = lambda number: "unavailable"
        with spooling(api, file, max_age=0.1) as server:
            deliver(server, message_about("one"), SENDER, TO)
            (held,) = settled(file)
        assert held.state is State.FAILED
        assert held.reason.startswith("554 Transaction failed: given up after 0.0 hours: 451 Temporary service failure")

    def test_what_is_queued_again_by_an_operator_is_sent_by_the_relay_that_runs(self, api: Api, file: Path) -> None:
        api.fault = first_then("reset before")
        with spooling(api, file) as server:
            deliver(server, message_about("one"), SENDER, TO)
            assert settled(file)
            assert queue_again(str(file), [1]) == 1
            assert not settled(file)
        assert api.taken == {("one", TO): 1}

    def test_calls_of_one_message_are_apart(self, api: Api, file: Path) -> None:
        everybody = tuple(f"r{number}@d.example" for number in range(120))
        api.fault = lambda number: ("take", "refuse", "unavailable", "take")[number - 1]
        with running(Handler(impatient(api.url), spool=Spool(str(file)), workers=1)) as server:
            assert deliver(server, message_about("one"), SENDER, *everybody)[0] == 250
            (held,) = settled(file)
        assert held.recipients == everybody[50:100]
        assert api.taken == {("one", one): 1 for one in (*everybody[:50], *everybody[100:])}

    def test_a_log_line_tells_what_was_taken_and_what_became_of_it(
        self, api: Api, file: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        api.fault = lambda number: ("take", "refuse", "reset before")[number - 1]
        with caplog.at_level(logging.INFO, logger="sesmime.relay"), spooling(api, file) as server:
            for subject in ("one", "two", "three"):
                deliver(server, message_about(subject), SENDER, TO)
                settled(file)
        told = [(one.levelname, one.getMessage().partition("message ")[2]) for one in caplog.records]
        assert ("INFO", "1 <joe@a.example> to 1 recipient, sent: 250 Ok 0100-1") in told
        assert (
            "ERROR",
            "2 <joe@a.example> to 1 recipient, failed: 554 Message rejected: Email address is not verified.",
        ) in told
        assert any(
            level == "ERROR" and "3 <joe@a.example> to 1 recipient, uncertain: 451" in text for level, text in told
        )


class TestTheClientsNextWord:
    def take(self, server: Server) -> smtplib.SMTP:
        connection = server.connect()
        connection.ehlo()
        connection.mail(SENDER)
        connection.rcpt(TO)
        assert connection.data(message_about("one"))[0] == 250
        return connection

    @pytest.mark.parametrize("word", ["RSET", "QUIT", f"MAIL FROM:<{SENDER}>"])
    def test_whoever_goes_on_has_read_the_reply(self, api: Api, file: Path, word: str) -> None:
        with spooling(api, file) as server:
            connection = self.take(server)
            assert connection.docmd(word)[0] in (250, 221)
            connection.close()
            deliver(server, message_about("one"), SENDER, TO)
            settled(file)
        assert api.taken == {("one", TO): 2}

    def test_whoever_is_gone_without_a_word_and_comes_again_means_the_same_message(self, api: Api, file: Path) -> None:
        with spooling(api, file) as server:
            self.take(server).close()
            time.sleep(0.1)
            assert deliver(server, message_about("one"), SENDER, TO) == (250, "Ok queued as 1")
            assert deliver(server, message_about("one"), "other@a.example", TO) == (250, "Ok queued as 2")
            settled(file)
        assert api.taken == {("one", TO): 2}

    def test_two_at_once_that_look_alike_are_two(self, api: Api, file: Path) -> None:
        with spooling(api, file) as server:
            first, second = self.take(server), self.take(server)
            settled(file)
            first.close()
            second.close()
        assert api.taken == {("one", TO): 2}


class TestTroubleWithTheFile:
    def test_a_full_disk_puts_the_client_off_until_there_is_room(self, api: Api, file: Path) -> None:
        api.fault = lambda number: "unavailable"
        with spooling(api, file, max_size=1_000_000) as server:
            replies = [deliver(server, message_about(f"{n}", octets=200_000), SENDER, TO) for n in range(8)]
            assert replies[0][0] == 250
            assert replies[-1] == (452, "4.3.1 Insufficient system storage")
            kept = [f"{n}" for n in range(8) if replies[n][0] == 250]
            api.fault = lambda number: "take"
            assert not settled(file)
            assert api.taken == {(one, TO): 1 for one in kept}
            assert deliver(server, message_about("later", octets=200_000), SENDER, TO)[0] == 250
            settled(file)
        assert api.taken["later", TO] == 1

    def test_a_file_that_somebody_holds_puts_the_client_off(self, api: Api, file: Path) -> None:
        with spooling(api, file, patience=0.1) as server:
            other = sqlite3.connect(file, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            assert deliver(server, message_about("one"), SENDER, TO) == (451, "Temporary service failure")
            other.execute("ROLLBACK")
            other.close()
            assert deliver(server, message_about("one"), SENDER, TO)[0] == 250
            assert not settled(file)
        assert api.taken == {("one", TO): 1}

    def test_an_answer_that_cannot_be_recorded_is_recorded_later_and_nothing_is_sent_again(
        self, api: Api, file: Path
    ) -> None:
        held = sqlite3.connect(":memory:")

        def fault(number: int) -> str:
            nonlocal held
            held = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            held.execute("BEGIN IMMEDIATE")
            return "take"

        api.fault = fault
        with spooling(api, file, patience=0.1) as server:
            assert deliver(server, message_about("one"), SENDER, TO)[0] == 250
            wait_until(lambda: bool(api.taken))
            time.sleep(0.5)
            assert [one.state for one in read_calls(str(file))] == [State.WORKING]
            held.execute("ROLLBACK")
            held.close()
            assert not settled(file)
        assert api.requests == 1


class TestTheClient:
    def test_one_that_asks_again_by_itself_is_refused(self, api: Api, file: Path) -> None:
        spool = Spool(str(file))
        often = boto3.client(
            "ses", region_name=REGION, endpoint_url=api.url, aws_access_key_id="x", aws_secret_access_key="x"
        )
        with pytest.raises(ValueError, match="must ask once"):
            Handler(often, spool=spool)
        spool.close()

    def test_messages_for_another_api_are_not_sent_by_it(self, api: Api, file: Path) -> None:
        api.fault = lambda number: "unavailable"
        with spooling(api, file) as server:
            deliver(server, message_about("one"), SENDER, TO)
        spool = Spool(str(file))
        with pytest.raises(sqlite3.DatabaseError, match="it has messages for another API than"):
            Handler(client("sesv2", api.url), spool=spool)
        spool.close()

    def test_defaults_that_cannot_be_kept_are_refused(self, api: Api, file: Path) -> None:
        spool = Spool(str(file))
        with pytest.raises(TypeError):
            Handler(client("sesv2", api.url), spool=spool, defaults=ApiParameters(extra=(("Other", b"x"),)))
        spool.close()

    def test_whether_a_request_has_left_is_known(self, api: Api) -> None:
        made = impatient(api.url)
        departures = Departures(made)
        request = {"Source": SENDER, "Destinations": [TO], "RawMessage": {"Data": message_about("one")}}
        departures.begin()
        assert not departures.has_stayed()  # nothing has been seen of it
        made.send_raw_email(**request)
        assert not departures.has_stayed()
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            gone = impatient(f"http://127.0.0.1:{nobody.getsockname()[1]}")
            elsewhere = Departures(gone)
            elsewhere.begin()
            with pytest.raises(Exception, match="Could not connect"):
                gone.send_raw_email(**request)
            assert elsewhere.has_stayed()
        departures.close()
        departures.begin()
        made.send_raw_email(**request)
        assert api.taken == {("one", TO): 2}
        departures.close()


class TestPace:
    def test_a_wait_doubles_up_to_the_longest_less_up_to_half(self) -> None:
        for attempts, longest in ((1, 1.0), (2, 2.0), (5, 16.0), (10, 60.0), (10_000, 60.0)):
            waits = [backed_off(attempts, first=1.0, longest=60.0) for _ in range(200)]
            assert longest / 2 <= min(waits) < longest * 0.6
            assert longest * 0.9 < max(waits) <= longest

    def test_throttling_pauses_all_and_halves_what_is_at_once(self) -> None:
        now = [100.0]
        pace = Pace(8, clock=lambda: now[0])
        pace.throttle(99.0)
        assert 0.25 <= pace.pause() <= 0.5
        assert pace.limit == 4
        pace.throttle(99.5)  # began before the pause
        assert pace.limit == 4
        now[0] += 1
        assert pace.pause() == 0
        pace.throttle(101.0)
        assert 0.5 <= pace.pause() <= 1
        assert pace.limit == 2
        for _ in range(9):
            pace.succeed()
        assert pace.limit == 8
        now[0] += 9
        pace.throttle(110.0)
        assert 0.25 <= pace.pause() <= 0.5

    def test_it_takes_five_failures_without_a_success_to_be_an_outage(self) -> None:
        pace = Pace(8, clock=lambda: 100.0)
        for _ in range(3):
            for _ in range(4):
                pace.fail(100.0)
            assert (pace.limit, pace.pause()) == (8, 0)
            pace.succeed()
        for _ in range(5):
            pace.fail(100.0)
        assert pace.limit == 1
        assert pace.pause() > 0

    @pytest.mark.slow
    def test_while_ses_is_down_few_calls_are_made(self, api: Api, file: Path) -> None:
        api.fault = lambda number: "unavailable"
        with spooling(api, file) as server:
            for number in range(30):
                deliver(server, message_about(f"{number}"), SENDER, TO)
            time.sleep(2)
            assert api.requests < 40
            api.fault = lambda number: "take"
            assert not settled(file)
        assert len(api.taken) == sum(api.taken.values()) == 30


def test_a_relay_that_stops_finishes_the_calls_in_work_and_keeps_the_rest(api: Api, file: Path) -> None:
    # In half a second the client of the API gives up.
    api.fault = first_then("hang before")
    handler = Handler(impatient(api.url), spool=Spool(str(file)), workers=1)
    with running(handler) as server:
        for subject in ("one", "two"):
            assert deliver(server, message_about(subject), SENDER, TO)[0] == 250
        wait_until(lambda: api.requests == 1)
    assert [one.state for one in read_calls(str(file))] == [State.UNCERTAIN, State.QUEUED]
