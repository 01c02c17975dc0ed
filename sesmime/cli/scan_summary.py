"""What `sesmime scan` tells of all messages: counts, and the rules and domains that were met most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sesmime.archive.counts import Counts
from sesmime.cli.terminal import counted, printable
from sesmime.linter.findings import Severity


def summary(counts: Counts, *, domain_count: int, most: int) -> Iterator[str]:
    """Return the lines of a summary, with so many rules and domains at most; `counts` has no more domains."""
    yield _first(counts)
    if counts.rules:
        yield ""
        yield from _table(
            ("findings", "messages", "rule"),
            [
                (one.findings, one.messages, f"{code} {one.name} ({one.severity.name.lower()})")
                for code, one in list(counts.rules.items())[:most]
            ],
            len(counts.rules),
        )
    if counts.domains:
        yield ""
        yield from _table(
            ("messages", "findings", "errors", "sender domain"),
            [
                (one.messages, one.findings, one.errors, printable(name) if name else "(none)")
                for name, one in list(counts.domains.items())[:most]
            ],
            domain_count,
        )


def _first(counts: Counts) -> str:
    messages = counted(counts.messages, "message")
    if counts.findings:
        levels = ", ".join(
            f"{counts.severities[severity]:,} {severity.name.lower()}" for severity in sorted(Severity, reverse=True)
        )
        said = f"{counted(counts.findings, 'finding')} ({levels}) in {counts.faulty:,} of {messages}"
    else:
        said = f"no findings in {messages}"
    if counts.unchecked:
        said += f"; {counts.unchecked:,} could not be checked"
    return f"{said[0].upper()}{said[1:]}"


def _table(heads: Sequence[str], rows: Sequence[tuple[object, ...]], total: int) -> Iterator[str]:
    """Return a table of numbers and one text at the end, and how many rows there are besides."""
    cells = [heads, *(tuple(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads) - 1)]
    for *numbers, text in cells:
        yield "  ".join([*(f"{number:>{width}}" for number, width in zip(numbers, widths, strict=True)), text])
    if total > len(rows):
        yield f"and {total - len(rows):,} more"
