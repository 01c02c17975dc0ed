"""GitLab: a Code Quality report, which GitLab shows beside the lines that a merge request changes; JSON in ASCII.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sesmime.errors import printable
from sesmime.linter.findings import Finding, Severity
from sesmime.linter.output import Examined, Result, Style, Unreadable, expected, where
from sesmime.linter.output.as_json import dumps

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "minor"}


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the list, one object for each finding, and one for what could not be read."""
    seen: Counter[str] = Counter()
    opening = "["
    for result in results:
        for one in _entries(result):
            told = dumps(one | {"fingerprint": _fingerprint(one, seen)}).decode("ascii").rstrip("\n")
            yield f"{opening}\n  " + told.replace("\n", "\n  ")
            opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def _entries(result: Result) -> Iterator[dict[str, Any]]:
    if isinstance(result, Unreadable):
        yield _entry("unreadable", result.reason, "blocker", result.path, None)
        return
    for finding in result.findings:
        path = result.path if result.file is None else result.file
        severity = _SEVERITIES[finding.severity]
        yield _entry(finding.code, _text(result, finding), severity, path, result.file_line(finding))


def _entry(code: str, text: str, severity: str, path: str, line: int | None) -> dict[str, Any]:
    return {
        "description": printable(text),
        "check_name": code,
        "severity": severity,
        "location": {"path": printable(path), "lines": {"begin": line or 1}},
    }


def _text(examined: Examined, finding: Finding) -> str:
    text = f"{finding.code} {finding.name}: {finding.message}"
    if examined.file is not None and examined.path != examined.file:
        text += f" ({examined.path})"
    elif finding.line is not None and examined.file_line(finding) is None:
        text += f" (line {finding.line} of the message)"
    text += where(finding)
    return text if (answer := expected(finding)) is None else f"{text}; {answer}"


def _fingerprint(entry: dict[str, Any], seen: Counter[str]) -> str:
    """Return what tells a finding from every other and stays when only lines above it come or go."""
    told = "\0".join((entry["location"]["path"], entry["check_name"], entry["description"]))
    seen[told] += 1
    return hashlib.sha256(f"{told}\0{seen[told]}".encode("utf-8", "surrogatepass")).hexdigest()
