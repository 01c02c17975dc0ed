"""The main job: a raw message in, what is to be handed to SES out.

Three steps. **Lift**: settings go where the interface reads them surest (the APIs: parameters; SMTP: fields), and the
recipients become explicit. **Fix**: safe repairs (none yet). **Check**: what is left that SES is expected to refuse,
or that would lose mail, recipients or settings. All changes are edits of the header section; the body is neither
copied nor parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from sesmime.edits import Edit, apply_edits, as_bytes
from sesmime.errors import Refused, UnsupportedSetting
from sesmime.fields import Field, HeaderSection, Message, Source, Span, as_source, header_section_end
from sesmime.lint.checks import Outgoing, bad_recipients, check
from sesmime.lint.config import LintConfig
from sesmime.lint.findings import Finding, Report, Severity
from sesmime.ses.envelope import RECIPIENT_FIELDS, Envelope, address_key, envelope_leniently, one_address
from sesmime.ses.fields import SES_FIELDS, SesFields, writing_edits
from sesmime.ses.precedence import Resolution, resolve_leniently
from sesmime.ses.settings import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    Submission,
    parameter_setting,
    unsupported_settings,
)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Prepared:
    """What `prepare` made: the message and the parameters to hand to SES, and the account of how it came to them.

    `resolution` is of the message and the parameters as given; `envelope` says who receives; `report` is about what
    would be sent; `applied` names the fixes; `removed` are the fields that left the message, as they stood in it.
    """

    parameters: ApiParameters
    interface: Interface
    resolution: Resolution
    envelope: Envelope
    report: Report
    applied: tuple[str, ...]
    removed: tuple[Field, ...]
    _source: Source  # the message as given
    _head: bytes  # what stands in the place of the source up to _start
    _start: int

    @cached_property
    def message(self) -> bytes:
        """The message to send, joined when first asked for; the given one itself where nothing changed."""
        if self._head == self._source[: self._start]:
            return as_bytes(self._source)
        return b"".join(self.chunks())

    def chunks(self) -> list[bytes | memoryview]:
        """Give the message in pieces: the header section, and the body as a view of what was given."""
        pieces: list[bytes | memoryview] = [self._head, memoryview(self._source)[self._start :]]
        return [piece for piece in pieces if len(piece)]

    @property
    def size(self) -> int:
        """Octets of the message to send."""
        return len(self._head) + len(self._source) - self._start

    def to_request(self) -> dict[str, Any]:
        """Give the keyword arguments of the boto3 call, as `Submission.to_request`; SMTP raises UnsupportedSetting."""
        return Submission(self.message, self.parameters, self.interface).to_request()

    def _key(self) -> tuple[object, ...]:
        return (
            self.message,
            self.parameters,
            self.interface,
            self.envelope,
            self.report,
            self.applied,
            self.removed,
        )

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Prepared) else NotImplemented

    def __repr__(self) -> str:
        return f"<Prepared {self.interface.value} {self.size} bytes, {len(self.report)} findings>"

    def __reduce__(self) -> tuple[object, ...]:
        facts = {one.name: getattr(self, one.name) for one in fields(self)}
        return _restore, (facts | {"_source": as_bytes(self._source)},)


def _restore(facts: dict[str, Any]) -> Prepared:
    return Prepared(**facts)


def prepare(
    message: Message,
    *,
    parameters: ApiParameters = ApiParameters(),  # noqa: B008, it is immutable
    interface: Interface = Interface.SEND_RAW_EMAIL,
    fix: bool = True,
    lift: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),  # noqa: B008, it is immutable
) -> Prepared:
    r"""Make a raw message ready for one of the interfaces that take raw messages, byte for byte but for what is asked.

    For the APIs the SES fields become parameters (a given parameter wins) and leave the message, and the recipients
    become the destination; Bcc leaves. For SMTP the settings become SES fields. Then the result is checked.

    Raises Refused where a finding reaches `fail_level`; UnsupportedSetting for a parameter that the interface does
    not have; over SMTP InvalidMessageTag and InvalidSetting for a setting that cannot be written as a field. Never
    raises on the content of the message otherwise.

    >>> prepared = prepare(b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n\r\nHi\r\n")
    >>> prepared.message
    b'From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n'
    >>> prepared.parameters.message_tags, prepared.parameters.destination.to
    ((MessageTag(name='campaign', value='spring'),), ('c@d.example',))
    """
    prepared = prepare_leniently(message, parameters=parameters, interface=interface, fix=fix, lift=lift, config=config)
    if prepared.report.at_least(fail_level):
        raise Refused(prepared.report)
    return prepared


def prepare_leniently(
    message: Message,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool = True,
    lift: bool = True,
    config: LintConfig = LintConfig(),  # noqa: B008, it is immutable
) -> Prepared:
    """Give what `prepare` gives, whatever the report says; raises for wrong settings as it does."""
    interface = Interface(interface)
    if not interface.is_raw:
        raise UnsupportedSetting("message", interface, "it takes no raw message")
    source = as_source(message)
    stop, start = header_section_end(source)
    head = bytes(source[:start])
    section = HeaderSection(head, Span(0, stop))
    lifting = lift and interface is Interface.SMTP
    for unsupported in unsupported_settings(parameters, interface):
        if not (lifting and unsupported.setting in SES_FIELDS):
            raise unsupported
    resolution = resolve_leniently(head, parameters=parameters, interface=interface, lifting=lifting)
    envelope = envelope_leniently(head, parameters=parameters, interface=interface)
    lifted = _Lifted(head, section, parameters, interface)
    if lift:
        _lift(lifted, envelope)
    outgoing = Outgoing(
        head=lifted.new_head(),
        source=source,
        body_start=start,
        parameters=lifted.parameters,
        interface=interface,
        given=parameters,
        resolution=resolution,
        envelope=envelope,
    )
    of_the_lift = [finding for finding in lifted.findings if config.wants(finding.code)]
    return Prepared(
        parameters=lifted.parameters,
        interface=interface,
        resolution=resolution,
        envelope=envelope,
        report=Report.of([*check(outgoing, config), *of_the_lift]),
        applied=(),
        removed=tuple(sorted(lifted.removed, key=lambda field: field.span)),
        _source=source,
        _head=outgoing.head,
        _start=start,
    )


class _Lifted:
    """The lift under way: which fields leave, what is written, what the parameters become, and what there is to say."""

    def __init__(self, head: bytes, section: HeaderSection, parameters: ApiParameters, interface: Interface) -> None:
        self.head = head
        self.section = section
        self.parameters = parameters
        self.interface = interface
        self.removed: list[Field] = []
        self.written: dict[str, Any] = {}
        # Their places would be in the message as given: none is told.
        self.findings: list[Finding] = []

    def new_head(self) -> bytes:
        """Give the header section with its empty line, after the lift."""
        leaving = [Edit(field.span, b"") for field in self.removed]
        fields = SesFields(**self.written)
        return apply_edits(self.head, writing_edits(self.head, fields, settings=self.written, beside=leaving))


def _lift(lifted: _Lifted, envelope: Envelope) -> None:
    if lifted.interface is Interface.SMTP:
        _settings_into_fields(lifted)
    else:
        _fields_into_settings(lifted)
    _lift_recipients(lifted, envelope)


def _fields_into_settings(lifted: _Lifted) -> None:
    """For the APIs: what the fields say becomes parameters, and they leave; of what stays, the first alone."""
    arns_stay = _arns_stay(lifted)
    for setting, row in SES_FIELDS.items():
        standing = lifted.section.all(row.name)
        holder = parameter_setting(setting, lifted.interface)
        if not standing:
            continue
        if holder is None or (arns_stay and holder == "source_arn"):
            lifted.removed += standing[1:]
        elif getattr(lifted.parameters, holder):
            lifted.removed += standing
        elif (value := row.read(standing[0].body)) is None:
            # Malformed: it stays, and its ERROR refuses.
            lifted.removed += standing[1:]
        else:
            lifted.parameters = replace(lifted.parameters, **{holder: value})
            lifted.removed += standing


def _arns_stay(lifted: _Lifted) -> bool:
    """On the API v2: whether the two sending-authorization fields must stay because no one parameter says both."""
    if lifted.interface is not Interface.V2_SEND_EMAIL_RAW or lifted.parameters.source_arn:
        return False
    source = lifted.section.first("X-SES-SOURCE-ARN")
    sender = lifted.section.first("X-SES-FROM-ARN")
    if sender is None:
        return False
    if source is None:
        return True
    read = SES_FIELDS["source_arn"].read
    value = read(source.body)
    if value is not None and value == read(sender.body):
        return False
    lifted.findings.append(
        Finding(
            code="SES506",
            name="differing-arns",
            severity=Severity.WARNING,
            evidence=Evidence.DOCUMENTED,
            message="X-SES-SOURCE-ARN and X-SES-FROM-ARN differ, and FromEmailAddressIdentityArn would override both:"
            " they stay",
            fix="give one identity for both",
            url=Interface.V2_SEND_EMAIL_RAW.page,
        )
    )
    return True


def _settings_into_fields(lifted: _Lifted) -> None:
    """For SMTP: what the parameters say becomes fields; of repeated fields the first stays or is written anew."""
    for setting, row in SES_FIELDS.items():
        lifted.removed += lifted.section.all(row.name)[1:]
        if value := getattr(lifted.parameters, setting):
            lifted.written[setting] = value
    lifted.parameters = replace(lifted.parameters, **dict.fromkeys(SES_FIELDS, None))


def _lift_recipients(lifted: _Lifted, envelope: Envelope) -> None:
    """Make the destination explicit, each address bare and once; Bcc leaves the message."""
    blind = lifted.section.all("Bcc")
    lifted.removed += blind
    given = lifted.parameters.destination
    if given:
        destination = _bare(given)
    else:
        # Who can be read receives it; about who cannot, nothing in the message would tell any more.
        lifted.findings += [finding for finding in map(bad_recipients, blind) if finding is not None]
        received = envelope.recipients
        to, cc, bcc = (tuple(str(one) for one in received if one.field == name) for name in RECIPIENT_FIELDS)
        destination = Destination(to, cc, bcc)
    if destination:
        lifted.parameters = replace(lifted.parameters, destination=destination)


def _bare(destination: Destination) -> Destination:
    """Give the same destination, each address bare and once; what is no single address stays as it was given."""
    seen: set[str] = set()

    def once(texts: tuple[str, ...]) -> Iterator[str]:
        for text in texts:
            address = one_address(text) or text
            if address_key(address) not in seen:
                seen.add(address_key(address))
                yield address

    return Destination(tuple(once(destination.to)), tuple(once(destination.cc)), tuple(once(destination.bcc)))
