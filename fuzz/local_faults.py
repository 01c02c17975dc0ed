"""`python -m fuzz.local_faults --minutes M --seed S`: `sesmime serve --store` under clients of every kind, and kills.

Two servers take turns, a round each: one that runs to the end, whose memory, files and threads are sampled after each
round when the clients have gone; and one that is killed (SIGKILL) at random moments and started again with its store.
Clients of both APIs and of SMTP send numbered messages; others are cut in every phase, send half a request, a length
that lies, huge fields, a line of 3.6 MB that does not end or one octet a second, open 200 connections at once, read the
page, and delete messages. Where this runs as root on Linux, the store's disk is full for a while. After each round each
message for which a client was told an id must be in the store once under that id, one for which it was told an error or
that it is deleted must not be there, one without an answer at most once; the page must answer, and the log hold no
traceback. Prints a table of figures; ends with 1 where anything of that breaks or something grows.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fuzz import rough
from fuzz.disks import disk, full
from fuzz.footprint import Watch
from fuzz.local_clients import Attempt, Clients, Ledger, Told

_ROOT: Final = Path(__file__).resolve().parents[1]
_ROUND: Final = 12.0  # seconds
# glibc gives threads up to 16 heaps on two cores, each of which keeps what it once had: what is held is told from one.
_ONE_ARENA: Final = {"MALLOC_ARENA_MAX": "1"}
_REST: Final = 30.0  # seconds at most in which a server comes to rest
_CLIENTS: Final = 6
_PORTS: Final = range(20_000, 32_000)  # none that the system gives to clients


class Server:
    """`sesmime serve` with a store, one process after another on the same ports."""

    def __init__(self, folder: Path, log: Path, chance: random.Random) -> None:
        self.http, self.smtp = _free_port(chance), _free_port(chance)
        self._log = log
        self._command = [sys.executable, "-m", "sesmime", "serve", "--listen", f"127.0.0.1:{self.http}"]
        self._command += ["--smtp-port", str(self.smtp), "--store", str(folder / log.stem), "--any-identity"]
        self._command += ["--max-messages", "1000000"]
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = self.refused_starts = 0

    def pid(self) -> int | None:
        """Return its number, None where it does not run."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Start it where it does not run, and wait until it answers; it is tried again where its disk is full."""
        while self.pid() is None or not (self._answers(self.http) and self._answers(self.smtp)):
            if self.pid() is None:
                self.refused_starts += self._process is not None and self._process.returncode != -9
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(
                        self._command, stdout=log, stderr=log, cwd=_ROOT, env=os.environ | _ONE_ARENA
                    )
            time.sleep(0.1)

    @staticmethod
    def _answers(port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        """Kill it, wherever it is."""
        assert self._process is not None
        self.kills += 1
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Have it end by itself."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def log(self) -> str:
        """Return what it has logged."""
        return self._log.read_text(errors="replace")


def _free_port(chance: random.Random) -> int:
    while True:
        port = chance.choice(_PORTS)
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port


class Trial:
    """One server, its clients, and what was found wrong with it."""

    def __init__(self, name: str, folder: Path, logs: Path, *, seed: int, is_killed: bool, is_small: bool) -> None:
        self.name = name
        self._folder, self._is_killed, self._is_small = folder, is_killed, is_small
        self._chance = random.Random(seed)
        self.server = Server(folder, logs / f"{name}.log", self._chance)
        self.ledger = Ledger()
        self.clients = Clients(self.server.http, self.server.smtp, self.ledger)
        self.watch = Watch(self.server.pid)
        self.stored: Counter[str] = Counter()
        self.ids: dict[str, str] = {}
        self.wrong: list[str] = []
        self.fills = 0
        self._over = threading.Event()

    def begin(self) -> None:
        """Start the server, and sample it before the first client."""
        self.server.start()
        self.clients.get("/")
        self.watch.start()
        self.watch.rest()

    def round(self, seconds: float) -> None:
        """Have all clients and faults for so long, and look at what is left."""
        self._over.clear()
        jobs = [self._trouble, *(self._rough,) * 2, *(self._slow,) * 2, *(self._visit,) * _CLIENTS]
        threads = [threading.Thread(target=job, args=(random.Random(self._chance.random()),)) for job in jobs]
        for thread in threads:
            thread.start()
        self._over.wait(seconds)
        self._over.set()
        for thread in threads:
            thread.join()
        self.clients.leave()
        if self._is_killed:
            self.server.kill()
        self.server.start()
        self._look()

    def close(self) -> None:
        """End the server."""
        self.watch.close()
        self.server.close()

    # What happens in a round

    def _visit(self, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0, 0.1)):
            visit = chance.choice(self.clients.visits())
            self.ledger.visits[visit.__name__] += 1
            visit(chance)

    def _rough(self, chance: random.Random) -> None:
        kinds = [(rough.endless_smtp, self.server.smtp), (rough.endless_http, self.server.http)]
        kinds += [(kind, port) for kind in (rough.flood, rough.full_lines) for _, port in tuple(kinds)]
        while not self._over.wait(chance.uniform(0.1, 2)):
            visit, port = chance.choice(kinds)
            self.ledger.visits[visit.__name__] += 1
            visit(port, chance)

    def _slow(self, chance: random.Random) -> None:
        while not self._over.is_set():
            visit, port = chance.choice([(rough.slow_smtp, self.server.smtp), (rough.slow_http, self.server.http)])
            self.ledger.visits[visit.__name__] += 1
            visit(port, chance, self._over.wait)
            self._over.wait(0.1)

    def _trouble(self, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0.2, 4)):
            with self._full() if chance.random() < 0.4 else contextlib.nullcontext():
                self._over.wait(chance.uniform(0, 1))
                if self._is_killed and chance.random() < 0.7:
                    self.server.kill()
                    self._over.wait(chance.uniform(0, 0.5))
            self.server.start()

    @contextlib.contextmanager
    def _full(self) -> Iterator[None]:
        if self._is_small:
            self.fills += 1
            with full(self._folder):
                yield
        else:
            yield

    # What is left of it

    def _look(self) -> None:
        if self.clients.get("/") != 200:
            self.wrong.append("the page does not answer")
        here = Counter[str]()
        for kept in self._settled():
            if kept["message_id"] is not None:
                here[kept["subject"]] += 1
                self.ids[kept["subject"]] = kept["message_id"]
        self.stored.update(here)
        if not self.clients.empty():
            self.wrong.append("the inbox cannot be emptied")
        self.watch.rest()

    def _settled(self) -> list[dict[str, Any]]:
        """Return the messages in the inbox, once there are not more of them and the clients' threads have ended."""
        end, before, found = time.monotonic() + _REST, -1, list[dict[str, Any]]()
        idle = self.watch.idle_threads() + 8
        while time.monotonic() < end and (len(found) != before or self.watch.threads() > idle):
            before = len(found)
            time.sleep(1)
            found = self.clients.stored()
        return found

    def faults(self) -> list[str]:
        """Return all that is wrong."""
        found = [*self.wrong, *account(self.ledger.attempts, self.stored, self.ids), *self.watch.faults()]
        found += ["a traceback in the log"] * ("Traceback" in self.server.log())
        return [f"{self.name}: {one}" for one in found]

    def table(self) -> Iterator[str]:
        """Return the figures."""
        told = Counter(attempt.told for attempt in self.ledger.attempts.values())
        kept = Counter(self.ledger.attempts[subject].told for subject in self.stored if subject in self.ledger.attempts)
        starts = f", {self.server.refused_starts} starts refused" if self.server.refused_starts else ""
        yield f"{self.name}: killed {self.server.kills} times, disk full {self.fills} times{starts}"
        for one in Told:
            yield f"  told {one.value}: {told[one]} messages, {kept[one]} of them in the store"
        yield f"  more than once in the store: {sum(number > 1 for number in self.stored.values())}"
        yield f"  visits: {_listed(self.ledger.visits)}"
        yield f"  pages: {_listed(self.ledger.pages)}"
        for line in self.watch.table():
            yield f"  {line}"
        yield f"  log: {len(self.server.log().splitlines())} lines, {self.server.log().count('Traceback')} tracebacks"


def account(attempts: Mapping[str, Attempt], stored: Mapping[str, int], ids: Mapping[str, str]) -> list[str]:
    """Return which messages are wrong: lost, there though refused or deleted, more than once, under another id."""
    wrong = [f"{subject}: nobody sent it" for subject in stored if subject not in attempts]
    for subject, (told, message_id) in attempts.items():
        number = stored.get(subject, 0)
        least, most = {Told.ID: (1, 1), Told.NOTHING: (0, 1)}.get(told, (0, 0))
        if not least <= number <= most:
            wrong.append(f"{subject}: told {told.value}, {number} times in the store")
        elif told is Told.ID and ids[subject] != message_id:
            wrong.append(f"{subject}: in the store under another id")
    return wrong


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items())) or "none"


def run(
    *,
    minutes: float,
    seed: int,
    seconds: float = _ROUND,
    trials: Iterable[str] = ("steady", "killed"),
    told: Callable[[str], object] = print,
) -> int:
    """Run it for so many minutes, in rounds of so many seconds, tell what happened, and return the exit code."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder, is_small = stack.enter_context(disk("store"))
        logs, _ = stack.enter_context(disk("logs"))
        made = [
            Trial(name, folder, logs, seed=seed + number, is_killed=name == "killed", is_small=is_small)
            for number, name in enumerate(trials)
        ]
        for trial in made:
            stack.callback(trial.close)
            trial.begin()
        rounds = 0
        while not rounds or time.monotonic() - began < 60 * minutes:
            for trial in made:
                trial.round(seconds)
            rounds += 1
        lines = [line for trial in made for line in trial.table()]
        faults = [fault for trial in made for fault in trial.faults()]
        logged = [line for trial in made for line in trial.server.log().splitlines()]
    told(f"seed {seed}, {rounds} rounds of {seconds:.0f} s, {time.monotonic() - began:.0f} s in all")
    for line in [*lines, *faults[:30]]:
        told(line)
    if faults:
        for line in logged[-40:]:
            told(f"log: {line}")
    told(f"wrong: {len(faults)}")
    return 1 if faults else 0


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return run(minutes=given.minutes, seed=given.seed, told=functools.partial(print, flush=True))


if __name__ == "__main__":
    sys.exit(main())
