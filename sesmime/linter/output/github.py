"""GitHub: one workflow command a finding, which GitHub shows beside the line of the file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sesmime.errors import printable
from sesmime.linter.findings import Finding, Severity
from sesmime.linter.output import Examined, Result, Style, Unreadable, expected, where

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return a command for each finding, with the line of the file, and one for what could not be read."""
    for result in results:
        if isinstance(result, Unreadable):
            yield f"::error file={_property(result.path)},title=sesmime::{_data(result.reason)}\n"
            continue
        for finding in result.findings:
            yield _command(result, finding)


def _command(examined: Examined, finding: Finding) -> str:
    properties = [("file", examined.path if examined.file is None else examined.file)]
    line = examined.file_line(finding)
    if line is not None:
        properties += [("line", str(line)), ("col", str(finding.column))]
    properties.append(("title", f"{finding.code} {finding.name}"))
    text = finding.message
    if examined.file is not None and examined.path != examined.file:
        text += f" ({examined.path})"
    elif line is None and finding.line is not None:
        text += f" (line {finding.line} of the message)"
    text += where(finding)
    if (answer := expected(finding)) is not None:
        text += f"; {answer}"
    told = ",".join(f"{name}={_property(value)}" for name, value in properties)
    return f"::{_COMMANDS[finding.severity]} {told}::{_data(text)}\n"


def _data(text: str) -> str:
    """Escape what a command's message must not hold: % (a line break is escaped already, as all controls are)."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
