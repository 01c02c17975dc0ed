"""Forwarding a message that SES received: what every forwarder writes by hand.

The message was written by somebody else, and goes out under an identity of ours. So From becomes ours, with the
author's name in it; answers go to the author; what SES refuses on the way out, or adds on the way in, leaves;
nothing that the author wrote reaches SES as a setting. All of it is edits of the top-level header section.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sesmime.errors import InvalidAddress, InvalidField, SesMimeError
from sesmime.handover.prepare import Prepared, prepared_with_report
from sesmime.linter.checks import Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.mime.addresses import UNREADABLE, Mailbox, format_addresses, parse_addresses
from sesmime.mime.edits import Edit, appending_edit, apply_edits, format_field, line_ending
from sesmime.mime.fields import (
    Field,
    HeaderSection,
    Message,
    Span,
    as_source,
    fold_case,
    header_section_end,
    parse_header_section,
)
from sesmime.mime.grammar import LONE_CR
from sesmime.mime.words import decode_words
from sesmime.ses.interfaces import Interface
from sesmime.ses.javamail import verdict
from sesmime.ses.once_only import ONCE_ONLY
from sesmime.ses.settings import ApiParameters, Destination
from sesmime.ses.strip import strip_ses_fields

# What leaves. Of these SES refuses some on the way out (Sender and Return-Path must be verified, DKIM-Signature and
# Message-ID meet its own: arithmetric/aws-lambda-ses-forwarder#4, #8, #11, #58), others are the receiving side's own
# words, which nobody after us should believe, and Bcc and the Resent- fields would tell of recipients that are not
# ours. Signatures say nothing true of a message whose From was rewritten.
DROPPED = frozenset(
    """
    return-path sender dkim-signature domainkey-signature message-id bcc feedback-id delivered-to received-spf
    authentication-results arc-seal arc-message-signature arc-authentication-results bounces-to
    resent-from resent-sender resent-to resent-cc resent-bcc resent-reply-to resent-date resent-message-id
    """.split()  # noqa: SIM905, a list of them fills twenty lines
)

_PLAIN_NAME = re.compile(r"[!-9;-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forward:
    """What is asked for."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject_prefix: str


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
    signatures, the receiving side's verdicts, Resent- fields; repeats of what SES takes once; lines that are no fields
    among those that are; addresses that SES would refuse. Text that runs on from the fields is moved below them. Every
    other byte stays, unless a safe fix keeps SES from refusing it. `removed` of the result are the fields that left.

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
    prepared = prepare_forward_leniently(
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
    Checks(level=fail_level, config=config).judge(prepared.report)
    return prepared


def prepare_forward_leniently(
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
        destination = Destination(tuple(destination))
    if not destination:
        raise SesMimeError("a forwarded message needs a destination")
    (mailbox,) = _mailboxes("sender", [sender])
    asked = _Forward(
        sender=mailbox,
        to=_mailboxes("to", to),
        reply_to=_mailboxes("reply_to", reply_to),
        subject_prefix=subject_prefix,
    )
    interface = Interface(interface)
    source = mailbox.address
    if interface is Interface.V2_SEND_EMAIL_RAW:
        # There the parameter would take the place of the From field, display name and all.
        parameters = replace(parameters, destination=destination, source=None)
    else:
        parameters = replace(parameters, destination=destination, source=source)
    # That the addresses of To and Cc do not receive it is what forwarding is.
    config = replace(config, ignore=(*config.ignore, "SES204"))
    made = prepared_with_report(_rewritten(message, asked), parameters=parameters, interface=interface, config=config)
    return replace(made, removed=tuple(_left(message, made.chunks()[0])))


def _left(message: Message, head: bytes | memoryview) -> Iterator[Field]:
    """Return the fields of the received message that are not in the new header section, of repeated ones the last."""
    standing = Counter(fold_case(field.name) for field in parse_header_section(head).fields)
    for field in parse_header_section(message).fields:
        key = fold_case(field.name).strip()
        if standing[key]:
            standing[key] -= 1
        else:
            yield field


def _mailboxes(what: str, given: Iterable[str | Mailbox]) -> tuple[Mailbox, ...]:
    """Return mailboxes that can be written; raises InvalidAddress for others."""
    if isinstance(given, str | Mailbox):
        raise TypeError(f"{what} is a list of addresses, not one {type(given).__name__}")
    found: list[Mailbox] = []
    for one in given:
        found.extend(parse_addresses(format_addresses([one])).mailboxes)
    return tuple(found)


def _rewritten(message: Message, asked: _Forward) -> bytes:
    """Return the message with the header section of a forwarded one."""
    source = _with_text_below(strip_ses_fields(_one_line_ending(message)))
    stop, _ = header_section_end(source)
    section = HeaderSection(source, Span(0, stop))
    ending = line_ending(source)
    author = _readable(section, "From")
    answers = asked.reply_to or _readable(section, "Reply-To") or author
    written = {
        "from": ("From", format_addresses([_renamed(asked.sender, author)])),
        "reply-to": ("Reply-To", format_addresses(answers)),
    }
    if asked.to:
        written["to"] = ("To", format_addresses(asked.to))
    if asked.subject_prefix:
        subject = section.first("Subject")
        old = decode_words(subject.body) if subject is not None else ""
        written["subject"] = ("Subject", f"{asked.subject_prefix}{_printable(old)}")
    edits = list(_edits(section, written, ending))
    replaced = {fold_case(name) for name, _ in written.values() if name in section}
    new = b"".join(
        format_field(name, body, ending) for key, (name, body) in written.items() if key not in replaced and body
    )
    if new:
        edits.append(_appended(source, section, new, edits))
    return apply_edits(source, edits)


def _one_line_ending(message: Message) -> bytes:
    """Return the message with its header section's lone CRs made line ends: some reader would take them for such."""
    source = as_source(message)
    _, body = header_section_end(source)
    head = bytes(source[:body])
    if not LONE_CR.search(head):
        return bytes(source)
    return LONE_CR.sub(b"\r\n", head) + bytes(source[body:])


def _with_text_below(source: bytes) -> bytes:
    """Return the message with an empty line before text that runs on from its fields, or stands in their place.

    Lines that are no fields leave, so such text would be lost: what follows the last field, and where no empty line
    ends the fields, all from the first such line on.
    """
    stop, body = header_section_end(source)
    section = HeaderSection(source, Span(0, stop))
    text = [defect.span.start for defect in section.defects if defect.name == "not-a-field"]
    if body < len(source) or stop < body:
        last = max((field.span.stop for field in section.fields), default=0)
        text = [start for start in text if start >= last]
    if not text:
        return source
    return source[: text[0]] + line_ending(source) + source[text[0] :]


def _appended(source: bytes, section: HeaderSection, new: bytes, edits: list[Edit]) -> Edit:
    stop = section.span.stop
    if any(edit.span.stop == stop for edit in edits):
        return Edit(Span(stop, stop), new)
    return appending_edit(source, section, new)


def _edits(section: HeaderSection, written: dict[str, tuple[str, str]], ending: bytes) -> Iterator[Edit]:
    """Return the edits by which fields leave or are written anew, in order; what is written is marked as done."""
    for defect in section.defects:
        if defect.span.start < defect.span.stop:
            yield Edit(defect.span, b"")
    seen: set[str] = set()
    for field in section.fields:
        key = fold_case(field.name)
        name = key.strip()
        new = b""
        if name in DROPPED or not _PLAIN_NAME.fullmatch(name) or (name in seen and name in ONCE_ONLY | {"to", "cc"}):
            yield Edit(field.span, b"")
        elif name in written:
            title, body = written[name]
            new = format_field(title, body, ending) if body else b""
            yield Edit(field.span, new)
        elif name in ("to", "cc") and verdict("parse+validate", field.body).error is not None:
            yield Edit(field.span, _repaired(field, ending))
        elif name != key:
            # A blank before the colon: some readers take such a line for the beginning of the body.
            colon = field.raw.index(b":")
            yield Edit(Span(field.span.start, field.span.start + colon), field.name.strip().encode("ascii"))
        seen.add(name)


def _repaired(field: Field, ending: bytes) -> bytes:
    """Return an address field without the addresses that SES would refuse, b"" if none is left."""
    mailboxes = _writable(parse_addresses(field.body).mailboxes)
    return format_field(field.name.strip(), format_addresses(mailboxes), ending) if mailboxes else b""


def _readable(section: HeaderSection, name: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes of a field that can be written again."""
    for field in section.all(name):
        found = parse_addresses(field.body)
        if not any(defect.name in UNREADABLE for defect in found.defects):
            return _writable(found.mailboxes)
    return ()


def _writable(mailboxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    for mailbox in mailboxes:
        plain = Mailbox(_printable(mailbox.display_name), mailbox.address)
        try:
            text = format_addresses([plain])
        except (InvalidAddress, InvalidField):
            continue
        if verdict("parse+validate", text).error is None:
            found.append(plain)
    return tuple(found)


def _renamed(sender: Mailbox, author: tuple[Mailbox, ...]) -> Mailbox:
    """Return our mailbox under the author's name. Their address in it has no @: no reader takes it for the sender's."""
    if sender.display_name or not author:
        return sender
    first = author[0]
    address = f"{first.local_part} at {first.domain}"
    name = f"{first.display_name} ({address})" if first.display_name else address
    return Mailbox(name, sender.address)


def _printable(text: str) -> str:
    """Return text in which nothing is left that must not be written or misleads: controls, bidi controls, bytes."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(c if c.isprintable() else " " for c in text).strip()
