"""The inbox and the account in a file: SQLite, written as messages arrive, so that a kill loses none that was answered.

Of each message its octets, what was handed over beside it, the answer and the events are kept, as JSON and blobs;
report, settings and envelope are worked out again when the file is opened. The account (identities, sets, templates,
lists) is written a moment after it has changed. One server has a file at a time.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final

from sesmime.errors import SesMimeError
from sesmime.linter.answers import predict_rejection
from sesmime.linter.run import lint
from sesmime.local.inbox import Kept, KeptEvent, NotKept
from sesmime.local.remembering import as_json, from_json, region_as_json, region_from_json
from sesmime.local.state import State
from sesmime.ses.envelope import envelope_of
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import resolution_of
from sesmime.ses.requests import Submission, request_of
from sesmime.ses.settings import ApiParameters, Destination
from sesmime.ses.tags import MessageTag

_LOG: Final = logging.getLogger("sesmime.local")
_VERSION: Final = 1
_APPLICATION: Final = 0x5E5A171E  # in the file's head, told by `file` too
_PATIENCE: Final = 1.0  # seconds that another server is waited for
_PAUSE: Final = 0.05  # seconds
_LATER: Final = 1.0  # seconds after which what could not be written is tried again
_IN_WORDS: Final[Mapping[str, str]] = {
    "database is locked": "another server uses it",
    "file is not a database": "it is no database",
    "database disk image is malformed": "it is damaged",
    "attempt to write a readonly database": "it cannot be written",
    "unable to open database file": "it cannot be opened",
    "database or disk is full": "its disk is full",
}
_UNREADABLE: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError, SesMimeError)
_PLAIN: Final = (
    "id",
    "region",
    "message_id",
    "configuration_set",
    "sender",
    "subject",
    "operation",
    "source_ip",
    "rendering_failure",
)


class Store:
    """A file of messages, used from any thread. Raises sqlite3.Error, with a sentence, for what is no such file."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._account: State | None = None
        self._is_closing = threading.Event()
        self._writer = threading.Thread(target=self._write_changes, name="sesmime-store", daemon=True)
        try:
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE)
            try:
                self._open()
            except BaseException:
                self._database.close()
                raise
        except sqlite3.Error as error:
            raise type(error)(_IN_WORDS.get(str(error), str(error))) from None

    def _open(self) -> None:
        ask = self._database.execute
        ask("PRAGMA locking_mode=EXCLUSIVE")
        (version,) = ask("PRAGMA user_version").fetchone()
        (application,) = ask("PRAGMA application_id").fetchone()
        is_new = not ask("SELECT 1 FROM sqlite_master").fetchone() and (version, application) == (0, 0)
        if not is_new and application != _APPLICATION:
            raise sqlite3.DatabaseError("it is a database of something else")
        if not is_new and version != _VERSION:
            raise sqlite3.DatabaseError(f"another version of sesmime wrote it ({version})")
        ask("PRAGMA journal_mode=WAL")
        ask("PRAGMA synchronous=NORMAL")
        ask("BEGIN EXCLUSIVE")  # kept from here on
        if is_new:  # a full disk is no reason not to open it
            self._lay_out()
        ask("COMMIT")

    def _lay_out(self) -> None:
        ask = self._database.execute
        ask(
            "CREATE TABLE IF NOT EXISTS messages"
            " (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, told TEXT NOT NULL, sent BLOB, made BLOB)"
        )
        ask("CREATE TABLE IF NOT EXISTS events (id TEXT NOT NULL, told TEXT NOT NULL)")
        ask("CREATE INDEX IF NOT EXISTS events_by_id ON events (id)")
        ask("CREATE TABLE IF NOT EXISTS regions (name TEXT PRIMARY KEY, told TEXT NOT NULL)")
        ask(f"PRAGMA application_id={_APPLICATION}")
        ask(f"PRAGMA user_version={_VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Make one transaction of what is written; where not all of it can be, nothing is, and NotKept says why."""
        with self._lock:
            try:
                self._database.execute("BEGIN")
                yield self._database
                self._database.execute("COMMIT")
            except BaseException as error:
                if self._database.in_transaction:  # SQLite may have ended it itself
                    with suppress(sqlite3.Error):
                        self._database.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise NotKept(_IN_WORDS.get(str(error), str(error))) from None
                raise

    def add(self, kept: Kept) -> None:
        """Write a message; raises NotKept."""
        sent = kept.submission.message
        row = (kept.id, json.dumps(_told(kept)), None if sent is None else bytes(sent), kept.message)
        with self._writing() as database:
            database.execute("INSERT INTO messages (id, told, sent, made) VALUES (?, ?, ?, ?)", row)

    def add_event(self, message_id: str, event: KeptEvent) -> None:
        """Write an event of a message; raises NotKept."""
        told = json.dumps(_told_event(event))
        with self._writing() as database:
            database.execute("INSERT INTO events (id, told) VALUES (?, ?)", (message_id, told))

    def delete(self, ids: list[str]) -> None:
        """Delete messages, and their events; raises NotKept."""
        given = [(one,) for one in ids]
        with self._writing() as database:
            database.executemany("DELETE FROM messages WHERE id = ?", given)
            database.executemany("DELETE FROM events WHERE id = ?", given)

    def read(self) -> Iterator[Kept]:
        """Return the messages, the oldest first; raises sqlite3.Error where one cannot be read."""
        with self._lock:
            rows = self._database.execute("SELECT id, told, sent, made FROM messages ORDER BY number").fetchall()
            events: dict[str, list[str]] = {}
            for message_id, told in self._database.execute("SELECT id, told FROM events ORDER BY rowid"):
                events.setdefault(message_id, []).append(told)
        for message_id, told, sent, made in rows:
            try:
                yield _kept(json.loads(told), sent, made, [json.loads(one) for one in events.get(message_id, ())])
            except _UNREADABLE:
                raise sqlite3.DatabaseError("a message in it cannot be read") from None

    def remember(self, account: State) -> None:
        """Give an account what it had, and write from now on what changes of it."""
        with self._lock:
            rows = self._database.execute("SELECT told FROM regions").fetchall()
        try:
            account.restore(region_from_json(json.loads(told)) for (told,) in rows)
        except _UNREADABLE:
            raise sqlite3.DatabaseError("the account in it cannot be read") from None
        self._account = account
        self._writer.start()

    def _write_changes(self) -> None:
        assert self._account is not None
        while not self._is_closing.is_set():
            if self._account.changed.wait(timeout=1):
                self._is_closing.wait(_PAUSE)  # for what changes with it
                if not self._write_account():
                    self._is_closing.wait(_LATER)

    def _write_account(self) -> bool:
        """Write what has changed; returns whether it is written. What is not counts as changed."""
        if self._account is None or not self._account.changed.is_set():
            return True
        with self._account.lock:
            self._account.changed.clear()
            rows = [(name, region_as_json(region)) for name, region in self._account.regions.items()]
        try:
            told = [(name, json.dumps(one)) for name, one in rows]
            with self._writing() as database:
                database.execute("DELETE FROM regions")
                database.executemany("INSERT INTO regions (name, told) VALUES (?, ?)", told)
        except NotKept as error:
            _LOG.error("the account could not be written to the store: %s", error)
            self._account.changed.set()
            return False
        return True

    def close(self) -> None:
        """Close the file."""
        self._is_closing.set()
        if self._writer.is_alive():
            self._writer.join(timeout=10)
        self._write_account()
        with self._lock:
            self._database.close()


def _told(kept: Kept) -> dict[str, Any]:
    submission = kept.submission
    if submission.interface is Interface.SMTP:
        parameters = submission.parameters
        given: Any = {"source": parameters.source, "to": list((parameters.destination or Destination()).to)}
    else:
        given = request_of(submission.parameters, submission.interface)
    return {
        **{name: getattr(kept, name) for name in _PLAIN},
        "received": kept.received.isoformat(),
        "interface": submission.interface.value,
        "given": as_json(given),
        "request": as_json(dict(kept.request)),
        "refusal": kept.refusal,
        "tags": kept.tags,
        "recipients": kept.recipients,
    }


def _told_event(event: KeptEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "timestamp": event.timestamp.isoformat(),
        "recipients": event.recipients,
        "record": event.record,
        "published_to": event.published_to,
        "failures": event.failures,
    }


def _kept(told: Mapping[str, Any], sent: bytes | None, made: bytes | None, events: list[Mapping[str, Any]]) -> Kept:
    interface = Interface(told["interface"])
    given = from_json(told["given"])
    if interface is Interface.SMTP:
        parameters = ApiParameters(source=given["source"], destination=Destination(tuple(given["to"])))
        submission: Submission[Any] = Submission(sent, parameters, interface)
    else:
        # A raw interface's request needs its message to be read.
        whole = dict(given)
        inner = whole
        for name in interface.row.data[:-1]:
            inner[name] = dict(inner.get(name) or {})
            inner = inner[name]
        if interface.row.data:
            inner[interface.row.data[-1]] = sent or b""
        submission = Submission.from_request(whole, interface)
    refusal = told["refusal"]
    return Kept(
        **{name: told[name] for name in _PLAIN},
        received=datetime.fromisoformat(told["received"]),
        submission=submission,
        message=made,
        report=lint(submission),
        resolution=resolution_of(submission.message, parameters=submission.parameters, interface=interface),
        envelope=envelope_of(submission.message, parameters=submission.parameters, interface=interface),
        refusal=None if refusal is None else (refusal[0], refusal[1]),
        rejection=None if refusal is None else _rejection(submission, refusal[1]),
        tags=tuple(MessageTag(name, value) for name, value in told["tags"]),
        recipients=tuple(told["recipients"]),
        request=from_json(told["request"]),
        events=[
            KeptEvent(
                kind=event["kind"],
                timestamp=datetime.fromisoformat(event["timestamp"]),
                recipients=tuple(event["recipients"]),
                made=event["record"],
                published_to=tuple(event["published_to"]),
                failures=tuple(event["failures"]),
            )
            for event in events
        ],
    )


def _rejection(submission: Submission[Any], text: str) -> Any:
    """Return the prediction behind a refusal, where it has that text."""
    rejection = predict_rejection(submission)
    return rejection if rejection is not None and rejection.text == text else None
