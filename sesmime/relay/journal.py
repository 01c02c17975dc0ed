"""The relay's log as lines: text for people, or one JSON object a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from sesmime.linter.output.people import People
from sesmime.linter.output.redacting import redacted_text, redacted_value
from sesmime.relay.telling import Told


class Journal(logging.Handler):
    """Writes each record of the logger `sesmime.relay` as a line; with `redact`, without local parts and names."""

    def __init__(self, write: Callable[[str], None], *, as_json: bool = False, redact: bool = False) -> None:
        super().__init__()
        self._write, self._as_json, self._redact = write, as_json, redact

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        line = json_line(record, redact=self._redact) if self._as_json else record.getMessage()
        if self._redact and not self._as_json:
            line = redacted_text(line, keeps_domain=True, people=_people_of(record))
        self._write(line)


def json_line(record: logging.LogRecord, *, redact: bool = False) -> str:
    """Return a record as one JSON object: `time`, `level`, and what its `Told` has; never a body or a password."""
    told = getattr(record, "told", None)
    if not isinstance(told, Told):
        told = Told(event="notice", text=record.getMessage())
    values = told.to_dict()
    if redact:
        values = redacted_value(values, keeps_domain=True, people=_people_of(record))
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": time, "level": record.levelname.lower(), **values})


def _people_of(record: logging.LogRecord) -> People | None:
    people = getattr(record, "people", None)
    return people if isinstance(people, People) else None
