"""Clients of the local SES that are slow keep nobody out, and what all of them send at once has a bound."""

from __future__ import annotations

import http.client
import json
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from sesmime.local import LocalSes
from sesmime.local.seats import Paced, Seats, Stage
from tests.local.raw_smtp import MESSAGE, Raw, begin, serves_on

pytestmark = pytest.mark.edges

MAIL = json.dumps(
    {
        "FromEmailAddress": "a@b.example",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    }
).encode()
HEAD = b"POST /v2/email/outbound-emails HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n"
SLOW = {
    "silent": b"",
    "in the first line": b"POST /v2",
    "in the head": HEAD,
    "in the body": HEAD + b"Content-Length: 5000\r\n\r\n{",
    "in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
    "reading changes": b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def http_port(ses: LocalSes) -> tuple[str, int]:
    return "127.0.0.1", int(ses.endpoint_url.rpartition(":")[2])


def status(ses: LocalSes, method: str = "GET", place: str = "/api/messages", body: bytes | None = None) -> int:
    with closing(http.client.HTTPConnection(*http_port(ses), timeout=20)) as connection:
        connection.request(method, place, body, {"Authorization": "x"} if body else {})
        return connection.getresponse().status


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the servers take few clients, which are enough to fill them."""
    monkeypatch.setattr("sesmime.local.web._MAX_CONNECTIONS", 6)
    monkeypatch.setattr("sesmime.local.smtp._MAX_CONNECTIONS", 6)


def test_by_http_others_have_the_place_of_those_that_are_slow(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, patience=0.0)
    for stage, octets in SLOW.items():
        with ExitStack() as stack:
            for _ in range(6):
                client = stack.enter_context(socket.create_connection(http_port(ses), timeout=20))
                client.sendall(octets)
            assert [status(ses) for _ in range(3)] == [200, 200, 200], stage


def test_by_http_nobody_goes_who_is_slow_for_a_moment_only(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, patience=60.0)
    with ExitStack() as stack:
        first = stack.enter_context(closing(http.client.HTTPConnection(*http_port(ses), timeout=20)))
        first.request("GET", "/api/messages")
        assert first.getresponse().read()
        for _ in range(5):
            stack.enter_context(socket.create_connection(http_port(ses), timeout=20))
        assert status(ses) == 503
        first.request("GET", "/api/messages")
        assert first.getresponse().status == 200


def waiting(ses: LocalSes, stack: ExitStack, query: str = "wait=30") -> http.client.HTTPConnection:
    """Return a client that has asked for a message, and waits for it."""
    connection = stack.enter_context(closing(http.client.HTTPConnection(*http_port(ses), timeout=20)))
    connection.request("GET", f"/api/messages?{query}")
    return connection


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return what those that wait were told, as they come."""
    told: list[bool] = []
    begin = Seats.begin_waiting

    def begin_waiting(seats: Seats) -> bool:
        told.append(begin(seats))
        return told[-1]

    monkeypatch.setattr(Seats, "begin_waiting", begin_waiting)
    return told


def told_to_try_again(ses: LocalSes) -> bool:
    while True:
        with ExitStack() as stack:
            answer = waiting(ses, stack, "wait=0.01").getresponse()
            assert answer.status == 200 or answer.headers["Retry-After"] == "1"
            if body := answer.read():  # without one there was no seat: those that were closed have theirs for a moment
                assert answer.status == 200 or "error" in json.loads(body)
                return answer.status == 503


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_those_that_wait_for_a_message_leave_seats_to_others(local: Callable[..., LocalSes], begun: list[bool]) -> None:
    ses = local(any_identity=True, patience=60.0)
    with ExitStack() as stack:
        waiters = [waiting(ses, stack) for _ in range(4)]
        until(lambda: len(begun) == 4)
        assert told_to_try_again(ses)
        for _ in range(10):  # none of them keeps a seat either
            assert told_to_try_again(ses)
        for _ in range(5):
            until(lambda: status(ses) == 200)  # a connection that has been closed has its seat for a moment more
        until(lambda: status(ses, "POST", "/v2/email/outbound-emails", MAIL) == 200)
        for client in waiters:
            assert json.loads(client.getresponse().read())["count"] == 1
        assert not told_to_try_again(ses)
        assert waiting(ses, stack, "wait=60&limit=1").getresponse().status == 200  # there is one already


def test_one_that_leaves_waits_no_more(local: Callable[..., LocalSes], begun: list[bool]) -> None:
    ses = local(any_identity=True, patience=60.0)
    with ExitStack() as stack:
        for _ in range(4):
            waiting(ses, stack, "wait=60")
        until(lambda: len(begun) == 4)
        assert told_to_try_again(ses)
    until(lambda: not told_to_try_again(ses))


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(3)]
    yield made
    for pair in made:
        for one in pair:
            one.close()


def test_idle_ones_go_before_others_and_those_in_work_never(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    for stages in ((Stage.WRITING, Stage.IDLE), (Stage.READING, Stage.IDLE), (Stage.WRITING, Stage.READING)):
        seats = Seats(2, patience=0.0)
        for (connection, _), stage in zip(pairs, stages, strict=False):
            assert seats.take(connection)
            assert seats.note(connection, stage)
        assert seats.take(pairs[2][0])
        assert seats.note(pairs[0][0], stages[0])
        assert not seats.note(pairs[1][0], stages[1])
    seats = Seats(1, patience=0.0)
    connection = pairs[0][0]
    assert seats.take(connection)
    assert seats.note(connection, Stage.WORKING)
    assert not seats.take(pairs[1][0])
    seats.leave(connection)
    assert seats.take(pairs[1][0])


def test_a_pace_is_kept_octet_by_octet(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    connection, client = pairs[0]
    paced = Paced(connection)
    paced.until(0.05)
    client.sendall(b"abc")
    assert paced.read(3) == b"abc"
    end = time.monotonic() + 5
    with pytest.raises(TimeoutError):
        while time.monotonic() < end:
            client.sendall(b"x")
            paced.read(1)
            time.sleep(0.01)
    connection, client = pairs[1]
    client.sendall(b"xy")
    paced = Paced(connection)
    paced.until(0.2, pace=0.1)
    assert paced.read(1) == b"x"  # worth ten seconds
    time.sleep(0.25)
    assert paced.read(1) == b"y"


@pytest.mark.parametrize("what", ["_HEAD", "_BODY"])
def test_too_slow_a_request_is_told_so(
    local: Callable[..., LocalSes], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(f"sesmime.local.web.{what}", 0.1)
    ses = local(any_identity=True)
    with socket.create_connection(http_port(ses), timeout=20) as client:
        client.sendall(SLOW["in the head" if what == "_HEAD" else "in the body"])
        assert client.makefile("rb").readline().upper() == b"HTTP/1.1 408 REQUEST TIMEOUT\r\n"
    assert status(ses) == 200


def test_what_all_clients_send_by_http_has_a_bound(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, max_in_work=100_000)
    place = "/v2/email/outbound-emails"
    end, found = time.monotonic() + 20, 0
    while found != 503 and time.monotonic() < end:  # where its octets come first the other is refused
        with socket.create_connection(http_port(ses), timeout=20) as half:
            half.sendall(HEAD + b"Content-Length: 90000\r\n\r\n" + b"{" * 80_000)
            time.sleep(0.05)
            found = status(ses, "POST", place, b"{" * 30_000)
            assert status(ses, "POST", place, b"{" * 300) != 503
    assert found == 503
    for _ in range(3):  # nothing stays counted
        while (found := status(ses, "POST", place, b"{" * 99_000)) == 503 and time.monotonic() < end:
            time.sleep(0.01)
        assert found == 400
        assert status(ses, "POST", place, b"{" * 101_000) == 503


def test_by_smtp_others_have_the_place_of_those_that_are_slow(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, patience=0.0)
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(Raw(ses))) for _ in range(6)]
        for client in clients:
            client.send(b"EHLO")  # an octet now and then is no command
        serves_on(ses)
        serves_on(ses)
        assert clients[0].reply() == (451, "Timeout waiting for data from client")
        assert clients[0].reply() == (0, "")
        begin_rest = clients[5]
        begin_rest.send(b" me\r\n")
        assert begin_rest.reply()[0] == 250
    assert len(ses.inbox) == 2


def test_what_all_clients_send_by_smtp_has_a_bound(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, max_in_work=300_000)
    line = b"x" * 70 + b"\r\n"
    with closing(Raw(ses)) as half:
        begin(half)
        assert half.ask(b"DATA")[0] == 354
        half.send(MESSAGE + line * 3_500)
        end = time.monotonic() + 20
        found = 250
        while found != 452 and time.monotonic() < end:
            with smtplib.SMTP(*ses.smtp_address, timeout=20) as other:
                other.ehlo()
                other.mail("a@b.example")
                other.rcpt("c@d.example")
                found, text = other.data(MESSAGE + line * 2_500)
        assert (found, text) == (452, b"4.3.1 Too many messages are being received, try again later")
        serves_on(ses)
    code = 452
    while code == 452 and time.monotonic() < end:  # until the other has gone
        with closing(Raw(ses)) as later:
            begin(later)
            assert later.ask(b"DATA")[0] == 354
            later.send(MESSAGE + line * 3_500)
            code = later.ask(b".")[0]
    assert code == 250
