"""Pieces checked by the workers of a Dask cluster; their segments come back and are written here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sesmime.archive.counts import Counts
from sesmime.archive.forms import open_segment
from sesmime.archive.journal import Numbered
from sesmime.archive.pool import Done
from sesmime.archive.reading import AS_IT_IS, Reading
from sesmime.archive.rows import Check
from sesmime.archive.scanning import Checked, Engine, Writing, count_piece, written_segment

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

# Seconds until a scheduler must have answered.
_PATIENCE: Final = 10
# Seconds for which a cluster may be without workers: its nanny starts one anew, its adaptive scheduler a machine.
_DESERTED: Final = 300
# Seconds between two looks whether a piece is done, the first and the longest, and between two for workers.
_LEAST_LOOK: Final = 0.001
_LOOK: Final = 0.05
_COUNT: Final = 5
# Pieces that each thread of the cluster has in hand: one that it works on, and one to go on with.
_IN_HAND: Final = 2


class NoCluster(Exception):
    """Why there is no cluster to work with, in one sentence."""


class _Answer(NamedTuple):
    """What a worker sends: what it counted, and the segment in octets."""

    counts: Counts
    segment: bytes


def check_remotely(numbered: Numbered, *, checking: Check, form: str | None, reading: Reading = AS_IT_IS) -> _Answer:
    """Check a piece on a worker."""
    stream = io.BytesIO()
    segment = None if form is None else open_segment(form, stream)
    counts = count_piece(numbered.piece, lambda said: None, checking=checking, segment=segment, reading=reading)
    return _Answer(counts, stream.getvalue())


class _Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Client, checking: Check, writing: Writing, reading: Reading) -> None:
        self._client = client
        self._work = partial(check_remotely, checking=checking, form=writing.form, reading=reading)
        self._writing = writing

    def run(self, tasks: Iterable[Numbered], *, hear: Callable[[Numbered, Checked], None]) -> Iterator[Done]:
        from distributed import as_completed

        numbered = enumerate(tasks)
        running: dict[Future, tuple[int, Numbered]] = {}
        suspects: list[tuple[int, Numbered]] = []
        completed = as_completed([], loop=self._client.loop, raise_errors=False)

        def fill() -> None:
            room = _IN_HAND * max(1, sum(self._client.nthreads().values()))
            while len(running) < room and (following := next(numbered, None)) is not None:
                # Not pure: each is work of its own, whatever other scans the cluster has.
                future = self._client.submit(self._work, following[1], pure=False)
                running[future] = following
                completed.add(future)

        fill()
        while running:
            future = self._next(completed)
            number, task = running.pop(future)
            answer = self._fetched(future)
            if _is_killed(answer):
                suspects.append((number, task))
            else:
                yield self._done(answer, number, task)
            future.release()
            fill()
        # A worker that ends takes all that it has in hand with it. Alone, each stands for itself.
        for number, task in suspects:
            future = self._client.submit(self._work, task, pure=False)
            answer = self._fetched(future)
            yield Done(number, task, is_lost=True) if _is_killed(answer) else self._done(answer, number, task)
            future.release()

    def _next(self, completed: as_completed) -> Any:
        """Wait for the next piece that is done. Raises NoCluster where nobody is left who could do one."""
        since = seen = monotonic()
        pause = _LEAST_LOOK
        while not completed.has_ready():
            sleep(pause)
            pause = min(2 * pause, _LOOK)
            now = monotonic()
            if now - since >= _COUNT:
                since = now
                if self._client.nthreads():
                    seen = now
                elif now - seen >= _DESERTED:
                    raise NoCluster(f"the cluster has had no workers for {now - seen:.0f} seconds; --resume goes on")
        return next(completed)

    def _fetched(self, future: Future) -> _Answer | BaseException:
        """Wait for a piece, and for its answer: where a worker ends before it is asked for it, another does it anew.

        Only one is fetched at a time, so that no more than one segment is held here.
        """
        from distributed import as_completed

        one = as_completed([future], loop=self._client.loop, with_results=True, raise_errors=False)
        _, answer = self._next(one)
        # What a piece raised comes as its type, itself and its traceback.
        return answer if isinstance(answer, _Answer | CancelledError) else answer[1]

    def _done(self, answer: _Answer | BaseException, number: int, task: Numbered) -> Done:
        if not isinstance(answer, _Answer):
            raise _told(answer)
        if self._writing.form is not None:
            with written_segment(self._writing, task.number) as stream:
                stream.write(answer.segment)
        return Done(number, task, answer.counts)


def _is_killed(answer: object) -> bool:
    from distributed import KilledWorker

    return isinstance(answer, KilledWorker)


def _told(error: BaseException) -> Exception:
    """Return what a worker raised; where it lacks a package, or the cluster took a piece back, in words that help."""
    if isinstance(error, ImportError):
        return NoCluster(f"the cluster's workers need the same packages as this machine: {error}")
    if isinstance(error, CancelledError):
        return NoCluster("the cluster gave up a piece, as when it is restarted; --resume goes on")
    # What is no Exception would end this process without a word.
    return error if isinstance(error, Exception) else NoCluster(f"the cluster gave up a piece: {error!r}")


@contextlib.contextmanager
def on_cluster(address: str, *, checking: Check, writing: Writing, reading: Reading = AS_IT_IS) -> Iterator[Engine]:
    """Let the workers of a scheduler do it. Raises NoCluster where it cannot be reached."""
    try:
        from distributed import Client
    except ImportError:
        raise NoCluster("a Dask scheduler needs another package: pip install 'sesmime[dask]'") from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(f"no Dask scheduler answers at {address}: {str(error).partition(chr(10))[0]}") from None
    with client:
        if not client.nthreads():
            raise NoCluster(f"the scheduler at {address} has no workers")
        yield _Cluster(client, checking, writing, reading)
