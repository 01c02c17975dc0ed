"""Examining messages one after the other for `sesmime lint`: with which settings, fixed or not; and counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import NamedTuple

from sesmime.cli.arguments import no_raw_message
from sesmime.cli.checking import Checking
from sesmime.cli.diff import unified_diff
from sesmime.cli.every_interface import lint_with_all
from sesmime.cli.files import CommandError, shown_name, write_fixed, write_output
from sesmime.cli.inputs import Input
from sesmime.cli.progress import Progress
from sesmime.cli.sharing import look_at_all, without_edits
from sesmime.cli.terminal import tell
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Severity
from sesmime.linter.fixes import Fixed, fix
from sesmime.linter.output import Examined, Result, Unreadable
from sesmime.linter.run import lint
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked: the parameters and the interface of the command line, the rules, and whether to fix.

    `jobs` is how many processes do it, `has_edits` whether the edits of fixes are told.
    """

    parameters: ApiParameters
    interface: Interface | None
    checking: Checking
    has_fix: bool
    has_unsafe: bool
    min_level: Severity
    is_for_all: bool = False
    jobs: int = 1
    has_edits: bool = True

    def told(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return those findings that are told; from another process without edits, unless the format has them."""
        found = tuple(finding for finding in findings if finding.severity >= self.min_level)
        return found if self.jobs == 1 or self.has_edits else tuple(map(without_edits, found))

    def submission(self, one: Input) -> tuple[ApiParameters, Interface]:
        """Return the parameters and the interface of a message; of a request the command line overrules a part."""
        if one.request is None:
            return self.parameters, self.interface or self.checking.settings.interface or Interface.SEND_RAW_EMAIL
        names = [setting.name for setting in fields(ApiParameters)]
        given = {name: value for name in names if (value := getattr(self.parameters, name)) is not None}
        return replace(one.request.parameters, **given), self.interface or one.request.interface

    def config_for(self, one: Input) -> LintConfig:
        """Return the rules for a message."""
        return self.checking.config_for(one.path if one.file is None else one.file)

    def fixed(self, one: Input) -> Fixed | None:
        """Fix a message; None where there is none to fix."""
        parameters, interface = self.submission(one)
        if one.message is None or not interface.is_raw:
            return None
        return fix(
            one.message,
            parameters=parameters,
            interface=interface,
            unsafe=self.has_unsafe,
            config=self.config_for(one),
        )


@dataclass(slots=True)
class Tally:
    """What was counted in a run, and what of it is told while it lasts."""

    messages: int = 0
    faulty: int = 0
    fixed: int = 0
    failures: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    applicabilities: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    progress: Progress = field(default_factory=Progress)

    def count(self, findings: tuple[Finding, ...], *, is_writable: bool) -> None:
        """Count a message; `is_writable`: its fixes can be written to its file."""
        self.messages += 1
        self.faulty += bool(findings)
        self.severities.update(finding.severity for finding in findings)
        if is_writable:
            self.applicabilities.update(finding.fix.applicability for finding in findings if finding.fix is not None)

    def fail(self, reason: str) -> None:
        """Tell what could not be done, and count it."""
        self.failures += 1
        self.progress.clear()
        tell(f"sesmime lint: {reason}")

    def at_least(self, level: Severity) -> int:
        """Return the number of findings of a severity or worse."""
        return sum(count for severity, count in self.severities.items() if severity >= level)


def taken(inputs: Iterable[Input | Unreadable], job: Job) -> Iterator[Input | Unreadable]:
    """Return messages, those that are not looked at because their interface takes none told as such.

    Without findings they would pass for clean.
    """
    for one in inputs:
        if isinstance(one, Input) and one.message is not None:
            _, interface = job.submission(one)
            if not interface.is_raw:
                yield Unreadable(one.path, f"{one.path} is not checked: {no_raw_message(interface)}")
                continue
        yield one


class Repaired(NamedTuple):
    """What the fixes make of a message: its octets, and how many findings are gone."""

    message: bytes
    applied: int


class Found(NamedTuple):
    """What one look at a message found.

    The findings, with the interfaces of each where it was looked at for all of them; and what the fixes would make of
    it, where that was asked for.
    """

    findings: tuple[Finding, ...]
    met_with: tuple[tuple[Interface, ...], ...] = ()
    is_for_all: bool = False
    fixed: Repaired | None = None


def look_at(one: Input, job: Job) -> Found:
    """Look at a message; nothing is written."""
    if job.is_for_all and one.request is None and one.message is not None:
        met = lint_with_all(one.message, parameters=job.parameters, config=job.config_for(one))
        met = tuple(each for each in met if each.finding.severity >= job.min_level)
        interfaces = tuple(each.interfaces for each in met)
        return Found(job.told(each.finding for each in met), interfaces, is_for_all=True)
    fixed = job.fixed(one) if job.has_fix and one.is_alone else None
    if fixed is not None:
        return Found(job.told(fixed.left), fixed=Repaired(fixed.message, len(fixed.applied)))
    parameters, interface = job.submission(one)
    return Found(job.told(lint(one.message, parameters=parameters, interface=interface, config=job.config_for(one))))


def examined(inputs: Iterable[Input | Unreadable], job: Job, tally: Tally) -> Iterator[Result]:
    """Examine messages as they come, and fix their files where that is asked."""
    for one, found in look_at_all(inputs, partial(look_at, job=job), jobs=job.jobs):
        tally.progress.step(0 if isinstance(one, Unreadable) else len(one.message or b""))
        if isinstance(one, Unreadable):
            tally.fail(one.reason)
            yield one
            continue
        assert found is not None
        message = one.message
        if job.has_fix and not found.is_for_all:
            if _is_written(one, found.fixed, tally):
                message = message if found.fixed is None else found.fixed.message
            elif found.fixed is not None:
                found = look_at(one, replace(job, has_fix=False))
        parameters, interface = job.submission(one)
        if found.is_for_all:
            parameters, interface = job.parameters, Interface.SEND_RAW_EMAIL
        tally.count(found.findings, is_writable=one.is_alone)
        yield Examined(
            one.path,
            one.file,
            one.place,
            message,
            interface,
            found.findings,
            parameters,
            met_with=found.met_with,
            is_for_all=found.is_for_all,
        )


def _is_written(one: Input, fixed: Repaired | None, tally: Tally) -> bool:
    """Write a message to its file; one of standard input goes to standard output, fixed or not."""
    if not one.is_alone:
        name = shown_name(one.file)
        if name not in tally.refused:
            tally.refused.add(name)
            tally.fail(f"{name} is not fixed: fixes are written only to files that contain exactly one message")
        return False
    try:
        if one.file is None:
            write_output(one.message or b"" if fixed is None else fixed.message, None)
        elif fixed is not None and one.message is not None and fixed.message != one.message:
            write_fixed(fixed.message, one.message, one.file)
    except CommandError as error:
        tally.fail(str(error))
        return False
    if fixed is not None:
        tally.fixed += fixed.applied
    return True


def repair(one: Input, job: Job) -> Repaired | None:
    """Fix a message; None where there is nothing to fix."""
    done = job.fixed(one)
    return None if done is None or done.message == one.message else Repaired(done.message, len(done.applied))


def diffs(
    inputs: Iterable[Input | Unreadable], job: Job, tally: Tally, paint: Callable[[str, str], str]
) -> Iterator[str]:
    """Return what the fixes would change, message by message."""
    for one, done in look_at_all(inputs, partial(repair, job=job), jobs=job.jobs):
        tally.progress.step(0 if isinstance(one, Unreadable) else len(one.message or b""))
        if isinstance(one, Unreadable):
            tally.fail(one.reason)
            continue
        tally.messages += 1
        if done is not None and one.message is not None:
            tally.faulty += 1
            tally.fixed += done.applied
            for line in unified_diff(one.message, done.message, one.path, paint):
                yield f"{line}\n"
