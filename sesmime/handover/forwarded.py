"""The header section of a forwarded message: the edits that make it of the received one, and what they could not keep.

Nothing is lost in silence. A line that is no field is somebody's text: where it runs on from the fields an empty line
is put before it, elsewhere it becomes an X-Received-Line field. The author's words go into the display
name as text, whatever they are. What has to go is told, as a field that left or as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sesmime.errors import InvalidAddress, InvalidField, is_printable, masked_by_unicode_14, quoted
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
from sesmime.mime.grammar import LONE_CR, MAX_LINE
from sesmime.mime.words import decode_words
from sesmime.ses.address_length import overlong_shapes, shortened
from sesmime.ses.javamail import verdict
from sesmime.ses.once_only import ONCE_ONLY
from sesmime.ses.recipients import strict_verdict
from sesmime.ses.strip import strip_ses_fields

# What leaves. Of these SES refuses some on the way out (Sender and Return-Path must be verified, DKIM-Signature and
# Message-ID meet its own: arithmetric/aws-lambda-ses-forwarder#4, #8, #11, #58), others are the receiving side's own
# words, which nobody after us should believe, and Bcc and the Resent- fields would tell of recipients that are not
# ours. Signatures say nothing true of a message whose From was rewritten.
DROPPED: Final = frozenset(
    """
    return-path sender dkim-signature domainkey-signature message-id bcc feedback-id delivered-to received-spf
    authentication-results arc-seal arc-message-signature arc-authentication-results bounces-to
    resent-from resent-sender resent-to resent-cc resent-bcc resent-reply-to resent-date resent-message-id
    """.split()  # noqa: SIM905, a list of them fills twenty lines
)
# Names without a hyphen that fields have (RFC 4021, RFC 5536): after a line of text any other is a word and a colon.
_WORDS_THAT_ARE_NAMES: Final = frozenset(
    """
    from to cc bcc sender subject date received comments keywords references organization organisation importance
    priority precedence sensitivity encrypted autocrypt lines status path xref newsgroups approved expires supersedes
    distribution
    """.split()  # noqa: SIM905, as above
)

_PLAIN_NAME: Final = re.compile(r"[!-9;-~]+")
_BLANK_LINES: Final = re.compile(rb"(?<=\n)(?:[ \t]++(?:\r?\n|\Z))++")
_LAST_BLANK_LINES: Final = re.compile(rb"(?<=\n)(?:[ \t]++\r?\n)++\Z")
_BLANKS: Final = re.compile(r"\s+")
_WORDS: Final = re.compile(r"\w+")
# Not Comments (RFC 5322 section 3.6.5), of which SES takes one.
_LINE_FIELD: Final = b"X-Received-Line: "


class Note(NamedTuple):
    """Something that a forward could not carry over: the code of its rule, and one sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject_prefix: str


class Forwarded(NamedTuple):
    """The message with its new header section; the lines that read as fields and are text in it; what to tell."""

    message: bytes
    moved: tuple[bytes, ...]
    notes: tuple[Note, ...]


def rewritten(message: Message, asked: Asked) -> Forwarded:
    """Return the message with the header section of a forwarded one."""
    return _Rewriting(message, asked).done()


class _Author(NamedTuple):
    """Whom a message is from: as text, as mailboxes that can be written, and whether these are all there are."""

    text: str
    mailboxes: tuple[Mailbox, ...]
    is_whole: bool


class _Rewriting:
    """One header section being rewritten."""

    def __init__(self, message: Message, asked: Asked) -> None:
        self.asked = asked
        self.notes: list[Note] = []
        received = strip_ses_fields(_one_line_ending(message))
        self.received = parse_header_section(received)
        self.source, self.moved = _with_text_below(received)
        stop, _ = header_section_end(self.source)
        self.section = HeaderSection(self.source, Span(0, stop))
        self.ending = line_ending(self.source)

    def done(self) -> Forwarded:
        written = self._written()
        edits = list(self._edits(written))
        replaced = {fold_case(name) for name, _ in written.values() if name in self.section}
        new = b"".join(
            format_field(name, body, self.ending)
            for key, (name, body) in written.items()
            if key not in replaced and body
        )
        if new:
            edits.append(self._appended(new, edits))
        return Forwarded(apply_edits(self.source, edits), tuple(self.moved), tuple(self.notes))

    # What is written

    def _written(self) -> dict[str, tuple[str, str]]:
        """Return the fields to write, by name in lower case."""
        author = self._author()
        written = {
            "from": ("From", format_addresses([self._sender(author)])),
            "reply-to": ("Reply-To", format_addresses(map(shortened, self._answers(author)))),
        }
        if self.asked.to:
            written["to"] = ("To", format_addresses(map(shortened, self.asked.to)))
        if self.asked.subject_prefix:
            subject = self.section.first("Subject")
            old = decode_words(subject.body) if subject is not None else ""
            written["subject"] = ("Subject", f"{self.asked.subject_prefix}{_printable(old)}")
        return written

    def _author(self) -> _Author:
        """Return whom the first From field that says something names, without one the first such Sender.

        Some readers find it among lines of text too, which are below the fields by now.
        """
        for name in ("From", "Sender"):
            for field in self.received.all(name):
                if field.body.strip(" \t"):
                    return _author_of(field.body)
        return _Author("", (), False)

    def _sender(self, author: _Author) -> Mailbox:
        """Return our mailbox under the author's name; what of it SES takes."""
        ours = self.asked.sender
        if ours.display_name or not author.text:
            return shortened(ours)
        whole = Mailbox(author.text, ours.address)
        made = shortened(whole)
        if made != whole:
            self._left_out(f"the author's name is shortened to {len(made.display_name)} characters: SES takes no more")
        return made

    def _answers(self, author: _Author) -> tuple[Mailbox, ...]:
        """Return whom answers go to, and note who gets none."""
        if self.asked.reply_to:
            return self.asked.reply_to
        for field in self.section.all("Reply-To"):
            if not field.body.strip(" \t"):
                continue
            wanted, is_whole = _usable(field.body)
            if not is_whole:
                self._left_out(f"an address in Reply-To cannot be written: {_shown(field.body)}")
            if wanted:
                return wanted
        if not author.mailboxes:
            whom = f": the author's address cannot be used: {quoted(author.text, 100)}" if author.text else ""
            self._note("SES216", f"no Reply-To could be written, answers come to us{whom}")
        elif not author.is_whole:
            self._left_out(f"not every author's address can be written into Reply-To: {quoted(author.text, 100)}")
        return author.mailboxes

    def _left_out(self, message: str) -> None:
        self._note("SES217", message)

    def _note(self, code: str, message: str) -> None:
        self.notes.append(Note(code, message))

    # The edits

    def _edits(self, written: dict[str, tuple[str, str]]) -> Iterator[Edit]:
        """Return the edits by which lines and fields leave or are written anew."""
        for defect in self.section.defects:
            if defect.span.start < defect.span.stop:
                raw = bytes(self.source[defect.span.start : defect.span.stop])
                # The line of an mbox file is the envelope of a store of mail, no text.
                yield Edit(defect.span, b"" if defect.name == "mbox-line" else self._as_line_field(raw))
        seen: set[str] = set()
        for field in self.section.fields:
            name = fold_case(field.name).strip()
            if not _PLAIN_NAME.fullmatch(name):
                kept = self._as_line_field(field.raw)
                if kept:
                    self.moved.append(field.raw)
                yield Edit(field.span, kept)
            elif name in DROPPED or (name in seen and name in ONCE_ONLY | {"to", "cc"}):
                yield Edit(field.span, b"")
            elif name in written:
                title, body = written[name]
                yield Edit(field.span, format_field(title, body, self.ending) if body else b"")
            elif name in ("to", "cc") and not _is_taken(field.body):
                yield Edit(field.span, self._repaired(field))
            else:
                yield from _tidied(field)
            seen.add(name)

    def _as_line_field(self, raw: bytes) -> bytes:
        """Return a line that is no field as a field, b"" where it cannot be one."""
        text = _BLANK_LINES.sub(b"", raw).lstrip(b" \t\r\n")
        if text.startswith(b":"):
            text = text[1:].lstrip(b" \t\r\n")
        if not text:
            return b""
        longest = max(len(line.removesuffix(b"\r")) for line in (_LINE_FIELD + text).split(b"\n"))
        if b"\0" in text or longest > MAX_LINE:
            self._left_out(f"a line that is no field cannot be kept: {_shown(raw.decode('ascii', 'surrogateescape'))}")
            return b""
        return _LINE_FIELD + text + (b"" if text.endswith(b"\n") else self.ending)

    def _repaired(self, field: Field) -> bytes:
        """Return an address field without what SES would refuse in it, b"" if nothing is left."""
        if not field.body.strip(" \t"):
            return b""
        mailboxes, is_whole = _usable(field.body)
        if not is_whole:
            name = field.name.strip()
            self._left_out(f"not all of {name} can be written: {_shown(field.body)}")
        return format_field(field.name.strip(), format_addresses(mailboxes), self.ending) if mailboxes else b""

    def _appended(self, new: bytes, edits: list[Edit]) -> Edit:
        stop = self.section.span.stop
        if any(edit.span.stop == stop for edit in edits):
            return Edit(Span(stop, stop), new)
        return appending_edit(self.source, self.section, new)


def _tidied(field: Field) -> Iterator[Edit]:
    """Return the edits that take from a field what some readers take for the end of the header section.

    That is a blank before the colon, which Python's email takes for text, and a line of blanks only.
    """
    name = field.name.strip().encode("ascii")
    start = field.span.start
    if not field.raw.startswith(name + b":"):
        yield Edit(Span(start, start + field.raw.index(b":")), name)
    for lines in _BLANK_LINES.finditer(field.raw, field.raw.index(b":")):
        yield Edit(Span(start + lines.start(), start + lines.end()), b"")


# The message as it came


def _one_line_ending(message: Message) -> bytes:
    """Return the message with its header section's lone CRs made line ends: some reader would take them for such."""
    source = as_source(message)
    _, body = header_section_end(source)
    head = bytes(source[:body])
    if not LONE_CR.search(head):
        return bytes(source)
    return LONE_CR.sub(b"\r\n", head) + bytes(source[body:])


def _with_text_below(source: bytes) -> tuple[bytes, list[bytes]]:
    """Return the message with an empty line before text that runs on from its fields, or stands in their place.

    Such text is what follows the last field and is none, and where no empty line ends the fields, all from the first
    line on that is none. Blank-looking lines before it are its own. Besides, what of it reads as fields is returned.
    """
    stop, body = header_section_end(source)
    section = HeaderSection(source, Span(0, stop))
    broken = [defect.span.start for defect in section.defects if defect.name == "not-a-field"]
    first = min(broken, default=stop)
    has_empty_line = body < len(source) or stop < body
    if has_empty_line and _is_base64(section):
        return source, []  # text before it would be decoded with it
    last = max((field.span.stop for field in section.fields if _is_field(field, first)), default=0)
    starts = [field.span.start for field in section.fields if not _is_field(field, first)] + broken
    text = [start for start in starts if start >= last]
    if not has_empty_line:
        text += broken
    if not text:
        return source, []
    start = min(text)
    blank = _LAST_BLANK_LINES.search(source, 0, start)
    if blank is not None:
        start = blank.start()
    moved = [field.raw for field in section.fields if field.span.start >= start]
    return source[:start] + line_ending(source) + source[start:], moved


def _is_field(field: Field, first: int) -> bool:
    """Whether a field is one to people too; `first` is where the first line stands that is none."""
    name = fold_case(field.name).strip()
    if not _PLAIN_NAME.fullmatch(name):
        return False
    return field.span.start < first or "-" in name or name in _WORDS_THAT_ARE_NAMES


def _is_base64(section: HeaderSection) -> bool:
    field = section.first("Content-Transfer-Encoding")
    return field is not None and field.body.strip(" \t").lower().startswith("base64")


# Authors and addresses


def _author_of(body: str) -> _Author:
    r"""Read a From field: the author as text without an @, so that no reader takes it for the sender's address.

    >>> _author_of("Ann <ann@example.net>").text, _author_of("ann@a.example <ann@a.example>").text
    ('Ann (ann at example.net)', 'ann at a.example')
    """
    mailboxes, is_whole = _usable(body)
    text = _as_text(decode_words(body))
    named = ", ".join(_named(mailbox) for mailbox in parse_addresses(body))
    if set(_WORDS.findall(masked_by_unicode_14(text))) <= set(_WORDS.findall(masked_by_unicode_14(named))):
        text = named
    return _Author(text, mailboxes, is_whole)


def _named(mailbox: Mailbox) -> str:
    name, address = _as_text(mailbox.display_name), _as_text(decode_words(mailbox.address))
    return f"{name} ({address})" if name and name != address else address


def _as_text(text: str) -> str:
    """Return text on one line, each @ a word."""
    return _BLANKS.sub(" ", _printable(text).replace("@", " at ")).strip()


def _is_taken(body: str) -> bool:
    """Whether SES is expected to take a To or Cc field beside a destination."""
    found = strict_verdict(body.encode("utf-8", "surrogateescape").decode("latin-1"))
    if not body.strip(" \t") or found.error is not None or found.unpredictable:
        return False
    return next(overlong_shapes(found.parsed), None) is None


def _usable(body: str) -> tuple[tuple[Mailbox, ...], bool]:
    """Return the mailboxes of a list that can be written again, and whether these are all it holds."""
    found = parse_addresses(body)
    mailboxes = tuple(_writable(found.mailboxes))
    is_whole = len(mailboxes) == len(found) and not any(defect.name in UNREADABLE for defect in found.defects)
    return mailboxes, is_whole


def _writable(mailboxes: Iterable[Mailbox]) -> Iterator[Mailbox]:
    for mailbox in mailboxes:
        plain = Mailbox(_printable(mailbox.display_name), mailbox.address)
        try:
            text = format_addresses([plain])
        except (InvalidAddress, InvalidField):
            continue
        if verdict("parse+validate", text).error is None:
            yield shortened(plain)


def _printable(text: str) -> str:
    """Return text in which nothing is left that must not be written or misleads: controls, bidi controls, bytes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if is_printable(c) else " " for c in text).strip()


def _shown(text: str) -> str:
    return quoted(decode_words(text), 100)
