"""The file of a spool: made for its owner alone, known by its head, held by one relay at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_VERSION: Final = 1
_APPLICATION: Final = 0x5E5A5700  # in the file's head
PATIENCE: Final = 5.0  # seconds that another process is waited for
_LOCK_PATIENCE: Final = 1.0
# Larger files are not read whole before they are used.
_MOST_CHECKED: Final = 1 << 28
_PAGE: Final = 4096
_IN_WORDS: Final[Mapping[str, str]] = {
    "file is not a database": "it is no database",
    "database disk image is malformed": "it is damaged",
    "attempt to write a readonly database": "it cannot be written",
    "unable to open database file": "it cannot be opened",
    "no such table: calls": "it is no spool",
}
_TABLES: Final = """
BEGIN EXCLUSIVE;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, received REAL NOT NULL, since REAL NOT NULL,
    patience REAL NOT NULL, is_confirmed INTEGER NOT NULL, interface TEXT NOT NULL, size INTEGER NOT NULL,
    settings TEXT NOT NULL, sender TEXT NOT NULL, peer TEXT NOT NULL, message_id TEXT NOT NULL
);
CREATE INDEX messages_by_digest ON messages (digest);
CREATE TABLE bodies (message INTEGER PRIMARY KEY, octets BLOB NOT NULL);
CREATE TABLE calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL, destination TEXT NOT NULL, state TEXT NOT NULL,
    due REAL NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, changed REAL NOT NULL
);
CREATE INDEX calls_by_state ON calls (state, due);
CREATE INDEX calls_by_message ON calls (message);
"""


def in_words(error: sqlite3.Error) -> sqlite3.Error:
    """Return the same error with a sentence about the file."""
    return type(error)(_IN_WORDS.get(str(error), str(error)))


class NoRoom(sqlite3.OperationalError):
    """A message for which the disk, or what of it the spool may have, is too small."""


def is_full(error: sqlite3.Error) -> bool:
    """Return whether an error says that there is no room left."""
    return isinstance(error, NoRoom) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def refuse_without_room(database: sqlite3.Connection, path: str, size: int, *, max_size: int, reserve: int) -> None:
    """Raise NoRoom for a message that would leave less than `reserve` octets of the disk free.

    What is delivered needs room in the log, and the log in the file, before it gives any back: a disk that messages
    alone have filled would stay full for ever.
    """
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (unused,) = database.execute("PRAGMA freelist_count").fetchone()
    if (pages - unused) * _PAGE + size > max_size:
        raise NoRoom(f"it has {max_size:,} octets at most")
    # It is written to the log, and from there to the file.
    needed = size + max(0, size - unused * _PAGE) + reserve
    if shutil.disk_usage(os.path.dirname(path)).free < needed:
        raise NoRoom("the disk is full")


def connected(path: str, *, patience: float = PATIENCE) -> sqlite3.Connection:
    """Return a connection to a spool that exists; raises sqlite3.Error, with a sentence, for what is none."""
    if not os.path.exists(path):
        raise sqlite3.OperationalError("there is no such file")
    database = sqlite3.connect(
        f"{Path(path).as_uri()}?mode=rw", uri=True, check_same_thread=False, isolation_level=None, timeout=patience
    )
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (application,) = database.execute("PRAGMA application_id").fetchone()
        is_new = not database.execute("SELECT 1 FROM sqlite_master").fetchone() and (version, application) == (0, 0)
        if not is_new and application != _APPLICATION:
            raise sqlite3.DatabaseError("it is a database of something else")
        if not is_new and version != _VERSION:
            raise sqlite3.DatabaseError(f"another version of sesmime wrote it ({version})")
        database.execute("PRAGMA secure_delete=ON")
        database.execute("PRAGMA synchronous=FULL")
    except BaseException:
        database.close()
        raise
    return database


def lay_out(database: sqlite3.Connection) -> None:
    """Give a new file its tables, and see that an old one is whole and can be written."""
    ask = database.execute
    (version,) = ask("PRAGMA user_version").fetchone()
    if not version:
        ask("PRAGMA auto_vacuum=INCREMENTAL")
        ask("PRAGMA journal_mode=WAL")
        head = f"PRAGMA application_id={_APPLICATION}; PRAGMA user_version={_VERSION}; COMMIT;"
        database.executescript(_TABLES + head)
    (pages,) = ask("PRAGMA page_count").fetchone()
    if pages * _PAGE <= _MOST_CHECKED and ask("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("it is damaged")
    # Where it cannot be written, that is to be known now.
    ask("BEGIN IMMEDIATE")
    ask(f"PRAGMA user_version={_VERSION}")
    ask("COMMIT")


def create(path: str) -> None:
    """Create an empty file that its owner alone may read, and see to it that its name is on the disk."""
    if os.path.exists(path):
        return
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            with contextlib.suppress(OSError):  # some file systems have no such thing
                os.fsync(folder)
        finally:
            os.close(folder)


def locked(path: str) -> sqlite3.Connection:
    """Hold the lock of a spool, which ends with the process, however that ends."""
    create(path)
    owner = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_LOCK_PATIENCE)
    try:
        owner.execute("PRAGMA journal_mode=MEMORY")
        owner.execute("BEGIN EXCLUSIVE")
        # Of a file that it cannot write SQLite makes that a lock that others can have too.
        owner.execute(f"PRAGMA user_version={_VERSION}")
    except sqlite3.OperationalError as error:
        owner.close()
        if "locked" in str(error):
            raise sqlite3.OperationalError("another relay uses it") from None
        raise
    return owner


def clean(database: sqlite3.Connection, message: int) -> None:
    """Remove what nobody needs any more of a message."""
    (left,) = database.execute(
        "SELECT count(*) FROM calls WHERE message = ? AND state != 'sent'", (message,)
    ).fetchone()
    if left:
        return
    database.execute("DELETE FROM bodies WHERE message = ?", (message,))
    gone = database.execute(
        "DELETE FROM messages WHERE number = ? AND"
        " (is_confirmed = 1 OR NOT EXISTS (SELECT 1 FROM calls WHERE calls.message = messages.number))",
        (message,),
    ).rowcount
    if gone:
        database.execute("DELETE FROM calls WHERE message = ?", (message,))
