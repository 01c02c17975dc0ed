"""Memory: the most that a job takes beside its input, counted twice.

`traced_peak` counts what Python allocates, exactly, in this process. `resident_peak` runs a half in a fresh
process and reads from Linux how much its resident memory grew at the most, which sees native memory too, but
whole pages only, and nothing that fits into memory the process already had.

Run as `python -m benchmarks.memory JOB HALF FILE` this module is that process: it prints the bytes.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

from .jobs import Action, Job, job_named
from .measure import FAILURES
from .workloads import make

HALVES = ("ours", "theirs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Peak extra bytes of both halves; None where a half failed, or where the system does not tell."""

    job: Job
    workload: str
    traced: tuple[int | None, int | None]
    resident: tuple[int | None, int | None]

    @property
    def reached(self) -> bool | None:
        """Whether our traced peak is within the target; None without one."""
        target = self.job.memory_targets.get(self.workload)
        if target is None:
            return None
        return self.traced[0] is not None and self.traced[0] <= target


def measure_memory(job: Job, workload: str, message: bytes, file: Path) -> Peaks:
    """Return the peaks of both halves of `job`; `file` holds the same `message`, for the fresh processes."""
    ours, theirs = (_traced_half(job, half, message) for half in HALVES)
    our_pages, their_pages = (resident_peak(job, half, file) for half in HALVES)
    return Peaks(job=job, workload=workload, traced=(ours, theirs), resident=(our_pages, their_pages))


def _half(job: Job, half: str, message: bytes) -> Action:
    return job.ours(message) if half == "ours" else job.theirs(message)


def _traced_half(job: Job, half: str, message: bytes) -> int | None:
    try:
        action = _half(job, half, message)
        # Before it is counted, once on a small message: what modules keep from first use on is not the job's.
        _half(job, half, make("tiny"))()
        return traced_peak(action)
    except FAILURES:
        return None


def traced_peak(action: Action) -> int:
    """Return the most bytes that Python held during `action`, less those before; the result is counted."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = action()
        _, peak = tracemalloc.get_traced_memory()
        del result
        return peak - before
    finally:
        tracemalloc.stop()


def resident_peak(job: Job, half: str, file: Path) -> int | None:
    """Return the growth of resident memory in bytes, from a fresh process; None where it is not to be had."""
    if sys.platform != "linux":
        return None
    command = [sys.executable, "-m", "benchmarks.memory", job.name, half, str(file)]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    answer = done.stdout.strip()
    return int(answer) if done.returncode == 0 and answer else None


def _status(name: str) -> int:
    """Return a size out of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {name}")


def _grown(action: Action) -> int:
    """Return how far resident memory rose above its start during `action`, in bytes."""
    gc.collect()
    # proc(5): writing 5 resets the peak resident set size.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    result = action()
    peak = _status("VmHWM")
    del result
    return max(0, peak - before)


def main(arguments: list[str]) -> int:
    """Run one half of one job once, and print how far resident memory grew; exit 1 where that failed."""
    name, half, file = arguments
    job = job_named(name)
    try:
        _half(job, half, make("tiny"))()
        action = _half(job, half, Path(file).read_bytes())
        print(_grown(action))
    except (*FAILURES, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
