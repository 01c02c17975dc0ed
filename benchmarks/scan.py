"""An archive scanned: `python -m benchmarks.scan [--messages 1000000] [--jobs 2] [--kill] [--check] [--dask]`.

Makes an mbox file of messages that are like real ones (kept below `--folder`, and used again), scans it by one process
and by several, and prints rates, the ratio, the processor time and the peak memory of all processes together and of the
largest. `--kill` kills a scan in the middle (signal 9) and goes on with it; `--check` holds the rows against `lint`,
message by message; `--dask` scans with a Dask cluster of this machine. The ratio means something only on a machine that
has nothing else to do: the load is printed beside.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_WORDS: Final = re.findall(
    r"\w+",
    "the order and your account has been sent with this message please see below for details of our new offers in shop"
    " invoice number thank you team delivery address payment card date time update password link click here to meeting"
    " tomorrow project report attached review changes merged build failed passed release notes version",
)
_NAMES: Final = ("Ann Lee", "Bob Stone", '"Shop, Inc."', "Build Bot", "=?utf-8?q?J=C3=B6rg_M=C3=BCller?=", "Kim")


def message_of(number: int) -> bytes:
    """Return the message of that number: 3 to 5 KB, one of five kinds, a few with what the linter finds."""
    source = random.Random(number)
    domain = f"d{source.randrange(2_000)}.example"
    kind = number % 5
    head = [
        f"Received: from mx.{domain} (192.0.2.{source.randrange(256)}) by in.example with ESMTP id {number:x};",
        f"\tMon, {1 + number % 28} Jun 2026 10:{number % 60:02}:00 +0000",
        f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=k1; h=from:to:subject; bh={_token(source, 44)};",
        f"\tb={_token(source, 70)}",
        f"From: {source.choice(_NAMES)} <user{source.randrange(50)}@{domain}>",
        f"To: user{source.randrange(9_999)}@example.org",
        f"Subject: {_text(source, 6)}",
        f"Date: Mon, {1 + number % 28:02} Jun 2026 10:{number % 60:02}:00 +0000",
        f"Message-ID: <{number}.{_token(source, 12)}@{domain}>",
        "MIME-Version: 1.0",
        *(f"X-Tracking-{name}: {_token(source, 40)}" for name in ("Id", "Batch", "Route")),
    ]
    if number % 9 == 0:
        head.append("X-SES-CONFIGURATION-SET: production")
    if number % 31 == 0:
        head.append("Subject: again")
    if number % 17 == 0:
        head.append("Bcc: hidden@example.org")
    plain = "\r\n".join(_text(source, 11) for _ in range(12 + number % 9))
    html = "".join(f'<p style=3D"margin:0">{_text(source, 9)}</p>=\r\n' for _ in range(10 + number % 7))
    if kind == 0:
        head.append("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit")
        return "\r\n".join([*head, "", plain, plain, ""]).encode()
    boundary = f"=_{_token(source, 24)}"
    parts = [
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n",
        f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{html}\r\n",
    ]
    subtype = "alternative"
    if kind == 4:
        subtype = "mixed"
        data = "\r\n".join(_token(source, 76) for _ in range(16))
        parts.append(
            'Content-Type: application/pdf; name="invoice.pdf"\r\nContent-Disposition: attachment;'
            f' filename="invoice.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n{data}\r\n'
        )
    head.append(f'Content-Type: multipart/{subtype}; boundary="{boundary}"')
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def _text(source: random.Random, words: int) -> str:
    return " ".join(source.choices(_WORDS, k=words)).capitalize()


_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _token(source: random.Random, length: int) -> str:
    return "".join(source.choices(_ALPHABET, k=length))


def write_box(file: Path, count: int) -> None:
    """Write an mbox file of so many messages: 2,000 that are made, again and again, each with its number."""
    made = [message_of(number) for number in range(min(count, 2_000))]
    part = file.with_suffix(".part")
    with open(part, "wb", buffering=1 << 20) as stream:
        for number in range(count):
            message = made[number % len(made)]
            stream.write(b"From user@example.org Mon Jun  1 10:00:00 2026\r\n")
            stream.write(b"X-Number: %d\r\n" % number)
            stream.write(message)
            stream.write(b"\r\n")
    os.replace(part, file)


class Ran(NamedTuple):
    """A scan: seconds by the clock and of the processors, MB of all processes at their largest and of the largest."""

    seconds: float
    processor: float
    together: float
    largest: float


def scan(file: Path, output: Path, *argv: str, kill_after: float | None = None) -> Ran:
    """Run `sesmime scan` as a process, and watch its memory; killed with signal 9 after so many seconds, if given."""
    words = [sys.executable, "-m", "sesmime", "scan", str(file), "-o", str(output), "--quiet", *argv]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    together = largest = 0.0
    with subprocess.Popen(words) as process:
        while process.poll() is None:
            sizes = [_proportional(number) for number in (process.pid, *_children(process.pid))]
            together, largest = max(together, sum(sizes)), max(largest, *sizes)
            if kill_after is not None and time.perf_counter() - begun > kill_after:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.2)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if kill_after is None and process.returncode not in (0, 1):
        raise SystemExit(f"the scan ended with {process.returncode}")
    return Ran(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, together, largest)


def _children(number: int) -> Iterator[int]:
    try:
        yield from map(int, Path("/proc", str(number), "task", str(number), "children").read_text().split())
    except OSError:
        return


def _proportional(number: int) -> float:
    """Return the memory of a process in MB, shared pages by their share; 0 where the system does not tell."""
    try:
        text = Path("/proc", str(number), "smaps_rollup").read_text()
    except OSError:
        return 0.0
    # Pages of the archive's mapping are the system's cache: it takes them back as it needs.
    names = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:] if line.endswith(" kB")}
    return names.get("Pss_Anon", names.get("Pss", 0)) / 1e3


def _digest(file: Path) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(file: Path, output: Path) -> int:
    """Hold the rows of a scan against `lint`, message by message; return how many messages were looked at."""
    import json

    from sesmime import lint
    from sesmime.archive import messages

    count = 0
    with open(output, "rb") as stream:
        for stored in messages(str(file)):
            count += 1
            for finding in lint(stored.message):
                row = json.loads(next(stream))
                told = finding.to_dict() | {"id": stored.id, "offset": stored.offset}
                if any(told[name] != row[name] for name in ("id", "offset", "code", "severity", "message", "line")):
                    raise SystemExit(f"{stored.id}: {row} is not {told}")
        if next(stream, None) is not None:
            raise SystemExit("the scan has more rows than lint has findings")
    return count


def main() -> None:
    """Make the archive, scan it, print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--form", default="jsonl", choices=("jsonl", "csv", "parquet"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--kill", action="store_true", help="kill a scan in the middle and go on with it")
    parser.add_argument("--check", action="store_true", help="hold the rows against lint, one by one (jsonl)")
    parser.add_argument("--dask", action="store_true", help="scan with a Dask cluster of this machine too")
    arguments = parser.parse_args()
    file = arguments.folder / f"sesmime-{arguments.messages}.mbox"
    if not file.exists():
        write_box(file, arguments.messages)
    size = file.stat().st_size
    print(f"{arguments.messages:,} messages, {size / 1e6:,.0f} MB, {size / arguments.messages:,.0f} octets each")
    outputs: list[Path] = []

    def told(name: str, *argv: str, kill_after: float | None = None) -> Ran:
        output = arguments.folder / f"sesmime-scan-{len(outputs)}.{arguments.form}"
        output.unlink(missing_ok=True)
        load = os.getloadavg()[0]
        ran = scan(file, output, *argv, kill_after=kill_after)
        outputs.append(output)
        print(
            f"{name:24} {ran.seconds:7.1f} s  {arguments.messages / ran.seconds:8,.0f} messages/s"
            f"  {ran.processor:7.1f} s of processors  {ran.together:5.0f} MB, the largest {ran.largest:.0f} MB"
            f"  (load before: {load:.1f})",
            flush=True,
        )
        return ran

    one = told("1 process", "--jobs", "1")
    several = told(f"{arguments.jobs} processes", "--jobs", str(arguments.jobs))
    print(f"ratio {one.seconds / several.seconds:.2f}; of processor time {several.processor / one.processor:.2f}")
    if arguments.kill:
        output = arguments.folder / f"sesmime-scan-{len(outputs)}.{arguments.form}"
        scan(file, output, "--jobs", str(arguments.jobs), kill_after=several.seconds / 2)
        done = len(list(Path(f"{output}.scan").glob(f"*.{arguments.form}")))
        print(f"killed with signal 9 after {several.seconds / 2:.1f} s, {done} segments done")
        outputs.append(output)
        ran = scan(file, output, "--jobs", str(arguments.jobs), "--resume")
        print(f"went on in {ran.seconds:.1f} s")
    if arguments.dask:
        from distributed import LocalCluster

        with LocalCluster(n_workers=arguments.jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
            told(f"Dask, {arguments.jobs} workers", "--scheduler", cluster.scheduler_address)
    digests = {_digest(output) for output in outputs}
    print(f"{len(outputs)} outputs, {'all the same' if len(digests) == 1 else 'NOT THE SAME'}")
    if arguments.check and arguments.form == "jsonl":
        print(f"equal to lint, message by message: {check(file, outputs[0]):,} messages")
    for output in outputs:
        output.unlink()
    if len(digests) != 1:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
