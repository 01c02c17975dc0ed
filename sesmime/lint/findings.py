"""Findings: what a check says about a submission, with its place, its certainty and the text expected from SES."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from sesmime.fields import Span
from sesmime.ses.settings import Evidence


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 1
    """SES will rewrite it."""
    WARNING = 2
    """A standard is broken, or a reader misled."""
    ERROR = 3
    """SES refuses it, or mail, recipients or settings are lost or leaked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says: `code` and `name` of the rule, how bad, how sure, and one sentence.

    `span` is a byte range of the message that would be sent (None: the finding is about the parameters), `line` and
    `column` its start, counted from 1, columns in bytes; `part` the part path, "" for the root. `rejection` is the text
    expected from SES, None where it is expected to take the message, or where no text is known. `fix` is the remedy in
    words. `url` names the source of the claim.
    """

    code: str
    name: str
    severity: Severity
    evidence: Evidence
    message: str
    span: Span | None = None
    line: int | None = None
    column: int | None = None
    part: str = ""
    rejection: str | None = None
    fix: str | None = None
    url: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the finding as JSON has it: the same names, enumerations by name."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.name,
            "evidence": self.evidence.name,
            "message": self.message,
            "span": None if self.span is None else list(self.span),
            "line": self.line,
            "column": self.column,
            "part": self.part,
            "rejection": self.rejection,
            "fix": self.fix,
            "url": self.url,
        }


class Report(tuple[Finding, ...]):
    """All findings about one submission, the most severe first; else in the order in which SES is expected to check."""

    __slots__ = ()

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Self:
        """Give a report of findings that stand in the order of the checks."""
        return cls(sorted(findings, key=lambda finding: -finding.severity))

    def at_least(self, level: Severity) -> tuple[Finding, ...]:
        """Give the findings of this severity or worse."""
        return tuple(finding for finding in self if finding.severity >= level)
