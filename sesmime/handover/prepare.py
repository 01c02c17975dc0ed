"""The main job: a raw message in, what is to be handed to SES out.

Three steps. **Lift**: settings go where the interface reads them surest (the APIs: parameters; SMTP: fields), and the
recipients become explicit. **Fix**: what SES would refuse or drop, where no reader and no signature can tell. **Lint**:
what is left that SES is expected to refuse, or that would lose mail, recipients or settings. The lift edits the header
section alone; unless something is fixed the body is not copied. A field that a fix has made well formed is lifted too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

from sesmime.errors import UnsupportedSetting
from sesmime.linter.checks import Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.linter.fixes import fixed, refusal_is_fixable, with_every_rule
from sesmime.linter.run import check
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.edits import Edit, apply_edits, as_bytes
from sesmime.mime.fields import (
    Field,
    HeaderSection,
    Message,
    Source,
    Span,
    as_source,
    header_section_end,
    parse_header_section,
)
from sesmime.ses.envelope import RECIPIENT_FIELDS, Envelope, address_key, envelope_leniently, one_address
from sesmime.ses.fields import SES_FIELDS, SesFields, writing_edits
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Resolution, resolve_leniently
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters, Destination, parameter_setting, unsupported_settings


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Prepared:
    """What `prepare` made: the message and the parameters to hand to SES, and the account of how it came to them.

    `resolution` is of the message and the parameters as given; `envelope` says who receives; `report` is about what
    would be sent; `applied` are the findings that were fixed; `removed` are the fields that left the message in the
    lift, as they stood in it; `is_body_kept` says whether the body is the given one, octet for octet.
    """

    parameters: ApiParameters
    interface: Interface
    resolution: Resolution
    envelope: Envelope
    report: Report
    applied: tuple[Finding, ...]
    removed: tuple[Field, ...]
    is_body_kept: bool
    _source: Source  # the message as given, or as fixed where a fix changed the body
    _head: bytes  # what stands in the place of the source up to _start
    _start: int

    @cached_property
    def message(self) -> bytes:
        """The message to send, joined when first asked for; the given one itself where nothing changed."""
        if self._head == self._source[: self._start]:
            return as_bytes(self._source)
        return b"".join(self.chunks())

    def chunks(self) -> list[bytes | memoryview]:
        """Return the message in pieces: the header section, and the body as a view of what was given."""
        pieces: list[bytes | memoryview] = [self._head, memoryview(self._source)[self._start :]]
        return [piece for piece in pieces if len(piece)]

    @property
    def size(self) -> int:
        """Octets of the message to send."""
        return len(self._head) + len(self._source) - self._start

    def to_request(self) -> dict[str, Any]:
        """Return the keyword arguments of the boto3 call (`Submission.to_request`); SMTP raises UnsupportedSetting."""
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
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    fix: bool = True,
    lift: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
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
    Checks(level=fail_level, config=config).judge(prepared.report)
    return prepared


def prepare_leniently(
    message: Message,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool = True,
    lift: bool = True,
    config: LintConfig = LintConfig(),
) -> Prepared:
    """Return what `prepare` gives, whatever the report says; raises for wrong settings as it does."""
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
    resolution = resolve_leniently(section, parameters=parameters, interface=interface, lifting=lifting)
    envelope = envelope_leniently(section, parameters=parameters, interface=interface)
    lifted = _Lifted(head, section, parameters, interface)
    if lift:
        _lift(lifted, envelope)

    def look(sent: _Pieces, config: LintConfig) -> Report:
        return check(
            Outgoing(
                sent.source,
                body_start=sent.start,
                head=sent.head,
                parameters=lifted.parameters,
                interface=interface,
                verified_identities=config.verified_identities,
                given=parameters,
                known_envelope=envelope,
            ),
            config,
        )

    def look_with_every_rule(message: bytes) -> Report:
        return look(_Pieces.of(message), with_every_rule(config))

    def wanted(finding: Finding) -> bool:
        return config.wants(finding.code) and refusal_is_fixable(finding)

    sent = unfixed = _Pieces(lifted.new_head(), source, start)
    report = look(sent, config)
    applied: list[Finding] = []
    while fix and any(map(refusal_is_fixable, report)):
        done, gone = fixed(sent.joined(), look_with_every_rule, wanted)
        if not gone:
            break
        applied += gone
        sent = _Pieces.of(done)
        if lift:
            sent = sent._replace(head=_lift_what_was_fixed(lifted, sent.head))
        report = look(sent, config)
    is_body_kept = sent.has_body_of(unfixed)
    if is_body_kept:
        sent = unfixed._replace(head=sent.head)
    return Prepared(
        parameters=lifted.parameters,
        interface=interface,
        resolution=resolution,
        envelope=envelope,
        report=Report.of([*report, *_unreadable_recipients(lifted, parameters, config)]),
        applied=tuple(applied),
        removed=tuple(sorted(lifted.removed, key=lambda field: field.span)),
        is_body_kept=is_body_kept,
        _source=sent.source,
        _head=sent.head,
        _start=sent.start,
    )


class _Pieces(NamedTuple):
    """What would be sent: a header section with its empty line, and a body, which begins at `start` of a source."""

    head: bytes
    source: Source
    start: int

    @classmethod
    def of(cls, message: bytes) -> Self:
        """Part a message."""
        _, start = header_section_end(message)
        return cls(message[:start], message, start)

    def body(self) -> memoryview:
        """Return a view of the body."""
        return memoryview(self.source)[self.start :]

    def joined(self) -> bytes:
        """Return the message in one piece."""
        return b"".join((self.head, self.body()))

    def has_body_of(self, other: Self) -> bool:
        """Whether both have the same body."""
        if self.source is other.source:
            return True
        body = other.body()
        return len(self.source) - self.start == len(body) and as_bytes(self.source).endswith(body)


def _unreadable_recipients(lifted: _Lifted, given: ApiParameters, config: LintConfig) -> Iterator[Finding]:
    """Return the findings about Bcc fields that have left: nothing else tells of an unreadable address."""
    if not lifted.blind or not config.wants("SES201"):
        return
    source = b"".join(field.raw for field in lifted.blind)
    about = Outgoing(
        source,
        body_start=len(source),
        parameters=lifted.parameters,
        interface=lifted.interface,
        given=given,
    )
    for finding in check(about, replace(config, select=("SES201",), extend_select=())):
        # Its place would be in the message as given.
        yield replace(finding, span=None, line=None, column=None)


class _Lifted:
    """The lift under way: which fields leave, what is written, what the parameters become, and what there is to say."""

    def __init__(self, head: bytes, section: HeaderSection, parameters: ApiParameters, interface: Interface) -> None:
        self.head = head
        self.section = section
        self.parameters = parameters
        self.interface = interface
        self.removed: list[Field] = []
        self.written: dict[str, Any] = {}
        # The Bcc fields whose addresses were made the destination.
        self.blind: tuple[Field, ...] = ()

    def new_head(self) -> bytes:
        """Return the header section with its empty line, after the lift."""
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


def _lift_what_was_fixed(lifted: _Lifted, head: bytes) -> bytes:
    """Lift the fields that were malformed and are so no longer; give the header section without them."""
    if lifted.interface is Interface.SMTP:
        return head
    again = _Lifted(head, parse_header_section(head), lifted.parameters, lifted.interface)
    _fields_into_settings(again)
    lifted.parameters = again.parameters
    # Told as they stood in the given message: of repeated ones the first had stayed.
    stood = (lifted.section.first(field.name) for field in again.removed)
    lifted.removed += (field for field in stood if field is not None)
    return again.new_head()


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
    return value is None or value != read(sender.body)


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
        lifted.blind = blind
        received = envelope.recipients
        to, cc, bcc = (tuple(str(one) for one in received if one.field == name) for name in RECIPIENT_FIELDS)
        destination = Destination(to, cc, bcc)
    if destination:
        lifted.parameters = replace(lifted.parameters, destination=destination)


def _bare(destination: Destination) -> Destination:
    """Return the same destination, each address bare and once; what is no single address stays as it was given."""
    seen: set[str] = set()

    def once(texts: tuple[str, ...]) -> Iterator[str]:
        for text in texts:
            address = one_address(text) or text
            if address_key(address) not in seen:
                seen.add(address_key(address))
                yield address

    return Destination(tuple(once(destination.to)), tuple(once(destination.cc)), tuple(once(destination.bcc)))
