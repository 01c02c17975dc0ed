"""`python -m fuzz.branches`: the lines and branches that no quick test takes of what reads, writes and judges messages.

The quick tests of each wing are run with its branches watched, two wings at once with `--jobs 2`, and counted together:
a branch of `ses` may be taken by the linter's tests. What stays untaken is told by file and line. The exit code is 1
where there is any, 2 where a test fails. `python -m fuzz.branches mime ses` runs the tests of these wings only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
# The linter's, which take longest, first.
WINGS: Final = ("linter", "ses", "handover", "mime", "compose", "policy")
_MARKS: Final = "not slow and not property and not shared"


def watched(wing: str, folder: Path) -> int:
    """Run the quick tests of a wing, and keep what they take in a folder; return the exit code of pytest."""
    command = [sys.executable, "-m", "coverage", "run", f"--data-file={folder / f'.coverage.{wing}'}", "-m", "pytest"]
    started = time.monotonic()
    done = subprocess.run(
        [*command, "-q", "-n0", "-p", "no:cacheprovider", "-m", _MARKS, f"tests/{wing}"],
        check=False,
        cwd=_ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if done.returncode:
        print(done.stdout)
    print(f"{wing}: {(done.stdout.splitlines() or ['no tests'])[-1]}; {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.branches", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wings", nargs="*", help=f"wings (default: {', '.join(WINGS)})")
    parser.add_argument("--jobs", type=int, default=1, help="wings at once (default: 1)")
    arguments = parser.parse_args(argv)
    wings: list[str] = arguments.wings or list(WINGS)
    if unknown := set(wings) - set(WINGS):
        parser.error(f"not among the wings: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ThreadPoolExecutor(arguments.jobs) as threads:
            if any(threads.map(lambda wing: watched(wing, folder), wings)):
                return 2
        data = f"--data-file={folder / '.coverage'}"
        coverage = [sys.executable, "-m", "coverage"]
        subprocess.run([*coverage, "combine", "-q", data, str(folder)], check=True, cwd=_ROOT)
        include = ",".join(f"sesmime/{wing}/*" for wing in wings)
        report = [*coverage, "report", data, f"--include={include}", "--fail-under=100", "--precision=2"]
        return 1 if subprocess.run(report, check=False, cwd=_ROOT).returncode else 0


if __name__ == "__main__":
    sys.exit(main())
