"""`python -m fuzz`: mutants of real messages against the laws, by all processors.

Seeds are the messages of the tests, and the shared corpus and attacks where they stand beside the checkout. A mutant
that breaks a law, raises, or takes over a second of processor time is written to a file and told; the exit code is
then 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from fuzz.events import as_octets, check_event, event_mutants
from fuzz.mutate import mutants
from sesmime import SesMimeError, parse, parse_addresses, prepare, resolve
from tests import edited, laws

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared"
# The largest seed: the laws compare whole messages in Python.
_LARGEST_SEED = 64_000
_SECONDS = 1
# The linter's laws, which run it many times over, take longer than all others: one mutant in so many is held against
# them, and no large one against those of fixing.
_ONE_LINTED_IN = 10
_LARGEST_FIXED = 1_000
# One mutant in so many is edited; of seeds as they are, and of made messages, `--edited` gives the number.
_ONE_EDITED_IN = 5
# Three readers read each several times.
_LARGEST_EDITED = 16_000


def seeds() -> list[bytes]:
    """Return the messages to mutate, small ones, in a fixed order."""
    places = [_ROOT / "tests" / "data", _SHARED / "attacks", *sorted(_SHARED.glob("corpus/*/messages"))]
    files = [file for place in places for file in sorted(place.rglob("*")) if file.is_file()]
    found = [file.read_bytes() for file in files if file.suffix != ".json" and file.stat().st_size <= _LARGEST_SEED]
    return found or [b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"]


def check(message: bytes) -> None:
    """Hold one message against the laws of reading, editing, preparing and forwarding."""
    entity = parse(message)
    laws.read_everything(entity)
    assert laws.rebuilt(entity) == message
    for name in {field.name for field in entity.header_section.fields[:3]}:
        laws.removing_keeps_every_other_byte(message, name)
    laws.strips(message)
    laws.reads_ses_fields(message)
    laws.forwards(message)
    resolve(message).explain()
    for name in ("From", "To", "Cc"):
        for field in entity.header_section.all(name):
            parse_addresses(field.body)
    try:
        prepared = prepare(message)
    except SesMimeError as error:
        assert len(str(error)) < 1000
    else:
        again = prepare(prepared.message, parameters=prepared.parameters, interface=prepared.interface)
        assert again.message == prepared.message
        assert again.parameters == prepared.parameters
        assert again.envelope == prepared.envelope


def check_readers(message: bytes) -> None:
    """Hold what is changed without being told, seven bits and safe fixes, against other readers."""
    laws.recodes_safely(message)
    laws.fixes_for_every_reader(message)


def check_linting(message: bytes) -> None:
    """Hold one message against the linter's laws."""
    laws.lints(message)
    laws.predicts(message)
    if len(message) < _LARGEST_FIXED:
        laws.fixes(message, unsafe=True)
        laws.fixes_safely(message)


def check_edited(message: bytes | None, seed: int) -> None:
    """Hold one message against law 12, after random edits by the methods of Python's email."""
    edited.writes_edited(message, random.Random(seed))


class TooSlow(Exception):
    """One message took more than a second of processor time."""


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def run(task: tuple[int, int, str]) -> int:
    """Check `count` mutants of one seed number; give how many failed."""
    seed, count, folder = task
    failed = 0
    signal.signal(signal.SIGPROF, _too_slow)
    for number, message in enumerate(mutants(seeds(), count, seed)):
        checks: list[Callable[[], None]] = [partial(check, message), partial(check_readers, message)]
        if number % _ONE_LINTED_IN == 0:
            checks.append(partial(check_linting, message))
        if number % _ONE_EDITED_IN == 0 and len(message) <= _LARGEST_EDITED:
            checks.append(partial(check_edited, message, number))
        failed += _fails(checks, message, Path(folder) / f"mutant-{seed}-{number}.bin")
        if failed >= 5:
            break
    return failed


def run_edited(task: tuple[int, int, str]) -> int:
    """Check `count` edited trees, of seeds as they are and of made messages; give how many failed."""
    seed, count, folder = task
    failed = 0
    signal.signal(signal.SIGPROF, _too_slow)
    messages = [message for message in seeds() if len(message) <= _LARGEST_EDITED]
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        message = chance.choice(messages) if chance.random() < 0.75 else None
        place = Path(folder) / f"edited-{seed}-{number}.bin"
        failed += _fails([partial(edited.writes_edited, message, chance)], message or b"", place)
        if failed >= 5:
            break
    return failed


def run_events(task: tuple[int, int, str]) -> int:
    """Check `count` mutants of event records of one seed number; give how many failed."""
    seed, count, folder = task
    failed = 0
    signal.signal(signal.SIGPROF, _too_slow)
    for number, found in enumerate(event_mutants(count, seed)):
        octets = found.payload if isinstance(found.payload, bytes) else as_octets(found.payload)
        failed += _fails([partial(check_event, found)], octets, Path(folder) / f"event-{seed}-{number}.json")
        if failed >= 5:
            break
    return failed


def _fails(checks: Sequence[Callable[[], object]], message: bytes, file: Path) -> bool:
    """Run checks of one message, each for a second at most; tell and keep what fails."""
    try:
        for one in checks:
            # Again and again: a law that asks the library may take the first one for what the library raises.
            signal.setitimer(signal.ITIMER_PROF, _SECONDS, _SECONDS)
            one()
    except Exception:  # noqa: BLE001, whatever escapes is what is looked for
        signal.setitimer(signal.ITIMER_PROF, 0)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(message)
        print(f"{file}\n{traceback.format_exc(limit=-3)}", file=sys.stderr, flush=True)
        return True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return False


def main(argv: Sequence[str] | None = None) -> int:
    """Run; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Mutated messages against the laws.")
    parser.add_argument("--mutants", type=int, default=100_000, help="how many (default: 100,000)")
    parser.add_argument("--edited", type=int, default=20_000, help="how many edited messages (default: 20,000)")
    parser.add_argument(
        "--events", type=int, default=50_000, help="how many mutants of event records (default: 50,000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed number (default: 1)")
    parser.add_argument("--folder", default="fuzz-failures", help="where failing mutants are written")
    arguments = parser.parse_args(argv)
    workers = os.cpu_count() or 1
    failed = 0
    with multiprocessing.Pool(workers) as pool:
        for work, wanted, noun in (
            (run, arguments.mutants, "mutants"),
            (run_edited, arguments.edited, "edited messages"),
            (run_events, arguments.events, "mutants of event records"),
        ):
            tasks = _tasks(wanted, workers * 8, arguments.seed, arguments.folder)
            done = lost = 0
            for number, lost_here in enumerate(pool.imap_unordered(work, tasks), 1):
                lost += lost_here
                done = sum(count for _, count, _ in tasks[:number])
                if sys.stderr.isatty():
                    print(f"\r{done:,} of {wanted:,}", end="", file=sys.stderr, flush=True)
            failed += lost
            if wanted:
                print(f"{done:,} {noun}{'' if work is run_events else f' of {len(seeds()):,} seeds'}, {lost} failed")
    return 1 if failed else 0


def _tasks(wanted: int, pieces: int, seed: int, folder: str) -> list[tuple[int, int, str]]:
    counts = [wanted // pieces + (piece < wanted % pieces) for piece in range(pieces)]
    return [(seed + piece, count, folder) for piece, count in enumerate(counts) if count]


if __name__ == "__main__":
    sys.exit(main())
