"""Running the rules: `lint`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from sesmime.errors import printable, quoted, require
from sesmime.linter.catalogue import CATALOGUE, Entry
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Fix, Report, Severity, UnsealedFinding
from sesmime.linter.occasions import KINDS, OCCASIONS, occasions
from sesmime.linter.occasions import NO_PARAMETERS as NO_PARAMETERS  # told by identity, as those who call `lint` do
from sesmime.linter.rule import Fault, Rule, Subject
from sesmime.linter.view.lines import MOST, MOST_COUNTED
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.entity import parse
from sesmime.mime.fields import Message
from sesmime.mime.held import holding
from sesmime.mime.hints import Any, Final, TypeAlias, overload
from sesmime.mime.values import replace
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import SIMPLE, Submission
from sesmime.ses.settings import ApiParameters


@overload
def lint(message: Submission, *, config: LintConfig = ...) -> Report: ...


@overload
def lint(
    message: Message | None, *, parameters: ApiParameters = ..., interface: Interface = ..., config: LintConfig = ...
) -> Report: ...


def lint(
    message: Message | Submission | None,
    *,
    parameters: ApiParameters = NO_PARAMETERS,
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> Report:
    r"""Say what SES is expected to refuse, what would be lost or leaked, and what readers will suffer from.

    A `Submission` may stand in the place of the message: it has parameters and an interface of its own. Of an interface
    that takes only parameters the request is looked at, and `message` may be None. Never raises on content or on
    settings: a parameter that the interface does not have is a finding, and so is a rule of `config` that itself
    raises. Takes linear time and copies no body. Raises TypeError for a message that does not hold bytes, for
    parameters and a config of other types, and for parameters or an interface beside a Submission.

    >>> report = lint(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n")
    >>> report[0].name, report[0].line, report[0].rejection
    ('repeated-field', 4, "Duplicate header 'Subject'.")
    """
    return check(outgoing(message, parameters=parameters, interface=interface, config=config), config)


def as_submission(
    message: Message | Submission | None, parameters: ApiParameters, interface: Interface | str
) -> Submission:
    """Return the submission that the arguments of a check are; TypeError where they say it twice."""
    if not isinstance(message, Submission):
        return Submission(message, parameters, Interface.given(interface))
    if parameters is not NO_PARAMETERS or interface is not Interface.SEND_RAW_EMAIL:
        raise TypeError("a Submission has parameters and an interface of its own; give none beside it")
    return message


def outgoing(
    message: Message | Submission | None, *, parameters: ApiParameters, interface: Interface, config: LintConfig
) -> Outgoing:
    """Return what the rules look at, of a message that is sent as it is."""
    is_request = False
    if isinstance(message, Submission):
        is_request = True
        message, parameters, interface = _parts(as_submission(message, parameters, interface))
    else:
        if parameters is not NO_PARAMETERS:
            require(ApiParameters, parameters, "parameters")
        interface = Interface.given(interface)
    if type(config) is not LintConfig:
        require(LintConfig, config, "config")
    entity = parse(b"" if message is None or not interface.is_raw else message)
    return Outgoing(
        entity.source,
        body_start=entity.body_span.start,
        entity=entity,
        parameters=parameters,
        interface=interface,
        verified_identities=config.verified_identities,
        is_request=is_request,
    )


def _parts(submission: Submission) -> tuple[Message | None, ApiParameters, Interface]:
    return submission.message, submission.parameters, submission.interface


@holding
def check(subject: Outgoing, config: LintConfig) -> Report:
    """Run every rule that is asked for and called for."""
    return Report.of(findings(subject, config, is_counted=True))


def findings(subject: Outgoing, config: LintConfig = LintConfig(), *, is_counted: bool = False) -> Iterator[Finding]:
    """Return the findings in the order in which SES is expected to check.

    `is_counted`: what is not told is counted; else a rule is asked no further than its findings are.
    """
    tell = told if is_counted else _uncounted
    for rule in called_rules(subject, config):
        for fault, untold in tell(rule.check(subject)):
            yield finding_of(rule, fault, subject, untold)
    if subject.interface in SIMPLE:
        yield from _findings_of_assembled(subject, config, is_counted=is_counted)
    if config.rules:
        yield from findings_of_further_rules(subject, config)


def findings_of_further_rules(subject: Outgoing, config: LintConfig) -> Iterator[Finding]:
    """Return what the rules of other packages find."""
    for rule in config.further_rules() if config.rules else ():
        yield from _findings_of_custom(rule, subject)


def every_finding(code: str, subject: Outgoing, config: LintConfig, most: int) -> tuple[Finding, ...]:
    """Return what one of our rules finds, of at most so many places; nothing where it is not asked for."""
    return tuple(
        finding_of(rule, fault, subject)
        for rule in called_rules(subject, config)
        if rule.code == code
        for fault in islice(rule.check(subject), most)
    )


def told(faults: Iterable[Fault]) -> list[tuple[Fault, int]]:
    """Return the faults of a rule that are told, each with the number of those that are not."""
    kept: list[tuple[Fault, int]] = []
    rest = iter(faults)
    for fault in rest:
        kept.append((fault, min(fault.further, MOST_COUNTED) if fault.further else 0))
        if len(kept) == MOST:
            break
    else:
        return kept
    untold = sum(1 for _ in islice(rest, MOST_COUNTED))
    return [(fault, min(untold + fault.further, MOST_COUNTED)) for fault, _ in kept]


def _uncounted(faults: Iterable[Fault]) -> Iterator[tuple[Fault, int]]:
    """Return the faults of a rule that are told, one by one; what is not told is not counted."""
    return ((fault, 0) for fault in islice(faults, MOST))


def called_rules(subject: Outgoing, config: LintConfig) -> tuple[Rule, ...]:
    """Return those of our rules that are asked for and called for."""
    return calls_of(config, is_raw=subject.interface.is_raw).called(subject)


# Rules that have nothing to say of an assembled message: SES writes these fields itself, or rules about the parameters
# tell of it.
_OF_PARAMETERS: Final = frozenset(("SES103", "SES105", "SES201", "SES202", "SES304", "SES404", "SES405"))


def _findings_of_assembled(subject: Outgoing, config: LintConfig, *, is_counted: bool) -> Iterator[Finding]:
    """Return what the rules about messages find in what SES assembles of simple content, placed in the request."""
    from sesmime.linter.view.assembled import assembled, parameter_of  # few messages need it

    message = subject.once(assembled).outgoing
    if message is None:
        return
    tell = told if is_counted else _uncounted
    for rule in called_rules(message, config):
        if rule.subject is not Subject.PARAMETERS and rule.code not in _OF_PARAMETERS:
            for fault, untold in tell(rule.check(message)):
                yield replace(
                    finding_of(rule, fault, message, untold),
                    span=None,
                    line=None,
                    column=None,
                    part="",
                    parameter=parameter_of(subject, message, fault.span, fault.part),
                    # That SES looks at what it assembles as at a raw message is inferred.
                    evidence=Evidence.ASSUMED,
                    fix=None if fault.fix is None else Fix(fault.fix.title),
                )


def _findings_of_custom(rule: Rule, subject: Outgoing) -> Iterator[Finding]:
    """Return the findings of a rule of another package; where it raises, a finding that says so."""
    try:
        for fault in _faults_of_custom(rule, subject):
            yield finding_of(rule, fault, subject)
    except Exception as error:  # noqa: BLE001  # the others go on, and a rule that did not look is no silence
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        yield finding_of(
            rule,
            Fault(f"the rule failed, and has not looked at all of it: {quoted(told, 200)}", severity=Severity.WARNING),
            subject,
        )


def _faults_of_custom(rule: Rule, subject: Outgoing) -> Iterator[Fault]:
    if not subject.interface.is_raw and rule.subject is not Subject.PARAMETERS:
        return
    triggers = rule.triggers
    if rule.subject.is_part:
        for part in subject.parts if rule.subject is Subject.PART else subject.every_part:
            if triggers is None or not triggers.isdisjoint(part.names):
                yield from rule.check(subject, part)
    elif triggers is None or triggers & subject.names or occasions(subject, triggers & OCCASIONS.keys()):
        yield from rule.check(subject)


_Codes: TypeAlias = tuple[str, ...]
_Called: TypeAlias = tuple[Rule, ...]
# So many sets of called rules are kept; messages of one sender need a few.
_MOST_SETS: Final = 1024


class Calls:
    """Which entries a config asks for, and what calls for each; worked out once for all messages.

    An entry is one bit, the first the lowest.
    """

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._entries = entries
        self._always = 0
        self._by_name: dict[str, int] = {}
        for place, entry in enumerate(entries):
            if entry.triggers is None:
                self._always |= 1 << place
                continue
            for name in entry.triggers:
                self._by_name[name] = self._by_name.get(name, 0) | 1 << place
        self.occasions = tuple(name for name in OCCASIONS if name in self._by_name)
        # Of each kind of occasions the look that tells whether there may be any, and those that call for something.
        kinds = [
            (may_hold, tuple((look, self._by_name[name]) for name, look in looks.items() if name in self._by_name))
            for may_hold, looks in KINDS
        ]
        self._kinds = tuple((may_hold, looks) for may_hold, looks in kinds if looks)
        self._known: dict[int, _Called] = {}

    def called(self, subject: Outgoing) -> _Called:
        """Return the rules for which a submission calls."""
        called, by_name = self._always, self._by_name
        for name in subject.names:
            if name in by_name:
                called |= by_name[name]
        for may_hold, looks in self._kinds:
            if may_hold(subject):
                for look, bits in looks:
                    if look(subject):
                        called |= bits
        return self._of(called)

    def called_by(self, names: Iterable[str]) -> _Called:
        """Return the rules for which these names of fields and of occasions call."""
        called = self._always
        for name in names:
            called |= self._by_name.get(name, 0)
        return self._of(called)

    def _of(self, called: int) -> _Called:
        known = self._known.get(called)
        if known is None:
            known = tuple(entry.rule() for place, entry in enumerate(self._entries) if called >> place & 1)
            if len(self._known) >= _MOST_SETS:
                self._known.clear()
            self._known[called] = known
        return known


def calls_of(config: LintConfig, *, is_raw: bool) -> Calls:
    """Return which entries a config asks for; of an interface that is not raw those about the parameters."""
    return _calls(config.select, config.extend_select, config.ignore, is_raw)


@lru_cache(maxsize=32)
def _calls(select: _Codes, extend_select: _Codes, ignore: _Codes, is_raw: bool) -> Calls:
    config = LintConfig(select=select, extend_select=extend_select, ignore=ignore)
    entries = CATALOGUE if is_raw else [entry for entry in CATALOGUE if entry.subject is Subject.PARAMETERS]
    return Calls(tuple(entry for entry in entries if config.wants(entry.code)))


def finding_of(rule: Rule, fault: Fault, subject: Outgoing, untold: int = 0) -> Finding:
    """Return a fault as a finding: with code, severity, line and column."""
    made: Any = UnsealedFinding()
    span, fix, message = fault.span, fault.fix, fault.message
    if span is None:
        made.span = made.line = made.column = None
    else:
        made.span, made.line, made.column = subject.place(span)
    if fix is not None:
        if fix.is_safe and not (fault.part or subject.root).agreement.is_agreed:
            # To some readers it is text that would change.
            fix = fix.unsafe()
        if subject.is_head_new:
            fix = subject.placed(fix)
    made.code = rule.code
    made.name = rule.name
    severity = fault.severity
    made.severity = rule.severity if severity is None else severity
    made.evidence = fault.evidence or rule.evidence
    made.message = message if message.isprintable() and message.isascii() else printable(message)
    part = fault.part
    made.part = "" if part is None else part.path
    made.parameter = fault.parameter
    made.rejection = fault.rejection
    made.fix = fix
    made.url = fault.source or rule.source
    made.untold = untold
    made.__class__ = Finding
    finding: Finding = made
    return finding


def custom_rules() -> tuple[Rule, ...]:
    """Return the rules of other packages, found by the entry point group `sesmime.rules`, by code.

    The command line runs them; in Python they go into `LintConfig(rules=...)`. Raises what importing them raises, and
    TypeError for an entry that is no Rule.
    """
    from importlib.metadata import entry_points  # slow, and only for those who ask

    found: list[Rule] = []
    for entry in entry_points(group="sesmime.rules"):
        loaded = entry.load()
        if not isinstance(loaded, Rule):
            raise TypeError(f"the entry point {entry.name} of the group sesmime.rules is no Rule")
        found.append(loaded)
    return tuple(sorted(found, key=lambda rule: rule.code))
