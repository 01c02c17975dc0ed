"""What a process holds (memory, open files, threads), sampled while clients are there and after they have gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

_TO_JUDGE: Final = 6  # samples of one process


class Footprint(NamedTuple):
    """Of a process: kilobytes of memory, open files, threads."""

    memory: int
    files: int
    threads: int

    def __str__(self) -> str:
        return f"{self.memory / 1024:.0f} MB, {self.files} files, {self.threads} threads"


def footprint(process: int) -> Footprint | None:
    """Return what a process holds now, None where the system does not tell or it has gone."""
    place = Path(f"/proc/{process}")
    try:
        status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        return Footprint(int(status["VmRSS"].split()[0]), len(list((place / "fd").iterdir())), int(status["Threads"]))
    except (OSError, KeyError, ValueError):
        return None


class Watch(threading.Thread):
    """Samples one process after another, each second; `rest` notes a sample after the clients have gone."""

    def __init__(self, process: Callable[[], int | None]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._over = threading.Event()
        self.most = Footprint(0, 0, 0)
        self.at_rest: dict[int, list[Footprint]] = {}

    def run(self) -> None:
        """Sample until it is closed."""
        while not self._over.wait(1):
            self._sample()

    def rest(self) -> Footprint | None:
        """Note what the process holds while nobody is there."""
        found, process = self._sample(), self._process()
        if found is not None and process is not None:
            self.at_rest.setdefault(process, []).append(found)
        return found

    def threads(self) -> int:
        """Return how many threads the process has now, 0 where the system does not tell."""
        found = self._sample()
        return 0 if found is None else found.threads

    def idle_threads(self) -> int:
        """Return how many threads the process that was sampled first had then."""
        return next((samples[0].threads for samples in self.at_rest.values()), 0)

    def close(self) -> None:
        """End."""
        self._over.set()
        self.join()

    def _sample(self) -> Footprint | None:
        process = self._process()
        found = None if process is None else footprint(process)
        if found is not None:
            self.most = Footprint(*map(max, self.most, found))
        return found

    def table(self) -> list[str]:
        """Return the figures of the process that was sampled at rest most often: first, max, last."""
        samples = max(self.at_rest.values(), key=len, default=[])
        if not samples:
            return ["no figures: the system does not tell"]
        highest = Footprint(*map(max, *samples)) if len(samples) > 1 else samples[0]
        memory = [f"{one.memory / 1024:.0f}" for one in samples[:: max(1, len(samples) // 10)]]
        return [
            f"at rest, memory:   {', '.join(memory)} MB",
            f"at rest, first:    {samples[0]}",
            f"at rest, max:      {highest} ({len(samples)} samples)",
            f"at rest, last:     {samples[-1]}",
            f"under fire, max:   {self.most}",
        ]

    def faults(self) -> list[str]:
        """Return what grows: of each process sampled often enough, its last third against the third before."""
        return [fault for samples in self.at_rest.values() for fault in growth(samples)]


def growth(samples: list[Footprint]) -> list[str]:
    """Return what grows from sample to sample, once a process has warmed up (the first third)."""
    if len(samples) < _TO_JUDGE:
        return []
    third = len(samples) // 3
    before, after = samples[third : 2 * third], samples[-third:]
    found = []
    for name, allowed in (("memory", 10_240.0), ("files", 4.0), ("threads", 4.0)):
        then, now = (median(getattr(one, name) for one in part) for part in (before, after))
        if now > then * (1.05 if name == "memory" else 1) + allowed:
            found.append(f"{name} grows: {then:,.0f}, then {now:,.0f}")
    return found
