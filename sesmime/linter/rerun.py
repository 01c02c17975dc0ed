"""A report on each of many copies: the rules that look at what differs between them are asked again, the others not.

The rules are asked about one copy while it notes what they look at (`sesmime.linter.view.watched`). A rule that found
nothing, and looked at nothing that is another in the next copy, finds nothing there either. So is an occasion that
called for no rule, or for one. What has a fault is asked again for each copy, since places differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report
from sesmime.linter.occasions import OCCASIONS
from sesmime.linter.rule import Fault, Rule
from sesmime.linter.run import calls_of, finding_of, findings_of_further_rules, told
from sesmime.linter.view.addresses import is_ordinary
from sesmime.linter.view.oddities import Parts, look_at_parts
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.texts import Texts
from sesmime.linter.view.watched import ALWAYS, DESTINATION, ENVELOPE, HEAD, PLACES, Watched
from sesmime.mime.fields import fold_case
from sesmime.mime.grammar import MAX_LINE
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.settings import SETTINGS


class _Look(NamedTuple):
    """A rule asked once: what it looked at, and what it found.

    The findings are None where they have a place, which is another in the next copy.
    """

    rule: Rule
    marks: frozenset[str]
    findings: tuple[Finding, ...] | None


class _Plan(NamedTuple):
    """What is asked again for the copies in which the same fields differ."""

    occasions: tuple[tuple[str, bool], ...]  # those that may be others, as they were
    of_octets: tuple[tuple[str, bool], ...]  # those that can be others only where a field that differs is not plain
    shared: dict[str, object]  # facts that are the same
    parts: Parts | None  # what there is to say of the header sections of parts, where it is the same
    looks: tuple[_Look, ...]  # those with findings are not asked again: they find the same


# All that a copy has of settings but whom it goes to.
_SETTINGS: Final = attrgetter(*(name for name in SETTINGS if name != "destination"), "extra")
# Facts that hold nothing of the header section, no field and no place.
_SHARED: Final = ("encodings", "has_header_section", "is_signed", "main_types", "names", "signed_fields", "texts")
# Rules and occasions to which one plain recipient is as good as another: they look whether there is one, whether it is
# of the plain kind, and how many there are. A test holds each of them to it.
INDIFFERENT: Final = frozenset(
    (
        "SES102",
        "SES104",
        "SES202",
        "SES203",
        "SES208",
        "SES218",
        "SES512",
        "SES521",
        "SES522",
        "SES523",
        "SES524",
        "SES525",
        ":assembled",
        ":constraints",
        ":content",
        ":empty-to",
        ":long-address",
        ":parameters",
        ":source-route",
        ":unusual-address",
        ":unusual-from",
        ":unusual-mailbox",
        ":unusual-parameter",
        ":unusual-recipient",
    )
)
# Occasions that tell of octets that the header section holds somewhere; of fields in which there are none of them one
# is as good as another. A test holds each of them to it.
OF_OCTETS: Final = frozenset(
    (
        ":blank-before-colon",
        ":blank-line",
        ":cr-in-header-section",
        ":encoded-word",
        ":literal-line-end",
        ":long-line",
        ":mixed-line-ends",
        ":odd-line",
        ":odd-octet",
        ":ses-mark",
    )
)
_OF_HEAD: Final = frozenset((HEAD, PLACES))
_PLAIN_FIELD: Final = lazy_pattern(rb"[!-9;-~]++: [!-\[\]-~][ !-\[\]-~]*+\r\n(?: [!-\[\]-~][ !-\[\]-~]*+\r\n)*+")
_OF_RECIPIENTS: Final = frozenset(("to", DESTINATION, ENVELOPE))
_NAME: Final = itemgetter(0)
# Plans are kept for so many sets of differing fields.
_MOST_PLANS: Final = 32


class Rerun:
    """What there is to say of the copies of one message, found by way of the first of them."""

    def __init__(self, first: Watched, config: LintConfig) -> None:
        self._first = first
        self._config = config
        self._source, self._interface, self._given = first.source, first.interface, first.given
        self._names = [field.name for field in first.section.fields]
        self._keys = [fold_case(name) for name in self._names]
        self._raws = [field.raw for field in first.section.fields]
        self._settings = _SETTINGS(first.parameters)
        self._is_plain = is_to_one_plain_recipient(first)
        self._is_agreed = first.root.agreement.is_agreed
        self._occasions: list[tuple[str, bool, frozenset[str]]] = []
        self._looks = tuple(self._look())
        self._plans: dict[tuple[frozenset[str], bool], _Plan] = {}

    def report(self, copy: Outgoing) -> Report | None:
        """Return the report on a copy; None where it differs in more than fields of the same names."""
        places = self._differing(copy)
        if places is None:
            return None
        differing = frozenset([self._keys[place] for place in places])
        is_plain = self._is_plain and is_to_one_plain_recipient(copy)
        plan = self._plans.get((differing, is_plain))
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[differing, is_plain] = self._plan(ALWAYS | differing, is_plain)
        copy.__dict__.update(plan.shared)
        if plan.parts is not None:
            copy.know(look_at_parts, plan.parts)
        fields = copy.section.fields
        has_plain_octets = all(has_plain_octets_alone(fields[place].raw) for place in places)
        for name, held in plan.occasions if has_plain_octets else plan.occasions + plan.of_octets:
            if bool(OCCASIONS[name](copy)) is not held:
                return None
        return Report.of(self._findings(copy, plan))

    def _differing(self, copy: Outgoing) -> list[int] | None:
        """Return which fields are others, None where the copies cannot be compared."""
        fields = copy.section.fields
        if copy.section.defects or copy.source is not self._source or list(map(_NAME, fields)) != self._names:
            return None
        differing = [
            place
            for place, (raw, field) in enumerate(zip(self._raws, fields, strict=True))
            if raw is not field.raw and raw != field.raw
        ]
        is_alike = (
            copy.interface is self._interface
            and copy.given is self._given
            and _SETTINGS(copy.parameters) == self._settings
            and copy.root.agreement.is_agreed is self._is_agreed
        )
        return differing if is_alike else None

    def _look(self) -> Iterator[_Look]:
        """Ask every rule that is called for about the first copy."""
        first, config = self._first, self._config
        noted = first.watch.noted
        calls = calls_of(config, is_raw=first.interface.is_raw)
        for name in sorted(calls.occasions):
            held, marks = noted(partial(OCCASIONS[name], first))
            self._occasions.append((name, bool(held), marks))
        called_by = first.names | {name for name, held, _ in self._occasions if held}
        for rule in calls.called_by(called_by):
            faults, marks = noted(partial(_told, rule, first))
            has_place = any(fault.span is not None or (fault.fix and fault.fix.edits) for fault, _ in faults)
            yield _Look(rule, marks, None if has_place else _findings(rule, faults, first))

    def _plan(self, differing: frozenset[str], is_plain: bool) -> _Plan:
        to_few = differing - _OF_RECIPIENTS if is_plain else differing

        def is_other(name: str, marks: frozenset[str]) -> bool:
            return not marks.isdisjoint(to_few if name in INDIFFERENT else differing)

        shared: dict[str, object] = {}
        for name in _SHARED:
            marks = self._first.marks_of(name)
            if marks is not None and marks.isdisjoint(differing):
                shared[name] = getattr(self._first, name)
        texts = shared.get("texts")
        if isinstance(texts, Texts) and any(one.part.is_root for some in texts for one in some):
            del shared["texts"]
        of_parts = self._first.marks_of(look_at_parts)
        is_same = of_parts is not None and of_parts.isdisjoint(differing)
        parts = self._first.once(look_at_parts) if is_same else None
        looks: list[_Look] = []
        for look in self._looks:
            if is_other(look.rule.code, look.marks):
                looks.append(look._replace(findings=None))
            elif look.findings != ():
                looks.append(look)
        pairs = zip(self._keys, self._raws, strict=True)
        is_first_plain = all(has_plain_octets_alone(raw) for key, raw in pairs if key in differing)
        asked: list[tuple[str, bool]] = []
        of_octets: list[tuple[str, bool]] = []
        for name, held, marks in self._occasions:
            if is_other(name, marks):
                is_of_octets = is_first_plain and name in OF_OCTETS and marks & differing <= _OF_HEAD
                (of_octets if is_of_octets else asked).append((name, held))
        return _Plan(tuple(asked), tuple(of_octets), shared, parts, tuple(looks))

    def _findings(self, copy: Outgoing, plan: _Plan) -> Iterator[Finding]:
        for rule, _, known in plan.looks:
            yield from _findings(rule, _told(rule, copy), copy) if known is None else known
        yield from findings_of_further_rules(copy, self._config)


def has_plain_octets_alone(raw: bytes) -> bool:
    """Whether a field is of printable ASCII, ends its lines with CRLF, and holds nothing that `OF_OCTETS` tell of."""
    return (
        len(raw) <= MAX_LINE
        and _PLAIN_FIELD.fullmatch(raw) is not None
        and b" :" not in raw
        and b"=?" not in raw
        and b"x-ses" not in raw.lower()
    )


def is_to_one_plain_recipient(outgoing: Outgoing) -> bool:
    """Whether a submission goes to one recipient, who stands in To alone and in the plainest form."""
    fields, recipients = outgoing.section.all("To"), outgoing.envelope.recipients
    if len(fields) != 1 or len(recipients) != 1 or outgoing.envelope.header_recipients != recipients:
        return False
    destination = outgoing.parameters.destination
    if destination and destination.all != (recipients[0],):
        return False
    text = fields[0].raw.partition(b":")[2].decode("latin-1")
    return "," not in text and is_ordinary(text)


def _told(rule: Rule, outgoing: Outgoing) -> list[tuple[Fault, int]]:
    return told(rule.check(outgoing))


def _findings(rule: Rule, faults: list[tuple[Fault, int]], outgoing: Outgoing) -> tuple[Finding, ...]:
    return tuple([finding_of(rule, fault, outgoing, untold) for fault, untold in faults])
