"""Messages shared out among processes, and what they find taken back in the order of the messages: `lint --jobs`.

Messages travel in bundles, bounded by octets and by count, and a few bundles are under way at a time, so that memory
does not grow with their number. Where one bundle holds them all no process is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, Final, Generic, NamedTuple, NoReturn, TypeVar

from sesmime.cli.files import CommandError
from sesmime.cli.inputs import Input
from sesmime.linter.findings import Finding, Fix
from sesmime.linter.output import Unreadable

Found = TypeVar("Found")
# What a bundle holds at most: messages, and octets unless one message has more.
_MOST_MESSAGES: Final = 64
_MOST_OCTETS: Final = 1 << 19
# Bundles under way for each process.
_AHEAD: Final = 4


class Looked(NamedTuple, Generic[Found]):
    """A message and what was found in it; nothing in what could not be read."""

    one: Input | Unreadable
    found: Found | None


def look_at_all(
    inputs: Iterable[Input | Unreadable], look: Callable[[Input], Found], *, jobs: int
) -> Iterator[Looked[Found]]:
    """Return messages with what `look` finds in each, in their order; with several jobs by other processes.

    `look` and what it finds are pickled then.
    """
    if jobs > 1:
        bundles = _bundles(inputs)
        first = next(bundles, [])
        second = next(bundles, None)
        if second is not None:
            yield from _by_processes(chain([first, second], bundles), look, jobs)
            return
        inputs = first
    for one in inputs:
        yield Looked(one, None if isinstance(one, Unreadable) else look(one))


def _by_processes(
    bundles: Iterable[list[Input | Unreadable]], look: Callable[[Input], Found], jobs: int
) -> Iterator[Looked[Found]]:
    from sesmime.archive.pool import NotStarted, Pool  # few runs need it

    with Pool(partial(_look_at_bundle, look=look), jobs) as pool:
        try:
            for done in pool.run_in_order(bundles, ahead=_AHEAD * jobs):
                if done.is_lost:
                    yield from map(_lost, done.task)
                else:
                    yield from map(Looked, done.task, done.answer)
        except NotStarted as error:
            raise CommandError(str(error)) from None


def _look_at_bundle(bundle: list[Input | Unreadable], tell: Any, *, look: Callable[[Input], Found]) -> list[Any]:
    return [None if isinstance(one, Unreadable) else look(one) for one in bundle]


def _lost(one: Input | Unreadable) -> Looked[Any]:
    if isinstance(one, Unreadable):
        return Looked(one, None)
    reason = f"{one.path} is not checked: every process that worked on it and its neighbours was killed"
    return Looked(Unreadable(one.path, reason), None)


def _bundles(inputs: Iterable[Input | Unreadable]) -> Iterator[list[Input | Unreadable]]:
    held: list[Input | Unreadable] = []
    size = 0
    for one in inputs:
        held.append(one)
        size += 0 if isinstance(one, Unreadable) else len(one.message or b"")
        if len(held) >= _MOST_MESSAGES or size >= _MOST_OCTETS:
            yield held
            held, size = [], 0
    if held:
        yield held


# Findings on their way


def without_edits(finding: Finding) -> Finding:
    """Return a finding whose fix says what is to be done, and no longer how: edits may be as long as the message."""
    fix = finding.fix
    if fix is None or fix.applicability == "manual":
        return finding
    return replace(finding, fix=_titled(fix.title, fix.is_safe, fix.value))


class _Titled(Fix):
    """A fix whose edits were left in the process that found it."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return _titled, (self.title, self.is_safe, self.value)


def _titled(title: str, is_safe: bool, value: str | None) -> Fix:
    return _Titled(title, _left_behind, is_safe=is_safe, value=value)


def _left_behind() -> NoReturn:
    raise AssertionError("the edits of this fix were left in the process that found it")
