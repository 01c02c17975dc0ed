"""`python -m fuzz`: cases of every kind against the laws of the design.

`--all --executions 100000 --jobs 2` divides executions among the fifteen laws; `--law 6` runs one; `--atheris` lets
coverage choose (it needs the package atheris). The same seed makes the same cases. What breaks a law, raises, or takes
over a second of processor time is made small, printed as a test's datum and written to a folder; the exit code is
then 1. A run that is interrupted (Ctrl-C, SIGTERM) tells what it did until then, and exits with 130.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fuzz.harnesses import HARNESSES
from fuzz.running import Failure, execute, harness_of, tell

# Executions that a worker takes at once.
_PIECE = 500


class Task(NamedTuple):
    """Executions of one law."""

    law: int
    seed: int
    first: int
    executions: int


class Done(NamedTuple):
    """What came of a task."""

    law: int
    executions: int
    failures: list[Failure]
    seconds: float


def tasks(laws: Sequence[int], executions: int, seed: int) -> Iterator[Task]:
    """Divide executions among laws by their shares, and into pieces."""
    shares = {law: harness_of(law).share for law in laws}
    whole = sum(shares.values())
    wanted = {law: executions * share // whole for law, share in shares.items()}
    wanted[laws[0]] += executions - sum(wanted.values())
    for first in range(0, max(wanted.values(), default=0), _PIECE):
        for law in laws:
            if first < wanted[law]:
                yield Task(law, seed, first, min(_PIECE, wanted[law] - first))


def work(task: Task) -> Done:
    """Run a task."""
    started = time.process_time()
    done, failures = execute(task.law, task.seed, range(task.first, task.first + task.executions))
    return Done(task.law, done, failures, time.process_time() - started)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Cases of every kind against the laws.")
    parser.add_argument("--law", type=int, action="append", choices=[one.law for one in HARNESSES], help="one law")
    parser.add_argument("--all", action="store_true", help="every law (the default)")
    parser.add_argument("--executions", "--mutants", type=int, default=100_000, help="how many (default: 100,000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all processors)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of all cases (default: 1)")
    parser.add_argument("--only", type=int, help="the number of one execution")
    parser.add_argument("--folder", default="fuzz-failures", help="where failing cases are written")
    parser.add_argument("--atheris", action="store_true", help="let coverage choose, for one law")
    arguments = parser.parse_args(argv)
    laws = arguments.law or [one.law for one in HARNESSES]
    if arguments.atheris:
        from fuzz.guided import run_guided

        if len(laws) != 1:
            parser.error("--atheris takes one --law")
        return run_guided(laws[0], arguments.executions, arguments.seed, Path(arguments.folder))
    if arguments.only is not None:
        found = [work(Task(law, arguments.seed, arguments.only, 1)) for law in laws]
        return _told(found, Path(arguments.folder))
    wanted = list(tasks(laws, arguments.executions, arguments.seed))
    with multiprocessing.Pool(min(arguments.jobs, len(wanted) or 1), _leave_interrupts_to_the_parent) as pool:
        return _told(pool.imap_unordered(work, wanted), Path(arguments.folder), arguments.executions)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _told(results: Iterator[Done] | Sequence[Done], folder: Path, wanted: int = 1) -> int:
    started = time.monotonic()
    executions: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    seconds: Counter[int] = Counter()
    is_interrupted = False
    try:
        for done in results:
            executions[done.law] += done.executions
            seconds[done.law] += done.seconds  # type: ignore[assignment]
            failed[done.law] += len(done.failures)
            for failure in done.failures:
                tell(failure, folder)
            _show(executions.total(), wanted, time.monotonic() - started)
    except KeyboardInterrupt:
        is_interrupted = True
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the processes are being ended
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for law in sorted(executions):
        each = seconds[law] / executions[law] * 1000
        told = f"{executions[law]:9,} executions, {failed[law]} failed, {each:5.1f} ms"
        print(f"law {law:2}: {told}: {harness_of(law).sentence}")
    print(
        f"{sum(executions.values()):,} executions, {sum(failed.values())} failed; "
        f"{sum(seconds.values()):,.0f} s of processor, {time.monotonic() - started:,.0f} s"
        f"{f'; interrupted, {wanted:,} were wanted' if is_interrupted else ''}"
    )
    if failed.total():
        return 1
    return 130 if is_interrupted else 0


def _show(done: int, wanted: int, seconds: float) -> None:
    """Show on a terminal how far it is."""
    if sys.stderr.isatty() and done:
        rest = seconds / done * (wanted - done)
        line = f"{done:,} of {wanted:,} executions, {done / max(seconds, 0.001):,.0f} a second, {rest:,.0f} s to go"
        print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
