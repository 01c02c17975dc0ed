"""The account for people: findings, and the settings and recipients that a submission has."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sesmime.cli.terminal import SGR, columns, shown, tell, wrapped
from sesmime.errors import UNKNOWN_WORDS
from sesmime.linter.answers.certainty import expectation_certainty
from sesmime.linter.findings import Finding
from sesmime.linter.output import remedy
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Decision, Origin, Resolution, show_value

_BELOW = 4


# Findings


def tell_finding(finding: Finding, place: str) -> None:
    """Tell a finding: where and which; what is there, the text expected from SES, and the remedy."""
    if finding.part:
        place += f" (part {finding.part})"
    if finding.parameter is not None:
        place += f" ({finding.parameter})"
    level = finding.severity.name.lower()
    tell(f"{place}: {level} {finding.code} {finding.name}", coloured=(level, SGR[level]))
    below = [finding.message]
    if finding.rejection is not None:
        below.append(expected(finding))
    if finding.fix is not None:
        below.append(f"fix: {remedy(finding.fix)}")
    tell_below(below)


def expected(finding: Finding) -> str:
    """Return the text expected from SES, and how sure that is."""
    words = shown(finding.rejection, 200) if finding.rejection else UNKNOWN_WORDS
    return f"expected from SES: {words} [{expectation_certainty(finding).name}]"


def tell_below(texts: Iterable[str]) -> None:
    """Tell what belongs to the line above."""
    for text in texts:
        for line in wrapped(text, columns(sys.stderr) - _BELOW):
            tell(" " * _BELOW + line)


# Settings


def decision_rows(resolution: Resolution, leave_out: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Tell each setting that is given somewhere: what counts, where it comes from, what it overrules and why."""
    told: list[tuple[str, str]] = []
    for decision in resolution.decisions:
        is_given = decision.origin is not Origin.UNSET or decision.field is not None or decision.overruled
        if is_given and decision.setting not in leave_out:
            told.append((decision.setting, f"{_value(decision)} ({_where(decision, resolution.interface)})"))
            told.extend(("", f"overrules {shown(field.name)}: {shown(field.body, 80)}") for field in decision.overruled)
            if decision.overruled:
                told.append(("", f"{decision.reason} [{decision.evidence.name}]"))
    return told


def _value(decision: Decision) -> str:
    return shown(show_value(decision.value))


def _where(decision: Decision, interface: Interface) -> str:
    if decision.origin is Origin.API_PARAMETER:
        if interface is Interface.SMTP and decision.setting in SES_FIELDS:
            return f"given; written to {SES_FIELDS[decision.setting].name}"
        return "given"
    if decision.field is None:
        return "not given"
    return decision.field.name if decision.origin is Origin.HEADER_FIELD else f"{decision.field.name} is malformed"
