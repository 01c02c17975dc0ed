"""Many messages at once, slow ones, and the end of the relay."""

from __future__ import annotations

import asyncio
import select
import threading
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

from sesmime.relay import Handler
from sesmime.relay.server import serve
from tests.relay.servers import LIFTED, PATIENCE, SENDER, TO, Plain, client, deliver, running, transaction, with_subject
from tests.servers import Service

pytestmark = pytest.mark.edges


def subjects(sent: list[Any]) -> list[str]:
    return sorted(message_from_bytes(one.raw_data.encode())["Subject"] for one in sent)


class Gate:
    """Holds up the calls of a client whose message bears a word, until it is opened."""

    def __init__(self, made: Any, word: bytes) -> None:
        self.arrived = threading.Event()
        self.opened = threading.Event()
        self.word = word
        made.meta.events.register("provide-client-params.ses.SendRawEmail", self._hold)

    def _hold(self, params: dict[str, Any], **_: Any) -> None:
        if self.word in params["RawMessage"]["Data"]:
            self.arrived.set()
            assert self.opened.wait(PATIENCE)


class Hasty(Handler):
    """Has its clients wait for a second alone."""

    @property
    def options(self) -> dict[str, Any]:
        return {**super().options, "timeout": 1.0}


class TestManyAtOnce:
    def test_a_whole_session_may_come_at_once(self, endpoint: str, sent: list[Any]) -> None:
        session = b"EHLO x\r\nMAIL FROM:<joe@a.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + LIFTED + b".\r\n"
        again = session.partition(b"\r\n")[2]
        with running(Handler(client("ses", endpoint))) as server:
            plain = Plain(server)
            plain.send(session + again + b"QUIT\r\n")
            assert [plain.reply() for _ in range(11)] == [250, 250, 250, 354, 250, 250, 250, 354, 250, 221, 0]
            plain.close()
        assert [one.raw_data.encode() for one in sent] == [LIFTED] * 2

    @pytest.mark.slow
    def test_a_client_that_sends_nothing_is_left_and_one_that_sends_slowly_is_not(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        with running(Hasty(client("ses", endpoint))) as server:
            slow = Plain(server)
            slow.begin()
            silent = Plain(server)
            silent.begin()
            octets = iter(LIFTED)
            # The silent one began later: once it has been left, so would be who is not heard meanwhile.
            while not select.select([silent.socket], [], [], 0.1)[0]:
                slow.send(bytes([next(octets)]))
            assert [silent.reply(), silent.reply()] == [451, 0]
            slow.send(bytes(octets) + b".\r\n")
            assert slow.reply() == 250
            slow.close()
            silent.close()
        assert [one.raw_data.encode() for one in sent] == [LIFTED]

    @pytest.mark.slow
    def test_a_client_that_waits_for_the_api_is_not_left(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: waiting")
        with running(Hasty(made)) as server:
            waiting = Plain(server)
            waiting.begin()
            waiting.send(with_subject("waiting") + b".\r\n")
            assert gate.arrived.wait(PATIENCE)
            silent = Plain(server)
            assert [silent.reply(), silent.reply()] == [451, 0]
            gate.opened.set()
            assert waiting.reply() == 250
            waiting.close()
            silent.close()
        assert subjects(sent) == ["waiting"]

    def test_a_connection_cut_in_the_middle_of_a_message_sends_nothing(self, endpoint: str, sent: list[Any]) -> None:
        with running(Handler(client("ses", endpoint))) as server:
            for rest in (b"", b".", b".\r"):
                plain = Plain(server)
                plain.begin()
                plain.send(with_subject("cut") + rest)
                plain.close()
            assert deliver(server, with_subject("whole"))[0] == 250
        assert subjects(sent) == ["whole"]

    def test_a_slow_client_holds_up_nobody(self, endpoint: str, sent: list[Any]) -> None:
        slow = with_subject("slow")
        with running(Handler(client("ses", endpoint))) as server:
            plain = Plain(server)
            plain.begin()
            plain.send(slow[:20])
            assert deliver(server, with_subject("quick"))[0] == 250
            plain.send(slow[20:-1])
            assert deliver(server, with_subject("quick"))[0] == 250
            plain.send(slow[-1:] + b".\r\n")
            assert plain.reply() == 250
            plain.close()
        assert [message_from_bytes(one.raw_data.encode())["Subject"] for one in sent] == ["quick", "quick", "slow"]

    def test_a_slow_answer_of_the_api_holds_up_nobody(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: slow")
        with running(Handler(made)) as server, ThreadPoolExecutor(1) as threads:
            slow = threads.submit(deliver, server, with_subject("slow"))
            assert gate.arrived.wait(PATIENCE)
            assert deliver(server, with_subject("quick"))[0] == 250
            assert subjects(sent) == ["quick"]
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["quick", "slow"]

    @pytest.mark.slow
    def test_of_many_clients_each_message_arrives_once(self, endpoint: str, sent: list[Any]) -> None:
        def deliver_some(client_number: int) -> list[int]:
            with server.connect() as connection:
                return [
                    transaction(connection, with_subject(f"{client_number:02}-{number}"), SENDER, TO)[0]
                    for number in range(5)
                ]

        with running(Handler(client("ses", endpoint))) as server, ThreadPoolExecutor(20) as threads:
            codes = list(threads.map(deliver_some, range(20)))
        assert codes == [[250] * 5] * 20
        assert subjects(sent) == [f"{client_number:02}-{number}" for client_number in range(20) for number in range(5)]

    def test_a_client_that_leaves_before_its_turn_takes_its_message_with_it(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: first")
        left = threading.Event()

        class Watched(Handler):
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                try:
                    return await super().handle_DATA(server, session, envelope)
                except asyncio.CancelledError:
                    left.set()
                    raise

        with running(Watched(made, workers=1)) as server, ThreadPoolExecutor(1) as threads:
            first = threads.submit(deliver, server, with_subject("first"))
            assert gate.arrived.wait(PATIENCE)
            plain = Plain(server)
            plain.begin()
            plain.send(with_subject("left") + b".\r\n")
            plain.close()
            assert left.wait(PATIENCE)
            gate.opened.set()
            assert first.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["first"]


class TestStopping:
    def test_messages_in_work_are_finished_and_answered(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        with running(Handler(made)) as server, ThreadPoolExecutor(1) as threads:
            idle = Plain(server)
            slow = threads.submit(deliver, server, with_subject("in work"))
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
            assert idle.reply() == 421
            assert idle.reply() == 0
            idle.close()
        assert subjects(sent) == ["in work"]
        with pytest.raises(OSError):
            server.connect()

    def test_a_message_that_begins_or_ends_after_the_signal_is_put_off(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        closing = threading.Event()

        class Watched(Handler):
            def close(self) -> None:
                self._is_closed = True
                closing.set()
                super().close()

        with running(Watched(made)) as server, ThreadPoolExecutor(1) as threads:
            late, later = Plain(server), Plain(server)
            late.begin()
            assert later.ask(b"EHLO x") == 250
            slow = threads.submit(deliver, server, with_subject("in work"))
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            assert closing.wait(PATIENCE)
            late.send(with_subject("late") + b".\r\n")
            assert late.reply() == 421
            assert later.ask(b"MAIL FROM:<joe@a.example>") == 421
            late.close()
            later.close()
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["in work"]

    @pytest.mark.slow
    def test_a_client_that_stays_after_its_answer_is_not_waited_for(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        with running(Handler(made)) as server:
            staying = Plain(server)
            staying.begin()
            staying.send(with_subject("in work") + b".\r\n")
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            gate.opened.set()
            assert [staying.reply() for _ in range(3)] == [250, 421, 0]
            staying.close()

    def test_an_address_that_cannot_be_had_is_told(self, service: Service) -> None:
        with pytest.raises(OSError, match="in use"):
            asyncio.run(
                serve(Handler(client("ses", service.url)), "127.0.0.1", service.server_address[1], stop=asyncio.Event())
            )

    def test_without_aiosmtpd_the_error_says_what_to_install(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "aiosmtpd.smtp", None)
        with pytest.raises(ImportError, match=r"pip install 'sesmime\[relay\]'"):
            asyncio.run(serve(Handler(client("ses", service.url)), "127.0.0.1", 0, stop=asyncio.Event()))
