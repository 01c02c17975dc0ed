"""An archive scanned: `python -m benchmarks.scan [--messages 1000000] [--jobs 2] [--single 150000] [--check 10] …`.

Makes an mbox file of messages that are like real ones (1 to 20 KB, nine kinds; kept below `--folder` and used again,
unless `--remove`), scans it by several processes and by one, and prints rates, the ratio, the processor time and the
peak memory: what each process has in RAM (RSS), of the largest and of all together. `--single N` lets the one process
scan an archive of N messages alone, and so that the ratio is of one thing, the several processes scan that one too.
`--attached 50000` gives messages attachments, of so many octets in the mean.

What is held against what: `--kill` kills a scan in the middle (signal 9) and goes on with it; `--dask` scans with a
Dask cluster of this machine; `--spark PYTHON` checks the messages with Spark's `mapInArrow`, in an environment that has
pyspark; `--check K` holds the rows of each K-th message against `lint`. The ratio means something only on a machine
that has nothing else to do: the load is printed beside. Progress is told on standard error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.made_mail import write_box

# Seconds between two looks at the processes, and between two tellings how far a scan is.
_LOOK: Final = 0.2
_TELL: Final = 15.0
_ROOT: Final = Path(__file__).parents[1]


class Ran(NamedTuple):
    """A scan: seconds by the clock and of the processors; MB in RAM: of all processes at once, and each one's most."""

    seconds: float
    processor: float
    together: float
    each: tuple[float, ...]


def scan(file: Path, output: Path, *argv: str, kill_after: float | None = None) -> Ran:
    """Run `sesmime scan` as a process, and watch its memory; killed with signal 9 after so many seconds, if given."""
    words = [sys.executable, "-m", "sesmime", "scan", str(file), "-o", str(output), "--quiet", *argv]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    told, together = begun, 0.0
    most: dict[int, float] = {}
    with subprocess.Popen(words) as process:
        while process.poll() is None:
            sizes = {number: _in_ram(number) for number in (process.pid, *_children(process.pid))}
            together = max(together, sum(now for now, _ in sizes.values()))
            most |= {number: max(most.get(number, 0.0), peak) for number, (_, peak) in sizes.items()}
            now = time.perf_counter()
            if kill_after is not None and now - begun > kill_after:
                process.send_signal(signal.SIGKILL)
                break
            if now - told > _TELL:
                told = now
                _tell_progress(file, output, now - begun)
            time.sleep(_LOOK)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if kill_after is None and process.returncode not in (0, 1):
        raise SystemExit(f"the scan ended with {process.returncode}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(seconds, processor, together, tuple(sorted(most.values(), reverse=True)))


def _tell_progress(file: Path, output: Path, seconds: float) -> None:
    """Tell how much of an archive is checked, how fast, and how long still, as far as its segments tell."""
    from sesmime.archive.scanning import PIECE_SIZE

    size, segments = file.stat().st_size, sum(1 for _ in Path(f"{output}.scan").glob("*[0-9]." + output.suffix[1:]))
    done = min(size, segments * PIECE_SIZE)
    rest = f", about {seconds * (size - done) / done:,.0f} s left" if done else ""
    told = f"{done / size:4.0%} of {size / 1e6:,.0f} MB in {seconds:,.0f} s, {done / seconds / 1e6:,.1f} MB/s{rest}"
    print(f"  {told}", file=sys.stderr, flush=True)


def _children(number: int) -> Iterator[int]:
    try:
        yield from map(int, Path("/proc", str(number), "task", str(number), "children").read_text().split())
    except OSError:
        return


def _in_ram(number: int) -> tuple[float, float]:
    """Return what a process has in RAM in MB, now and at most so far; 0 where the system does not tell."""
    try:
        lines = Path("/proc", str(number), "status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1e3 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return sizes.get("VmRSS", 0.0), sizes.get("VmHWM", 0.0)


def digest(file: Path) -> str:
    """Return a digest of what is written."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def set_digest(file: Path) -> tuple[int, int]:
    """Return how many rows a file of JSON lines has, and a sum of their digests: the same for the same rows.

    Their order does not matter, nor that of their columns; how often each is there does.
    """
    count = total = 0
    with open(file, "rb") as stream:
        for count, line in enumerate(stream, start=1):  # noqa: B007
            row = json.dumps(json.loads(line), sort_keys=True).encode()
            total = (total + int.from_bytes(hashlib.sha256(row).digest())) % (1 << 256)
    return count, total


def check(file: Path, output: Path, each: int) -> int:
    """Hold the rows of each K-th message against `lint`, and all against the messages; return how many were looked at.

    Raises SystemExit where a row is not what `lint` says, and for a row that belongs to no message.
    """
    from sesmime import lint
    from sesmime.archive import messages

    count = 0
    with open(output, "rb") as stream:
        row = _next_row(stream)
        for number, stored in enumerate(messages(str(file))):
            rows = []
            while row is not None and row["id"] == stored.id:
                rows.append(row)
                row = _next_row(stream)
            if number % each:
                continue
            count += 1
            if stored.error is not None:
                raise SystemExit(f"{stored.id} was not read: {stored.error}")
            told = [finding.to_dict() | {"id": stored.id, "offset": stored.offset} for finding in lint(stored.message)]
            names = ("id", "offset", "code", "name", "severity", "evidence", "message", "part", "line", "column")
            if [[one[name] for name in names] for one in rows] != [[one[name] for name in names] for one in told]:
                raise SystemExit(f"{stored.id}: {rows} is not {told}")
        if row is not None:
            raise SystemExit(f"a row of no message, or not in its place: {row}")
    return count


def _next_row(stream: Iterator[bytes]) -> dict[str, object] | None:
    line = next(stream, None)
    return None if line is None else json.loads(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--attached", type=int, default=0, metavar="OCTETS", help="attachments, in the mean")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--single", type=int, metavar="N", help="one process scans N messages (default: all)")
    parser.add_argument("--form", default="jsonl", choices=("jsonl", "csv", "parquet"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--remove", action="store_true", help="remove the archives at the end")
    parser.add_argument("--kill", action="store_true", help="kill a scan in the middle and go on with it")
    parser.add_argument(
        "--check", type=int, nargs="?", const=1, metavar="K", help="hold each K-th message against lint (jsonl)"
    )
    parser.add_argument("--dask", action="store_true", help="scan with a Dask cluster of this machine too")
    parser.add_argument("--spark", type=Path, metavar="PYTHON", help="check with Spark too, by this Python (jsonl)")
    arguments = parser.parse_args()
    if arguments.form != "jsonl" and (arguments.check or arguments.spark):
        parser.error("--check and --spark need --form jsonl")
    return arguments


class _Runs:
    """Scans of archives that are made for them, told as they end."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._folder: Path = arguments.folder
        # A folder of its own, so that two runs at once do not write over each other's rows.
        self._written = Path(tempfile.mkdtemp(prefix="sesmime-scan-", dir=arguments.folder))
        self._count = 0
        self._boxes: list[Path] = []

    def box(self, count: int) -> Path:
        """Return an archive of so many messages, made if it is not there."""
        attached = self._arguments.attached
        file = self._folder / f"sesmime-{count}{f'-{attached}' if attached else ''}.mbox"
        if not file.exists():
            write_box(file, count, attached=attached)
        self._boxes.append(file)
        size = file.stat().st_size
        print(f"{file.name}: {count:,} messages, {size / 1e6:,.0f} MB, {size / count:,.0f} octets each", flush=True)
        return file

    def output(self) -> Path:
        """Return where the next scan writes."""
        self._count += 1
        return self._written / f"{self._count}.{self._arguments.form}"

    def told(self, name: str, file: Path, count: int, *argv: str) -> tuple[Ran, Path]:
        """Scan, and print what it took."""
        output, load = self.output(), os.getloadavg()[0]
        ran = scan(file, output, *argv)
        each = " + ".join(f"{size:.0f}" for size in ran.each)
        print(
            f"{name:24} {ran.seconds:7.1f} s  {count / ran.seconds:8,.0f} messages/s  {ran.processor:7.1f} s of"
            f" processors  {ran.together:4.0f} MB together, most of each {each}  (load before: {load:.1f})",
            flush=True,
        )
        return ran, output

    def kill(self, file: Path, seconds: float) -> Path:
        """Kill a scan after so many seconds, go on with it, and return what it has written."""
        output, jobs = self.output(), str(self._arguments.jobs)
        scan(file, output, "--jobs", jobs, kill_after=seconds)
        done = sum(1 for _ in Path(f"{output}.scan").glob(f"*[0-9].{self._arguments.form}"))
        print(f"killed with signal 9 after {seconds:.1f} s, {done} segments done", flush=True)
        ran = scan(file, output, "--jobs", jobs, "--resume")
        print(f"went on in {ran.seconds:.1f} s, {ran.together:.0f} MB together", flush=True)
        return output

    def dask(self, file: Path, count: int) -> Path:
        """Scan with a Dask cluster of this machine."""
        from distributed import LocalCluster

        jobs = self._arguments.jobs
        with LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
            return self.told(f"Dask, {jobs} workers", file, count, "--scheduler", cluster.scheduler_address)[1]

    def spark(self, file: Path, count: int) -> Path:
        """Check the messages by Spark, with a Parquet file of them as its source."""
        output, begun = self.output(), time.perf_counter()
        words = [str(self._arguments.spark), "-m", "benchmarks.spark_scan", str(file), str(output)]
        subprocess.run([*words, str(self._arguments.jobs)], check=True, cwd=_ROOT)
        print(f"{'Spark, with its start':24} {time.perf_counter() - begun:7.1f} s", flush=True)
        return output

    def clear(self) -> None:
        """Remove what was written, and the archives if that was asked for."""
        shutil.rmtree(self._written)
        for file in self._boxes if self._arguments.remove else ():
            file.unlink(missing_ok=True)


def main() -> None:
    """Make the archives, scan them, print what it took; end with 1 if anything differs."""
    arguments = _arguments()
    runs = _Runs(arguments)
    try:
        is_same = _run(runs, arguments)
    finally:
        runs.clear()
    if not is_same:
        raise SystemExit(1)


def _run(runs: _Runs, arguments: argparse.Namespace) -> bool:
    count, single, jobs = arguments.messages, arguments.single or arguments.messages, arguments.jobs
    file = runs.box(count)
    part = file if single == count else runs.box(single)
    one, alone = runs.told("1 process", part, single, "--jobs", "1")
    several, output = runs.told(f"{jobs} processes", part, single, "--jobs", str(jobs))
    ratio = f"ratio {one.seconds / several.seconds:.2f}; of processor time {several.processor / one.processor:.2f}"
    print(f"{ratio}, of {single:,} messages", flush=True)
    digests = [{digest(alone), digest(output)}]
    outputs = 2
    if part != file:
        several, output = runs.told(f"{jobs} processes, all", file, count, "--jobs", str(jobs))
        digests.append({digest(output)})
        outputs += 1
    if arguments.kill:
        digests[-1].add(digest(runs.kill(file, several.seconds / 2)))
        outputs += 1
    if arguments.dask:
        digests[-1].add(digest(runs.dask(file, count)))
        outputs += 1
    is_same = all(len(one) == 1 for one in digests)
    print(f"{outputs} outputs, {'all the same' if is_same else 'NOT THE SAME'}", flush=True)
    if arguments.spark:
        rows, by_spark = set_digest(output), set_digest(runs.spark(file, count))
        print(f"Spark: {by_spark[0]:,} rows, {'the same' if rows == by_spark else f'NOT THE SAME as {rows[0]:,}'}")
        is_same = is_same and rows == by_spark
    if arguments.check:
        print(f"equal to lint, message by message: {check(file, output, arguments.check):,} messages")
    return is_same


if __name__ == "__main__":
    main()
