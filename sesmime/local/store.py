"""The inbox in a file: SQLite, written as messages arrive, so that a kill loses none that was answered.

Of each message its octets, what was handed over beside it, the answer and the events are kept, as JSON and blobs;
report, settings and envelope are worked out again when the file is opened.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sesmime.linter.answers import predict_rejection
from sesmime.linter.run import lint
from sesmime.local.inbox import Kept, KeptEvent
from sesmime.ses.envelope import envelope_of
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import resolution_of
from sesmime.ses.requests import Submission, request_of
from sesmime.ses.settings import ApiParameters, Destination

_VERSION: Final = 1
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
    """A file of messages, used from any thread. Raises sqlite3.Error for what is no such file."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            self._database.close()
            raise sqlite3.DatabaseError(f"the file was written by another version ({version})")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS messages"
            " (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, told TEXT NOT NULL, sent BLOB, made BLOB)"
        )
        self._database.execute(f"PRAGMA user_version={_VERSION}")

    def add(self, kept: Kept) -> None:
        """Write a message; what is there with its id is replaced."""
        sent = kept.submission.message
        row = (kept.id, json.dumps(_told(kept)), None if sent is None else bytes(sent), kept.message)
        with self._lock:
            self._database.execute(
                "INSERT INTO messages (id, told, sent, made) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET told = excluded.told",
                row,
            )

    def delete(self, ids: list[str]) -> None:
        """Delete messages."""
        with self._lock:
            self._database.executemany("DELETE FROM messages WHERE id = ?", [(one,) for one in ids])

    def read(self) -> Iterator[Kept]:
        """Return the messages, the oldest first."""
        with self._lock:
            rows = self._database.execute("SELECT told, sent, made FROM messages ORDER BY number").fetchall()
        for told, sent, made in rows:
            yield _kept(json.loads(told), sent, made)

    def close(self) -> None:
        """Close the file."""
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
        "given": _as_json(given),
        "request": _as_json(dict(kept.request)),
        "refusal": kept.refusal,
        "tags": kept.tags,
        "recipients": kept.recipients,
        "events": [
            {
                "kind": event.kind,
                "timestamp": event.timestamp.isoformat(),
                "recipients": event.recipients,
                "record": event.record,
                "published_to": event.published_to,
                "failures": event.failures,
            }
            for event in kept.events
        ],
    }


def _kept(told: Mapping[str, Any], sent: bytes | None, made: bytes | None) -> Kept:
    interface = Interface(told["interface"])
    given = _from_json(told["given"])
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
        tags=tuple((name, value) for name, value in told["tags"]),
        recipients=tuple(told["recipients"]),
        request=_from_json(told["request"]),
        events=[
            KeptEvent(
                kind=event["kind"],
                timestamp=datetime.fromisoformat(event["timestamp"]),
                recipients=tuple(event["recipients"]),
                made=event["record"],
                published_to=tuple(event["published_to"]),
                failures=tuple(event["failures"]),
            )
            for event in told["events"]
        ],
    )


def _rejection(submission: Submission[Any], text: str) -> Any:
    """Return the prediction behind a refusal, where it has that text."""
    rejection = predict_rejection(submission)
    return rejection if rejection is not None and rejection.text == text else None


def _as_json(value: Any) -> Any:
    """Return plain JSON values; octets under a name of their own."""
    if isinstance(value, bytes | bytearray):
        return {"$octets": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(name): _as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$octets"}:
            return base64.b64decode(value["$octets"])
        return {name: _from_json(one) for name, one in value.items()}
    return [_from_json(one) for one in value] if isinstance(value, list) else value
