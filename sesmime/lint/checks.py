"""The checks of `prepare` until there are rules: one function a fault, in the order in which SES is expected to check.

Each gives findings about what would be sent, with the text expected from SES. That SES answers so is known as well as
`evidence` says, and no better.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from sesmime.addresses import UNREADABLE, parse_addresses
from sesmime.errors import SesMimeError, quoted
from sesmime.fields import Field, HeaderSection, Source, Span, fold_case
from sesmime.grammar import MAX_LINE
from sesmime.lint.config import LintConfig
from sesmime.lint.findings import Finding, Report, Severity
from sesmime.ses.envelope import RECIPIENT_FIELDS, Envelope, one_address
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.precedence import Resolution
from sesmime.ses.settings import ApiParameters, Evidence, Interface, parameter_name, parameter_setting
from sesmime.ses.tags import read_message_tags, tag_fault

_DG = "https://docs.aws.amazon.com/ses/latest/dg/"
_QUOTAS = _DG + "quotas.html"
_RAW = Interface.SEND_RAW_EMAIL.page

# dg/quotas: after base64, 10 MB for v1 and 40 MB for v2 and SMTP. v1 prints its limit in octets
# (aws/aws-sdk-go-v2#1774); that the other one is counted alike is assumed.
MAX_SIZE: Final = {
    Interface.SEND_RAW_EMAIL: 10 * 1024 * 1024,
    Interface.V2_SEND_EMAIL_RAW: 40 * 1024 * 1024,
    Interface.SMTP: 40 * 1024 * 1024,
}
MAX_RECIPIENTS: Final = 50

# dg/header-fields: the fields that SES takes at most once, compared without regard to case.
ONCE_ONLY: Final = frozenset(
    """
    accept-language acceptlanguage archived-at auto-submitted bounces-to comments content-alternative content-base
    content-class content-description content-disposition content-duration content-id content-language content-length
    content-location content-md5 content-transfer-encoding content-type date delivered-to
    disposition-notification-options disposition-notification-to dkim-signature domainkey-signature errors-to from
    importance in-reply-to keywords list-archive list-help list-id list-owner list-post list-subscribe
    list-unsubscribe list-unsubscribe-post message-context message-id mime-version organization original-from
    original-message-id original-recipient original-subject precedence priority references reply-to return-path
    return-receipt-to sender solicitation sensitivity subject thread-index thread-topic user-agent vbr-info
    """.split()  # noqa: SIM905, a list of them fills sixty lines
)

# At most so many long lines of a header section and of a body are told of, each by itself.
_MAX_LONG_LINES = 10


@dataclass(frozen=True)
class Outgoing:
    """What would be sent: the new header section (with its empty line), and the body as it stands in the source.

    `given`, `resolution` and `envelope` are of the parameters and the message as they came.
    """

    head: bytes
    source: Source
    body_start: int  # in the source
    parameters: ApiParameters
    interface: Interface
    given: ApiParameters
    resolution: Resolution
    envelope: Envelope

    @cached_property
    def section(self) -> HeaderSection:
        """The fields that would be sent."""
        return HeaderSection(self.head, Span(0, len(self.head)))

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line of the header section begins."""
        return [0, *(match.end() for match in re.finditer(b"\n", self.head))]

    @property
    def size(self) -> int:
        """Octets of the message that would be sent."""
        return len(self.head) + len(self.source) - self.body_start


def check(outgoing: Outgoing, config: LintConfig) -> Report:
    """Run every check that is asked for."""
    section = outgoing.section
    return Report.of(finding for one in _CHECKS for finding in one(outgoing, section) if config.wants(finding.code))


def _at(outgoing: Outgoing, span: Span, **facts: Any) -> Finding:
    """Make a finding about a place in the header section."""
    line = bisect_right(outgoing.line_starts, span.start)
    column = span.start - outgoing.line_starts[line - 1] + 1
    return Finding(span=span, line=line, column=column, **facts)


def _name_span(field: Field) -> Span:
    return Span(field.span.start, field.span.start + len(field.name))


def _body_span(field: Field) -> Span:
    raw = field.raw
    start = raw.find(b":") + 1
    start += len(raw[start:]) - len(raw[start:].lstrip(b" \t\r\n"))
    stop = max(start, len(raw.rstrip(b" \t\r\n")))
    return Span(field.span.start + start, field.span.start + stop)


def _message_tags(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    for tag in outgoing.parameters.message_tags or ():
        fault = tag_fault(tag)
        if fault is None:
            continue
        dotted = fault.name == "dotted-tag-value"
        yield Finding(
            code="SES501",
            name="malformed-message-tags",
            severity=Severity.WARNING if dotted else Severity.ERROR,
            evidence=Evidence.OBSERVED,
            message=f"message tag {quoted(f'{tag.name}={tag.value}', 100)}: {fault.reason}",
            rejection=fault.expected,
            fix="use letters, digits, _ and - alone",
            url="https://github.com/localstack/localstack/pull/11284",
        )
    names = Counter(tag.name for tag in outgoing.parameters.message_tags or ())
    for name in (name for name, count in names.items() if count > 1):
        yield Finding(
            code="SES502",
            name="repeated-message-tag",
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
            message=f"the message tag {quoted(name, 100)} is given more than once; what counts is not documented",
            fix="give each tag once",
            url=_DG + "event-publishing-send-email.html",
        )


def _settings(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    given = outgoing.parameters
    for setting, row in SES_FIELDS.items():
        value = getattr(given, setting)
        name = parameter_name(setting, outgoing.interface)
        if setting == "message_tags" or not value or name is None:
            continue
        try:
            row.write(value)
        except SesMimeError:
            text = None
            if setting == "configuration_set":
                text = f"Configuration set <{value}> does not exist."
            yield Finding(
                code="SES504",
                name="malformed-setting",
                severity=Severity.ERROR,
                evidence=Evidence.OBSERVED if text else Evidence.ASSUMED,
                message=f"{name} {quoted(str(value), 100)} has not the form of {setting}: {row.form}",
                rejection=text,
                fix=f"{setting} is {row.form}",
                url=_QUOTAS if text else _RAW,
            )
    for setting in outgoing.given.empty():
        name = parameter_name(setting, outgoing.interface) or setting
        decision = outgoing.resolution.decision(setting)
        yield Finding(
            code="SES505",
            name="empty-setting",
            severity=Severity.WARNING,
            evidence=decision.evidence,
            message=f"{name} is given and empty, which counts as not given",
            fix=f"leave {name} out",
            url=decision.source,
        )


def _size(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    most, size = MAX_SIZE[outgoing.interface], outgoing.size
    encoded = 4 * -(-size // 3)
    if size <= most and (encoded <= most or outgoing.interface is Interface.SMTP):
        return
    smtp = outgoing.interface is Interface.SMTP
    v1 = outgoing.interface is Interface.SEND_RAW_EMAIL
    text = "Message is too long." if smtp else f"Message length is more than {most} bytes long: '{size}'."
    refused = size > most
    yield Finding(
        code="SES302",
        name="message-too-large",
        severity=Severity.ERROR if refused else Severity.WARNING,
        evidence=(Evidence.DOCUMENTED if smtp or v1 else Evidence.ASSUMED) if refused else Evidence.ASSUMED,
        message=f"the message has {size} octets{'' if refused else f' ({encoded} in base64)'}; SES takes {most}",
        rejection=text if refused else None,
        fix="the API v2 and SMTP take 40 MB" if v1 else "send less, or a link to it",
        url=_QUOTAS,
    )


def _lone_cr(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    head = outgoing.head
    place = head.find(b"\r")
    while place >= 0:
        if head[place + 1 : place + 2] != b"\n":
            yield _at(
                outgoing,
                Span(place, place + 1),
                code="SES001",
                name="lone-cr",
                severity=Severity.ERROR,
                evidence=Evidence.OBSERVED,
                message="a CR without LF in the header section: readers disagree whether a line ends here",
                fix="end lines with CRLF",
                url="https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/51",
            )
            return
        place = head.find(b"\r", place + 1)


def _repeated(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    first: dict[str, Field] = {}
    for field in section.fields:
        key = fold_case(field.name)
        if key not in first:
            first[key] = field
        elif key in ONCE_ONLY:
            yield _at(
                outgoing,
                _name_span(field),
                code="SES101",
                name="repeated-field",
                severity=Severity.ERROR,
                evidence=Evidence.DOCUMENTED,
                message=f"{field.name} stands here again; SES takes it once",
                rejection=f"Duplicate header '{first[key].name}'.",
                fix="keep one of them",
                url=_DG + "header-fields.html",
            )


def _no_from(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    if "From" in section or outgoing.parameters.source:
        return
    yield Finding(
        code="SES102",
        name="missing-from",
        severity=Severity.ERROR,
        evidence=Evidence.OBSERVED,
        message="there is no From field and no source",
        rejection="Missing required header 'From'.",
        fix="write a From field",
        url="https://github.com/floci-io/floci/issues/1561",
    )


# Without Destinations SES wants a To field, whatever Bcc says; a blank one it refuses even with Destinations.
_MISSING_TO: Final = ("Missing required header 'To'.", "https://github.com/aws/aws-sdk-js/issues/893")
_EMPTY_TO: Final = ("Empty required header 'To'.", "https://github.com/daniel-zahariev/php-aws-ses/issues/32")


def _no_to(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    to = section.first("To")
    is_needed = not outgoing.parameters.destination and outgoing.interface is not Interface.SMTP
    if not outgoing.envelope.recipients or (to.body.strip() if to is not None else not is_needed):
        return
    text, url = _MISSING_TO if to is None else _EMPTY_TO
    yield Finding(
        code="SES103",
        name="missing-to" if to is None else "empty-to",
        severity=Severity.ERROR,
        evidence=Evidence.OBSERVED,
        message="there is no To field and no destination" if to is None else "the To field is empty",
        rejection=text,
        fix="write a To field or give a destination" if to is None else "remove the field, or name somebody in it",
        url=url,
    )


def _bad_addresses(what: str, text: str, call: str) -> dict[str, Any] | None:
    """Give the facts of a finding about addresses that cannot be read or are not ASCII, or None."""
    for defect in parse_addresses(text).defects:
        if defect.name in UNREADABLE or defect.name == "non-ascii-address":
            reason = defect.message
            break
    else:
        if call == _LIST or one_address(text) is not None:
            return None
        reason = "it is not exactly one address"
    from sesmime.ses.javamail import verdict  # here, because few messages need it

    return {
        "code": "SES201",
        "name": "unreadable-address",
        "severity": Severity.ERROR,
        "evidence": Evidence.DOCUMENTED,
        "message": f"{what} cannot be used: {reason}",
        "rejection": verdict(call, text).error,
        "fix": "SES refuses the whole message for one badly formed address",
        "url": _RAW,
    }


# What the strict parser is asked for a list of addresses, and for a single one.
_LIST: Final = "parse+validate"
_SINGLE: Final = "single+validate"


def bad_recipients(field: Field) -> Finding | None:
    """Give the finding about a recipient field that leaves the message, if some of its addresses cannot be used."""
    facts = _bad_addresses(f"an address of {field.name}", field.body, _LIST)
    return None if facts is None else Finding(**facts)


def _addresses(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    for name in ("From", *RECIPIENT_FIELDS):
        for field in section.all(name):
            facts = _bad_addresses(f"an address of {field.name}", field.body, _LIST)
            if facts is not None:
                yield _at(outgoing, _body_span(field), **facts)
    given = outgoing.parameters
    slots = {
        "source": [given.source] if given.source else [],
        "destination": given.destination.all if given.destination else (),
        "reply_to": given.reply_to or (),
        "return_path": [given.return_path] if given.return_path else [],
    }
    for setting, texts in slots.items():
        for text in texts:
            facts = _bad_addresses(f"the {setting} {quoted(text, 100)}", text, _SINGLE)
            if facts is not None:
                yield Finding(**facts)


def _left_out(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    left_out = outgoing.envelope.left_out
    if left_out:
        decision = outgoing.resolution.decision("destination")
        yield Finding(
            code="SES204",
            name="left-out-recipients",
            severity=Severity.WARNING,
            evidence=decision.evidence,
            message=f"{len(left_out)} of the addresses in To, Cc and Bcc are not among the destinations"
            f" and get no mail: {quoted(', '.join(left_out))}",
            fix="add them to the destination if they are to receive it",
            url=decision.source,
        )


def _bcc(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    bcc = section.first("Bcc")
    if bcc is not None and outgoing.parameters.destination:
        yield _at(
            outgoing,
            _name_span(bcc),
            code="SES205",
            name="leaked-bcc",
            severity=Severity.ERROR,
            evidence=Evidence.ASSUMED,
            message="the Bcc field would be sent beside a destination; that SES takes it out is not documented",
            fix="remove the field, and name its addresses in the destination",
            url="https://github.com/anymail/django-anymail/issues/189",
        )


def _resent(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    for field in section.fields:
        if fold_case(field.name).startswith("resent-"):
            yield _at(
                outgoing,
                _name_span(field),
                code="SES206",
                name="unused-resent-field",
                severity=Severity.WARNING,
                evidence=Evidence.ASSUMED,
                message=f"{field.name} is sent as it stands, and is not used to find sender or recipients",
                fix="give source and destination, and remove the Resent- fields",
                url="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.6",
            )


def _recipients(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    count = outgoing.envelope.recipient_count
    if not outgoing.envelope.recipients:
        to = section.first("To")
        text, url = _MISSING_TO if to is None else _EMPTY_TO
        if to is not None and to.body.strip():
            text, url = "There are no recipients specified", _DG + "troubleshoot-error-messages.html"
        yield Finding(
            code="SES202",
            name="no-recipient",
            severity=Severity.ERROR,
            evidence=Evidence.DOCUMENTED if url.startswith(_DG) else Evidence.OBSERVED,
            message="there is no recipient: no destination, and no address in To, Cc or Bcc",
            rejection=text,
            fix="give a destination or a To field",
            url=url,
        )
    elif count > MAX_RECIPIENTS:
        yield Finding(
            code="SES203",
            name="too-many-recipients",
            severity=Severity.ERROR,
            evidence=Evidence.DOCUMENTED,
            message=f"{count} recipients; SES takes {MAX_RECIPIENTS} a message",
            rejection="Recipient count exceeds 50.",
            fix="send it in several calls",
            url=_QUOTAS,
        )


def _ses_fields(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    for row in SES_FIELDS.values():
        for field in section.all(row.name)[:1]:
            if row.read(field.body) is not None:
                continue
            text = None
            code, name = "SES508", "malformed-ses-field"
            if row.setting == "message_tags":
                code, name = "SES501", "malformed-message-tags"
                faults = (tag_fault(tag) for tag in read_message_tags(field.body))
                text = next((fault.expected for fault in faults if fault), None)
            yield _at(
                outgoing,
                _body_span(field),
                code=code,
                name=name,
                severity=Severity.ERROR,
                evidence=Evidence.ASSUMED,
                message=f"{field.name} cannot be read, and may be dropped in silence; it is {row.form}",
                rejection=text,
                fix=f"write it as {row.form}",
                url=_DG + "event-publishing-send-email.html",
            )


def _unread_settings(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    for setting, row in SES_FIELDS.items():
        field = section.first(row.name)
        is_read = outgoing.interface is Interface.SMTP or parameter_setting(setting, outgoing.interface) is not None
        if field is not None and not is_read:
            yield _at(
                outgoing,
                _name_span(field),
                code="SES507",
                name="unread-setting",
                severity=Severity.WARNING,
                evidence=Evidence.ASSUMED,
                message=f"{field.name} stays in the message: {outgoing.interface.value} has no parameter for it,"
                " and that the field is read is not documented",
                fix="send it by the API v2",
                url=outgoing.resolution.decision(setting).source,
            )


_LONG_LINE: Final[dict[str, Any]] = {
    "code": "SES301",
    "name": "long-line",
    "severity": Severity.ERROR,
    "evidence": Evidence.DOCUMENTED,
    "url": _RAW,
}


def _long_lines(outgoing: Outgoing, section: HeaderSection) -> Iterator[Finding]:
    # RFC 5322 section 2.1.1; v1:RawMessage. SES passes such lines on, and the receiving server refuses.
    for span in islice(long_lines(outgoing.head, 0), _MAX_LONG_LINES):
        yield _at(outgoing, span, **_LONG_LINE, message=_length(span), fix="fold the field")
    source, start = outgoing.source, outgoing.body_start
    shift = len(outgoing.head) - start
    for span in islice(long_lines(source, start), _MAX_LONG_LINES):
        line = None
        if isinstance(source, bytes | bytearray):
            line = outgoing.head.count(b"\n") + source.count(b"\n", start, span.start) + 1
        yield Finding(
            **_LONG_LINE,
            message=_length(span),
            span=Span(span.start + shift, span.stop + shift),
            line=line,
            column=1,
            part=_part_at(source, span.start),
            fix="encode the part as quoted-printable or base64",
        )


def _length(span: Span) -> str:
    return f"a line of {span.stop - span.start} octets; {MAX_LINE} are allowed"


def _part_at(source: Source, place: int) -> str:
    from sesmime.entity import parse  # seldom needed, and a third of the start-up of `prepare`

    path = ""
    for entity in parse(source).walk():
        if entity.span.start <= place < entity.span.stop:
            path = entity.path
    return path


def long_lines(source: Source, start: int) -> Iterator[Span]:
    """Give the lines of more than 998 octets from `start` on, line ends not counted.

    Hops from a line end to the last one within reach, so that a body costs one backward search a kilobyte.
    """
    rfind, find, size = source.rfind, source.find, len(source)
    reach = MAX_LINE + 2
    while size - start > MAX_LINE:
        end = rfind(b"\n", start, start + reach)
        if end >= 0 and (end < start + reach - 1 or source[end - 1] == 0x0D or rfind(b"\n", start, end) >= 0):
            start = end + 1
            continue
        end = find(b"\n", start)
        stop = size if end < 0 else end
        if stop > start and source[stop - 1] == 0x0D and end >= 0:
            stop -= 1
        if stop - start > MAX_LINE:
            yield Span(start, stop)
        if end < 0:
            return
        start = end + 1


_CHECKS: Final[tuple[Callable[[Outgoing, HeaderSection], Iterator[Finding]], ...]] = (
    _message_tags,
    _settings,
    _size,
    _lone_cr,
    _repeated,
    _no_from,
    _no_to,
    _addresses,
    _left_out,
    _bcc,
    _resent,
    _recipients,
    _ses_fields,
    _unread_settings,
    _long_lines,
)
