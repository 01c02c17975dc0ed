"""Forwarding a message that SES received: what every forwarder writes by hand.

The message was written by somebody else, and goes out under an identity of ours. So From becomes ours, with the
author's name in it; answers go to the author; what SES refuses on the way out, or adds on the way in, leaves;
nothing that the author wrote reaches SES as a setting. All of it is edits of the top-level header section
(`sesmime.handover.forwarded`). No octet of text and no author is lost without a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sesmime.errors import SesMimeError
from sesmime.handover.forwarded import Asked, Note, rewritten
from sesmime.handover.prepare import prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.linter.checks import Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.linter.listing import rule_of
from sesmime.mime.addresses import Mailbox, format_addresses, parse_addresses
from sesmime.mime.fields import Field, Message, fold_case, parse_header_section
from sesmime.mime.held import holding
from sesmime.mime.plain import plain_text
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination, strings


def prepare_forward(
    message: Message,
    *,
    sender: str | Mailbox,
    destination: Destination | Iterable[str],
    to: Iterable[str | Mailbox] = (),
    reply_to: Iterable[str | Mailbox] = (),
    subject_prefix: str = "",
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    fail_level: Severity = Severity.ERROR,
    config: LintConfig = LintConfig(),
) -> Prepared:
    r"""Make a received message ready to be sent on from an identity of ours, to people of ours.

    `sender` is a verified address; its display name, if it has one, is kept, else the author's is put in its place.
    `destination` alone receives the message. `to` replaces the To field, which stays otherwise; answers go to
    `reply_to`, else to the message's Reply-To, else to the author. `subject_prefix` stands before the subject.
    `parameters` are further settings: source and destination are set here.

    From the top-level header section leave: all X-SES fields, however hidden; Return-Path, Sender, Message-ID, Bcc,
    signatures, the receiving side's verdicts, Resent- fields; repeats of what SES takes once; a blank To or Cc, and
    addresses in them that SES would refuse. `removed` of the result are the fields that left. Lines that are no fields
    are text: those that run on from the fields are moved below them, others become X-Received-Line fields. Every other
    byte stays, unless a safe fix keeps SES from refusing it.

    What cannot be carried over is told by warnings of the report: SES216, an author who can get no answer, because no
    Reply-To could be written; SES217, something else that was shortened or left out.

    Raises InvalidAddress and InvalidField for arguments that cannot be written, TypeError for those of another type,
    and as `prepare` does: Refused where a finding reaches `fail_level`, UnsupportedSetting.

    >>> from sesmime import parse
    >>> received = b"Sender: <x@example.net>\r\nFrom: Ann <ann@example.net>\r\nTo: us@example.com\r\n\r\nHi\r\n"
    >>> prepared = prepare_forward(received, sender="us@example.com", destination=["me@example.org"])
    >>> for field in parse(prepared.message).header_section:
    ...     print(field.name, field.body)
    From "Ann (ann at example.net)" <us@example.com>
    To us@example.com
    Reply-To Ann <ann@example.net>
    """
    checks = Checks(level=fail_level, config=config)
    prepared = forward_with_report(
        message,
        sender=sender,
        destination=destination,
        to=to,
        reply_to=reply_to,
        subject_prefix=subject_prefix,
        parameters=parameters,
        interface=interface,
        config=config,
    )
    checks.judge(prepared.report)
    return prepared


@holding
def forward_with_report(
    message: Message,
    *,
    sender: str | Mailbox,
    destination: Destination | Iterable[str],
    to: Iterable[str | Mailbox] = (),
    reply_to: Iterable[str | Mailbox] = (),
    subject_prefix: str = "",
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> Prepared:
    """Return what `prepare_forward` gives, whatever the report says; raises for wrong arguments as it does."""
    if not isinstance(destination, Destination):
        destination = Destination(strings("destination", destination))
    if not destination:
        raise SesMimeError("a forwarded message needs a destination")
    (mailbox,) = _mailboxes("sender", [sender])
    asked = Asked(
        sender=mailbox,
        to=_mailboxes("to", to),
        reply_to=_mailboxes("reply_to", reply_to),
        subject_prefix=plain_text(subject_prefix, "subject_prefix"),
    )
    interface = Interface.given(interface)
    source = mailbox.address
    if interface is Interface.V2_SEND_EMAIL_RAW:
        # There the parameter would take the place of the From field, display name and all.
        parameters = replace(parameters, destination=destination, source=None)
    else:
        parameters = replace(parameters, destination=destination, source=source)
    # That the addresses of To and Cc do not receive it is what forwarding is.
    config = replace(config, ignore=(*config.ignore, "SES204"))
    forwarded = rewritten(message, asked)
    made = prepared_with_report(forwarded.message, parameters=parameters, interface=interface, config=config)
    told = (_finding(note) for note in forwarded.notes if config.wants(note.code))
    return replace(
        made,
        report=Report.of([*made.report, *told]),
        removed=tuple(_left(message, made.chunks()[0], forwarded.moved)),
    )


def _finding(note: Note) -> Finding:
    told = rule_of(note.code)
    return Finding(
        code=told.code,
        name=told.name,
        severity=told.severity,
        evidence=told.evidence,
        message=note.message,
        url=told.source,
    )


def _left(message: Message, head: bytes | memoryview, moved: tuple[bytes, ...]) -> Iterator[Field]:
    """Return the fields of the received message that are not in the new one, of repeated ones the last."""
    standing = Counter(fold_case(field.name) for field in parse_header_section(head).fields)
    elsewhere = Counter(moved)
    for field in parse_header_section(message).fields:
        key = fold_case(field.name).strip()
        if elsewhere[field.raw]:
            elsewhere[field.raw] -= 1
        elif standing[key]:
            standing[key] -= 1
        else:
            yield field


def _mailboxes(what: str, given: Iterable[str | Mailbox]) -> tuple[Mailbox, ...]:
    """Return mailboxes that can be written; raises InvalidAddress for others."""
    if isinstance(given, str | Mailbox):
        raise TypeError(f"{what} must be a list of addresses, not one {type(given).__name__}")
    found: list[Mailbox] = []
    for one in given:
        found.extend(parse_addresses(format_addresses([one])).mailboxes)
    return tuple(found)
