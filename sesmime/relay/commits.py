"""Group commit: what several threads ask of a database meanwhile is written in one transaction, with one fsync.

One thread owns the connection. A piece of work is a function of the connection; who asks for it is answered once the
transaction is on the disk. Where a transaction fails, each piece is tried in one of its own, so that one message that
is too large for what is left of the disk costs nobody else. Python's `sqlite3` gives no result before that.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple, TypeVar

Result = TypeVar("Result")

# Seconds that work nobody waits for may wait for other work to share its fsync, and after which all is quiet.
_LEISURE: Final = 1.0


def at_no_step(step: str) -> None:
    """Do nothing: tests are told each step here."""


class _Piece(NamedTuple):
    name: str
    work: Callable[[sqlite3.Connection], Any]
    done: Future[Any]


class Commits:
    """The thread that writes. `at_step` is told "NAME begun", "NAME written" and "NAME committed" of each piece.

    `tidy` is given the connection, outside of a transaction, when there has been work and then none for a second.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        *,
        tidy: Callable[[sqlite3.Connection], None],
        at_step: Callable[[str], None] = at_no_step,
    ) -> None:
        self._database = database
        self._tidy = tidy
        self._at_step = at_step
        self._change = threading.Condition()
        self._waiting: list[_Piece] = []
        self._leisurely: list[_Piece] = []
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="sesmime-spool", daemon=True)
        self._thread.start()

    def run(self, name: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Have a piece of work committed and return its result; raises sqlite3.Error where nothing of it was written.

        A commit whose fsync failed may yet be found after a crash.
        """
        done: Future[Result] = Future()
        with self._change:
            if self._is_closing:
                raise sqlite3.ProgrammingError("the spool is closed")
            self._waiting.append(_Piece(name, work, done))
            self._change.notify()
        return done.result()

    def later(self, name: str, work: Callable[[sqlite3.Connection], Any]) -> None:
        """Have it committed with other work, or within a second; a kill before that undoes it, as does an error."""
        with self._change:
            if not self._is_closing:
                self._leisurely.append(_Piece(name, work, Future()))
                self._change.notify()

    def close(self) -> None:
        """Write what is waiting, and close the connection."""
        with self._change:
            self._is_closing = True
            self._change.notify()
        self._thread.join()
        self._database.close()

    def _run(self) -> None:
        is_tidy = False
        while True:
            with self._change:
                while not (self._waiting or self._is_closing):
                    is_quiet = not self._change.wait(timeout=_LEISURE if self._leisurely or not is_tidy else None)
                    if is_quiet:
                        break
                pieces = [*self._leisurely, *self._waiting]
                self._leisurely.clear()
                self._waiting.clear()
                is_over = self._is_closing and not pieces
            if is_over:
                break
            if pieces:
                self._commit(pieces)
                is_tidy = False
            else:
                self._tidy_up()
                is_tidy = True
        self._tidy_up()

    def _tidy_up(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # for want of room, or of a reader who has not ended
            self._tidy(self._database)

    def _commit(self, pieces: Sequence[_Piece]) -> None:
        try:
            results = self._written(pieces)
        except Exception as error:  # noqa: BLE001, whoever asked for it is told
            if len(pieces) > 1:
                for piece in pieces:
                    self._commit([piece])
            else:
                pieces[0].done.set_exception(error)
            return
        for piece, result in zip(pieces, results, strict=True):
            piece.done.set_result(result)

    def _written(self, pieces: Sequence[_Piece]) -> list[Any]:
        ask = self._database.execute
        ask("BEGIN IMMEDIATE")
        try:
            results = []
            for piece in pieces:
                self._at_step(f"{piece.name} begun")
                results.append(piece.work(self._database))
            for piece in pieces:
                self._at_step(f"{piece.name} written")
            ask("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # SQLite ends it by itself after some errors
                ask("ROLLBACK")
            raise
        for piece in pieces:
            self._at_step(f"{piece.name} committed")
        return results
