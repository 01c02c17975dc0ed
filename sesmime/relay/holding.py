"""What is in a spool, for its operator: a list, and the decisions on what failed or is uncertain.

All of it works while a relay has the file, which looks for what was queued again every other second.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sesmime.relay.remembering import destination_from_json, text_from_json
from sesmime.relay.spool import State
from sesmime.relay.spool_file import clean, connected, in_words

# What an operator can decide on; a call that is being made cannot be called back.
_HELD = (State.FAILED.value, State.UNCERTAIN.value)


class Held(NamedTuple):
    """A call in a spool; times are seconds since 1970. `message` is the number that client and log were told."""

    message: int
    state: State
    received: float
    changed: float
    due: float
    attempts: int
    size: int
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    reason: str


def read_calls(path: str) -> tuple[Held, ...]:
    """Return the calls of a spool that are still to be made or decided on, in the order of their messages.

    This and those below raise sqlite3.Error, with a sentence, for what is no spool.
    """
    with _opened(path) as database:
        rows = database.execute(
            "SELECT message, state, received, changed, due, attempts, size, sender, destination, message_id, reason"
            " FROM calls JOIN messages ON messages.number = calls.message WHERE state != 'sent'"
            " ORDER BY message, calls.number"
        ).fetchall()
    return tuple(
        Held(
            message=message,
            state=State(state),
            received=received,
            changed=changed,
            due=due,
            attempts=attempts,
            size=size,
            sender=text_from_json(sender),
            recipients=destination_from_json(destination).all,
            message_id=text_from_json(message_id),
            reason=reason,
        )
        for message, state, received, changed, due, attempts, size, sender, destination, message_id, reason in rows
    )


def read_message(path: str, message: int) -> bytes | None:
    """Return the octets of a message as they are sent, None where they are not there (any more)."""
    with _opened(path) as database:
        row = database.execute("SELECT octets FROM bodies WHERE message = ?", (message,)).fetchone()
    return None if row is None else bytes(row[0])


def queue_again(path: str, messages: Collection[int] | None = None) -> int:
    """Queue the failed and uncertain calls of messages again, by default of all, and return how many there were.

    They have as long as if they had just come. An uncertain one may arrive twice.
    """
    now = time.time()
    count = 0
    with _changed(path) as database:
        for number in _held(database, messages):
            count += database.execute(
                "UPDATE calls SET state = 'queued', due = ?, changed = ?, attempts = 0"
                " WHERE message = ? AND state IN (?, ?)",
                (now, now, number, *_HELD),
            ).rowcount
            database.execute("UPDATE messages SET since = ? WHERE number = ?", (now, number))
    return count


def drop(path: str, messages: Collection[int] | None = None) -> int:
    """Remove the failed and uncertain calls of messages, by default of all, and return how many there were."""
    count = 0
    with _changed(path) as database:
        for number in _held(database, messages):
            count += database.execute(
                "DELETE FROM calls WHERE message = ? AND state IN (?, ?)", (number, *_HELD)
            ).rowcount
            clean(database, number)
    return count


def _held(database: sqlite3.Connection, messages: Collection[int] | None) -> list[int]:
    rows = database.execute("SELECT DISTINCT message FROM calls WHERE state IN (?, ?)", _HELD).fetchall()
    return [number for (number,) in rows if messages is None or number in messages]


@contextlib.contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    try:
        database = connected(os.path.abspath(path))
        try:
            yield database
        finally:
            database.close()
    except sqlite3.Error as error:
        raise in_words(error) from None


@contextlib.contextmanager
def _changed(path: str) -> Iterator[sqlite3.Connection]:
    with _opened(path) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")
