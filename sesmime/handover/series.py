"""The copies of one message that differ in a few fields: what holds for one of them is not worked out for the next.

A copy is made of fields that stand already and of those that are put in, so that no header section is scanned. The SES
fields, the sender and the parameters are the same in all, so that one lift is that of the others but for the
recipients; and of the rules those are asked again that look at what differs (`sesmime.linter.rerun`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, Self

from sesmime.compose.build import Mould
from sesmime.handover.lift import Lifted, destination_of
from sesmime.handover.prepared import Given, Prepared
from sesmime.linter.checks import MANGLED_NAME, refusal_is_fixable
from sesmime.linter.config import LintConfig
from sesmime.linter.rerun import Rerun
from sesmime.linter.run import check
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.watched import Watched
from sesmime.mime.fields import (
    Field,
    HeaderSection,
    Source,
    Span,
    fold_case,
    parse_header_section,
    section_of,
)
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.ses.envelope import Envelope, envelope_to
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, with_destination


class Order(NamedTuple):
    """What is the same for every copy."""

    source: Source
    start: int
    parameters: ApiParameters
    interface: Interface
    fix: bool
    lift: bool
    config: LintConfig
    twin: Outgoing
    """What is known of the body."""


class _Line(NamedTuple):
    """One field of a copy: its name, in lower case and as it stands, and its octets."""

    key: str
    name: str
    raw: bytes


class Series:
    """The copies of a message, each made as the first one was; None where a copy is not of that kind."""

    def __init__(self, mould: Mould, order: Order, lifted: Lifted, envelope: Envelope) -> None:
        self._order = order
        self._standing = tuple(_Line(fold_case(field.name), *field[:2]) for field in mould.section.fields)
        self._end = bytes(mould.rest)
        self._envelope = envelope
        gone = Counter(fold_case(field.name) for field in lifted.removed)
        # Of the fields that leave in the lift, how many of the name stay: the first, or none.
        self._staying = {
            name: sum(line.key == name for line in self._standing) - count
            for name, count in gone.items()
            if name != "bcc"
        }
        self._parameters = with_destination(lifted.parameters, order.parameters.destination)
        self._rerun: Rerun | None = None

    @classmethod
    def of(cls, mould: Mould, order: Order, lifted: Lifted) -> Self | None:
        """Return the series of which one copy was lifted so; None where copies of it have to be made one by one."""
        if mould.section.defects or lifted.written or lifted.fields != type(lifted.fields)():
            return None
        return cls(mould, order, lifted, lifted.envelope)

    def copy(self, lines: Mapping[str, bytes]) -> Prepared | None:
        """Return the copy with these fields, None where something of it is not as in the others."""
        order = self._order
        made = self._assembled(lines)
        whole = b"".join([line.raw for line in made])
        if len(made) > DEFAULT_LIMITS.fields or len(whole) > DEFAULT_LIMITS.header_section:
            return None
        sent, removed = self._divided(made)
        head = b"".join([raw for _, raw in sent]) + self._end if removed else whole + self._end
        section = section_of(sent, head, order.start - len(head))
        if section.all("Cc") or len(section.all("To")) != 1:  # pragma: no cover, a mould writes To, once, and no Cc
            return None
        envelope = envelope_to(section.all("To")[0], self._envelope)
        parameters = self._parameters
        if order.lift and envelope.recipients:
            parameters = with_destination(parameters, destination_of(envelope))
        view = Watched if self._rerun is None else Outgoing
        outgoing = view(
            order.source,
            body_start=order.start,
            head=head,
            parameters=parameters,
            interface=order.interface,
            verified_identities=order.config.verified_identities,
            given=order.parameters,
            known_envelope=envelope,
            twin=order.twin,
            head_section=section,
        )
        report = None if self._rerun is None else self._rerun.report(outgoing)
        if report is None:
            report = check(outgoing, order.config)
        if isinstance(outgoing, Watched):
            self._rerun = Rerun(outgoing, order.config)
        if order.fix and any(refusal_is_fixable(one) or one.code == MANGLED_NAME for one in report):
            return None
        given = HeaderSection(whole, Span(0, len(whole)))
        return Prepared(
            parameters=parameters,
            interface=order.interface,
            envelope=envelope,
            report=report,
            applied=(),
            removed=removed,
            is_body_kept=True,
            _source=order.source,
            _head=head,
            _start=order.start,
            _given=Given(given, order.parameters, order.interface, order.lift and order.interface is Interface.SMTP),
        )

    def _assembled(self, lines: Mapping[str, bytes]) -> list[_Line]:
        """Return the fields of a copy, as `Mould.head` puts them together."""
        wanted = dict(lines)
        made: list[_Line] = []
        for standing in self._standing:
            raw = wanted.get(standing.key)
            if raw is None:
                made.append(standing)
            elif raw:
                made += _cut(standing.key, raw)
                wanted[standing.key] = b""
        for key, raw in wanted.items():
            if raw:
                made += _cut(key, raw)
        return made

    def _divided(self, made: list[_Line]) -> tuple[list[tuple[str, bytes]], tuple[Field, ...]]:
        """Return what is sent, and the fields that leave in the lift, as they stand in the copy."""
        staying = self._staying
        if not staying:
            return [(line.name, line.raw) for line in made], ()
        sent: list[tuple[str, bytes]] = []
        removed: list[Field] = []
        met: Counter[str] = Counter()
        position = 0
        for key, name, raw in made:
            stop = position + len(raw)
            if key in staying:
                met[key] += 1
            if key in staying and met[key] > staying[key]:
                removed.append(Field(name, raw, Span(position, stop)))
            else:
                sent.append((name, raw))
            position = stop
        return sent, tuple(removed)


_NAMES = {"to": "To", "message-id": "Message-ID"}


def _cut(key: str, raw: bytes) -> list[_Line]:
    """Return the fields that were written in a row."""
    name = _NAMES.get(key)
    if name is not None:
        return [_Line(key, name, raw)]
    return [_Line(fold_case(field.name), field.name, field.raw) for field in parse_header_section(raw).fields]
