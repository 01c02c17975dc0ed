"""Statistics: how often each rule was met, in place of the findings; for people, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sesmime.linter.findings import Severity
from sesmime.linter.output import Examined, Result, Style
from sesmime.linter.output.as_json import dumps


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return a line for each rule that was met, the most frequent first."""
    counts = _counts(results)
    wide = max((len(str(one["findings"])) for one in counts), default=0)
    for one in counts:
        level = one["severity"].lower()
        fixable = f"  ({one['fixable']} fixable)" if one["fixable"] else ""
        yield f"{one['findings']:>{wide}}  {one['code']}  {style.paint(f'{level:7}', level)}  {one['name']}{fixable}\n"


def render_json(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return a list with an object for each rule that was met."""
    yield dumps(_counts(results)).decode("ascii")


def _counts(results: Iterable[Result]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    worst: dict[str, Severity] = {}
    for result in results:
        if not isinstance(result, Examined):
            continue
        for finding in result.findings:
            new = {
                "code": finding.code,
                "name": finding.name,
                "severity": "",
                "findings": 0,
                "messages": 0,
                "fixable": 0,
            }
            one = found.setdefault(finding.code, new)
            worst[finding.code] = max(worst.get(finding.code, finding.severity), finding.severity)
            one["severity"] = worst[finding.code].name
            one["findings"] += 1
            one["fixable"] += finding.fix is not None and finding.fix.applicability == "safe"
        for code in {finding.code for finding in result.findings}:
            found[code]["messages"] += 1
    return sorted(found.values(), key=lambda one: (-one["findings"], one["code"]))
