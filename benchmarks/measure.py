"""Timing: two callables by turns, A B A B, so that what slows the machine slows both.

Each sample is a batch of calls long enough for the clock, with garbage collected before and not during. Only
the ratio of the two samples of a pair is used: between runs, and between minutes, the same call moves by half.
Time is processor time: no job waits for anything, and what else runs on the machine then counts for less.

Quick calls are measured warm: before each sample, some are made that do not count. Else the first calls would
pay for what the other half pushed out of the caches, and a scan of 40 MB then takes three times as long.
"""

from __future__ import annotations

import gc
import itertools
import math
import statistics
import sys
import time
from dataclasses import dataclass
from email.errors import MessageError
from typing import NamedTuple

from .jobs import Action, Figure, Half, Job

# Seconds that one sample takes at least.
BATCH = 0.04

# Calls before a sample of quick calls: a scan of 40 MB needs about eight until its time does not fall further.
WARMING = 10

# What a half may raise at a message (a RecursionError is a RuntimeError); it is shown, and the run goes on.
FAILURES = (
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    MessageError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one job gave on one workload.

    `ours` and `theirs` are seconds a call, by pair; empty where the half failed, and the problem says why.
    """

    job: Job
    workload: str
    size: int
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()
    our_problem: str = ""
    their_problem: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """The figure of the job for each pair; empty where a half failed."""
        if not self.ours or not self.theirs:
            return ()
        pairs = zip(self.ours, self.theirs, strict=True)
        if self.job.figure is Figure.TIMES_FASTER:
            return tuple(theirs / ours for ours, theirs in pairs)
        return tuple(ours / theirs for ours, theirs in pairs)

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without one. Where the library alone fails, it is met."""
        target = self.job.targets.get(self.workload)
        if target is None:
            return None
        if self.ratios:
            return self.job.reached(self.workload, statistics.median(self.ratios))
        return bool(self.ours)


def spent() -> float:
    """Return the processor time of this process and of its children that have ended, in seconds."""
    if sys.platform == "win32":
        return time.process_time()
    import resource  # not everywhere

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def seconds(action: Action, loops: int) -> float:
    """Return the seconds that one call of `action` takes, over `loops` calls; more than one are measured warm."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        if loops > 1:
            for _ in range(WARMING):
                action()
        turns = itertools.repeat(None, loops)
        began = spent()
        for _ in turns:
            action()
        return (spent() - began) / loops
    finally:
        if enabled:
            gc.enable()


def loops_for(action: Action, *, batch: float = BATCH) -> int:
    """Return the number of calls that fill `batch` seconds; calling also warms what is made at first use."""
    action()  # such as modules that are imported then: their time would pass for that of a call
    loops = 1
    while (taken := seconds(action, loops) * loops) < batch / 2:
        loops = math.ceil(loops * min(10.0, batch / max(taken, 1e-9)))
    return max(loops, math.ceil(loops * batch / taken))


def compare(first: Action, second: Action, *, repeat: int, batch: float = BATCH) -> list[tuple[float, float]]:
    """Return `repeat` pairs of seconds a call, taken by turns."""
    loops = loops_for(first, batch=batch), loops_for(second, batch=batch)
    return [(seconds(first, loops[0]), seconds(second, loops[1])) for _ in range(repeat)]


def described(problem: BaseException) -> str:
    """Return an exception as one short line."""
    lines = str(problem).splitlines() or [""]
    return f"{type(problem).__name__}: {lines[0][:120]}".removesuffix(": ")


class _Half(NamedTuple):
    """One half, ready to be timed: nothing to call where it failed, and then the problem."""

    action: Action | None
    loops: int = 0
    problem: str = ""


def _ready(half: Half, message: bytes, batch: float) -> _Half:
    """Ready `half`, and call it before the clock runs, which shows whether it can and how long it takes."""
    try:
        action = half(message)
        return _Half(action, loops_for(action, batch=batch))
    except FAILURES as problem:
        return _Half(None, problem=described(problem))


def run(job: Job, workload: str, message: bytes, *, repeat: int, batch: float = BATCH) -> Result:
    """Measure `job` on `message`; a half that fails is named in the result, and the other one timed alone."""
    halves = _ready(job.ours, message, batch), _ready(job.theirs, message, batch)
    times: tuple[list[float], list[float]] = [], []
    for _ in range(repeat):
        for half, samples in zip(halves, times, strict=True):
            if half.action:
                samples.append(seconds(half.action, half.loops))
    return Result(
        job=job,
        workload=workload,
        size=len(message),
        ours=tuple(times[0]),
        theirs=tuple(times[1]),
        our_problem=halves[0].problem,
        their_problem=halves[1].problem,
    )


def independence(job: Job, small: bytes, large: bytes, *, repeat: int) -> tuple[float, ...]:
    """Return our time for `large` by our time for `small`, pair by pair: 1 where the size does not matter."""
    return tuple(one / other for one, other in compare(job.ours(large), job.ours(small), repeat=repeat))
