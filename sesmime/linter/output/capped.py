"""Which rules tell of some places only: ours tell of ten in a message, so that a report stays small, and count more."""

from __future__ import annotations

from collections.abc import Iterable

from sesmime.linter.findings import Finding
from sesmime.linter.view.lines import MOST, MOST_COUNTED


def untold(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many more places of one message the rules have that tell of some of them only, by code."""
    found: dict[str, int] = {}
    for finding in findings:
        if finding.untold:
            found[finding.code] = max(finding.untold, found.get(finding.code, 0))
    return found


def more_of(code: str, count: int) -> str:
    """Say how many more there are; of as many as are counted there may be still more.

    >>> more_of("SES515", 3)
    'SES515 is told of its first 10 places; there are 3 more'
    """
    more = "is 1" if count == 1 else f"are {count}" if count < MOST_COUNTED else f"are at least {count:,}"
    return f"{code} is told of its first {MOST} places; there {more} more"
