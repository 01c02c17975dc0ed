"""Reports without addresses: for logs and tickets that others read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from sesmime.linter.findings import Finding, Fix
from sesmime.linter.output import Examined, Result
from sesmime.ses.settings import ApiParameters

HIDDEN: Final = "***@***"
# An address in any text: a quoted string, or what no blank, bracket or comma divides, an at-sign, and what follows it.
_QUOTED: Final = r'"(?:[^"\\]|\\.){0,64}"'
_PLAIN: Final = r"""[^\s<>()\[\],:;"'@]+"""
_ADDRESS: Final = re.compile(rf"(?:{_QUOTED}|{_PLAIN})(?:@+(?:\[[^\]\s]*\]?|{_PLAIN})?)+")


def redacted_text(text: str) -> str:
    """Return a text with its addresses hidden.

    >>> redacted_text("the address 'joe@b.example' is invalid")
    "the address '***@***' is invalid"
    """
    return _ADDRESS.sub(HIDDEN, text) if "@" in text else text


def redacted_value(value: Any) -> Any:
    """Return a value as JSON has it, with the addresses in all its texts hidden."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, dict):
        return {redacted_text(name): redacted_value(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_value(one) for one in value]
    return value


def redacted_results(results: Iterable[Result]) -> Iterator[Result]:
    """Return what was examined with the addresses in the findings hidden."""
    for result in results:
        if isinstance(result, Examined):
            findings = tuple(map(_redacted_finding, result.findings))
            yield result._replace(findings=findings, parameters=ApiParameters())
        else:
            yield result


def _redacted_finding(finding: Finding) -> Finding:
    fix, rejection = finding.fix, finding.rejection
    if fix is not None:
        value = None if fix.value is None else redacted_text(fix.value)
        fix = Fix(redacted_text(fix.title), fix.edits, is_safe=fix.is_safe, value=value)
    return replace(
        finding,
        message=redacted_text(finding.message),
        rejection=None if rejection is None else redacted_text(rejection),
        fix=fix,
    )
