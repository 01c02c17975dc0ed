"""`python -m benchmarks.growth`: how the time of every function grows with the size of what it is given.

Each family of `families.py`, and of an attack catalogue where one is given, is made at three sizes, each four times the
one before; every public function that takes a message or a text is called on each. Told are those whose time grows more
than it may from the second size to the third, and those that take longer than they may at the third. Time is processor
time, the least of several calls with garbage collection off. A short time tells nothing of growth: what takes less than
some milliseconds is not judged by it. Exit 0 where nothing is told, 1 otherwise, 2 for wrong usage.

What is told is measured anew, with more calls, before it is told: other programs disturb a single measurement.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final, NamedTuple

from sesmime.errors import SesMimeError

from .families import FAMILIES, Family, catalogue_families
from .growth_calls import CALLS, Call
from .measure import described

# Linear is 4; what a loaded machine adds is allowed for.
MOST_GROWTH: Final = 4.8
MOST_SECONDS: Final = 1.0
# Below this, growth is not judged: what is made once for each call weighs too much.
LEAST_SECONDS: Final = 0.008
CATALOGUE: Final = Path(__file__).parents[2] / "shared" / "attacks" / "index.json"


class Growth(NamedTuple):
    """The seconds of one call on one family, the smallest size first; only of the largest where that takes no time."""

    family: str
    call: str
    seconds: tuple[float, ...]
    octets: int
    error: str = ""

    @property
    def factor(self) -> float:
        """How much longer the largest takes than the one before; 0 where it takes no time."""
        if len(self.seconds) < 2:
            return 0.0
        return self.seconds[-1] / max(self.seconds[-2], 1e-9)

    @property
    def problem(self) -> str | None:
        """What is wrong with it, None for nothing."""
        if self.error:
            return "raises"
        if self.seconds[-1] > MOST_SECONDS * max(1.0, self.octets / (1 << 16)):
            return "too slow"
        return "grows" if self.seconds[-1] > LEAST_SECONDS and self.factor > MOST_GROWTH else None

    def row(self) -> str:
        """Return the line that tells it."""
        times = " ".join(f"{1000 * one:9.1f}" for one in self.seconds)
        what = f"{self.problem or 'fine':9} {self.family:32} {self.call:28}"
        if self.error:
            return f"{what} {self.error}"
        return f"{what} {self.octets:>9,} B {times} ms  x{self.factor:.1f}"


def measure(call: Call, family: Family, size: int, repeat: int) -> Growth | None:
    """Measure one call on one family; None where it does not apply.

    The largest comes first: where it takes no time, neither do the others.
    """
    seconds: list[float] = []
    octets = 0
    for each in (size, size // 4, size // 16):
        message = family.make(each)
        action = call.ready(message)
        if action is None:
            return None
        octets = max(octets, len(message))
        seconds.insert(0, least_seconds(action, repeat))
        if seconds[-1] < LEAST_SECONDS:
            break
    return Growth(family.name, call.name, tuple(seconds), octets)


def least_seconds(action: Callable[[], object], repeat: int) -> float:
    """Return the least processor time of some calls; a refusal of ours is an answer like any other."""
    least = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeat):
            began = time.process_time()
            with suppress(SesMimeError):
                action()
            least = min(least, time.process_time() - began)
            if least > MOST_SECONDS:
                break
    finally:
        gc.enable()
    return least


def measured(calls: Iterable[Call], families: Sequence[Family], size: int, repeat: int) -> Iterator[Growth]:
    """Return what was measured; what would be told is measured a second time, and the better one is returned."""
    for call in calls:
        for family in families:
            try:
                found = measure(call, family, size, repeat)
            except Exception as error:  # noqa: BLE001 the others are measured all the same
                yield Growth(family.name, call.name, (), 0, described(error))
                continue
            if found is None:
                continue
            if found.problem is not None:
                again = measure(call, family, size, 3 * repeat)
                assert again is not None
                found = min(found, again, key=lambda one: (one.problem is not None, one.factor))
            yield found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for, and return the exit code."""
    options = _options(arguments)
    families = [*FAMILIES, *catalogue_families(options.catalogue)]
    chosen = [family for family in families if fnmatch(family.name, options.family)]
    calls = [call for call in CALLS if any(fnmatch(call.name, one) for one in options.call.split(","))]
    if not chosen or not calls:
        print(f"there is no {'family' if not chosen else 'call'} of that name", file=sys.stderr)
        return 2
    count = told = 0
    worst: dict[str, Growth] = {}
    for growth in measured(calls, chosen, options.size, options.repeat):
        count += 1
        if growth.problem is not None or options.all:
            told += growth.problem is not None
            print(growth.row(), flush=True)
        if growth.error:
            continue
        if growth.call not in worst or growth.seconds[-1] > worst[growth.call].seconds[-1]:
            worst[growth.call] = growth
    if options.worst:
        print("\nthe slowest family of each call:")
        for growth in worst.values():
            print(growth.row())
    print(f"{count} of {len(chosen)} families by {len(calls)} calls at {options.size:,} octets: {told} told")
    return 1 if told else 0


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth",
        description="Measure how the time of every function grows with the size of what it is given.",
        epilog=f"calls: {', '.join(call.name for call in CALLS)}",
    )
    parser.add_argument("--size", metavar="OCTETS", type=int, default=1 << 16, help="the largest (default 65536)")
    parser.add_argument("--call", metavar="PATTERN", default="*", help="only these functions")
    parser.add_argument("--family", metavar="PATTERN", default="*", help="only these families")
    parser.add_argument(
        "--repeat", metavar="N", type=int, default=2, help="calls of which the least counts (default 2)"
    )
    parser.add_argument("--catalogue", metavar="FILE", type=Path, default=CATALOGUE, help="a catalogue of attacks")
    parser.add_argument("--all", action="store_true", help="tell of each, not of what is wrong only")
    parser.add_argument("--worst", action="store_true", help="tell the slowest family of each call at the end")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
