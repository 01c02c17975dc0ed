"""What the processes of a relay share, and how they begin and talk."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")
pytest.importorskip("fcntl")

import fcntl

from sesmime.relay.access import Access
from sesmime.relay.arrivals import Entrance, listen
from sesmime.relay.limits import Limits, Room
from sesmime.relay.partial import PartialHandOvers
from sesmime.relay.processes import NotStarted, Place, Processes
from sesmime.relay.sharing import AskedPartial, Board, SharedRate, SharedRoom, partial_answers
from sesmime.relay.sums import lasting, summed
from sesmime.relay.talking import Talk
from tests.relay import beginners

pytestmark = pytest.mark.edges


@pytest.fixture
def boards() -> Iterator[tuple[Board, Board]]:
    """The page as two processes have it."""
    first = Board()
    second = Board(os.dup(first._file))
    yield first, second
    second.close()
    first.close()


class TestBoard:
    def test_the_rate_is_one(self, boards: tuple[Board, Board]) -> None:
        first, second = map(SharedRate, boards)
        assert first.reserve(1, at_most=0) == second.reserve(1_000, at_most=0) == 0.0  # no limit yet
        first.set_rate(0.001)
        assert second.reserve(1, at_most=1) == pytest.approx(0, abs=1e-6)
        assert first.reserve(1, at_most=30) is None
        assert 999 < (first.reserve(1) or 0) <= 1_000
        second.set_rate(0)
        assert first.reserve(1, at_most=0) == 0.0

    def test_the_memory_is_one_and_who_is_gone_holds_nothing(self, boards: tuple[Board, Board]) -> None:
        first, second = (SharedRoom(Limits(octets=10), board, number) for number, board in enumerate(boards))
        assert first.hold(6)
        assert not second.hold(5)
        assert second.hold(4)
        assert boards[0].held() == 10
        second.release(1)
        assert boards[0].held() == 9
        boards[0].clear(0)
        assert boards[1].held() == 3
        assert second.hold(7)

    def test_a_deadlock_that_is_none_is_waited_for(
        self, boards: tuple[Board, Board], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock, faults = fcntl.lockf, [OSError(errno.EDEADLK, "Resource deadlock avoided")]

        def lockf(*given: Any) -> None:
            if faults:
                raise faults.pop()
            lock(*given)

        monkeypatch.setattr(fcntl, "lockf", lockf)
        assert boards[0].hold(0, 1, most=1)
        faults.append(OSError(errno.ENOLCK, "No locks available"))
        with pytest.raises(OSError, match="No locks"):
            boards[0].hold(0, 1, most=1)
        assert not boards[0].hold(0, 1, most=1)


class TestPartial:
    def test_what_one_remembers_another_knows(self) -> None:
        answers = partial_answers(PartialHandOvers())

        def ask(word: str, *values: Any) -> Any:
            return answers[word](*values)

        one, another = AskedPartial(ask), AskedPartial(ask)
        assert one.reached(b"\0digest") == frozenset()
        one.remember(b"\0digest", frozenset({"a@b.example", "\udce9@b.example"}))
        assert another.reached(b"\0digest") == {"a@b.example", "\udce9@b.example"}
        another.forget(b"\0digest")
        assert one.reached(b"\0digest") == frozenset()

    def test_where_nobody_knows_nothing_is_sent_and_what_was_sent_stays_told(self) -> None:
        def ask(word: str, *values: Any) -> Any:
            raise ConnectionResetError(word)

        partial = AskedPartial(ask)
        with pytest.raises(ConnectionResetError, match="reached"):
            partial.reached(b"")
        partial.remember(b"", frozenset())
        partial.forget(b"")


class TestTalk:
    def test_what_is_asked_of_who_goes_is_not_answered(self) -> None:
        async def main() -> None:
            here, there = socket.socketpair()
            talk = Talk(here, {})
            with pytest.raises(ConnectionResetError):
                await talk.ask("word")
            await talk.begin()
            running = asyncio.ensure_future(talk.run())
            asked = asyncio.ensure_future(talk.ask("word", "\udce9"))
            await asyncio.sleep(0)
            assert there.recv(100) == b'[0, "word", ["\\udce9"]]\n'
            there.send(b'[null, "wo')  # killed in the middle
            there.close()
            with pytest.raises(ConnectionResetError):
                await asked
            await running
            talk.tell("nobody")

        asyncio.run(main())


class TestSums:
    def test_counts_outlive_who_counted_and_gauges_do_not(self) -> None:
        counted = [
            ["sent", "Sent.", "counter", [["sent_total", {"by": "a"}, 2.0], ["sent_created", {"by": "a"}, 9.0]]],
            ["open", "Open.", "gauge", [["open", {}, 3.0]]],
        ]
        later = [["sent", "Sent.", "counter", [["sent_total", {"by": "b"}, 1.0], ["sent_created", {"by": "a"}, 7.0]]]]
        assert summed([lasting(counted), later, later]) == [
            [
                "sent",
                "Sent.",
                "counter",
                [
                    ["sent_total", {"by": "a"}, 2.0],
                    ["sent_created", {"by": "a"}, 7.0],
                    ["sent_total", {"by": "b"}, 2.0],
                ],
            ]
        ]
        assert summed([counted, counted])[1] == ["open", "Open.", "gauge", [["open", {}, 6.0]]]


class TestBeginning:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("work", "told"),
        [
            (beginners.die, r"process \d+ has ended \(exit code 3\) before it began"),
            (beginners.tell_why, r"process \d+ has ended \(exit code 0\) before it began: the users are gone"),
        ],
    )
    def test_a_process_that_cannot_begin_says_why(self, work: Callable[[Place], None], told: str) -> None:
        async def main() -> None:
            board = Board()
            processes = Processes(
                1, work, [], stop=asyncio.Event(), board=board, room=Room(Limits()), left=lambda told: None
            )
            try:
                with pytest.raises(NotStarted, match=f"^{told}$"):
                    await processes.begin()
            finally:
                await processes.end()
                board.close()

        asyncio.run(main())


class TestEntrance:
    def test_without_files_it_takes_connections_later(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("sesmime.relay.arrivals._PAUSE", 0.01)
        given: list[str] = []

        def give(connection: socket.socket, host: str) -> bool:
            given.append(host)
            return True

        async def main() -> None:
            sockets = await listen("127.0.0.1", 0)
            entrance = Entrance(
                [ShortOfFiles(fileno=one.detach()) for one in sockets],
                access=Access(),
                room=Room(Limits()),
                give=give,
                turned_away=given.append,
                is_silent=False,
            )
            entrance.open()
            place = sockets_address(entrance)
            reader, writer = await asyncio.open_connection(*place)
            assert await reader.read() == b""  # taken, and closed here
            writer.close()
            entrance.close()

        asyncio.run(main())
        assert given == ["127.0.0.1"]
        assert caplog.messages == ["no connection can be taken: Too many open files"]


def sockets_address(entrance: Entrance) -> tuple[str, int]:
    (address,) = entrance.addresses
    host, _, port = address.partition(":")
    return host, int(port)


class ShortOfFiles(socket.socket):
    """A socket that cannot take the first connection."""

    faults = 1

    def accept(self) -> tuple[socket.socket, Any]:
        if self.faults:
            self.faults -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().accept()
