"""`python -m fuzz.relay_faults`: a relay with a spool through kills, throttling, resets, hanging calls and a full disk.

Four kinds of processes: an API of SES that throttles, fails, resets connections before and after it has taken a
message, and hangs; the relay, which is killed (SIGKILL) at random moments and started again; clients that try each
message until it is accepted or refused, some of which leave without reading the reply, and with `--rough` those that
send lines without end, one octet a second, and floods of connections; and, where this runs as root on Linux, a disk of
a few megabytes for the spool that is full for a while. In the end the faults stop, and each message must have arrived
exactly once or be told of: refused to the client, or held in the spool as failed or uncertain. With `--minutes` there
are rounds of messages until the time is over; after each the clients go, and memory, files and threads of the relay are
sampled. Prints what happened; ends with 1 where a message was lost, or was doubled although uncertain calls are held,
or what the relay holds grows.

With `--processes N` it is the command `sesmime relay` in several processes, of which one or their parent is killed, and
without a spool: what was told 250 must have arrived, and what was told nothing may have, once or twice.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fuzz import rough
from fuzz.crews import Crew
from fuzz.disks import disk, full
from fuzz.footprint import Watch
from sesmime.relay.holding import Held, read_calls
from sesmime.relay.spool import State
from tests.relay.spooling import message_about

_SHARES: Final = {
    "throttle": 0.04,
    "error": 0.03,
    "unavailable": 0.03,
    "refuse": 0.005,
    "cut": 0.01,
    "reset before": 0.01,
    "reset after": 0.01,
    "hang before": 0.002,
    "hang after": 0.002,
    "gateway": 0.005,
}
# The command waits for an answer longer than a client for its own.
_WITHOUT_HANGING: Final = {fault: share for fault, share in _SHARES.items() if not fault.startswith("hang")}
_SENDER: Final = "joe@a.example"
# Clients that leave without reading the reply.
_HASTY: Final = 0.02
_READ_TIMEOUT: Final = 2.0
_REST: Final = 4.0  # seconds after which what the relay holds is sampled, once the clients have gone
_SETTLING: Final = 900.0  # seconds
_ROOT: Final = Path(__file__).resolve().parents[1]


class Api:
    """The process of the API."""

    def __init__(self, seed: int, shares: Mapping[str, float] = _SHARES) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.relay.faults", json.dumps(shares), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def ask(self, word: str) -> Any:
        """Tell it a word, and return what it has done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


class Relay:
    """The process of the relay, one after another, on one port."""

    def __init__(self, url: str, file: Path, policy: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        options = f"--port {self.port} --uncertain {policy} --read-timeout {_READ_TIMEOUT} --workers 16 --quiet".split()
        self._command = [sys.executable, "-m", "tests.relay.spooled", url, str(file), *options]
        self._process: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """Return its number, None where it has not started."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """Kill it, wherever it is."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def start(self) -> bool:
        """Start it where it does not run; returns whether it does."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=_ROOT
            )
            assert self._process.stdout is not None
            return bool(self._process.stdout.readline())
        return True

    def close(self) -> None:
        """Have it end by itself."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()


def send(port: int, subject: str, chance: random.Random, replies: Counter[str]) -> str:
    """Be a client that tries until it is told something final; returns that reply."""
    message = message_about(subject, octets=chance.choice([0, 2_000, 2_000, 20_000]))
    while True:
        reply = ""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            reply = _answered(smtplib.SMTP("127.0.0.1", port, timeout=30), message, chance)
        replies[reply[:3] or "none"] += 1
        if reply[:1] in ("2", "5"):
            return reply
        time.sleep(chance.uniform(0.05, 0.5))


def _answered(smtp: smtplib.SMTP, message: bytes, chance: random.Random) -> str:
    with smtp as connection:
        connection.ehlo()
        connection.mail(_SENDER)
        connection.rcpt("c@d.example")
        if chance.random() >= _HASTY:
            code, text = connection.data(message)
            return f"{code} {text.decode('ascii')}"
        connection.docmd("DATA")
        connection.send(message + b".\r\n")
        connection.close()
        time.sleep(2)  # until the relay has seen it
        return ""


class Trouble(threading.Thread):
    """Kills the relay (no steady one) and fills its disk until it is told to leave off; not while `turn` is taken."""

    def __init__(
        self, relay: Relay | Crew, folder: Path, *, is_small: bool, pause: float, seed: int, steady: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self._relay, self._folder, self._is_small, self._pause = relay, folder, is_small, pause
        self._steady = steady
        self.turn = threading.Lock()
        self._chance = random.Random(seed)
        self.over = threading.Event()
        self.kills = self.fills = 0
        self.largest = 0

    def run(self) -> None:
        """Make trouble."""
        while not self.over.wait(self._chance.uniform(0.2, 1) * self._pause):
            self.largest = max(self.largest, sum(one.stat().st_size for one in self._folder.glob("spool*")))
            with self.turn:
                self._make()
                while not self._relay.start():
                    time.sleep(0.2)

    def _make(self) -> None:
        if self._is_small and self._chance.random() < 0.25:
            self.fills += 1
            with full(self._folder):
                self.over.wait(self._chance.uniform(0.5, 2))
                if self._chance.random() < 0.3:
                    self._kill()
                    self.over.wait(1)
        else:
            self._kill()

    def _kill(self) -> None:
        if not self._steady:
            self.kills += 1
            self._relay.kill()


class Rough(threading.Thread):
    """Clients of every rough kind, one after another, until they are told to leave off."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._port, self._chance = port, random.Random(seed)
        self.over = threading.Event()
        self.visits: Counter[str] = Counter()

    def run(self) -> None:
        """Visit."""
        visits: Final = (rough.endless_smtp, rough.endless_smtp, rough.full_lines, rough.flood, self._be_slow)
        while not self.over.wait(self._chance.uniform(0.1, 1)):
            visit = self._chance.choice(visits)
            self.visits[visit.__name__.strip("_")] += 1
            visit(self._port, self._chance)

    def _be_slow(self, port: int, chance: random.Random) -> None:
        rough.slow_smtp(port, chance, self.over.wait)

    def close(self) -> None:
        """End."""
        self.over.set()
        self.join()


def account(
    replies: Mapping[str, str], taken: Mapping[str, int], held: Mapping[str, State]
) -> tuple[Counter[str], list[str]]:
    """Return how many messages ended how, and those that are wrong."""
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for subject, reply in replies.items():
        count, state = taken.get(subject, 0), held.get(subject)
        if count > 1:
            end = "doubled"
        elif state is not None:
            end = f"held as {state.value}, {'taken' if count else 'not taken'}"
        elif count == 1:
            end = "arrived once"
        else:
            end = "refused to the client" if reply.startswith("5") else "lost"
        ends[end] += 1
        if end in ("doubled", "lost"):
            wrong.append(f"{subject}: {end}")
    return ends, wrong


def wait_until_settled(file: Path) -> tuple[Held, ...]:
    """Wait until no call is to be made, and return those that are held."""
    end = time.monotonic() + _SETTLING
    while True:
        held = read_calls(str(file))
        if not any(one.state in (State.QUEUED, State.WORKING) for one in held):
            return held
        assert time.monotonic() < end, f"{len(held)} calls are left"
        time.sleep(0.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is run: rounds of `messages` until the `minutes` are over, one where they are 0."""

    messages: int
    clients: int
    policy: str
    pause: float
    seed: int
    minutes: float = 0.0
    with_rough: bool = False
    steady: bool = False
    processes: int = 1

    @property
    def has_spool(self) -> bool:
        """Whether there is one, which has one owner."""
        return self.processes == 1


def _relay(plan: Plan, url: str, file: Path) -> Relay | Crew:
    return Relay(url, file, plan.policy) if plan.has_spool else Crew(url, plan.processes, plan.seed)


def run(plan: Plan, *, told: Callable[[str], object] = print) -> int:
    """Run it, tell what happened, and return the exit code."""
    began = time.monotonic()
    replies: Counter[str] = Counter()
    answers: dict[str, str] = {}
    visits: Counter[str] = Counter()
    shares = _SHARES if plan.has_spool else _WITHOUT_HANGING
    with disk() as (folder, has_disk), contextlib.closing(Api(plan.seed, shares)) as api:
        is_small = has_disk and plan.has_spool
        file = folder / "spool"
        with (
            contextlib.closing(_relay(plan, api.url, file)) as relay,
            contextlib.closing(Watch(relay.pid)) as watch,
        ):
            assert relay.start()
            watch.start()
            trouble = Trouble(relay, folder, is_small=is_small, pause=plan.pause, seed=plan.seed, steady=plan.steady)
            trouble.start()
            while True:
                answers |= _send_round(plan, relay.port, len(answers), replies, visits)
                with trouble.turn:  # the relay runs, and nobody is there
                    if plan.minutes:
                        time.sleep(_REST)
                    watch.rest()
                if time.monotonic() - began >= 60 * plan.minutes:
                    break
            accepted = time.monotonic()
            trouble.over.set()
            trouble.join()
            api.ask("calm")
            left = wait_until_settled(file) if plan.has_spool else ()
            held = {call.message_id.strip("<>").partition("@")[0]: call.state for call in left}
            grown = watch.faults()
        done = api.ask("tell")
        size = file.stat().st_size if plan.has_spool else 0
    taken = {subject: count for subject, _, count in done["taken"]}
    ends, wrong = account(answers, taken, held)
    how = f"--uncertain {plan.policy}" if plan.has_spool else f"--processes {plan.processes}"
    told(f"{len(answers)} messages, {plan.clients} clients, {how}, seed {plan.seed}")
    told(f"accepted in {accepted - began:.0f} s, settled in {time.monotonic() - began:.0f} s")
    told(f"relay killed {trouble.kills} times, disk full {trouble.fills} times{'' if is_small else ' (no disk)'}")
    told(f"rough clients: {', '.join(f'{count} {kind}' for kind, count in sorted(visits.items())) or 'none'}")
    told(f"API: {', '.join(f'{count} {fault}' for fault, count in sorted(done['faults'].items()))}")
    told(f"replies: {', '.join(f'{count} {reply}' for reply, count in sorted(replies.items()))}")
    told(f"file: {trouble.largest / 1e6:.1f} MB at most seen, {size / 1e6:.2f} MB in the end")
    for line in watch.table():
        told(line)
    for end, count in sorted(ends.items()):
        told(f"{end}: {count}")
    may_double = plan.policy != "hold" or not plan.has_spool
    for line in [*[one for one in wrong if not (may_double and one.endswith("doubled"))][:20], *grown]:
        told(line)
    is_wrong = ends["lost"] or (ends["doubled"] and not may_double) or grown
    return 1 if is_wrong else 0


def _send_round(plan: Plan, port: int, first: int, replies: Counter[str], visits: Counter[str]) -> dict[str, str]:
    def one(number: int) -> str:
        return send(port, f"m{number}", random.Random(plan.seed + number), replies)

    numbers = range(first, first + plan.messages)
    rough_ones = Rough(port, plan.seed + first)
    if plan.with_rough:
        rough_ones.start()
    with ThreadPoolExecutor(plan.clients) as threads:
        answers = {f"m{number}": reply for number, reply in zip(numbers, threads.map(one, numbers), strict=True)}
    if plan.with_rough:
        rough_ones.close()
    visits.update(rough_ones.visits)
    return answers


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--uncertain", choices=["hold", "retry"], default="hold")
    parser.add_argument("--pause", type=float, default=10.0, help="seconds at most between two troubles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0.0, help="rounds of the messages for so long")
    parser.add_argument("--rough", action="store_true", help="with endless lines, slow clients and floods")
    parser.add_argument("--steady", action="store_true", help="never kill the relay")
    parser.add_argument("--processes", type=int, default=1, help="the command, in so many, without a spool")
    given = parser.parse_args()
    plan = Plan(
        messages=given.messages,
        clients=given.clients,
        policy=given.uncertain,
        pause=given.pause,
        seed=given.seed,
        minutes=given.minutes,
        with_rough=given.rough,
        steady=given.steady,
        processes=given.processes,
    )
    return run(plan, told=lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
