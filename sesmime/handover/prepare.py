"""The main job: a raw message in, what is to be handed to SES out.

Three steps. **Lift**: settings go where the interface reads them surest (the APIs: parameters; SMTP: fields), and the
recipients become explicit (`handover.lift`). **Fix**: what SES would refuse or drop, where no reader and no signature
can tell. **Lint**: what is left that SES is expected to refuse, or that would lose mail, recipients or settings. The
lift edits only the header section; unless something is fixed the body is not copied. A field that a fix has made well
formed is lifted too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Self, overload

from sesmime.errors import InvalidSetting, UnsupportedSetting
from sesmime.handover.lift import Lifted, fields_read, unlifted
from sesmime.handover.lift import lift as lifted_of
from sesmime.linter.checks import Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.linter.fixes import fixed, refusal_is_fixable, with_every_rule
from sesmime.linter.run import NO_PARAMETERS, as_submission, check
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.edits import as_bytes
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
from sesmime.ses.envelope import Envelope
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Resolution, resolution_of
from sesmime.ses.requests import Request, Submission
from sesmime.ses.settings import ApiParameters, refuse_unsupported

if TYPE_CHECKING:
    from sesmime.ses.request_types import SendEmailRequest, SendRawEmailRequest


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Prepared(Generic[Request]):
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

    def to_request(self) -> Request:
        """Return the keyword arguments of the boto3 call (`Submission.to_request`); SMTP raises UnsupportedSetting."""
        submission: Submission[Request] = Submission(self.message, self.parameters, self.interface)
        return submission.to_request()

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


@overload
def prepare(
    message: Submission[Request],
    *,
    fix: bool = ...,
    lift: bool = ...,
    fail_level: Severity = ...,
    config: LintConfig = ...,
) -> Prepared[Request]: ...


@overload
def prepare(
    message: Message,
    *,
    parameters: ApiParameters = ...,
    interface: Literal[Interface.SEND_RAW_EMAIL] = ...,
    fix: bool = ...,
    lift: bool = ...,
    fail_level: Severity = ...,
    config: LintConfig = ...,
) -> Prepared[SendRawEmailRequest]: ...


@overload
def prepare(
    message: Message,
    *,
    parameters: ApiParameters = ...,
    interface: Literal[Interface.V2_SEND_EMAIL_RAW],
    fix: bool = ...,
    lift: bool = ...,
    fail_level: Severity = ...,
    config: LintConfig = ...,
) -> Prepared[SendEmailRequest]: ...


@overload
def prepare(
    message: Message,
    *,
    parameters: ApiParameters = ...,
    interface: Interface,
    fix: bool = ...,
    lift: bool = ...,
    fail_level: Severity = ...,
    config: LintConfig = ...,
) -> Prepared[SendRawEmailRequest | SendEmailRequest]: ...


def prepare(
    message: Message | Submission[Any],
    *,
    parameters: ApiParameters = NO_PARAMETERS,
    interface: Interface = Interface.SEND_RAW_EMAIL,
    fix: bool = True,
    lift: bool = True,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
) -> Prepared[Any]:
    r"""Make a raw message ready for one of the interfaces that take raw messages, byte for byte but for what is asked.

    For the APIs the SES fields become parameters (a given parameter wins) and leave the message, and the recipients
    become the destination; Bcc leaves. For SMTP the settings become SES fields. Then the result is checked. A
    `Submission` may stand in the place of the message, with its parameters and its interface, which are then not given
    beside it; simple content is made raw by `translate` first.

    Raises Refused where a finding reaches `fail_level`; UnsupportedSetting for a parameter that the interface does
    not have; over SMTP InvalidMessageTag and InvalidSetting for a setting that cannot be written as a field. Never
    raises on the content of the message otherwise.

    >>> prepared = prepare(b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n\r\nHi\r\n")
    >>> prepared.message
    b'From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n'
    >>> prepared.parameters.message_tags, prepared.parameters.destination.to
    ((MessageTag(name='campaign', value='spring'),), ('c@d.example',))
    """
    if isinstance(message, Submission):
        submission = as_submission(message, parameters, interface)
        parameters, interface = submission.parameters, submission.interface
        if interface.is_raw and submission.message is None:
            raise InvalidSetting("message", None, f"{interface.value} takes a raw message")
        message = b"" if submission.message is None else submission.message
    prepared = prepared_with_report(
        message, parameters=parameters, interface=interface, fix=fix, lift=lift, config=config
    )
    Checks(level=fail_level, config=config).judge(prepared.report)
    return prepared


def prepared_with_report(
    message: Message,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool = True,
    lift: bool = True,
    config: LintConfig = LintConfig(),
) -> Prepared:
    """Return what was made ready with its report, whatever that says; raises for wrong settings as `prepare` does."""
    interface = Interface(interface)
    if not interface.is_raw:
        raise UnsupportedSetting(
            "message", interface, "it does not accept a raw message; translate makes one from simple content"
        )
    is_lifted_into_fields = lift and interface is Interface.SMTP
    refuse_unsupported(parameters, interface, written=SES_FIELDS if is_lifted_into_fields else ())
    given = Pieces.of(as_source(message))
    return prepared_pieces(given, parameters=parameters, interface=interface, fix=fix, lift=lift, config=config)


def prepared_pieces(
    given: Pieces,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool,
    lift: bool,
    config: LintConfig,
    twin: Outgoing | None = None,
) -> Prepared:
    """Return what was made ready of a raw message in pieces; `twin` has the same body and is looked at already."""
    head, source, start = given
    stop, _ = header_section_end(head)
    section = HeaderSection(head, Span(0, stop))
    is_lifted_into_fields = lift and interface is Interface.SMTP
    resolution = resolution_of(section, parameters=parameters, interface=interface, lifting=is_lifted_into_fields)

    lifted = (lifted_of if lift else unlifted)(section, parameters, interface)
    unfixed = Pieces(lifted.applied_to(head), source, start)
    draft = _Draft(unfixed, lifted, section, parameters, interface, config, twin)
    report = draft.report()
    applied: list[Finding] = []
    while fix and any(map(refusal_is_fixable, report)):
        done, gone = draft.fixed()
        if not gone:
            break
        applied += gone
        draft = done.lifted_again() if lift else done
        report = draft.report()

    sent = draft.pieces
    is_body_kept = sent.has_body_of(unfixed)
    if is_body_kept:
        sent = unfixed._replace(head=sent.head)
    return Prepared(
        parameters=draft.lifted.parameters,
        interface=interface,
        resolution=resolution,
        envelope=lifted.envelope,
        report=Report.of([*report, *draft.unreadable_recipients()]),
        applied=tuple(applied),
        removed=tuple(sorted(draft.lifted.removed, key=lambda field: field.span)),
        is_body_kept=is_body_kept,
        _source=sent.source,
        _head=sent.head,
        _start=sent.start,
    )


class Pieces(NamedTuple):
    """What would be sent: a header section with its empty line, and a body, which begins at `start` of a source."""

    head: bytes
    source: Source
    start: int

    @classmethod
    def of(cls, message: Source) -> Self:
        """Part a message."""
        _, start = header_section_end(message)
        return cls(bytes(message[:start]), message, start)

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


class _Draft(NamedTuple):
    """One step on the way: what would be sent now, by which parameters, and what it was made from."""

    pieces: Pieces
    lifted: Lifted
    section: HeaderSection  # as given
    given: ApiParameters
    interface: Interface
    config: LintConfig
    twin: Outgoing | None

    def report(self) -> Report:
        """Return what there is to say of it."""
        return self._report_on(self.pieces, self.config)

    def fixed(self) -> tuple[Self, tuple[Finding, ...]]:
        """Return the draft after every fix that keeps SES from refusing or losing something, and what was fixed."""
        every_rule = with_every_rule(self.config)

        def look(message: bytes) -> Report:
            return self._report_on(Pieces.of(message), every_rule)

        def is_wanted(finding: Finding) -> bool:
            return self.config.wants(finding.code) and refusal_is_fixable(finding)

        message, gone = fixed(self.pieces.joined(), look, is_wanted)
        return self._replace(pieces=Pieces.of(message)), gone

    def lifted_again(self) -> Self:
        """Return the draft after the lift of fields that a fix made well formed; they leave."""
        if self.interface is Interface.SMTP:
            return self
        head = self.pieces.head
        again = fields_read(parse_header_section(head), self.lifted, self.interface)
        # Told as they stood in the given message: of repeated ones the first had stayed.
        stood = (self.section.first(field.name) for field in again.removed)
        removed = (*self.lifted.removed, *(field for field in stood if field is not None))
        return self._replace(
            pieces=self.pieces._replace(head=again.applied_to(head)),
            lifted=again._replace(removed=removed),
        )

    def unreadable_recipients(self) -> Iterator[Finding]:
        """Return the findings about Bcc fields that have left: nothing else tells of an unreadable address."""
        blind = self.lifted.blind
        if not blind or not self.config.wants("SES201"):
            return
        source = b"".join(field.raw for field in blind)
        about = Outgoing(
            source,
            body_start=len(source),
            parameters=self.lifted.parameters,
            interface=self.interface,
            given=self.given,
        )
        for finding in check(about, replace(self.config, select=("SES201",), extend_select=())):
            # Its place would be in the message as given.
            yield replace(finding, span=None, line=None, column=None)

    def _report_on(self, pieces: Pieces, config: LintConfig) -> Report:
        return check(
            Outgoing(
                pieces.source,
                body_start=pieces.start,
                head=pieces.head,
                parameters=self.lifted.parameters,
                interface=self.interface,
                verified_identities=config.verified_identities,
                given=self.given,
                known_envelope=self.lifted.envelope,
                twin=self.twin,
            ),
            config,
        )
