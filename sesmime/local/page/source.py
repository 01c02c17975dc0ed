"""The source of a message with its findings in place: the first lines, and later ones that a finding is in; bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sesmime.errors import printable
from sesmime.linter.findings import Finding

MAX_LINES: Final = 2_000
MAX_LATER: Final = 100  # lines beyond these, with findings
MAX_LINE: Final = 2_000  # octets
MAX_OCTETS: Final = 300_000
MAX_ON_LINE: Final = 5  # findings


class SourceLine(NamedTuple):
    """A line of the source: its number, its text, the findings that begin in it; `skips`: lines before it are left out.

    `more` counts the findings of the line that are left out.
    """

    number: int
    text: str
    findings: tuple[Finding, ...]
    more: int = 0
    skips: bool = False


class Shown(NamedTuple):
    """The lines that are shown; `is_cut`: others are left out."""

    lines: tuple[SourceLine, ...]
    is_cut: bool


def source_lines(octets: bytes, findings: Iterable[Finding]) -> Shown:
    """Return the lines of a message that are shown, in time that grows with what is shown."""
    by_line: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.line is not None and finding.span is not None and finding.span.start <= len(octets):
            by_line.setdefault(finding.line, []).append(finding)
    lines: list[SourceLine] = []
    room, start, number = MAX_OCTETS, 0, 1
    while start < len(octets) and number <= MAX_LINES and room > 0:
        line, after = _line_at(octets, start)
        lines.append(_shown(number, line, by_line.get(number, ())))
        room -= len(line)
        start, number = after, number + 1
    is_cut = start < len(octets)
    lines += _later_lines(octets, by_line, number)
    return Shown(tuple(lines), is_cut)


def _later_lines(octets: bytes, by_line: dict[int, list[Finding]], number: int) -> Iterator[SourceLine]:
    before = number - 1
    for later in sorted(one for one in by_line if one >= number)[:MAX_LATER]:
        span = by_line[later][0].span
        assert span is not None
        line, _ = _line_at(octets, octets.rfind(b"\n", 0, span.start) + 1)
        yield _shown(later, line, by_line[later], skips=later != before + 1)
        before = later


def _line_at(octets: bytes, start: int) -> tuple[bytes, int]:
    """Return the beginning of the line that starts there, one octet more than is shown, and where the next starts."""
    stop = octets.find(b"\n", start)
    stop = len(octets) if stop < 0 else stop
    return octets[start : min(stop, start + MAX_LINE + 1)], stop + 1


def _shown(number: int, line: bytes, found: Iterable[Finding], *, skips: bool = False) -> SourceLine:
    findings = tuple(found)
    text = printable(line[:MAX_LINE].removesuffix(b"\r").decode("utf-8", "backslashreplace"))
    text = f"{text} …" if len(line) > MAX_LINE else text
    return SourceLine(number, text, findings[:MAX_ON_LINE], max(0, len(findings) - MAX_ON_LINE), skips)
