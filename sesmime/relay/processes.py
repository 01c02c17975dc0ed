"""The processes of one relay: started, given connections, asked, started again where they die, and ended.

The parent listens, lets in, and holds what is of all (`sesmime.relay.sharing`); each of the others, its children, is a
relay without a port. They are fresh interpreters: nothing of the parent's threads is in them, and what they are told
goes over a pipe, not over a command line. A child that dies costs the connections that it had, and no more: their
clients were told of no message that SES has not taken. When the parent has gone, children finish what is in work and
end by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sesmime.relay.arrivals import give_away
from sesmime.relay.limits import Room
from sesmime.relay.pace import backed_off
from sesmime.relay.partial import PartialHandOvers
from sesmime.relay.sharing import Board, partial_answers
from sesmime.relay.talking import Talk
from sesmime.relay.telling import tell_notice

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

# Seconds until a process that has died is started again: at first, at most, and after which it counts as the first.
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 30.0
_STEADY: Final = 60.0
# Seconds that a process may take to be gone once it has closed its end, and to answer.
_TO_END: Final = 5.0
_TO_ANSWER: Final = 2.0
# The parent answers them; a terminal and systemd send them to all.
_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class NotStarted(RuntimeError):
    """A process has ended before the relay began; the text is what it told, or how it ended."""


class Place(NamedTuple):
    """What a process is given: its number, the ends of its sockets, what all share."""

    number: int
    talk: socket.socket
    way: socket.socket
    board: Board


@dataclass(slots=True, eq=False)
class _Child:
    """A process as the parent knows it: the hosts of its connections, what it told last."""

    number: int
    process: BaseProcess
    way: socket.socket
    began: float
    talk: Talk = field(init=False)
    hosts: dict[int, str] = field(default_factory=dict)
    is_ready: bool = False
    is_over: bool = False
    trouble: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    is_asked: bool = False


class Processes:
    """So many processes that run `work(place, *given)`, a function of a module, until `stop` is set.

    `room` counts connections, `partial` is what all know, `left` is given what a process that has died told last.
    """

    def __init__(
        self,
        count: int,
        work: Callable[..., None],
        given: Sequence[Any],
        *,
        stop: asyncio.Event,
        board: Board,
        room: Room,
        left: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.count = count
        self._work, self._given, self._stop, self._board, self._room = work, given, stop, board, room
        self._left = left
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._partial = PartialHandOvers()
        self._children: dict[int, _Child] = {}
        self._begun: list[asyncio.Future[None]] = [self._loop.create_future() for _ in range(count)]
        self._tasks = [self._loop.create_task(self._keep(number)) for number in range(count)]

    @property
    def ready(self) -> list[_Child]:
        """Those that take connections."""
        return [one for one in self._children.values() if one.is_ready and not one.is_over]

    async def begin(self) -> None:
        """Wait until all take connections, or `stop` is set. Raises NotStarted where one has ended instead."""
        stopping = self._loop.create_task(self._stop.wait())
        begun = asyncio.gather(*self._begun)
        try:
            first: list[asyncio.Future[Any]] = [stopping, begun, *self._tasks]
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if begun.done():
                begun.result()
            for task in self._tasks:  # which go on until the end
                if task.done():
                    task.result()
        finally:
            for one in (stopping, begun):
                one.cancel()
            with contextlib.suppress(asyncio.CancelledError, NotStarted):
                await begun

    def give(self, connection: socket.socket, host: str) -> bool:
        """Give a connection to the process that has the fewest; False where none takes it."""
        for child in sorted(self.ready, key=lambda one: len(one.hosts)):
            number = next(self._numbers)
            if give_away(child.way, connection, number):
                child.hosts[number] = host
                return True
        return False

    async def look(self) -> list[Mapping[str, Any]]:
        """Return what each process tells of itself; of one that does not answer, what it told last."""
        await asyncio.gather(*map(self._look_at, self.ready))
        return [one.told for one in self.ready]

    async def reload(self) -> None:
        """Have all read their files again."""
        answers = asyncio.gather(*(one.talk.ask("reload") for one in self.ready), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(answers, _TO_ANSWER)

    async def end(self) -> None:
        """Have them finish what is in work, and wait for their ends; those that have not begun end at once."""
        self._stop.set()
        for one in self._children.values():
            if one.is_ready:
                one.talk.tell("stop")
            else:
                one.process.kill()
        await asyncio.gather(*self._tasks)

    # One process after another, in one place

    async def _keep(self, number: int) -> None:
        attempts = 0
        while not self._stop.is_set():
            ended, lasted = await self._run(number)
            if self._stop.is_set():
                return
            if not self._begun[number].done():
                self._begun[number].set_exception(NotStarted(ended))
                return
            attempts = 1 if lasted > _STEADY else attempts + 1
            wait = backed_off(attempts, first=_FIRST_WAIT, longest=_LONGEST_WAIT)
            tell_notice(f"{ended}; another is started in {wait:.1f} seconds", logging.ERROR)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait)

    async def _run(self, number: int) -> tuple[str, float]:
        """Start a process, and return how it ended, and how many seconds it took connections."""
        try:
            child = self._start(number)
        except OSError as error:
            return f"a process cannot be started: {error.strerror or error}", 0.0
        self._children[number] = child
        try:
            await child.talk.begin()
            await child.talk.run()
            child.is_over = True
            await self._gone(child.process)
        finally:
            del self._children[number]
            child.way.close()
            if child.process.is_alive():  # nobody hears it any more
                child.process.kill()
        self._give_back(child)
        lasted = self._loop.time() - child.began if child.is_ready else 0.0
        return _told_end(child), lasted

    async def _gone(self, process: BaseProcess) -> None:
        """Wait until a process that has closed its end is gone; it is killed where it stays."""
        gone = asyncio.Event()
        self._loop.add_reader(process.sentinel, gone.set)
        try:
            await asyncio.wait_for(gone.wait(), _TO_END)
        except TimeoutError:
            process.kill()
        finally:
            self._loop.remove_reader(process.sentinel)
        process.join()

    def _start(self, number: int) -> _Child:
        context = multiprocessing.get_context("spawn")
        with contextlib.ExitStack() as theirs:
            talk, other_talk = socket.socketpair()
            way, other_way = socket.socketpair()
            theirs.enter_context(other_talk)
            theirs.enter_context(other_way)
            place = Place(number, other_talk, other_way, self._board)
            process = context.Process(target=self._work, args=(place, *self._given), name=f"sesmime-relay-{number}")
            try:
                with _without_signals():
                    process.start()
            except BaseException:
                talk.close()
                way.close()
                raise
        child = _Child(number, process, way, self._loop.time())
        child.talk = Talk(talk, self._hears(child))
        return child

    def _hears(self, child: _Child) -> dict[str, Callable[..., Any]]:
        def ready() -> None:
            child.is_ready = True
            child.began = self._loop.time()
            if not self._begun[child.number].done():
                self._begun[child.number].set_result(None)

        def gone(number: int) -> None:
            host = child.hosts.pop(number, None)
            if host is not None:
                self._room.leave(host)

        def failed(text: str) -> None:
            child.trouble = text

        return {"ready": ready, "gone": gone, "failed": failed, **partial_answers(self._partial)}

    def _give_back(self, child: _Child) -> None:
        """Have what a process held for others again."""
        for host in child.hosts.values():
            self._room.leave(host)
        self._board.clear(child.number)
        self._left(child.told)

    async def _look_at(self, child: _Child) -> None:
        if child.is_asked:
            return
        child.is_asked = True
        asked = self._loop.create_task(child.talk.ask("look"))

        def answered(done: asyncio.Task[Any]) -> None:
            child.is_asked = False
            if not done.cancelled() and done.exception() is None:
                child.told = done.result()

        asked.add_done_callback(answered)
        await asyncio.wait((asked,), timeout=_TO_ANSWER)


def _told_end(child: _Child) -> str:
    code = child.process.exitcode or 0
    try:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        how = f"signal {-code}"
    start = f"process {child.process.pid} has ended ({how})"
    if not child.is_ready:
        return f"{start} before it began{': ' * bool(child.trouble)}{child.trouble}"
    count = len(child.hosts)
    return f"{start} and its {count} connection{'' if count == 1 else 's'} with it"


@contextlib.contextmanager
def _without_signals() -> Iterator[None]:
    """Have a process that is started here hear no signal until it has said which it does not want."""
    resource_tracker.ensure_running()  # it would let them through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In a process that was started


def ignore_signals() -> None:
    """Leave the signals of a terminal and of a service manager to the parent."""
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


class Parent:
    """The parent as its child knows it. `stop` is set when it says so, and when it has gone.

    Where it goes after it has said so, it has been told to end at once, and this process does.
    """

    def __init__(self, talk: Talk, stop: asyncio.Event) -> None:
        self._talk, self._stop = talk, stop
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._listen())

    @classmethod
    async def meet(cls, place: Place, *, stop: asyncio.Event) -> Parent:
        """Begin to listen to it."""
        talk = Talk(place.talk, {"stop": stop.set})
        await talk.begin()
        return cls(talk, stop)

    def answer(self, **hears: Callable[..., Any]) -> None:
        """Have questions answered by these functions, before any is asked."""
        self._talk.hears.update(hears)

    def tell(self, word: str, *values: Any) -> None:
        """Tell it something."""
        self._talk.tell(word, *values)

    def gone(self, number: int) -> None:
        """A connection has ended."""
        self._talk.tell("gone", number)

    def ask(self, word: str, *values: Any) -> Any:
        """Ask from another thread. Raises OSError where it has gone."""
        return asyncio.run_coroutine_threadsafe(self._talk.ask(word, *values), self._loop).result()

    async def _listen(self) -> None:
        await self._talk.run()
        if self._stop.is_set():
            os._exit(1)
        tell_notice("the parent process has gone: finishing the messages in progress", logging.ERROR)
        self._stop.set()
