"""Processes of this machine that work on tasks, and outlive each other.

The pieces: a `Pool` starts processes and hands them tasks, `_serve` is what each of them does. A process that is killed
costs the task that it was at another try, by another process, and nothing else: that is why this is no
`concurrent.futures.ProcessPoolExecutor`, of which one killed process ends all. Each process has a pipe of its own, so
that it is known who worked on what, and two tasks in hand, so that it need not wait for the next. It ends when its
parent has gone, however that was.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

# What a task tells while it lasts, it tells by this.
Tell: TypeAlias = Callable[[Any], None]
# What a process does with one task.
Work: TypeAlias = Callable[[Any, Tell], Any]
# Who hears what a task tells: the task, and what it says.
Hear: TypeAlias = Callable[[Any, Any], None]

# A task that has killed so many processes is not tried again.
MOST_DEATHS: Final = 2
# Tasks that a process has in hand: one that it works on, and one to go on with.
_IN_HAND: Final = 2
# Seconds that a process may take to end.
_PATIENCE: Final = 5.0
_READY: Final = "ready"
_TOLD: Final = "told"
_DONE: Final = "done"
_FAILED: Final = "failed"


class NotStarted(RuntimeError):
    """A process has ended before it did anything."""


class Done(NamedTuple):
    """What became of a task: its `answer`, or `is_lost` where it has killed every process that worked on it."""

    number: int
    task: Any
    answer: Any = None
    is_lost: bool = False


class _Trial(NamedTuple):
    """A task that is given to a process, and how many it has killed before."""

    number: int
    task: Any
    deaths: int = 0


class Pool:
    """Processes that do `work(task, tell)` for one task after the other; a context manager that ends them.

    `work`, the tasks and the answers are pickled. No process is started before there is a task for it.
    """

    def __init__(self, work: Work, jobs: int) -> None:
        self._work = work
        self._jobs = jobs
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def run(
        self,
        tasks: Iterable[Any],
        *,
        hear: Hear = lambda task, said: None,
        may_take: Callable[[], bool] = lambda: True,
    ) -> Iterator[Done]:
        """Return what becomes of tasks as it comes; they are numbered from 0.

        A task is taken when a process can have it and `may_take` says so. Raises what `work` raises, and NotStarted.
        """
        numbered = enumerate(tasks)
        again: deque[_Trial] = deque()
        is_over = False
        while True:
            while (again or (not is_over and may_take())) and self._has_room():
                if again:
                    self._freest().give(again.popleft())
                elif (following := next(numbered, None)) is None:
                    is_over = True
                else:
                    self._freest().give(_Trial(*following))
            busy = {worker.pipe: worker for worker in self._workers if worker.trials}
            if not busy:
                return
            for pipe in wait(list(busy)):
                assert isinstance(pipe, Connection)
                yield from self._hear(busy[pipe], again, hear)

    def run_in_order(self, tasks: Iterable[Any], *, ahead: int) -> Iterator[Done]:
        """Return what becomes of tasks in their order; at most so many are taken before their turn."""
        waited: deque[int] = deque()
        held: dict[int, Done] = {}

        def taken() -> Iterator[Any]:
            for number, task in enumerate(tasks):
                waited.append(number)
                yield task

        for done in self.run(taken(), may_take=lambda: len(waited) < ahead):
            held[done.number] = done
            while waited and waited[0] in held:
                yield held.pop(waited.popleft())

    def _has_room(self) -> bool:
        """Tell whether a process can have one more task."""
        return len(self._workers) < self._jobs or any(len(worker.trials) < _IN_HAND for worker in self._workers)

    def _freest(self) -> _Worker:
        """Return the process that has the fewest tasks; a new one rather than one that works."""
        worker = min(self._workers, key=lambda worker: len(worker.trials), default=None)
        if worker is None or (worker.trials and len(self._workers) < self._jobs):
            worker = _Worker(self._work)
            self._workers.append(worker)
        return worker

    def _hear(self, worker: _Worker, again: deque[_Trial], hear: Hear) -> Iterator[Done]:
        """Take what one process says; where it has died, its tasks are to be done again."""
        try:
            kind, said = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker, again)
            return
        if kind == _READY:
            worker.is_ready = True
        elif kind == _TOLD:
            hear(worker.trials[0].task, said)
        elif kind == _DONE:
            trial = worker.trials.popleft()
            yield Done(trial.number, trial.task, said)
        else:
            raise said

    def _bury(self, worker: _Worker, again: deque[_Trial]) -> Iterator[Done]:
        self._workers.remove(worker)
        worker.end()
        if not worker.is_ready:
            raise NotStarted(f"a process ended before it began, with exit code {worker.process.exitcode}")
        first, *rest = worker.trials
        again.extend(rest)
        first = first._replace(deaths=first.deaths + 1)
        if first.deaths < MOST_DEATHS:
            again.appendleft(first)
        else:
            yield Done(first.number, first.task, is_lost=True)


class _Worker:
    """A process, the pipe to it, and the tasks that it has, the one that it works on first."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.trials: deque[_Trial] = deque()
        self.is_ready = False
        self.process: BaseProcess = context.Process(target=_serve, args=(other, work), daemon=True)
        self.process.start()
        other.close()

    def give(self, trial: _Trial) -> None:
        self.trials.append(trial)
        with contextlib.suppress(OSError):  # it has died, which is heard next
            self.pipe.send(trial.task)

    def end(self) -> None:
        """Let it end: it does so when its pipe is closed."""
        self.pipe.close()
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


# In the process


def _serve(pipe: Connection, work: Work) -> None:
    """Do what comes by a pipe until that is closed."""
    # Ctrl-C reaches every process of a terminal; the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, tasks), daemon=True).start()
    pipe.send((_READY, None))
    while True:
        try:
            task = pickle.loads(tasks.get())  # noqa: S301  # nosec B301  # the parent has written it
            answer = _DONE, work(task, lambda said: pipe.send((_TOLD, said)))
            packed: bytes | memoryview = ForkingPickler.dumps(answer)
        except BrokenPipeError:
            os._exit(1)
        except Exception as error:  # noqa: BLE001  # it is raised in the parent
            packed = _packed(error)
        pipe.send_bytes(packed)


def _receive(pipe: Connection, tasks: queue.SimpleQueue[bytes]) -> NoReturn:
    """Take tasks as they come, so that the parent never waits to give one; and end with the parent."""
    while True:
        try:
            tasks.put(pipe.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)


def _packed(error: Exception) -> bytes | memoryview:
    try:
        packed = ForkingPickler.dumps((_FAILED, error))
        pickle.loads(packed)  # noqa: S301  # nosec B301  # some exceptions can be written and not read
    except Exception:  # noqa: BLE001  # then its words go alone
        return pickle.dumps((_FAILED, RuntimeError(f"{type(error).__name__}: {error}")))
    return packed
