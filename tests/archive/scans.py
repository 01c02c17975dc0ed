"""Archives to scan, of messages with findings, and rules that kill the process that runs them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sesmime import Evidence, Severity
from sesmime.archive import Row, messages, rows
from sesmime.linter.rule import Fault, rule

DATA = Path(__file__).parents[1] / "data" / "messages"
FROM = b"From someone@b.example Mon Jan  1 00:00:00 2024\n"


def box(file: Path, count: int, *, marks: dict[int, bytes] | None = None) -> Path:
    """Write an mbox file of so many messages, some of them with fields of their own."""
    texts = [path.read_bytes().replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") for path in _files()]
    parts = [FROM + (marks or {}).get(n, b"") + texts[n % len(texts)] + b"\n" for n in range(count)]
    file.write_bytes(b"".join(parts))
    return file


def folder(place: Path) -> Path:
    """Make a folder of files, one of them empty."""
    place.mkdir()
    for path in _files():
        (place / path.name).write_bytes(path.read_bytes())
    (place / "empty.eml").touch()
    return place


def _files() -> list[Path]:
    return sorted(DATA.glob("*.eml"))


def rows_of(*sources: Path, **options: Any) -> list[Row]:
    """Return the rows of archives, message by message."""
    return [row for source in sources for row in rows(messages(source), **options)]


@rule("TST901", severity=Severity.INFO, evidence=Evidence.ASSUMED, source="https://example.com/", triggers=("X-Kill",))
def kills(outgoing: Any) -> Iterator[Fault]:
    """A message kills the process that looks at it: always, or once if it names a file that is not there yet."""
    file = outgoing.section.first("X-Kill").body.strip()
    if file and Path(file).exists():
        return
    if file:
        Path(file).touch()
    os.kill(os.getpid(), signal.SIGKILL)
    yield Fault("never")
