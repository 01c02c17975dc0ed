"""The main job: a raw message in, what is to be handed to SES out.

Three steps. **Lift**: settings go where the interface reads them surest (the APIs: parameters; SMTP: fields), and the
recipients become explicit (`handover.lift`). **Fix**: what SES would refuse or drop, where no reader and no signature
can tell. **Lint**: what is left that SES is expected to refuse, or that would lose mail, recipients or settings. The
lift edits only the header section; unless something is fixed the body is not copied. A field that a fix has made well
formed is lifted too.
"""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.errors import InvalidSetting, UnsupportedSetting
from sesmime.handover.lift import Lifted, fields_read, unlifted
from sesmime.handover.lift import lift as lifted_of
from sesmime.handover.prepared import Given, Prepared
from sesmime.linter.checks import MANGLED_NAME, Checks, refusal_is_fixable
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.linter.run import NO_PARAMETERS, as_submission, check
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.edits import as_bytes
from sesmime.mime.fields import (
    HeaderSection,
    Message,
    Source,
    Span,
    as_source,
    header_section_end,
    parse_header_section,
    section_without,
)
from sesmime.mime.held import holding
from sesmime.mime.hints import TYPE_CHECKING, Any, Literal, Self, overload
from sesmime.mime.values import NamedTuple, replace
from sesmime.ses.envelope import envelope_of
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Request, Submission
from sesmime.ses.settings import ApiParameters, refuse_unsupported

if TYPE_CHECKING:
    from sesmime.ses.request_types import SendEmailRequest, SendRawEmailRequest


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
    beside it. One of the interfaces whose message SES assembles has nothing to lift; its request is checked. With `fix`
    a display name beyond ASCII in a parameter becomes encoded words: it would arrive mangled.

    Raises Refused where a finding reaches `fail_level`; UnsupportedSetting for a parameter that the interface does
    not have; over SMTP InvalidMessageTag and InvalidSetting for a setting that cannot be written as a field. Never
    raises on the content of the message otherwise.

    >>> prepared = prepare(b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n\r\nHi\r\n")
    >>> prepared.message
    b'From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n'
    >>> prepared.parameters.message_tags, prepared.parameters.destination.to
    ((MessageTag(name='campaign', value='spring'),), ('c@d.example',))
    """
    checks = Checks(level=fail_level, config=config)
    if isinstance(message, Submission):
        submission = as_submission(message, parameters, interface)
        prepared = prepared_submission(submission, fix=fix, lift=lift, config=config)
    else:
        prepared = prepared_with_report(
            message, parameters=parameters, interface=interface, fix=fix, lift=lift, config=config
        )
    checks.judge(prepared.report)
    return prepared


def prepared_submission(
    submission: Submission[Any],
    *,
    fix: bool = True,
    lift: bool = True,
    config: LintConfig = LintConfig(),
    is_request: bool = True,
) -> Prepared:
    """Return what was made ready of a submission, whatever the report says; raises as `prepare` does.

    `is_request`: what its parameters do not say is missing.
    """
    message, parameters, interface = submission.message, submission.parameters, submission.interface
    if not interface.is_raw:
        refuse_unsupported(parameters, interface)
        nothing = Pieces(b"", b"", 0)
        return prepared_pieces(
            nothing,
            parameters=parameters,
            interface=interface,
            fix=fix,
            lift=False,
            config=config,
            is_request=is_request,
        )
    if message is None:
        raise InvalidSetting("message", None, f"{interface.value} takes a raw message")
    return prepared_with_report(
        message,
        parameters=parameters,
        interface=interface,
        fix=fix,
        lift=lift,
        config=config,
        is_request=is_request,
    )


def prepared_with_report(
    message: Message,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool = True,
    lift: bool = True,
    config: LintConfig = LintConfig(),
    is_request: bool = False,
) -> Prepared:
    """Return what was made ready with its report, whatever that says; raises for wrong settings as `prepare` does."""
    interface = Interface.given(interface)
    if not interface.is_raw:
        raise UnsupportedSetting(
            "message", interface, "it does not accept a raw message; translate makes one from simple content"
        )
    is_lifted_into_fields = lift and interface is Interface.SMTP
    refuse_unsupported(parameters, interface, written=SES_FIELDS if is_lifted_into_fields else ())
    given = Pieces.of(as_source(message))
    return prepared_pieces(
        given,
        parameters=parameters,
        interface=interface,
        fix=fix,
        lift=lift,
        config=config,
        is_request=is_request,
    )


@holding
def prepared_pieces(
    given: Pieces,
    *,
    parameters: ApiParameters,
    interface: Interface,
    fix: bool,
    lift: bool,
    config: LintConfig,
    twin: Outgoing | None = None,
    is_request: bool = False,
) -> Prepared:
    """Return what was made ready of a raw message in pieces; `twin` has the same body and is looked at already.

    `is_request`: the parameters are those of a whole request, so that what is not there is missing.
    """
    head, source, start = given
    stop, _ = header_section_end(head)
    section = HeaderSection(head, Span(0, stop))
    is_lifted_into_fields = lift and interface is Interface.SMTP

    lifted = (lifted_of if lift else unlifted)(section, parameters, interface)
    unfixed = Pieces(lifted.applied_to(head), source, start)
    draft = _Draft(unfixed, lifted, section, source, parameters, interface, config, twin, is_request)
    report = draft.report()
    applied: list[Finding] = []
    if fix and (mangled := [finding for finding in report if finding.code == MANGLED_NAME]):
        draft = draft.with_encoded_names()
        report = draft.report()
        applied += mangled
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
        envelope=draft.lifted.envelope,
        report=Report.of([*report, *draft.unreadable_recipients()]),
        applied=tuple(applied),
        removed=tuple(sorted(draft.lifted.removed, key=lambda field: field.span)),
        is_body_kept=is_body_kept,
        _source=sent.source,
        _head=sent.head,
        _start=sent.start,
        _given=Given(section, parameters, interface, is_lifted_into_fields),
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
    source: Source  # as given
    given: ApiParameters
    interface: Interface
    config: LintConfig
    twin: Outgoing | None
    is_request: bool

    def report(self) -> Report:
        """Return what there is to say of it."""
        return check(self._outgoing(self.pieces, self.config), self.config)

    def with_encoded_names(self) -> Self:
        """Return the draft with the display names in its parameters as encoded words.

        Raw ones SES would take, and mangle; where the words make an address too long, that is told.
        """
        from sesmime.ses.encoded_names import with_encoded_names  # few requests need it

        given = with_encoded_names(self.given, self.interface)
        lifted = self.lifted._replace(
            parameters=with_encoded_names(self.lifted.parameters, self.interface),
            # Of a parameter that is no single address it holds the text.
            envelope=envelope_of(self.section, parameters=given, interface=self.interface),
        )
        return self._replace(lifted=lifted, given=given)

    def fixed(self) -> tuple[Self, tuple[Finding, ...]]:
        """Return the draft after every fix that keeps SES from refusing or losing something, and what was fixed."""
        from sesmime.linter.fixes import Look, fixed, with_every_rule  # few messages need it

        every_rule = with_every_rule(self.config)

        def look(message: bytes) -> Look:
            return Look.at(self._outgoing(Pieces.of(message), every_rule), every_rule)

        def is_wanted(finding: Finding) -> bool:
            return self.config.wants(finding.code) and refusal_is_fixable(finding)

        message, gone, _ = fixed(self.pieces.joined(), look, is_wanted)
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

    def _outgoing(self, pieces: Pieces, config: LintConfig) -> Outgoing:
        source_section = head_section = None
        if pieces.source is self.source and self.twin is None:
            source_section = self.section
            if pieces is self.pieces and not self.lifted.written:
                base = pieces.start - len(pieces.head)
                head_section = section_without(self.section, self.lifted.removed, pieces.head, base)
        return Outgoing(
            pieces.source,
            body_start=pieces.start,
            head=pieces.head,
            parameters=self.lifted.parameters,
            interface=self.interface,
            verified_identities=config.verified_identities,
            given=self.given,
            known_envelope=self.lifted.envelope,
            is_request=self.is_request,
            twin=self.twin,
            source_section=source_section,
            head_section=head_section,
        )
