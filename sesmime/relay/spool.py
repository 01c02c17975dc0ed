"""The spool of the relay: a SQLite file of what is still to be handed over, call by call.

A message is answered with 250 once it is on the disk (WAL, `synchronous=FULL`), and is then handed over by
`sesmime.relay.delivery`, however long SES throttles or is down. A message to more than 50 is several calls. A call is

- queued, from a moment on at which it is due;
- working, from the commit before its request leaves to the commit after its answer;
- sent, with the identifier that SES gave;
- failed, where SES refused it after the 250, or for too long: kept with the reason until an operator decides;
- uncertain, where the request may have left and no answer was recorded: the process was killed, the connection was
  reset, nothing came in time. SES has no way to make a request twice and have it count once, and none to ask whether it
  did. Such a call is held for an operator, or queued again, as the relay is told: the one delays, the other may double.

All else is exactly once: a call is queued in the commit that makes it known, and leaves that state by a commit before
its request. A client that did not read the 250 sends its message again. Whether it read that is known by what
it does next on its connection; where it did nothing and the connection is gone, or the process was killed, a message of
the same sender, recipients and octets is taken for the same one, for a day. An identical message is otherwise another
one.

The octets of a message are overwritten (`secure_delete`) and their pages used again when nothing of it is left to do;
the file and its log shrink when all is quiet. One relay has a file at a time, by a lock on a second file beside it;
others may read it and decide on what is held (`sesmime.relay.holding`) meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from enum import Enum
from typing import Any, Final, NamedTuple

from sesmime.errors import printable
from sesmime.relay.commits import Commits, at_no_step
from sesmime.relay.remembering import call_of, destination_as_json, settings_as_json, text_as_json
from sesmime.relay.spool_file import PATIENCE, clean, connected, create, in_words, lay_out, locked, refuse_without_room
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination

_DAY: Final = 86_400.0
_MAX_SIZE: Final = 1 << 32
_RESERVE: Final = 1 << 25


class State(Enum):
    """Where a call is."""

    QUEUED = "queued"
    WORKING = "working"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Uncertain(Enum):
    """What is done with a call of which nobody knows whether SES took it."""

    HOLD = "hold"
    RETRY = "retry"


class Mail(NamedTuple):
    """A message as it is to be handed over, a call for each destination, and what tells it from others."""

    octets: bytes
    parameters: ApiParameters
    interface: Interface
    destinations: tuple[Destination, ...]
    digest: bytes
    sender: str
    peer: str = ""
    message_id: str = ""


class Call(NamedTuple):
    """A call that is to be made now."""

    number: int
    message: int
    attempts: int
    received: float  # seconds since 1970
    until: float  # when it is given up
    octets: bytes
    parameters: ApiParameters
    interface: Interface
    sender: str
    message_id: str


class Receipt(NamedTuple):
    """The number of a message in the spool, and whether it was there already; `refusal` is why all of it failed."""

    number: int
    is_known: bool = False
    refusal: str = ""


class Spool:
    """A spool's file, used from any thread.

    Raises sqlite3.Error, with a sentence, for what is no such file, cannot be written, or is another relay's; later,
    where something cannot be written (a full disk), and nothing of it then is. `uncertain` says what becomes of calls
    of which nobody knows whether SES took them. A message is given up `max_age` seconds after it came. The file takes
    at most `max_size` octets, and leaves `reserve` of the disk free, without which nothing could be delivered from it.
    `memory` is the seconds for which a message whose 250 may not have been read is known again.
    """

    def __init__(
        self,
        path: str,
        *,
        uncertain: Uncertain = Uncertain.HOLD,
        max_age: float = 4 * _DAY,
        max_size: int = _MAX_SIZE,
        reserve: int = _RESERVE,
        memory: float = _DAY,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
        at_step: Callable[[str], None] = at_no_step,
    ) -> None:
        self.path = os.path.abspath(path)  # SQLite has names for what is no file
        self.at_step = at_step
        self.clock = clock
        self.uncertain = uncertain
        self._max_age = max_age
        self._max_size = max_size
        self._reserve = reserve
        self._memory = memory
        self._open: dict[int, Callable[[], bool]] = {}
        self._lock = threading.Lock()
        try:
            create(self.path)
            self._owner = locked(f"{self.path}-lock")
            try:
                database = connected(self.path, patience=patience)
                try:
                    lay_out(database)
                except BaseException:
                    database.close()
                    raise
            except BaseException:
                self._owner.close()
                raise
        except OSError as error:
            raise sqlite3.OperationalError(f"it cannot be opened: {error.strerror}") from None
        except sqlite3.Error as error:
            raise in_words(error) from None
        self._commits = Commits(database, tidy=self._tidy, at_step=at_step)

    # What the server asks

    def take(self, mail: Mail, *, is_open: Callable[[], bool] = lambda: False) -> Receipt:
        """Put a message on the disk; `is_open` says whether its client can still read the reply."""

        def work(database: sqlite3.Connection) -> Receipt:
            now = self.clock()
            known = self._known(database, mail.digest, now)
            if known is not None:
                return known
            size = len(mail.octets)
            refuse_without_room(database, self.path, size, max_size=self._max_size, reserve=self._reserve)
            row = (
                mail.digest,
                now,
                now,
                self._max_age,
                mail.interface.value,
                size,
                settings_as_json(mail.parameters),
                text_as_json(mail.sender),
                text_as_json(mail.peer),
                text_as_json(mail.message_id),
            )
            number = database.execute(
                "INSERT INTO messages (digest, received, since, patience, interface, size, settings, sender, peer,"
                " message_id, is_confirmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                row,
            ).lastrowid
            assert number is not None
            database.execute("INSERT INTO bodies (message, octets) VALUES (?, ?)", (number, mail.octets))
            calls = [(number, destination_as_json(one), now, now) for one in mail.destinations]
            database.executemany(
                "INSERT INTO calls (message, destination, state, due, attempts, reason, changed)"
                " VALUES (?, ?, 'queued', ?, 0, '', ?)",
                calls,
            )
            self._open[number] = is_open
            return Receipt(number)

        return self._commits.run("take", work)

    def _known(self, database: sqlite3.Connection, digest: bytes, now: float) -> Receipt | None:
        rows = database.execute(
            "SELECT number FROM messages WHERE digest = ? AND is_confirmed = 0 AND received > ? ORDER BY number",
            (digest, now - self._memory),
        ).fetchall()
        for (number,) in rows:
            # A client that is still there sends another one that looks alike.
            if number in self._open and self._open[number]():
                continue
            failed = database.execute(
                "SELECT min(reason) FROM calls WHERE message = ? HAVING min(state = 'failed') = 1", (number,)
            ).fetchone()
            return Receipt(number, is_known=True, refusal=failed[0] if failed else "")
        return None

    def confirm(self, number: int) -> None:
        """Keep in mind that a client has read its 250: from then on nothing is taken for this message."""

        def work(database: sqlite3.Connection) -> None:
            database.execute("UPDATE messages SET is_confirmed = 1 WHERE number = ?", (number,))
            clean(database, number)

        self._open.pop(number, None)
        self._commits.later("confirm", work)

    # What the delivery asks

    def recover(self) -> int:
        """Hold the calls that a killed process was at, or queue them again; returns how many there were."""

        def work(database: sqlite3.Connection) -> int:
            now = self.clock()
            state = State.UNCERTAIN if self.uncertain is Uncertain.HOLD else State.QUEUED
            reason = "the relay ended before the answer was recorded"
            return database.execute(
                "UPDATE calls SET state = ?, due = ?, changed = ?, reason = ? WHERE state = 'working'",
                (state.value, now, now, reason),
            ).rowcount

        return self._commits.run("recover", work)

    def other_interfaces(self, interface: Interface) -> int:
        """Return how many messages with calls to make are prepared for another interface."""

        def work(database: sqlite3.Connection) -> int:
            (count,) = database.execute(
                "SELECT count(*) FROM messages WHERE interface != ?"
                " AND number IN (SELECT message FROM calls WHERE state = 'queued')",
                (interface.value,),
            ).fetchone()
            return int(count)

        return self._commits.run("look", work)

    def pick(
        self, limit: int, *, octets: int = _MAX_SIZE, besides: Collection[int] = ()
    ) -> tuple[list[Call], float | None]:
        """Return at most so many calls that are due, the oldest first, besides some; of none, when one will be.

        Calls whose messages are more than `octets` together wait, but for the first where there are no others.
        """

        def work(database: sqlite3.Connection) -> tuple[list[tuple[Any, ...]], float | None]:
            others = f"({', '.join(str(int(number)) for number in besides)})"
            cursor = database.execute(
                "SELECT calls.number, calls.message, attempts + 1, received, since + patience, octets, settings,"  # noqa: S608  # nosec B608
                " destination, interface, sender, message_id FROM calls"
                " JOIN messages ON messages.number = calls.message JOIN bodies ON bodies.message = calls.message"
                f" WHERE state = 'queued' AND due <= ? AND calls.number NOT IN {others}"
                " ORDER BY due, calls.number LIMIT ?",
                (self.clock(), limit),
            )
            rows: list[tuple[Any, ...]] = []
            left = octets
            for row in cursor:
                left -= len(row[5])
                if left < 0 and (rows or besides):
                    return rows, None
                rows.append(row)
            if rows:
                return rows, None
            (due,) = database.execute(
                f"SELECT min(due) FROM calls WHERE state = 'queued' AND number NOT IN {others}"  # noqa: S608  # nosec B608
            ).fetchone()
            return [], due

        rows, due = self._commits.run("pick", work)
        return [Call(*call_of(*row)) for row in rows], due

    def begin(self, call: Call) -> bool:
        """Write that a call is being made; False where it is not to be made any more."""

        def work(database: sqlite3.Connection) -> bool:
            row = call.attempts, self.clock(), call.number
            begun = database.execute(
                "UPDATE calls SET state = 'working', attempts = ?, changed = ? WHERE number = ? AND state = 'queued'",
                row,
            )
            return begun.rowcount == 1

        return self._commits.run("begin", work)

    def record(self, call: Call, state: State, *, reason: str = "", due: float = 0.0) -> None:
        """Write what came of a call; where nothing of its message is left to do, the octets go."""

        def work(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE calls SET state = ?, reason = ?, due = ?, changed = ? WHERE number = ?",
                (state.value, _one_line(reason), due, self.clock(), call.number),
            )
            clean(database, call.message)

        self._commits.run("record", work)

    def forget_old(self) -> None:
        """Forget the messages whose clients may not have read a 250 and have not come again."""

        def work(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE messages SET is_confirmed = 1 WHERE is_confirmed = 0 AND received <= ?",
                (self.clock() - self._memory,),
            )
            for (number,) in database.execute(
                "SELECT number FROM messages WHERE is_confirmed = 1"
                " AND number NOT IN (SELECT message FROM calls WHERE state != 'sent')"
            ).fetchall():
                clean(database, number)

        self._commits.later("forget", work)
        for number in [number for number, is_open in list(self._open.items()) if not is_open()]:
            self._open.pop(number, None)

    def counts(self) -> dict[State, int]:
        """Return how many calls are in each state."""

        def work(database: sqlite3.Connection) -> dict[str, int]:
            return dict(database.execute("SELECT state, count(*) FROM calls GROUP BY state").fetchall())

        found = self._commits.run("look", work)
        return {state: found.get(state.value, 0) for state in State}

    def close(self) -> None:
        """Write what is waiting, and let go of the file."""
        with self._lock:
            self._commits.close()
            self._owner.close()

    def _tidy(self, database: sqlite3.Connection) -> None:
        # What is deleted stays in the log otherwise until that is written over. Nobody is waited for.
        (patience,) = database.execute("PRAGMA busy_timeout").fetchone()
        database.execute("PRAGMA busy_timeout=0")
        try:
            database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            database.execute(f"PRAGMA busy_timeout={patience}")


def _one_line(text: str) -> str:
    return printable(text).encode("ascii", "backslashreplace").decode("ascii")
