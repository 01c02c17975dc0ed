"""`sesmime relay` in several processes: how many, what the parent does, and what each of the others does."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sesmime.cli.checking import Checking
from sesmime.cli.files import CommandError
from sesmime.cli.relay_options import ACCOUNT, read_again, read_limits, tell_read_again
from sesmime.cli.relay_parts import (
    Security,
    add_work,
    heed_signals,
    journal,
    make_client,
    make_handler,
    make_metrics,
    read_security,
    tell_beginning,
    watched,
)
from sesmime.errors import SesMimeError
from sesmime.linter.run import custom_rules

if TYPE_CHECKING:
    from sesmime.linter.config import LintConfig
    from sesmime.linter.findings import Severity
    from sesmime.relay.limits import Room
    from sesmime.relay.metrics import Family, Metrics
    from sesmime.relay.processes import Place, Processes
    from sesmime.relay.sharing import Board

# More would need more than a relay of this kind has to do.
_MOST_BY_DEFAULT: Final = 4
# Seconds that whoever asks for the health waits for what the processes tell.
_TO_TELL: Final = 5.0
# Seconds between two times at which the processes tell what they have counted.
_LOOK: Final = 1.0


def how_many(arguments: argparse.Namespace, port: int) -> int:
    """Return how many processes there are to be. Raises CommandError where so many cannot be."""
    from sesmime.relay.arrivals import can_give_away
    from sesmime.relay.handler import WORKERS
    from sesmime.relay.sharing import MOST_PROCESSES

    asked = arguments.processes
    most = min(arguments.workers or WORKERS, MOST_PROCESSES)  # each has a worker
    if asked is not None and asked > 1:
        if arguments.spool is not None:
            raise CommandError("--spool: one process has the file; use --processes 1")
        if not can_give_away():
            raise CommandError("--processes: this system cannot share connections; use --processes 1")
    elif asked == 1 or arguments.spool is not None or port == 0 or not can_give_away():
        return 1
    return min(asked or min(_processors(), _MOST_BY_DEFAULT), most)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# The parent


def run_in_processes(
    arguments: argparse.Namespace,
    security: Security,
    checking: Checking,
    place: tuple[str, int],
    http: tuple[str, int] | None,
    *,
    count: int,
) -> int:
    """Run until a signal comes; give the exit code."""
    from sesmime.relay.handler import WORKERS
    from sesmime.relay.limits import Room
    from sesmime.relay.pacing import AccountPace
    from sesmime.relay.sharing import Board, SharedRate

    workers = arguments.workers or WORKERS
    client = make_client(arguments, 1)  # what is wrong with its settings is told before a process is started
    rate = ACCOUNT if arguments.rate is None else arguments.rate
    board = Board()
    limit = SharedRate(board)
    pace = AccountPace(client, is_v2=arguments.interface.is_v2, limit=limit) if rate == ACCOUNT else None
    if pace is None:
        limit.set_rate(rate)
    front = Front(count, workers, room=Room(read_limits(arguments)), board=board)
    metrics = front.count_up() if http else None
    orders = Orders.of(arguments, checking, place[0], workers=shares(workers, count), counts=metrics is not None)
    try:
        with journal(arguments, turn=board.log), watched(http, front.health, metrics) as watched_at:
            begun = pace.start if pace is not None else None
            asyncio.run(front.run(orders, security, place, begun=begun, watched_at=watched_at))
    except OSError as error:
        raise CommandError(f"--listen: cannot listen on {arguments.listen}: {error.strerror or error}") from None
    finally:
        if pace is not None:
            pace.close()
        client.close()
        board.close()
    return 0


def shares(workers: int, count: int) -> tuple[int, ...]:
    """Return how many workers each process has.

    >>> shares(32, 3)
    (11, 11, 10)
    """
    return tuple(workers // count + (number < workers % count) for number in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What each process is told: the options, and what was read from files that may be others by now.

    `config` has no rules of other packages, which cannot be given to a process: it looks for them with `has_rules`.
    """

    arguments: argparse.Namespace
    host: str
    config: LintConfig
    has_rules: bool
    fail_level: Severity
    workers: tuple[int, ...]
    counts: bool

    @classmethod
    def of(
        cls, arguments: argparse.Namespace, checking: Checking, host: str, *, workers: tuple[int, ...], counts: bool
    ) -> Orders:
        """Return them."""
        given = argparse.Namespace(**{name: value for name, value in vars(arguments).items() if name != "parser"})
        return cls(
            arguments=given,
            host=host,
            config=replace(checking.config, rules=()),
            has_rules=bool(checking.config.rules),
            fail_level=checking.level(arguments),
            workers=workers,
            counts=counts,
        )


class Front:
    """The parent: takes connections and gives them away, and knows how all are."""

    def __init__(self, count: int, workers: int, *, room: Room, board: Board) -> None:
        from sesmime.relay.watch import Watch

        self._count, self._workers, self._room, self._board = count, workers, room, board
        self._watch = Watch()
        self._processes: Processes | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_open = False
        self._told: list[Mapping[str, Any]] = []
        self._departed: list[Family] = []

    def count_up(self) -> Metrics | None:
        """Have everything counted; returns what shows it, None without the extra."""
        from sesmime.relay.sums import SummedMetrics

        try:
            metrics = SummedMetrics(self._counted)
        except ImportError:
            return None
        self._watch = metrics
        add_work(metrics, workers=lambda: self._workers, in_work=self._in_work, held=self._board.held)
        return metrics

    async def run(
        self,
        orders: Orders,
        security: Security,
        place: tuple[str, int],
        *,
        begun: Callable[[], None] | None,
        watched_at: str | None,
    ) -> None:
        """Serve until a signal comes. Raises OSError for an address that cannot be had, CommandError for no start."""
        from sesmime.relay.arrivals import Entrance, listen
        from sesmime.relay.processes import NotStarted, Processes

        self._loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        sockets = await listen(*place)
        processes = self._processes = Processes(
            self._count, work, [orders], stop=stop, board=self._board, room=self._room, left=self._bury
        )
        entrance = Entrance(
            sockets,
            access=security.access,
            room=self._room,
            give=processes.give,
            turned_away=self._watch.turned_away,
            is_silent=security.tls is not None and security.tls.implicit,
        )
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.ensure_future(self._reload(security))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        heed_signals(stop, reload)
        looking = asyncio.ensure_future(self._look_often()) if orders.counts else None
        try:
            await processes.begin()
            if not stop.is_set():
                entrance.open()
                self._is_open = True
                tell_beginning(entrance.addresses, orders.arguments.interface, watched_at)
                if begun is not None:
                    begun()
                await stop.wait()
        except NotStarted as error:
            raise CommandError(f"--processes: {error}") from None
        finally:
            self._is_open = False
            entrance.close()
            await processes.end()
            if looking is not None:
                looking.cancel()

    async def _reload(self, security: Security) -> None:
        assert self._processes is not None
        fault = read_again(security.tls, security.users)
        if fault is None:
            await self._processes.reload()
        tell_read_again(fault)

    # How all are

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether messages are taken, and how many are in work; to be called from another thread."""
        self._ask()
        alive = 0 if self._processes is None else len(self._processes.ready)
        told = self._told  # which another thread may replace
        return self._is_open and alive > 0, {
            "accepting": self._is_open and alive > 0,
            "processes": alive,
            "workers": self._workers,
            "workers_busy": sum(min(one["in_work"], one["workers"]) for one in told),
            "messages_in_work": sum(one["in_work"] for one in told),
            "connections": self._room.connections,
        }

    def _counted(self) -> list[list[Family]]:
        """Return what the processes have counted, those that are no more too; to be called from another thread."""
        self._ask()
        return [self._departed, *(told["metrics"] for told in self._told)]

    def _in_work(self) -> int:
        return sum(one["in_work"] for one in self._told)

    def _ask(self) -> None:
        """Have each process tell how it is; those that do not answer are as they were."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(TimeoutError, RuntimeError):  # it ends now
                asyncio.run_coroutine_threadsafe(self._look(), self._loop).result(_TO_TELL)

    async def _look(self) -> None:
        assert self._processes is not None
        self._told = [told for told in await self._processes.look() if told]

    async def _look_often(self) -> None:
        """Know what each has counted, should it be killed."""
        while True:
            await asyncio.sleep(_LOOK)
            await self._look()

    def _bury(self, told: Mapping[str, Any]) -> None:
        """Keep what a process had counted."""
        from sesmime.relay.sums import lasting, summed

        self._departed = summed([self._departed, lasting(told.get("metrics", ()))])


# Each of the others


def work(place: Place, orders: Orders) -> None:
    """Be a relay without a port until the parent says that it is over, or has gone."""
    from sesmime.relay.processes import ignore_signals

    ignore_signals()
    with journal(orders.arguments, turn=place.board.log):
        code = asyncio.run(_work(place, orders))
    sys.exit(code)


async def _work(place: Place, orders: Orders) -> int:
    from sesmime.relay.arrivals import serve_given
    from sesmime.relay.processes import Parent
    from sesmime.relay.sharing import AskedPartial, SharedRate, SharedRoom

    stop = asyncio.Event()
    parent = await Parent.meet(place, stop=stop)
    workers = orders.workers[place.number]
    metrics = make_metrics() if orders.counts else None
    try:
        security = read_security(orders.arguments, orders.host)
        client = make_client(orders.arguments, workers)
        handler = make_handler(
            orders.arguments,
            client,
            security,
            config=replace(orders.config, rules=custom_rules()) if orders.has_rules else orders.config,
            fail_level=orders.fail_level,
            workers=workers,
            rate=SharedRate(place.board),
            watch=metrics,
            partial=AskedPartial(parent.ask),
        )
    except (CommandError, SesMimeError) as error:
        parent.tell("failed", str(error))
        return 2

    def look() -> dict[str, Any]:
        counted = [] if metrics is None else metrics.families()
        return {"workers": workers, "in_work": handler.in_work, "metrics": counted}

    def reload() -> None:
        fault = read_again(security.tls, security.users)
        if fault is not None:
            tell_read_again(fault)

    room = SharedRoom(read_limits(orders.arguments), place.board, place.number)
    parent.answer(look=look, reload=reload)
    serving = serve_given(handler, place.way, stop=stop, tls=security.tls, room=room, gone=parent.gone)
    parent.tell("ready")
    try:
        await serving
    finally:
        client.close()
    return 0
