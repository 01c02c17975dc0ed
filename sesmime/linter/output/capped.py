"""Which rules tell of some places only: ours tell of ten in a message, so that a report stays small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.findings import Finding
from sesmime.linter.view.lines import MOST


def capped(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the codes of rules that have told of as many places of one message as they ever do; there may be more."""
    told = Counter(finding.code for finding in findings)
    return tuple(code for code, count in told.items() if count >= MOST and code in _ours())


def more_of(code: str) -> str:
    """Say that there may be more.

    >>> more_of("SES515")
    'SES515 is told of its first 10 places; there may be more'
    """
    return f"{code} is told of its first {MOST} places; there may be more"


@cache
def _ours() -> frozenset[str]:
    return frozenset(entry.code for entry in CATALOGUE)
