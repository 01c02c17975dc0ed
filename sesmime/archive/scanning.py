"""Scanning archives: pieces checked by several processes or by a cluster, their findings written in order.

The plan. The archive is cut into pieces, whatever will check them; each piece is checked by itself, and its findings
are written as a segment; the segments are joined in the order of the pieces. So the output depends on the archive and
the rules only. Beside the output stands a folder with the segments and the journal until all is done; after a kill the
pieces that the journal has are not checked again, and the output is the one that would have been written.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, NamedTuple, Protocol, Self

from sesmime.archive.counts import Counts
from sesmime.archive.forms import Segment, join_segments, open_segment
from sesmime.archive.journal import Journal, NotResumed, Numbered, local_state
from sesmime.archive.pool import Done, Pool, Work
from sesmime.archive.reading import AS_IT_IS, Reading
from sesmime.archive.rows import Check, error_row
from sesmime.archive.stored import Piece, Stored

# Octets of a piece: some seconds of work, so that little is done twice after a kill.
PIECE_SIZE: Final = 16 << 20
# Seconds between two tellings of a process how far it is.
_PAUSE: Final = 0.5
_JOURNAL: Final = "journal.sqlite"
_LOST: Final = "could not be checked: every process that worked on it was killed"


class Checked(NamedTuple):
    """How far a piece is: messages that were checked, and their octets."""

    messages: int
    octets: int


class Engine(Protocol):
    """What works on pieces: this process, several of this machine, or a cluster."""

    def run(self, tasks: Iterable[Numbered], *, hear: Callable[[Numbered, Checked], None]) -> Iterator[Done]:
        """Return what becomes of pieces, each with its `Counts`, as it comes."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Where segments are written and in which form; no form: nowhere."""

    form: str | None
    folder: str

    def file(self, number: int) -> str:
        """Return the file of a segment."""
        return os.path.join(self.folder, f"{number:09}.{self.form}")


def check_piece(
    numbered: Numbered,
    tell: Callable[[Checked], None],
    *,
    checking: Check,
    writing: Writing,
    reading: Reading = AS_IT_IS,
) -> Counts:
    """Check the messages of a piece, write its segment, and return what was counted."""
    if writing.form is None:
        return count_piece(numbered.piece, tell, checking=checking, segment=None, reading=reading)
    with written_segment(writing, numbered.number) as stream:
        segment = open_segment(writing.form, stream)
        return count_piece(numbered.piece, tell, checking=checking, segment=segment, reading=reading)


@contextlib.contextmanager
def written_segment(writing: Writing, number: int) -> Iterator[BinaryIO]:
    """Return the file of a segment to write; it has its name only when it is whole."""
    file = writing.file(number)
    # By a name of its own: after a kill another process may still be at the same piece.
    part = f"{file}.{os.getpid()}"
    with open(part, "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)


def count_piece(
    piece: Piece,
    tell: Callable[[Checked], None],
    *,
    checking: Check,
    segment: Segment | None,
    reading: Reading = AS_IT_IS,
) -> Counts:
    """Check the messages of a piece, give their rows to a segment, and return what was counted."""
    counts, told = Counts(), time.monotonic()
    for stored in _stored(piece, reading):
        looked = checking.look(stored)
        counts.add(looked, len(stored.message))
        if segment is not None and looked.rows:
            segment.write(looked.rows)
        if (now := time.monotonic()) - told >= _PAUSE:
            told = now
            tell(Checked(counts.messages, counts.octets))
    if segment is not None:
        segment.close()
    return counts


def _stored(piece: Piece, reading: Reading) -> Iterator[Stored]:
    """Return the messages of a piece, and what keeps it from being read further as the last."""
    try:
        yield from reading.read(piece)
    except OSError as error:
        yield of_piece(piece, f"cannot be read: {error.strerror or error}")


def of_piece(piece: Piece, error: str) -> Stored:
    """Return a piece that was not read, or not to its end, as what is stored there."""
    place = f"[{piece.start}:{'' if piece.stop is None else piece.stop}]" if piece.start or piece.stop else ""
    last = f" to {piece.members[-1]}" if len(piece.members) > 1 else ""
    first = f" {piece.members[0]}{last}" if piece.members else ""
    return Stored(f"{piece.source}{place}{first}", piece.source, piece.start, b"", error)


# What works on pieces


class _Here:
    """This process, one piece after the other."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def run(self, tasks: Iterable[Numbered], *, hear: Callable[[Numbered, Checked], None]) -> Iterator[Done]:
        for number, task in enumerate(tasks):
            yield Done(number, task, self._work(task, partial(hear, task)))


@contextlib.contextmanager
def on_this_machine(jobs: int, *, checking: Check, writing: Writing, reading: Reading = AS_IT_IS) -> Iterator[Engine]:
    """Let this process do it, or several."""
    work = partial(check_piece, checking=checking, writing=writing, reading=reading)
    if jobs == 1:
        yield _Here(work)
        return
    with Pool(work, jobs) as pool:
        yield pool


# A scan


class Scan:
    """A scan whose segments and journal stand in a folder; without a folder it only counts. Closed by `with`."""

    def __init__(self, folder: str | None, form: str | None) -> None:
        self.writing = Writing(form, folder or "")
        if folder is not None:
            os.makedirs(folder, exist_ok=True)
        self.journal = Journal(None if folder is None else os.path.join(folder, _JOURNAL))
        # Until it is known what is to be done, there is nothing to go on with.
        self._is_kept = self.journal.is_planned

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_kept:
            self.journal.close()
        else:
            self.clear()

    def begin(self, sources: Sequence[str], facts: Mapping[str, str], *, reading: Reading = AS_IT_IS) -> None:
        """Cut the sources into pieces; or go on, if it was begun with the same facts and sources. Raises NotResumed."""
        facts = {"sources": json.dumps(list(sources)), "pieces": str(PIECE_SIZE), **facts}
        states = {f"state of {source}": local_state(source) for source in sources}
        if not self.journal.is_planned:
            found = (piece for source in sources for piece in reading.pieces(source, piece_size=PIECE_SIZE))
            self.journal.plan(found, {**facts, **states})
            self._is_kept = True
            return
        before = self.journal.facts()
        others = [name for name, value in facts.items() if before.get(name) != value]
        if others:
            raise NotResumed(
                f"{self.writing.folder} belongs to a scan with other {' and '.join(others)}; give the same, or remove"
                " the folder to begin again"
            )
        changed = [source for source in sources if before.get(f"state of {source}") != states[f"state of {source}"]]
        if changed:
            raise NotResumed(
                f"{changed[0]} has changed since the scan was begun; remove the folder {self.writing.folder} to begin"
                " again"
            )

    def run(self, engine: Engine, hear: Callable[[Checked], None]) -> Checked:
        """Check what is not checked yet, and return how much this run has checked, in octets of the archive.

        `hear` is told how far it is.
        """
        running: dict[int, Checked] = {}
        messages = octets = 0

        def told(task: Numbered, said: Checked) -> None:
            # One that is done again begins anew; what was told stays.
            before = running.get(task.number, Checked(0, 0))
            octets_told = min(said.octets, task.piece.size)
            running[task.number] = Checked(max(said.messages, before.messages), max(octets_told, before.octets))
            tell()

        def tell() -> None:
            ahead = running.values()
            hear(Checked(messages + sum(one.messages for one in ahead), octets + sum(one.octets for one in ahead)))

        for done in engine.run(self.journal.left(), hear=told):
            task: Numbered = done.task
            counts = self._lost(task) if done.is_lost else done.answer
            self.journal.finish(task.number, counts)
            running.pop(task.number, None)
            messages, octets = messages + counts.messages, octets + task.piece.size
            tell()
        return Checked(messages, octets)

    def _lost(self, task: Numbered) -> Counts:
        """Write the segment of a piece that has killed every process that worked on it."""
        stored = of_piece(task.piece, _LOST)
        counts = Counts(unchecked=1)
        if self.writing.form is not None:
            with written_segment(self.writing, task.number) as stream:
                segment = open_segment(self.writing.form, stream)
                segment.write([error_row(stored, _LOST)])
                segment.close()
        return counts

    def write(self, stream: BinaryIO) -> None:
        """Write the findings of all pieces, in their order."""
        assert self.writing.form is not None
        join_segments(self.writing.form, map(self.writing.file, self.journal.numbers()), stream)

    def clear(self) -> None:
        """Take its folder away."""
        self._is_kept = True
        self.journal.close()
        if self.writing.folder:
            shutil.rmtree(self.writing.folder)


def is_begun(folder: str) -> bool:
    """Tell whether a folder holds a scan."""
    return os.path.exists(os.path.join(folder, _JOURNAL))
