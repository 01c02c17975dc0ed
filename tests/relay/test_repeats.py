"""What is asked again and what is not: SES has no key by which it knows a request that comes twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

import boto3
from urllib3.util import connection as urllib3_connection

from sesmime.boto.rates import RateLimit
from sesmime.relay import Handler
from sesmime.relay.clients import client_config, quicken
from sesmime.relay.pacing import AccountPace
from tests.relay.servers import LIFTED, MESSAGE, PATIENCE, SENDER, TO, client, deliver, running
from tests.servers import REGION, V1_SENT, Service, v1_error
from tests.servers import Handler as Asked

pytestmark = pytest.mark.edges


class Script(Asked):
    """Answers as a list says, a step a request; the last step for all others."""

    steps: ClassVar[tuple[Any, ...]] = ()
    seen: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        step = self.steps[min(len(self.seen), len(self.steps) - 1)]
        self.seen.append(body)
        if step == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if step == "silent":
            time.sleep(1.5)
            self.close_connection = True
            return
        status, answer = step
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())


SENT = (200, V1_SENT)
THROTTLED = (400, v1_error("Throttling", "Maximum sending rate exceeded."))
DAILY = (454, v1_error("Throttling", "Daily message quota exceeded."))
FAILED = (500, v1_error("InternalFailure", "oh"))
BUSY = (503, v1_error("ServiceUnavailable", "busy"))
GATEWAY = (504, v1_error("ServiceUnavailable", "the gateway's"))
REJECTED = (400, v1_error("MessageRejected", "no"))


@pytest.fixture
def script(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Script]]:
    """Have the service follow a script, and pauses last for next to nothing."""
    Script.seen = []
    service.RequestHandlerClass = Script
    monkeypatch.setattr("sesmime.relay.courier._PAUSE", 0.01)
    yield Script
    Script.steps = ()


def asking(url: str, **options: Any) -> Any:
    """Return a client as the command's own."""
    config = client_config(4)
    if options:
        config = config.merge(type(config)(**options))
    made = boto3.client(
        "ses",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=config,
    )
    quicken(made)
    return made


class TestRepeats:
    @pytest.mark.parametrize(
        ("steps", "code", "calls"),
        [
            ((THROTTLED, SENT), 250, 2),
            ((FAILED, BUSY, SENT), 250, 3),
            ((THROTTLED,), 454, 3),
            ((BUSY,), 451, 3),
            ((REJECTED, SENT), 554, 1),
            # The quota of the day is not there again in a moment.
            ((DAILY, SENT), 454, 1),
            # SES may have taken it.
            (("reset", SENT), 451, 1),
            (("silent", SENT), 451, 1),
            ((GATEWAY, SENT), 451, 1),
            (((200, "<html/>"), SENT), 451, 1),
        ],
    )
    def test_it_is_asked_again_only_where_ses_has_not_taken_it(
        self, service: Service, script: type[Script], steps: tuple[Any, ...], code: int, calls: int
    ) -> None:
        script.steps = steps
        with running(Handler(asking(service.url, read_timeout=0.5), attempts=3)) as server:
            assert deliver(server, LIFTED, SENDER, TO)[0] == code
        assert len(script.seen) == calls

    def test_a_connection_that_cannot_be_made_is_tried_again(
        self, service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script.steps = (SENT,)
        made = asking(service.url)
        refused = iter((True, True, False))
        connect: Any = urllib3_connection.create_connection

        def connecting(*arguments: Any, **options: Any) -> Any:
            if next(refused, False):
                raise ConnectionRefusedError(111, "refused")
            return connect(*arguments, **options)

        monkeypatch.setattr("urllib3.connection.connection.create_connection", connecting)
        handler = Handler(made, attempts=3)
        assert handler.submit(LIFTED, sender=SENDER, recipients=(TO,)) == "250 Ok 0100-1"
        handler.close()
        assert len(script.seen) == 1

    def test_an_answer_says_whether_ses_may_have_taken_it(self, service: Service, script: type[Script]) -> None:
        handler = Handler(asking(service.url, read_timeout=0.5))
        for step, is_certain in (("reset", False), ("silent", False), (GATEWAY, False), (BUSY, True), (SENT, True)):
            script.steps, script.seen[:] = (step,), []
            (answer,) = handler.courier.hand_over(LIFTED, sender=SENDER, recipients=(TO,))
            assert answer.is_certain is is_certain, step
            assert answer.recipients == (TO,)
        handler.close()
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        handler = Handler(asking(url))
        (answer,) = handler.courier.hand_over(LIFTED, sender=SENDER, recipients=(TO,))
        assert (answer.is_certain, answer.reply[:3]) == (True, "451")
        handler.close()

    def test_a_relay_that_stops_does_not_wait_for_its_pauses(
        self, service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sesmime.relay.courier._PAUSE", 20.0)
        script.steps = (THROTTLED,)
        handler = Handler(asking(service.url), attempts=3, patience=60.0)
        replies: list[str] = []
        thread = threading.Thread(
            target=lambda: replies.append(handler.submit(LIFTED, sender=SENDER, recipients=(TO,)))
        )
        thread.start()
        while not script.seen:
            time.sleep(0.01)
        handler.close()
        thread.join(PATIENCE)
        assert [reply[:3] for reply in replies] == ["454"]


class TestRate:
    def test_beyond_the_rate_a_message_waits_and_beyond_the_patience_it_is_put_off(self, service: Service) -> None:
        handler = Handler(client("ses", service.url), rate=RateLimit(4.0), patience=0.4)
        started = time.monotonic()
        replies = [handler.submit(LIFTED, sender=SENDER, recipients=(TO,))[:3] for _ in range(5)]
        assert replies == ["250"] * 5
        assert time.monotonic() - started >= 0.24
        # Two recipients take two turns, which are half a second away.
        reply = handler.submit(LIFTED, sender=SENDER, recipients=(TO, "x@y.example"))
        assert reply == "454 Throttling failure: Maximum sending rate exceeded."
        handler.close()
        assert len(service.received) == 5

    @pytest.mark.parametrize("is_v2", [False, True])
    def test_the_accounts_rate_is_asked_for_and_what_is_not_known_is_no_limit(self, is_v2: bool) -> None:
        class Client:
            rate = 5.0

            def get_send_quota(self) -> dict[str, float]:
                assert not is_v2
                return {"MaxSendRate": self.rate} if self.rate else {}

            def get_account(self) -> dict[str, Any]:
                assert is_v2
                return {"SendQuota": {"MaxSendRate": self.rate}} if self.rate else {}

        made = Client()
        pace = AccountPace(made, is_v2=is_v2, seconds=0.02)
        assert pace.limit.reserve(1_000) == 0.0
        pace.start()
        until(lambda: pace.limit.reserve(100, at_most=0.0) is None)
        made.rate = 0.0
        time.sleep(0.1)
        assert pace.limit.reserve(100, at_most=0.0) is None
        made.rate = 1e9
        until(lambda: pace.limit.reserve(100, at_most=0.0) == 0.0)
        pace.close()


def until(happens: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.01)


class TestRequests:
    def test_the_quick_form_is_botocores_octet_for_octet(self, service: Service, script: type[Script]) -> None:
        script.steps = (SENT,)
        octets = LIFTED + bytes(range(33, 127)) * 3 + b"\r\n" + "ÿ>?~é".encode() * 50 + b"\r\n"
        for number, message in enumerate((MESSAGE, LIFTED, octets)):
            for made in (client("ses", service.url), asking(service.url)):
                handler = Handler(made)
                assert handler.submit(message, sender=SENDER, recipients=(TO,))[:3] == "250"
                handler.close()
            assert script.seen[2 * number] == script.seen[2 * number + 1]
