"""Two runs side by side: the ratios of one beside those of another, for both were taken within their own run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .jobs import Figure
from .table import number

# So much of the speed may be lost before it is called worse: between runs a ratio moves by some percent.
_TOLERATED: Final = 0.9
_ROW: Final = "{:<24}  {:<9}  {:>9}  {:>9}  {:>7}  {}"


def ratios_of(report: Mapping[str, Any]) -> dict[tuple[str, str], tuple[float, str]]:
    """Return the median ratio of each job and workload of a report, and which figure it is."""
    return {
        (result["job"], result["workload"]): (float(result["ratio"]["median"]), str(result["figure"]))
        for result in report["results"]
        if result["ratio"] is not None
    }


def compared(base: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """Return a table of the ratios then and now, and how much faster it has become; what is worse by 10 % is marked.

    >>> then, now = ({"results": [{"job": "parse", "workload": "tiny", "figure": "TIMES_FASTER",
    ...     "ratio": {"median": ratio}}]} for ratio in (8.0, 4.0))
    >>> compared(then, now).splitlines()[-2]
    'parse                     tiny            8.00       4.00     0.50  WORSE'
    """
    old, new = ratios_of(base), ratios_of(report)
    head = _ROW.format("job", "workload", "then", "now", "faster", "").rstrip()
    lines = [head, "-" * len(head)]
    worse = 0
    for key, (ratio, figure) in new.items():
        if key not in old:
            continue
        before = old[key][0]
        gain = ratio / before if figure == Figure.TIMES_FASTER.name else before / ratio
        worse += gain < _TOLERATED
        mark = "WORSE" if gain < _TOLERATED else ""
        lines.append(_ROW.format(*key, number(before), number(ratio), f"{gain:.2f}", mark).rstrip())
    lines.append(f"{len(new.keys() & old.keys())} compared, {worse} worse by more than 10 %")
    return "\n".join(lines)
