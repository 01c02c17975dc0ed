"""Fixing by byte edits: `fix`.

A rule is fixed whole or not at all. Its fixes are tried; they stay if the rule is silent afterwards and no rule is
louder than before, which is what law 6 of the design asks for. So nobody is told "fixed" of a message that still has
the fault, and a fix that would push a message over another limit is not made.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Self, overload

from sesmime.errors import require
from sesmime.linter.checks import MANGLED_NAME
from sesmime.linter.config import DEFAULT_SELECT, LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.linter.run import NO_PARAMETERS, as_submission, check, every_finding, outgoing
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.edits import Edit, apply_edits, as_bytes
from sesmime.mime.entity import parse
from sesmime.mime.fields import Message, as_source
from sesmime.mime.held import holding
from sesmime.mime.values import NamedTuple, dataclass, replace
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters

# All places of a rule are mended in one round, where their edits do not meet, but for those beyond the first thousands.
MOST_PLACES = 10_000
# What is mended may show more, which takes several rounds, each as long as the message's parts, lines and octets of
# fields are many, so that all rounds together take no longer in a message that is larger.
_MOST_ROUNDS = 200
_FEWEST_ROUNDS = 4
_MOST_WORK = 30_000
# A rule that has the same octets added again and again, while it tells of all there are, is not satisfied by them: the
# closing delimiter that its enclosing multipart takes for its own.
_MOST_ALIKE = 16
# So many octets of fields take as long as a line.
_OCTETS = 10


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fixed:
    """What `fix` made: the message, the parameters, the findings that are gone, and what is left to say of them.

    The places of `applied` are those in the message at the moment of the fix. The parameters are the given ones, but
    for display names beyond ASCII, which are in encoded words.
    """

    message: bytes
    parameters: ApiParameters
    applied: tuple[Finding, ...]
    left: Report

    def __repr__(self) -> str:
        return f"<Fixed {len(self.message)} bytes, {len(self.applied)} findings gone, {len(self.left)} left>"


@overload
def fix(message: Submission, *, unsafe: bool = ..., config: LintConfig = ...) -> Fixed: ...


@overload
def fix(
    message: Message,
    *,
    parameters: ApiParameters = ...,
    interface: Interface = ...,
    unsafe: bool = ...,
    config: LintConfig = ...,
) -> Fixed: ...


@holding
def fix(
    message: Message | Submission,
    *,
    parameters: ApiParameters = NO_PARAMETERS,
    interface: Interface = Interface.SEND_RAW_EMAIL,
    unsafe: bool = False,
    config: LintConfig = LintConfig(),
) -> Fixed:
    r"""Repair what can be repaired by editing bytes, and display names in parameters; every other byte stays.

    A safe fix is one that no reader and no signature can tell; the others are applied only with `unsafe`. What was
    fixed is silent afterwards, no rule is louder, and fixing again changes nothing. A `Submission` may stand in the
    place of the message; one without a message is only examined. Never raises on content. Raises TypeError for a
    message that does not hold bytes, and for parameters or an interface beside a Submission.

    >>> done = fix(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: one\r\n\r\nHi\r\n")
    >>> done.message
    b'From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\n\r\nHi\r\n'
    """
    require(LintConfig, config, "config")
    submission = as_submission(message, parameters, interface)
    whole = b"" if submission.message is None else as_bytes(as_source(submission.message))
    # Rules that were ignored are heard too, to find out whether one is louder.
    asked = with_every_rule(config)
    wanted = lambda finding: config.wants(finding.code) and _is_applicable(finding, unsafe=unsafe)  # noqa: E731

    def look(source: Message) -> Look:
        # As it was given: of a Submission what is not there is missing.
        if isinstance(message, Submission):
            whole = replace(submission, message=source)
            subject = outgoing(whole, parameters=NO_PARAMETERS, interface=Interface.SEND_RAW_EMAIL, config=asked)
        else:
            parameters, interface = submission.parameters, submission.interface
            subject = outgoing(source, parameters=parameters, interface=interface, config=asked)
        return Look.at(subject, asked)

    given, before = submission, look(whole)
    encoded = [finding for finding in before.report if finding.code == MANGLED_NAME]
    if encoded and all(map(wanted, encoded)):
        from sesmime.ses.encoded_names import with_encoded_names  # few requests need it

        submission = replace(given, parameters=with_encoded_names(given.parameters, given.interface))
        before, was = look(whole), before
        if _is_louder(before.report, was.report):
            submission, before, encoded = given, was, []
    else:
        encoded = []
    done, applied, after = fixed(whole, look, wanted, before)
    further = {rule.code for rule in config.further_rules()}
    # What all rules say holds what those say that were asked for.
    left = Report(finding for finding in after if finding.code in further or config.wants(finding.code))
    return Fixed(message=done, parameters=submission.parameters, applied=(*encoded, *applied), left=left)


class Look(NamedTuple):
    """A look at a message: what the rules looked at, what they were asked, and what they told."""

    subject: Outgoing
    config: LintConfig
    report: Report

    @classmethod
    def at(cls, subject: Outgoing, config: LintConfig) -> Self:
        """Ask the rules."""
        return cls(subject, config, check(subject, config))

    def standing(self, code: str) -> tuple[Finding, ...]:
        """Return the findings of one rule, those that it only counted too."""
        told = tuple(finding for finding in self.report if finding.code == code)
        if not any(finding.untold for finding in told):
            return told
        return Report.of(every_finding(code, self.subject, self.config, MOST_PLACES))


def with_every_rule(config: LintConfig) -> LintConfig:
    """Return the configuration by which all default rules are asked, and what else is asked for."""
    return replace(config, select=DEFAULT_SELECT, extend_select=(*config.select, *config.extend_select), ignore=())


def _is_applicable(finding: Finding, *, unsafe: bool) -> bool:
    if finding.fix is None:
        return False
    applicability = finding.fix.applicability
    return applicability == "safe" or (unsafe and applicability == "unsafe")


def fixed(
    message: bytes,
    look: Callable[[bytes], Look],
    wanted: Callable[[Finding], bool],
    seen: Look | None = None,
) -> tuple[bytes, tuple[Finding, ...], Report]:
    """Fix what is wanted until nothing more can be fixed; `look` looks at a message, `seen` is this one's look.

    Gives the message, the findings that are gone, and the report on that message. A rule is left alone where some
    finding of it is not wanted.
    """
    applied: list[Finding] = []
    seen = look(message) if seen is None else seen
    refused: set[str] = set()
    # Rules that tell of more than there are rounds for: tried once, for each try is a long one.
    endless: set[str] = set()
    while True:
        codes = dict.fromkeys(finding.code for finding in seen.report if wanted(finding))
        code = next((code for code in codes if code not in refused | endless), None)
        if code is None:
            return message, tuple(applied), seen.report
        try:
            trial = _without(code, message, seen, look, wanted)
        except _TooManyRoundsError:
            endless.add(code)
            continue
        if trial is None:
            refused.add(code)
            continue
        message, seen, gone = trial
        applied += gone
        # What could not be fixed before may be possible now.
        refused.clear()


class _TooManyRoundsError(Exception):
    """A rule still tells of something after all rounds; `fixed` catches this."""


def _rounds(message: bytes) -> int:
    size = 0
    for entity in parse(message).walk():
        start, stop = entity.header_section.span
        lines = max(message.count(b"\n", start, stop), message.count(b"\r", start, stop))
        size += 1 + lines + (stop - start) // _OCTETS
    return max(_FEWEST_ROUNDS, min(_MOST_ROUNDS, _MOST_WORK // (size + 1)))


def _without(
    code: str, message: bytes, seen: Look, look: Callable[[bytes], Look], wanted: Callable[[Finding], bool]
) -> tuple[bytes, Look, list[Finding]] | None:
    """Return the message without the findings of one rule; None if they cannot all go without others in their place."""
    given, before = message, seen.report
    gone: list[Finding] = []
    last: list[bytes] = []
    alike = 0
    rounds, most = 0, _FEWEST_ROUNDS
    while standing := seen.standing(code):
        if not all(map(wanted, standing)):
            return None
        edits = _compatible(standing)
        changed = apply_edits(message, edits)
        if changed == message:
            return None
        written = [edit.replacement for edit in edits]
        alike = alike + 1 if len(changed) > len(message) and written == last and len(standing) < MOST_PLACES else 0
        if alike == _MOST_ALIKE:
            raise _TooManyRoundsError
        last = written
        gone += standing
        message, seen = changed, look(changed)
        rounds += 1
        if rounds == _FEWEST_ROUNDS:  # most rules are silent before
            most = _rounds(given)
        if rounds == most:
            raise _TooManyRoundsError
    return None if _is_louder(seen.report, before) else (message, seen, gone)


def _compatible(standing: Iterable[Finding]) -> list[Edit]:
    """Return the edits of findings in the order of their places, those left out that overlap one before; never none."""
    # Several findings may have the same fix, of all places at once.
    fixes = {id(finding.fix): finding.fix for finding in standing if finding.fix is not None}
    # Not kept in the fixes: what is left to say of the message stands as `lint` says it.
    groups = [fix.worked_out() for fix in fixes.values()]
    taken: list[Edit] = []
    # What is taken lies side by side: two neighbours at each hand hide nothing behind them.
    in_order: list[Edit] = []
    for edits in sorted(groups):
        places = [bisect_left(in_order, edit) for edit in edits]
        near = [in_order[max(place - 2, 0) : place + 2] for place in places]
        if not any(_overlap(edit, other) for edit, others in zip(edits, near, strict=True) for other in others):
            taken += edits
            for edit in edits:
                insort(in_order, edit)
    return taken


def _overlap(one: Edit, other: Edit) -> bool:
    if one == other:
        return True
    return one.span.start < other.span.stop and other.span.start < one.span.stop


def _is_louder(after: Report, before: Report) -> bool:
    loud, was = Counter(_noise(after)), Counter(_noise(before))
    return any(count > was[key] for key, count in loud.items())


def _noise(report: Report) -> list[tuple[str, Severity]]:
    return [(finding.code, severity) for finding in report for severity in Severity if severity <= finding.severity]
