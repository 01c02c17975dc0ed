r"""Messages built: every field written by the codec, every part 7-bit, and nothing that could be taken otherwise.

`build` replaces `EmailMessage(policy=policy.SES)` with its content manager, whose fields and texts it takes, for the
case that all is known at once: it gives the same kinds of part, the bytes of large contents at ten times the speed and
in the memory of one message, and boundaries that are proven to stand in no part.

`readdress` makes of one message that of each recipient: an edit of the header section, whatever the size of the body.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from typing import Final, TypeAlias

from sesmime.compose.parts import (
    Attachment,
    Leaf,
    Multipart,
    attachment_part,
    content_id,
    content_type_of,
    disposition_of,
    field,
    text_part,
    write_parts,
)
from sesmime.compose.reports import ORIGINALS, REPORT_TYPES, calendar_method
from sesmime.errors import InvalidAddress, InvalidField, masked_by_unicode_14, quoted
from sesmime.mime.addresses import Mailbox, format_addresses, parse_addresses
from sesmime.mime.edits import Edit, apply_edits, line_ending
from sesmime.mime.fields import HeaderSection, Message, Span, as_source, fold_case, header_section_end
from sesmime.mime.grammar import ADDRESS_FIELDS, CRLF
from sesmime.mime.idna import domain_by_idna_2008
from sesmime.mime.plain import plain_text
from sesmime.policy.registry import class_of
from sesmime.ses.address_length import refuse_overlong
from sesmime.ses.fields import SesFields, write_ses_fields

Addresses: TypeAlias = str | Mailbox | Iterable[str | Mailbox]
Fields: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]


def build(
    *,
    sender: Addresses,
    to: Addresses = (),
    cc: Addresses = (),
    reply_to: Addresses = (),
    subject: str = "",
    text: str | None = None,
    html: str | None = None,
    calendar: str | None = None,
    report: Attachment | None = None,
    attachments: Iterable[Attachment] = (),
    fields: Fields = (),
    ses: SesFields | None = None,
    date: datetime | None = None,
    message_id: str | None = None,
) -> bytes:
    r"""Build a message: in ASCII, its lines ended at CRLF and of at most 998 octets, its parts encoded as they need it.

    An address is "a@b.example", "Name <a@b.example>" or a Mailbox; `sender` is exactly one. Domains beyond ASCII are
    written in Punycode (IDNA 2008, the extra `idna`). There is no `bcc`: whom nobody is to see, no field may name; give
    the recipients to the interface. `fields` are further ones: the bodies are texts, in which what looks like an
    encoded word is no syntax; structured ones stand as given. `date` has a zone, and is now if not given; `message_id`
    is made if not given. No field is written for an empty list or an empty subject.

    `text` and `html` become alternatives; attachments that are inline and have a content id stand beside the HTML text,
    all others after the texts. `calendar` is an invitation or an answer to one, an iCalendar object with a METHOD
    (RFC 6047): the last alternative, since the clients that know it take the last. `report` is the part for programs of
    a delivery status notification (message/delivery-status), a disposition notification
    (message/disposition-notification) or a feedback report (message/feedback-report): the message becomes
    multipart/report, with the texts first, and the original as attachment, if there is one, third: a message, or its
    header section as text/rfc822-headers. A message without any of them is an empty text. Lines of texts end at CRLF,
    the last one too; other contents are kept octet for octet. With `date` and `message_id` given, the same arguments
    make the same octets.

    Raises InvalidField, InvalidAddress, InvalidMessageTag and InvalidSetting for what must not be written, line ends
    and other controls in any field above all; LimitExceeded for more than the 500 parts that SES takes; TypeError for
    arguments of another type; ImportError where a domain needs the extra `idna`; and what a stream raises that is read.

    >>> message = build(sender="Zoë <zoe@example.com>", to="joe@example.com", subject="Grüße", text="Hello")
    >>> message.startswith(b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\r\nTo: joe@example.com\r\n")
    True
    """
    senders = _listed(sender)
    if len(senders) != 1:
        raise InvalidAddress(", ".join(map(str, senders)), "there must be exactly one sender")
    from_body = _address_body(senders)
    written = [
        field("From", from_body),
        _recipients("To", to),
        _recipients("Cc", cc),
        _recipients("Reply-To", reply_to),
        _subject(subject),
        _date(datetime.now(UTC) if date is None else date),
        _message_id(message_id, from_body),
        *[raw for _, raw in _further_fields(fields)],
    ]
    head = b"".join(written)
    if ses is not None:
        head = write_ses_fields(head, ses)
    root = _root(text, html, calendar, report, tuple(attachments))
    target = BytesIO()
    target.write(head)
    target.write(field("MIME-Version", "1.0"))
    write_parts(root, target, seed=head)
    return target.getvalue()  # of CPython's it is the buffer itself


def readdress(
    message: Message,
    *,
    to: Addresses,
    cc: Addresses = (),
    subject: str | None = None,
    fields: Fields = (),
    ses: SesFields | None = None,
    date: datetime | None = None,
    message_id: str | None = None,
) -> list[bytes | memoryview]:
    r"""Return the message to other recipients, in pieces: a header section, and the body, not copied.

    Make a message once with `build`, and each recipient's with this, at a cost that has nothing to do with the body.
    `to` and `cc` take the place of all recipients that it names (To, Cc and Bcc). The Message-ID is a new one; the
    subject, the date and the SES fields stay unless given, and `ses` replaces all of these. Each of `fields` takes the
    place of those of its name. A signature (DKIM) over the message does not outlive it.

    Raises as `build`; nothing but the header section is looked at.

    >>> newsletter = build(sender="a@example.com", subject="News", text="Hello")
    >>> pieces = readdress(newsletter, to="joe@example.com", fields=[("List-Unsubscribe", "<https://example.com/u/7>")])
    >>> b"To: joe@example.com\r\nList-Unsubscribe: <https://example.com/u/7>\r\n" in pieces[0]
    True
    """
    mould = Mould(message)
    wanted = mould.lines(to=to, cc=cc, subject=subject, fields=fields, date=date, message_id=message_id)
    head = mould.head(wanted)
    if ses is not None:
        head = write_ses_fields(head, ses)
    return [head, mould.rest]


class Mould:
    """A message's header section, into which the fields of each recipient are put.

    `section` are its fields, the last of them with a line end; `rest` is what follows, from the empty line on.
    """

    def __init__(self, message: Message) -> None:
        source = as_source(message)
        stop, _ = header_section_end(source)
        self._ending = line_ending(source)
        head = bytes(source[:stop])
        if head and not head.endswith(b"\n"):
            head += CRLF if head.endswith(b"\r") else self._ending
        self._head = head
        self.section = HeaderSection(head, Span(0, len(head)))
        self.rest = memoryview(source)[stop:]

    @cached_property
    def _message_id(self) -> tuple[bytes, bytes]:
        """What stands before and after the random part of a Message-ID: it bears the domain of the sender."""
        standing_from = self.section.first("From")
        before, _, after = _message_id(None, standing_from.body if standing_from else "", _SAMPLE).partition(_OCTETS)
        return before, after

    def lines(
        self,
        *,
        to: Addresses,
        cc: Addresses = (),
        subject: str | None = None,
        fields: Fields = (),
        date: datetime | None = None,
        message_id: str | None = None,
    ) -> dict[str, bytes]:
        """Return the fields to put in, as `readdress` takes them, by their names in lower case; b"": it leaves.

        A name may have several, in a row.
        """
        wanted = {"to": _recipients("To", to), "cc": _recipients("Cc", cc), "bcc": b""}
        if message_id is None:
            before, after = self._message_id
            wanted["message-id"] = before + secrets.token_hex(16).encode("ascii") + after
        else:
            wanted["message-id"] = _message_id(message_id, "")
        if subject is not None:
            wanted["subject"] = _subject(subject)
        if date is not None:
            wanted["date"] = _date(date)
        for name, raw in _further_fields(fields, but_reply_to=True):
            wanted[name] = wanted.get(name, b"") + raw
        if self._ending != CRLF:
            return {name: raw.replace(CRLF, self._ending) for name, raw in wanted.items()}
        return wanted

    def head(self, lines: Mapping[str, bytes]) -> bytes:
        """Return the header section with these fields: in the place of the first of their name, or at the end."""
        wanted = dict(lines)
        edits: list[Edit] = []
        for standing in self.section:
            name = fold_case(standing.name)
            if name in wanted:
                edits.append(Edit(standing.span, wanted[name]))
                wanted[name] = b""
        size = len(self._head)
        edits.append(Edit(Span(size, size), b"".join(wanted.values())))
        return apply_edits(self._head, edits)


# The header section

# An address in the plainest form, which is written as it stands; of these octets no line is folded.
_PLAIN_ADDRESS: Final = re.compile(
    r"[0-9A-Za-z]+(?:[._+-][0-9A-Za-z]+)*@(?:[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*\.)+[A-Za-z]+"
)
_SHORT: Final = 60


def _recipients(name: str, given: Addresses) -> bytes:
    if type(given) is str and len(given) <= _SHORT and _PLAIN_ADDRESS.fullmatch(given) is not None:
        return f"{name}: {given}\r\n".encode("ascii")
    mailboxes = _listed(given)
    return field(name, _address_body(mailboxes)) if mailboxes else b""


def _subject(text: str) -> bytes:
    body = _body("Subject", text)
    return field("Subject", body) if body else b""


def _date(date: datetime) -> bytes:
    if not isinstance(date, datetime):
        raise TypeError(f"date must be a datetime, not {type(date).__name__}")
    if date.utcoffset() is None:
        raise InvalidField("Date", "the date has no time zone")
    return field("Date", _body("Date", date))


def _body(name: str, value: object) -> str:
    """Return the body to write for what is given, as the SES policy writes it."""
    return class_of(name).written(name, value)


# RFC 5322 section 3.6.4: msg-id, without its obsolete forms. Not "=?": some readers look for encoded words anywhere.
_ATOMS: Final = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+(?:\.[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+)*"
_MESSAGE_ID: Final = re.compile(rf"(?!.*=\?)<{_ATOMS}@(?:{_ATOMS}|\[[0-9A-Za-z.:-]+\])>")


def _message_id(given: str | None, from_body: str, token: str | None = None) -> bytes:
    """Write the Message-ID; one that is made bears the domain of the sender and says no more of the machine."""
    if given is None:
        token = secrets.token_hex(16) if token is None else token
        sender = parse_addresses(from_body)
        given = f"<{token}@{sender[0].domain if sender else ''}>"
        if not _MESSAGE_ID.fullmatch(given):  # the From field of a message of somebody else
            given = f"<{token}@localhost>"
    elif not isinstance(given, str):
        raise TypeError(f"message_id must be a str, not {type(given).__name__}")
    given = str.__str__(given)
    if not _MESSAGE_ID.fullmatch(given):
        raise InvalidField("Message-ID", f"{quoted(given, 80)} is not a message ID; write it as in <1@example.com>")
    return field("Message-ID", given)


# In the place of the random part of a Message-ID.
_SAMPLE: Final = "0" * 32
_OCTETS: Final = _SAMPLE.encode("ascii")

# What `fields` cannot hold, and why.
_ARGUMENT: Final = "it has an argument of its own"
_REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("from", "to", "cc", "reply-to", "subject", "date", "message-id"), _ARGUMENT),
    "mime-version": "it is generated from the content",
    "bcc": "it would reveal the blind recipients; pass them to the interface",
    "return-path": "it belongs to the envelope; pass the address to the interface",
}
_REFUSED_BEGINNINGS: Final[Mapping[str, str]] = {
    "content-": "it is generated from the content",
    "resent-": "it is not allowed in a new message",
    "x-ses-": "pass it in `ses`",
}
# Fields that may stand more than once: trace fields, and whatever anybody has made up.
_REPEATABLE: Final = re.compile(r"x-.*|received|authentication-results|arc-.*", re.DOTALL)


def _further_fields(given: Fields, *, but_reply_to: bool = False) -> list[tuple[str, bytes]]:
    """Write the fields of others: each name in lower case, and the whole field."""
    written: list[tuple[str, bytes]] = []
    seen: set[str] = set()
    for pair in given.items() if isinstance(given, Mapping) else given:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError("fields must be pairs of a name and a body")
        name, body = map(plain_text, pair)
        lowered = fold_case(name)
        reason = None if but_reply_to and lowered == "reply-to" else _REFUSED.get(lowered)
        for beginning, why in _REFUSED_BEGINNINGS.items():
            reason = why if lowered.startswith(beginning) else reason
        if reason is None and lowered in seen and not _REPEATABLE.fullmatch(lowered):
            reason = "it is given more than once"
        if reason is not None:
            raise InvalidField(name, reason)
        seen.add(lowered)
        if lowered in ADDRESS_FIELDS:
            mailboxes = _mailboxes_of(body)
            if lowered == "sender" and len(mailboxes) != 1:
                raise InvalidAddress(body, "there must be exactly one sender")
            body = _address_body(mailboxes)
        else:
            body = _body(name, body)
        written.append((lowered, field(name, body)))
    return written


# Addresses


def _listed(given: Addresses) -> tuple[str | Mailbox, ...]:
    if isinstance(given, str | Mailbox):
        return (_plain_address(given),)
    if isinstance(given, Mapping | bytes) or not isinstance(given, Iterable):
        raise TypeError(f"an address must be a str or a Mailbox, not {type(given).__name__}")
    return tuple(map(_plain_address, given))


def _plain_address(given: str | Mailbox) -> str | Mailbox:
    """Return an address of plain str; what is none stays, to be refused."""
    if isinstance(given, Mailbox):
        name, address = plain_text(given.display_name, "a display name"), plain_text(given.address, "an address")
        return Mailbox(name, address)
    return str.__str__(given) if isinstance(given, str) else given


def _mailboxes_of(body: str) -> tuple[str | Mailbox, ...]:
    """Return the mailboxes of a plain list; any other is one str, which is then refused if it is not one mailbox."""
    found = parse_addresses(body)
    is_plain = not found.groups and all(defect.name == "non-ascii-address" for defect in found.defects)
    return found.mailboxes if found.mailboxes and is_plain else (body,)


def _address_body(given: Iterable[str | Mailbox]) -> str:
    body = format_addresses(map(_in_ascii, given))
    for mailbox in parse_addresses(body):
        _refuse_for_ses(mailbox)
        refuse_overlong([mailbox])
    return body


# RFC 5321 takes any character in a quoted local part.
_NO_USER_NAME: Final = frozenset(":@>")


def _refuse_for_ses(mailbox: Mailbox) -> None:
    """Raise InvalidAddress for what RFC 5321 allows and SES was seen, or is expected, to refuse."""
    address = mailbox.address
    if mailbox.local_part.startswith('"'):
        from sesmime.ses.javamail import verdict  # here, because few addresses need it

        # "Address contains illegal characters in user name" (dg/troubleshoot-smtp)
        if not _NO_USER_NAME.isdisjoint(mailbox.local_part):
            raise InvalidAddress(address, "SES does not accept an @, colon or angle bracket in a local part")
        if verdict("parse+validate", address).error is not None:
            raise InvalidAddress(address, "the strict grammar of SES reads its quotes differently")
    # "Invalid domain name: '...'" (https://github.com/mozilla/fxa/issues/13326)
    if masked_by_unicode_14(mailbox.domain.rpartition(".")[2]).isdigit():
        raise InvalidAddress(address, "SES does not accept a domain that ends in a number")


def _in_ascii(given: str | Mailbox) -> str | Mailbox:
    """Return a mailbox whose domain is beyond ASCII with its domain in Punycode, and any other as it is given."""
    if isinstance(given, str) and not given.isascii():
        mailboxes = _mailboxes_of(str.__str__(given))
        given = mailboxes[0] if len(mailboxes) == 1 else given
    if not isinstance(given, Mailbox) or not isinstance(given.address, str) or given.domain.isascii():
        return given
    try:
        domain = domain_by_idna_2008(given.domain)
    except ValueError as error:
        raise InvalidAddress(given.address, str(error)) from None
    return replace(given, address=f"{given.local_part}@{domain}")


# The parts


def _root(
    text: str | None,
    html: str | None,
    calendar: str | None,
    report: Attachment | None,
    attachments: tuple[Attachment, ...],
) -> Leaf | Multipart:
    if report is None:
        return _structure(text, html, calendar, attachments)
    if not isinstance(report, Attachment):
        raise TypeError(f"a report is an Attachment, not {type(report).__name__}")
    fields = attachment_part(report)
    kind = content_type_of(fields)
    if kind not in REPORT_TYPES:
        raise InvalidField("report", f"its type is one of {', '.join(REPORT_TYPES)}, not {quoted(kind, 60)}")
    originals = tuple(map(attachment_part, attachments))
    # RFC 6522 section 3: at most three parts.
    if len(originals) > 1 or any(content_type_of(part) not in ORIGINALS for part in originals):
        raise InvalidField("report", f"it allows at most one attachment, {' or '.join(ORIGINALS)}")
    for_people = _structure(text, html, calendar, ())
    report_type = REPORT_TYPES[kind].report_type
    return Multipart("multipart/report", (for_people, fields, *originals), (("report-type", report_type),))


def _structure(
    text: str | None, html: str | None, calendar: str | None, attachments: tuple[Attachment, ...]
) -> Leaf | Multipart:
    """Return the tree of parts, in the nesting that most clients show well.

    multipart/mixed[ multipart/alternative[ text, multipart/related[ html, inline images ], calendar ], attachments ],
    less the levels with one part.
    """
    parts = [attachment_part(attachment) for attachment in attachments]
    seen: set[str] = set()
    beside: list[Leaf] = []
    after: list[Leaf] = []
    for attachment, part in zip(attachments, parts, strict=True):
        name = content_id(attachment)
        if name is not None and name in seen:
            raise InvalidField("Content-ID", f"{quoted(name, 60)} is given more than once")
        seen |= {name} if name is not None else set()
        is_inline = html is not None and name is not None and disposition_of(attachment) == "inline"
        (beside if is_inline else after).append(part)
    texts: list[Leaf | Multipart] = []
    if text is not None or (html is None and calendar is None and not after):
        texts.append(text_part("" if text is None else text, "plain"))
    if html is not None:
        page = text_part(html, "html")
        # RFC 2387 section 3.1: the type of the part that is shown first.
        texts.append(Multipart("multipart/related", (page, *beside), (("type", "text/html"),)) if beside else page)
    if calendar is not None:
        texts.append(text_part(calendar, "calendar", method=calendar_method(calendar)))
    if len(texts) > 1:
        texts = [Multipart("multipart/alternative", tuple(texts))]
    return Multipart("multipart/mixed", (*texts, *after)) if after else texts[0]
