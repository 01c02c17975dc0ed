"""Messages for `sesmime lint`, and its runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sesmime import Evidence, Severity
from sesmime.linter.rule import Fault, rule
from tests.cli.running import Ran, run

CLEAN = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\n\r\nHi\r\n"
# A field that says the same twice: the fix is safe. One that says two things: it is not.
SAME = CLEAN.replace(b"Subject: one\r\n", b"Subject: one\r\nSubject: one\r\n")
OTHER = CLEAN.replace(b"Subject: one\r\n", b"Subject: one\r\nSubject: two\r\n")
# The one rule whose findings are known beforehand.
ONLY = ["--select", "SES101"]


def write(name: str, content: bytes = SAME) -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def lint(*argv: object, **options: Any) -> Ran:
    """Run that one rule."""
    return run("lint", *ONLY, *argv, **options)


@rule("TST001", severity=Severity.INFO, evidence=Evidence.ASSUMED, source="https://example.com/")
def noticed(outgoing: object) -> Iterator[Fault]:
    """A rule of another package.

    It is met by every message.
    """
    yield Fault("noticed")


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Let another package offer a rule."""
    module = ModuleType("of_another_package")
    module.__dict__["noticed"] = noticed
    monkeypatch.setitem(sys.modules, "of_another_package", module)
    entries = EntryPoints([EntryPoint("noticed", value, "sesmime.rules")])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries.select(group=group))
