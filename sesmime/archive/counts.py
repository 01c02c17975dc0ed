"""What is counted of a scan: messages, findings, errors; by rule and by the domain of the sender."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sesmime.archive.rows import Looked
from sesmime.linter.findings import Severity


@dataclass(slots=True)
class RuleCount:
    """A rule that was met: the worst severity, how many findings, in how many messages."""

    name: str
    severity: Severity
    findings: int = 0
    messages: int = 0


@dataclass(slots=True)
class DomainCount:
    """The messages from one domain, their findings, and how many of these are errors."""

    messages: int = 0
    findings: int = 0
    errors: int = 0


@dataclass(slots=True)
class Counts:
    """What was counted: messages that were checked, their octets, those with findings; and what could not be checked.

    `rules` are by code, `domains` by the sender's domain ("" where a message has none).
    """

    messages: int = 0
    octets: int = 0
    faulty: int = 0
    unchecked: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    domains: dict[str, DomainCount] = field(default_factory=dict)

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return self.severities.total()

    def at_least(self, level: Severity) -> int:
        """Return the number of findings of a severity or worse."""
        return sum(count for severity, count in self.severities.items() if severity >= level)

    def add(self, looked: Looked, octets: int) -> None:
        """Count one message of so many octets, or one that could not be checked."""
        if looked.rows and looked.rows[0].error is not None:
            self.unchecked += 1
            return
        self.messages += 1
        self.octets += octets
        self.faulty += bool(looked.rows)
        domain = self.domains.get(looked.domain)
        if domain is None:
            domain = self.domains[looked.domain] = DomainCount()
        domain.messages += 1
        domain.findings += len(looked.rows)
        for row in looked.rows:
            assert row.code is not None
            assert row.name is not None
            assert row.severity is not None
            severity = Severity[row.severity]
            self.severities[severity] += 1
            domain.errors += severity is Severity.ERROR
            rule = self.rules.get(row.code)
            if rule is None:
                rule = self.rules[row.code] = RuleCount(row.name, severity)
            rule.severity = max(rule.severity, severity)
            rule.findings += 1
        for code in {row.code for row in looked.rows}:
            self.rules[str(code)].messages += 1
