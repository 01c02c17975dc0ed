"""Runs executions of a law, each a second of processor time at most, and keeps what fails, made small."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

from fuzz.chance import Recorded, Replayed
from fuzz.harnesses import HARNESSES, Case, Harness

SECONDS: Final = 1.0
# How often a failing case is tried while it is made smaller; one that is slow takes a second each time.
_TRIES: Final = 400
_SLOW_TRIES: Final = 20
# A law that fails as often as this is not run any further.
_ENOUGH: Final = 5


class TooSlow(BaseException):
    """An execution took more than a second of processor time.

    No Exception: a law that asks the library takes whatever that raises.
    """


class Failure(NamedTuple):
    """What failed: the law, how to make the case again, the smallest case, and what was raised on it."""

    law: int
    seed: int
    number: int
    case: Case
    told: str


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def timed(call: Callable[[], object]) -> BaseException | None:
    """Run for a second of processor time at most; return what was raised."""
    signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
    try:
        call()
    except (Exception, TooSlow) as error:  # noqa: BLE001, whatever escapes is what is looked for
        return error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def execute(law: int, seed: int, numbers: Sequence[int]) -> tuple[int, list[Failure]]:
    """Run executions of one law; return how many were run, and the failures."""
    harness = harness_of(law)
    failures: list[Failure] = []
    done = 0
    for number in numbers:
        done += 1
        chance = Recorded(f"{law} {seed} {number}")
        made: list[Case] = []

        def one(chance: Recorded = chance, made: list[Case] = made) -> None:
            made.append(harness.make(chance))
            harness.hold(*made[0])

        error = timed(one)
        if error is not None:
            case, error = smallest(harness, chance.chosen, made, error)
            told = "".join(traceback.format_exception(error, limit=-4))
            failures.append(Failure(law, seed, number, case, told))
            if len(failures) >= _ENOUGH:
                break
    return done, failures


def harness_of(law: int) -> Harness:
    """Return the harness of a law."""
    return next(one for one in HARNESSES if one.law == law)


def smallest(
    harness: Harness, choices: Sequence[int], made: Sequence[Case], error: BaseException
) -> tuple[Case, BaseException]:
    """Return the smallest case found that fails in the same place: fewer choices first, then fewer octets."""
    wanted = place_of(error)
    tries = [_SLOW_TRIES if isinstance(error, TooSlow) else _TRIES]
    best: list[tuple[Case, BaseException]] = [(made[0] if made else (), error)]

    def fails(make: Callable[[], Case]) -> bool:
        if tries[0] <= 0:
            return False
        tries[0] -= 1
        found: list[Case] = []

        def one() -> None:
            found.append(make())
            harness.hold(*found[0])

        raised = timed(one)
        if raised is None or place_of(raised) != wanted:
            return False
        best[0] = (found[0] if found else (), raised)
        return True

    left = list(choices)
    for fewer in _without_pieces(left, lambda one: fails(lambda: harness.make(Replayed(one)))):
        left = fewer
    for path, octets in list(_octets_in(best[0][0])):
        case = best[0][0]

        def shrunk(fewer: list[int], path: Sequence[int] = path, case: Case = case) -> bool:
            return fails(lambda: _with(case, path, bytes(fewer)))

        for _ in _without_pieces(list(octets), shrunk):
            pass
    return best[0]


def _octets_in(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], bytes]]:
    if type(value) is bytes:
        yield path, value
    elif type(value) in (tuple, list):
        for place, one in enumerate(value):
            yield from _octets_in(one, (*path, place))


def _with(value: Any, path: Sequence[int], octets: bytes) -> Any:
    if not path:
        return octets
    place, *rest = path
    return type(value)([_with(one, rest, octets) if at == place else one for at, one in enumerate(value)])


def _without_pieces(items: list[int], fails: Callable[[list[int]], bool]) -> Iterator[list[int]]:
    """Yield the list less a piece, again and again, as long as it fails."""
    size = len(items) // 2
    while size:
        place = 0
        while place < len(items):
            fewer = items[:place] + items[place + size :]
            if fails(fewer):
                items = fewer
                yield items
            else:
                place += size
        size //= 2


def place_of(error: BaseException) -> tuple[Any, ...]:
    """Return where something was raised: the class, and the last line of the project; of what is slow the class."""
    if isinstance(error, TooSlow):
        return (TooSlow,)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [(one.filename, one.lineno) for one in frames if "site-packages" not in one.filename]
    return type(error), *ours[-1:]


def keep(failure: Failure, folder: Path) -> Path:
    """Write what failed beside: octets as they are, and a text that says how to run it again."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"law-{failure.law:02}-{failure.seed}-{failure.number}"
    for path, octets in _octets_in(failure.case):
        folder.joinpath(f"{name}-{'-'.join(map(str, path))}.bin").write_bytes(octets)
    file = folder / f"{name}.txt"
    file.write_text(datum(failure), encoding="utf-8", errors="backslashreplace")
    return file


def datum(failure: Failure) -> str:
    """Return a failure as the datum of a test: a line to put among the cases of its law, and how it was found."""
    command = f"python -m fuzz --law {failure.law} --seed {failure.seed} --only {failure.number}"
    return f"# {command}\n({failure.law}, {failure.case!r}),\n\n{failure.told}"


def tell(failure: Failure, folder: Path) -> None:
    """Print a failure, and keep it."""
    print(f"{keep(failure, folder)}\n{datum(failure)}", file=sys.stderr, flush=True)
