"""`python -m benchmarks`: one run, one table of ratios to the standard library.

Exit 0 whatever the figures say; 2 where the command is used wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import comparing, corpus, measure, memory, peers, table
from .corpus import CORPUS
from .jobs import JOBS, Job
from .workloads import NAMES, WORKLOADS, make

QUICK = ("tiny", "txn", "nest50", "att3", CORPUS)
# All that may be asked for: the workloads that are made, and real mail, where it is present.
KNOWN = (*NAMES, CORPUS)
# Seconds a sample takes at least with --quick.
QUICK_BATCH = 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for, print the tables, and give the exit code."""
    options = _options(arguments)
    jobs = [job for job in JOBS if job.name in options.jobs]
    show = _Progress()
    messages: dict[str, bytes] = {}
    for name in options.workloads:
        show.progress(f"making {name}")
        messages[name] = corpus.make() if name == CORPUS else make(name)
    show.line(table.headline() + "\n")
    show.line(table.times_head())
    results = _measure_times(jobs, messages, options, show)
    independent = _measure_independence(jobs, messages, options.repeat, show)
    if options.peers and CORPUS in messages:
        results += _measure_peers(messages[CORPUS], options.repeat, show)
    show.line("\n" + table.legend(jobs))
    if failed := table.problems(results):
        show.line("\n" + failed)
    peaks = _measure_memory(jobs, messages, show) if options.memory else []
    report = _report(options.repeat, results, independent, peaks)
    if options.compare:
        show.line("\n" + comparing.compared(options.compare, report))
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


class _Progress:
    """Lines for stdout, and on a terminal what is being done, on one line of stderr that is wiped again."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def progress(self, text: str) -> None:
        """Say what is being done now."""
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text} ...")
            sys.stderr.flush()

    def line(self, text: str) -> None:
        """Print `text`, the progress line wiped first."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        print(text, flush=True)


def _built(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs for which sesmime has all names."""
    return [job for job in jobs if not job.missing()]


def _measure_times(
    jobs: Sequence[Job], messages: dict[str, bytes], options: argparse.Namespace, show: _Progress
) -> list[measure.Result]:
    results: list[measure.Result] = []
    batch = QUICK_BATCH if options.quick else measure.BATCH
    for job in jobs:
        if missing := job.missing():
            show.line(table.missing_row(job, missing))
            continue
        for name in job.workloads:
            if name in messages:
                show.progress(f"{job.name} on {name}")
                results.append(measure.run(job, name, messages[name], repeat=options.repeat, batch=batch))
                show.line(table.times_row(results[-1]))
    return results


def _measure_peers(mail: bytes, repeat: int, show: _Progress) -> list[measure.Result]:
    """Measure other parsers on the same real mail; one that is not installed is left out, and a line says so."""
    results: list[measure.Result] = []
    show.line("\n" + table.peers_head())
    for peer in peers.PEERS:
        show.progress(f"{peer.job.name} on {CORPUS}")
        result = peers.measure_peer(peer, mail, repeat=repeat)
        show.line(f"{peer.job.name} is not installed" if result is None else table.times_row(result))
        if result is not None:
            results.append(result)
    return results


def _measure_independence(
    jobs: Sequence[Job], messages: dict[str, bytes], repeat: int, show: _Progress
) -> list[dict[str, Any]]:
    """Measure the flat jobs on the largest attachments against `tiny`, where both were asked for."""
    found: list[dict[str, Any]] = []
    large = max((name for name in ("att3", "big1") if name in messages), key=NAMES.index, default="")
    if not large or "tiny" not in messages:
        return found
    for job in _built(jobs):
        if job.flat:
            show.progress(f"{job.name} on {large} and tiny")
            ratios = measure.independence(job, messages["tiny"], messages[large], repeat=repeat)
            growth = len(messages[large]) / len(messages["tiny"])
            show.line("\n" + table.independence_row(job, "tiny", large, growth, ratios))
            found.append({"job": job.name, "small": "tiny", "large": large, "ratio": _spread(ratios)})
    return found


def _measure_memory(jobs: Sequence[Job], messages: dict[str, bytes], show: _Progress) -> list[memory.Peaks]:
    peaks: list[memory.Peaks] = []
    show.line("\n" + table.sizes_head())
    with tempfile.TemporaryDirectory() as folder:
        for name, message in messages.items():
            (Path(folder) / name).write_bytes(message)
        for job in _built(jobs):
            for name in job.workloads:
                if name in messages and name != CORPUS:
                    show.progress(f"memory of {job.name} on {name}")
                    peaks.append(memory.measure_memory(job, name, messages[name], Path(folder) / name))
                    show.line(table.sizes_row(peaks[-1]))
    return peaks


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _report(
    repeat: int,
    results: Sequence[measure.Result],
    independent: Sequence[dict[str, Any]],
    peaks: Sequence[memory.Peaks],
) -> dict[str, Any]:
    """Return all figures as JSON would have them; times are seconds, sizes bytes."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "repeat": repeat,
        "results": [
            {
                "job": result.job.name,
                "workload": result.workload,
                "bytes": result.size,
                "figure": result.job.figure.name,
                "ours": _spread(result.ours),
                "theirs": _spread(result.theirs),
                "ratio": _spread(result.ratios),
                "target": result.job.targets.get(result.workload),
                "met": result.reached,
                "our_problem": result.our_problem,
                "their_problem": result.their_problem,
            }
            for result in results
        ],
        "independence": list(independent),
        "memory": [
            {
                "job": peak.job.name,
                "workload": peak.workload,
                "traced": dict(zip(memory.HALVES, peak.traced, strict=True)),
                "resident": dict(zip(memory.HALVES, peak.resident, strict=True)),
                "target": peak.job.memory_targets.get(peak.workload),
                "met": peak.reached,
            }
            for peak in peaks
        ],
    }


def _names(known: Sequence[str]) -> Any:
    """Return the argparse type that takes names out of `known`, joined by commas."""

    def names(text: str) -> list[str]:
        chosen = [name.strip() for name in text.split(",") if name.strip()]
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return chosen

    return names


def _report_in(file: str) -> dict[str, Any]:
    """Return the report that a file holds."""
    try:
        report = json.loads(Path(file).read_text(encoding="utf-8"))
        comparing.ratios_of(report)
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise argparse.ArgumentTypeError(f"{file} holds no figures of `--json`: {problem}") from problem
    found: dict[str, Any] = report
    return found


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    jobs = [job.name for job in JOBS]
    listed = "\n".join(f"  {each.name:<9} {each.size:>10,} B  {each.description}" for each in WORKLOADS)
    listed += f"\n  {CORPUS:<9} {'':>12}  real messages of 5 KB in the mean, where ../shared is present"
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure sesmime beside the standard library; print ratios within one run.",
        epilog=f"jobs: {', '.join(jobs)}\n\nworkloads:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--jobs", metavar="NAME,...", type=_names(jobs), default=jobs, help="only these jobs")
    parser.add_argument("--workloads", metavar="NAME,...", type=_names(KNOWN), default=None, help="only these messages")
    parser.add_argument("--repeat", metavar="N", type=int, default=None, help="pairs of samples (default 5)")
    parser.add_argument("--quick", action="store_true", help=f"some seconds: {', '.join(QUICK)}; 3 pairs")
    parser.add_argument("--peers", action="store_true", help="measure other parsers too, on real mail")
    parser.add_argument("--json", "--save", metavar="FILE", help="write all figures there")
    parser.add_argument("--compare", metavar="FILE", type=_report_in, help="compare with figures that were written so")
    parser.add_argument("--memory", action="store_true", help="measure peak memory too, in a separate pass")
    options = parser.parse_args(arguments)
    if options.repeat is None:
        options.repeat = 3 if options.quick else 5
    if options.repeat < 1:
        parser.error("--repeat is at least 1")
    chosen = options.workloads or (QUICK if options.quick else KNOWN)
    options.workloads = [name for name in KNOWN if name in chosen and (name != CORPUS or corpus.is_present())]
    return options


def _run() -> int:
    """Run `main`; where the reader of our output left early (`| head`), leave too, without a word."""
    try:
        return main()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(_run())
