"""Concise: one line a finding, and one for each rule that may have more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sesmime.errors import printable
from sesmime.linter.findings import Finding
from sesmime.linter.output import Examined, Result, Style, shown_place, where
from sesmime.linter.output.capped import more_of, untold


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return a line for each finding: place, code, name, severity, what is there."""
    for result in results:
        if isinstance(result, Examined):
            for finding in result.findings:
                yield f"{heading(result.path, finding, style)} {printable(finding.message + where(finding))}\n"
            for code, count in untold(result.findings).items():
                yield f"{style.paint(printable(result.path), 'strong')}: {more_of(code, count)}\n"


def heading(path: str, finding: Finding, style: Style) -> str:
    """Return the place, the rule and the severity."""
    level = finding.severity.name.lower()
    place = style.paint(shown_place(path, finding), "strong")
    return f"{place}: {finding.code} {finding.name} [{style.paint(level, level)}]"
