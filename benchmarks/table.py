"""The tables: aligned plain text of widths known beforehand, so that rows appear as they are made."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence

from .jobs import JOBS, Figure, Job
from .measure import Result
from .memory import Peaks
from .workloads import NAMES

_JOB = max(len(job.name) for job in JOBS)
_WORKLOAD = max(len("workload"), *(len(name) for name in NAMES))
_TIMES = f"{{:<{_JOB}}}  {{:<{_WORKLOAD}}}  {{:>9}}  {{:>9}}  {{:<26}}  {{:<8}}  {{}}"
_SIZES = f"{{:<{_JOB}}}  {{:<{_WORKLOAD}}}  {{:>9}}  {{:>9}}  {{:>9}}  {{:>9}}  {{:<8}}  {{}}"


def number(value: float) -> str:
    """Return `value` with three digits that count.

    >>> [number(value) for value in (0.5, 6.28, 52.345, 1500.2)]
    ['0.50', '6.28', '52.3', '1,500']
    """
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def duration(value: float) -> str:
    """Return seconds in the unit that suits them.

    >>> [duration(value) for value in (2.5, 0.0125, 3e-06)]
    ['2.50 s', '12.5 ms', '3.00 us']
    """
    if value >= 1:
        return f"{number(value)} s"
    return f"{number(value * 1e3)} ms" if value >= 1e-3 else f"{number(value * 1e6)} us"


def size(value: int | None) -> str:
    """Return bytes in the unit that suits them, "-" for None.

    >>> [size(value) for value in (None, 512, 2048, 3 << 20)]
    ['-', '512 B', '2.00 KiB', '3.00 MiB']
    """
    if value is None:
        return "-"
    if value < 1024:
        return f"{value} B"
    return f"{number(value / 1024)} KiB" if value < 1 << 20 else f"{number(value / (1 << 20))} MiB"


def spread(ratios: Sequence[float]) -> str:
    """Return the median of ratios, with least and most.

    >>> spread([2.0, 3.0, 2.5])
    '2.50x (2.00..3.00)'
    """
    return f"{number(statistics.median(ratios))}x ({number(min(ratios))}..{number(max(ratios))})"


def verdict(reached: bool | None) -> str:
    """Return the word for a target: met, or not, or that there is none."""
    return {True: "yes", False: "NO", None: ""}[reached]


def headline() -> str:
    """Say what was run on what, and how far the figures reach."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"sesmime beside the standard library: {python}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} CPUs.\n"
        "Only the ratios within this run count; the times are there to give their size."
    )


def times_head() -> str:
    """Return the head of the table of times."""
    row = _TIMES.format("job", "workload", "ours", "theirs", "ratio (least..most)", "target", "met")
    return f"{row}\n{'-' * len(row)}"


def peers_head() -> str:
    """Return the head of the table of other parsers."""
    return f"Other parsers on real mail: how many times faster we are\n{times_head()}"


def times_row(result: Result) -> str:
    """Return one row of the table of times."""
    job = result.job
    ratio = spread(result.ratios) if result.ratios else ""
    if result.ours and not result.theirs:
        ratio = "the library fails"
    return _TIMES.format(
        job.name,
        result.workload,
        duration(statistics.median(result.ours)) if result.ours else "fails",
        duration(statistics.median(result.theirs)) if result.theirs else "fails",
        ratio,
        _target(job, result.workload),
        verdict(result.reached),
    ).rstrip()


def missing_row(job: Job, missing: Sequence[str]) -> str:
    """Return the row of a job whose names are not there yet."""
    named = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
    return f"{job.name:<{_JOB}}  not built yet: sesmime has no {named}"


def independence_row(job: Job, small: str, large: str, growth: float, ratios: Sequence[float]) -> str:
    """Say how our time for a large message stands to the time for a small one."""
    return (
        f"{job.name}: {large} takes {spread(ratios)} as long as {small}, with {number(growth)} times the "
        "bytes (target: independent of the body)"
    )


def legend(jobs: Iterable[Job]) -> str:
    """Say what each job compares, and which way its ratio reads."""
    turned = " and ".join(job.name for job in JOBS if job.figure is Figure.TIMES_AS_LONG)
    lines = [
        "What is compared. The ratio says how many times faster we are;",
        f"for {turned}, how many times as long we take.",
    ]
    for job in jobs:
        lines.append(f"  {job.name:<{_JOB}}  ours    {job.our_words}")
        lines.append(f"  {'':<{_JOB}}  theirs  {job.their_words}")
    return "\n".join(lines)


def problems(results: Iterable[Result]) -> str:
    """List what failed, by half; "" where nothing did."""
    lines = []
    for result in results:
        for who, problem in (("ours", result.our_problem), ("theirs", result.their_problem)):
            if problem:
                lines.append(f"  {result.job.name} {result.workload}, {who}: {problem}")
    return "\n".join(("What failed:", *lines)) if lines else ""


def sizes_head() -> str:
    """Return the head of the table of memory."""
    row = _SIZES.format("job", "workload", "ours", "theirs", "ours RSS", "theirs RSS", "target", "met")
    return (
        f"Most memory beside the input: what Python allocates, and growth of a fresh process (RSS)\n{row}\n"
        f"{'-' * len(row)}"
    )


def sizes_row(peaks: Peaks) -> str:
    """Return one row of the table of memory."""
    target = peaks.job.memory_targets.get(peaks.workload)
    return _SIZES.format(
        peaks.job.name,
        peaks.workload,
        *(size(value) for value in (*peaks.traced, *peaks.resident)),
        "" if target is None else f"<= {target >> 20} MiB",
        verdict(peaks.reached),
    ).rstrip()


def _target(job: Job, workload: str) -> str:
    wanted = job.targets.get(workload)
    if wanted is None:
        return ""
    return f"{'>=' if job.figure is Figure.TIMES_FASTER else '<='} {wanted:g}x"
