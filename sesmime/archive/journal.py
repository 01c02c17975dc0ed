"""What a scan has done so far, kept so that it can go on after a kill, and count what has no room in memory.

A journal is an SQLite database beside the segments. What is to be done is written first; a piece that is done is
written with all that was counted in it, in one transaction, so that everything counts once, whenever the process ends.
The counts by domain stand there only, as an archive may have millions of them.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final, NamedTuple

from sesmime.archive.counts import Counts, DomainCount, RuleCount
from sesmime.archive.stored import Piece
from sesmime.linter.findings import Severity

# The arrangement of the tables; another is not read.
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pieces (number INTEGER PRIMARY KEY, piece TEXT NOT NULL, size INTEGER NOT NULL, done INTEGER NOT NULL);
CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rules (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, severity INTEGER NOT NULL, findings INTEGER NOT NULL,
    messages INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE domains (
    domain TEXT PRIMARY KEY, messages INTEGER NOT NULL, findings INTEGER NOT NULL, errors INTEGER NOT NULL
) WITHOUT ROWID;
"""
_ADD_COUNT: Final = "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
_ADD_RULE: Final = (
    "INSERT INTO rules VALUES (?, ?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET"
    " severity = max(severity, excluded.severity), findings = findings + excluded.findings,"
    " messages = messages + excluded.messages"
)
_ADD_DOMAIN: Final = (
    "INSERT INTO domains VALUES (?, ?, ?, ?) ON CONFLICT (domain) DO UPDATE SET"
    " messages = messages + excluded.messages, findings = findings + excluded.findings,"
    " errors = errors + excluded.errors"
)


class NotResumed(Exception):
    """Why a journal is not gone on with, in one sentence."""


class Numbered(NamedTuple):
    """A piece and its place in the order of the output."""

    number: int
    piece: Piece


class Journal:
    """The journal in a file, or without one that is gone when it is closed."""

    def __init__(self, file: str | None = None) -> None:
        # With an empty name it is a temporary file; SQLite holds little of it in memory.
        self._database = sqlite3.connect(file or "", isolation_level=None, timeout=0)
        try:
            # Held until it is closed, however that is: nobody else can go on with the same scan.
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("BEGIN EXCLUSIVE")
            if not self._database.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._database.execute(statement)
                self._database.execute("INSERT INTO facts VALUES ('version', ?)", (str(_VERSION),))
            self._database.execute("COMMIT")
            (version,) = self._database.execute("SELECT value FROM facts WHERE name = 'version'").fetchone()
        except sqlite3.OperationalError as error:
            self._database.close()
            if "locked" in str(error):
                raise NotResumed(f"{file} is in use: another scan is writing the same output") from None
            raise NotResumed(f"{file} cannot be used: {error}") from None
        except sqlite3.DatabaseError:
            self._database.close()
            raise NotResumed(f"{file} is no journal of a scan; remove it to begin again") from None
        if version != str(_VERSION):
            self._database.close()
            raise NotResumed(f"{file} was written by another version of sesmime; remove it to begin again")

    def close(self) -> None:
        """Close it; without a file all is gone."""
        self._database.close()

    # What is to be done

    @property
    def is_planned(self) -> bool:
        """Whether all pieces are known."""
        return self._database.execute("SELECT 1 FROM facts WHERE name = 'planned'").fetchone() is not None

    def facts(self) -> dict[str, str]:
        """Return what the scan was begun with."""
        return dict(self._database.execute("SELECT name, value FROM facts"))

    def plan(self, pieces: Iterable[Piece], facts: Mapping[str, str]) -> None:
        """Write what the scan is begun with, and its pieces, as they come; all of it or nothing."""
        self._database.execute("BEGIN")
        try:
            self._database.executemany("INSERT INTO facts VALUES (?, ?)", [*facts.items(), ("planned", "")])
            self._database.executemany(
                "INSERT INTO pieces VALUES (?, ?, ?, 0)",
                ((number, json.dumps(asdict(piece)), piece.size) for number, piece in enumerate(pieces)),
            )
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def numbers(self) -> Iterator[int]:
        """Return the numbers of all pieces, in their order."""
        (count,) = self._database.execute("SELECT count(*) FROM pieces").fetchone()
        yield from range(count)

    def left(self) -> Iterator[Numbered]:
        """Return the pieces that are not done yet, in their order; each is read when it is asked for."""
        number = -1
        while True:
            found = self._database.execute(
                "SELECT number, piece FROM pieces WHERE number > ? AND NOT done ORDER BY number LIMIT 1", (number,)
            ).fetchone()
            if found is None:
                return
            number, text = found
            values = json.loads(text)
            yield Numbered(number, Piece(**{**values, "members": tuple(values["members"])}))

    def size_left(self) -> int:
        """Return the octets of the pieces that are not done."""
        (size,) = self._database.execute("SELECT coalesce(sum(size), 0) FROM pieces WHERE NOT done").fetchone()
        return int(size)

    # What is done

    def finish(self, number: int, counts: Counts) -> None:
        """Write that a piece is done, and what was counted in it."""
        values = {
            "messages": counts.messages,
            "octets": counts.octets,
            "faulty": counts.faulty,
            "unchecked": counts.unchecked,
            **{severity.name: count for severity, count in counts.severities.items()},
        }
        rules = [(code, one.name, int(one.severity), one.findings, one.messages) for code, one in counts.rules.items()]
        domains = [(name, one.messages, one.findings, one.errors) for name, one in counts.domains.items()]
        execute = self._database.execute
        execute("BEGIN")
        execute("UPDATE pieces SET done = 1 WHERE number = ?", (number,))
        self._database.executemany(_ADD_COUNT, values.items())
        self._database.executemany(_ADD_RULE, rules)
        self._database.executemany(_ADD_DOMAIN, domains)
        execute("COMMIT")

    def counts(self, *, most_domains: int) -> Counts:
        """Return all that was counted, with the domains that have the most findings, as many as are asked for."""
        values = dict(self._database.execute("SELECT name, value FROM counts"))
        found = Counts(*(values.pop(name, 0) for name in ("messages", "octets", "faulty", "unchecked")))
        found.severities.update({Severity[name]: value for name, value in values.items()})
        for code, name, severity, findings, messages in self._database.execute(
            "SELECT * FROM rules ORDER BY findings DESC, code"
        ):
            found.rules[code] = RuleCount(name, Severity(severity), findings, messages)
        for domain, *numbers in self._database.execute(
            "SELECT * FROM domains ORDER BY findings DESC, errors DESC, messages DESC, domain LIMIT ?", (most_domains,)
        ):
            found.domains[domain] = DomainCount(*numbers)
        return found

    def domain_count(self) -> int:
        """Return how many domains messages came from."""
        (count,) = self._database.execute("SELECT count(*) FROM domains").fetchone()
        return int(count)


def local_state(source: str) -> str:
    """Return what tells whether a file of this machine has changed; "" for what is none."""
    try:
        state = os.stat(source)
    except (OSError, ValueError):
        return ""
    return "" if os.path.isdir(source) else f"{state.st_size} {state.st_mtime_ns}"
