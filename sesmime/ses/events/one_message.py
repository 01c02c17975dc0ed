"""The one message of a submission that an event is about: who sends it, who receives it, its tags and its fields.

Raw interfaces have the message, and its fields are recorded as they were sent. Of simple content and of templates SES
makes a message itself; its fields are those that were recorded for `SendEmail` and `SendTemplatedEmail`
(localstack/localstack, `tests/aws/services/ses/test_ses.snapshot.json`). A bulk call has a message for each entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from sesmime.errors import InvalidField
from sesmime.mime.addresses import parse_addresses
from sesmime.mime.fields import HeaderSection, Message, as_header_section, fold_case
from sesmime.mime.words import encode_words
from sesmime.ses.envelope import address_key, envelope_of, one_address
from sesmime.ses.events.plain import plain_text
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Resolution, resolution_of
from sesmime.ses.requests import SIMPLE, Submission
from sesmime.ses.tags import MessageTag


class RecordedField(NamedTuple):
    """One field as records have it."""

    name: str
    value: str


# A fold with the blanks after it is recorded as one blank; a blank before it stays.
_FOLD: Final = re.compile(rb"\r?\n[ \t]*")
_ADDRESS_LISTS: Final = ("ToAddresses", "CcAddresses", "BccAddresses")
# Where the entries of a bulk call stand.
_ENTRIES: Final[Mapping[Interface, str]] = {
    Interface.SEND_BULK_TEMPLATED_EMAIL: "Destinations",
    Interface.V2_SEND_BULK_EMAIL: "BulkEmailEntries",
}
_CUSTOM_VERIFICATION: Final = (
    Interface.SEND_CUSTOM_VERIFICATION_EMAIL,
    Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL,
)
# JavaMail's form, as recorded; the digits are of no message.
_BOUNDARY: Final = "----=_Part_000000_0000000000.0000000000000"


class OneMessage:
    """What a submission says of one message, each fact worked out when it is asked for. Never raises on content.

    `entry` numbers the entries of a bulk call from 0; `rendered` is the message that SES made of a template, where
    that is known.
    """

    def __init__(self, submission: Submission[Any], *, entry: int = 0, rendered: Message | None = None) -> None:
        if not isinstance(submission, Submission):
            raise TypeError(f"a submission must be a Submission, not {type(submission).__name__}")
        self._submission = submission
        self.interface = submission.interface
        self._parameters = submission.parameters
        self._entry_number = entry
        self._rendered = rendered
        self.extra: Mapping[str, Any] = dict(submission.parameters.extra or ())

    @cached_property
    def section(self) -> HeaderSection:
        """The fields of the raw message; none for interfaces without one."""
        return as_header_section(self._submission.message if self.interface.is_raw else None)

    @cached_property
    def resolution(self) -> Resolution:
        """Which settings count."""
        return resolution_of(self.section, parameters=self._parameters, interface=self.interface)

    @cached_property
    def entry(self) -> Mapping[str, Any]:
        """The entry of a bulk call that this message is of, as it stands in the request."""
        entries = _listed(self.extra.get(_ENTRIES.get(self.interface, "")))
        return _members(entries[self._entry_number]) if -1 < self._entry_number < len(entries) else {}

    @property
    def entry_count(self) -> int:
        """How many entries a bulk call has; 0 for others."""
        return len(_listed(self.extra.get(_ENTRIES.get(self.interface, ""))))

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Everybody that receives it, those of Bcc too: bare addresses, each once."""
        if self.interface in _CUSTOM_VERIFICATION:
            given: list[str] = _texts([self.extra.get("EmailAddress")])
        elif self.interface in _ENTRIES:
            given = [text for name in _ADDRESS_LISTS for text in self._of_entry(name)]
        else:
            found = envelope_of(self.section, parameters=self._parameters, interface=self.interface)
            return tuple(map(plain_text, found.recipients))
        once: dict[str, str] = {}
        for text in given:
            address = one_address(text) or text
            once.setdefault(address_key(address), plain_text(address))
        return tuple(once.values())

    def _of_entry(self, name: str) -> list[str]:
        return _texts(_listed(_members(self.entry.get("Destination")).get(name)))

    @cached_property
    def source(self) -> str:
        """The sender as it was given: the parameter, else the text of the first From; empty where there is none.

        The guide calls it the address of MAIL FROM, and its examples have display names too.
        """
        given = self.resolution.source
        if given:
            return plain_text(given)
        field = self.section.first("From")
        return _unfolded(field.raw) if field is not None else ""

    @property
    def source_address(self) -> str:
        """The bare address of the source; the text itself where it is no single mailbox."""
        return one_address(self.source) or self.source

    @cached_property
    def from_domain(self) -> str | None:
        """The domain of the From that recipients see; None where there is no From (as recorded)."""
        given = self._parameters.source if self.interface.is_v2 or not self.interface.is_raw else None
        if not given:
            field = self.section.first("From")
            given = field.body if field is not None else ""
        mailboxes = parse_addresses(str.__str__(given))
        return plain_text(mailboxes[0].domain) or None if mailboxes else None

    @cached_property
    def tags(self) -> tuple[MessageTag, ...]:
        """The message tags that count.

        The ReplacementTags of an entry of a bulk call stand in for default tags of the same name (ASSUMED: it is
        documented for ReplacementHeaders).
        """
        default: tuple[MessageTag, ...] = self.resolution.message_tags or ()
        given = [_members(tag) for tag in _listed(self.entry.get("ReplacementTags"))]
        own = tuple(
            MessageTag(str.__str__(tag["Name"]), str.__str__(tag["Value"]))
            for tag in given
            if isinstance(tag.get("Name"), str) and isinstance(tag.get("Value"), str)
        )
        replaced = {tag.name for tag in own}
        return tuple(tag for tag in default if tag.name not in replaced) + own

    @property
    def template_name(self) -> str:
        """The template's name, or the last part of its ARN; empty where there is none."""
        content = _members(self.extra.get("Content") or self.extra.get("DefaultContent"))
        for holder in (_members(content.get("Template")), self.extra):
            for name in ("TemplateName", "Template", "TemplateArn"):
                if isinstance(text := holder.get(name), str) and text:
                    return plain_text(text).rpartition("/")[2]
        return ""

    # Fields

    def template_fields(self, name: str) -> list[str]:
        """Return the values of the fields of a name that a request adds to a template; the entry's own stand in."""
        content = _members(self.extra.get("Content") or self.extra.get("DefaultContent"))
        for given in (self.entry.get("ReplacementHeaders"), _members(content.get("Template")).get("Headers")):
            pairs = [(header.get("Name"), header.get("Value")) for header in map(_members, _listed(given))]
            found = [value for own, value in pairs if isinstance(own, str) and fold_case(own) == fold_case(name)]
            if found:
                return _texts(found)
        return []

    def fields(self, *, is_rendered: bool) -> tuple[RecordedField, ...]:
        """Return the fields as records have them; of templates the few that a Send has where `is_rendered` is false."""
        if self.interface.is_raw:
            return tuple(_of_section(self.section))
        if self._rendered is not None and is_rendered:
            return tuple(_of_section(as_header_section(self._rendered)))
        return tuple(self._made())

    def header_octets(self, fields: tuple[RecordedField, ...]) -> int:
        """Return the size of the header section, in octets; where SES makes it, as large as its fields."""
        if self.interface.is_raw:
            return self.section.span.stop - self.section.span.start
        return sum(map(field_octets, fields))

    def _made(self) -> Iterator[RecordedField]:
        """Make the fields in the order that was recorded."""
        if self.source:  # a custom verification message has its sender in the template
            yield RecordedField("From", self.source)
        destination = self._parameters.destination
        to, cc = (self._of_entry("ToAddresses"), self._of_entry("CcAddresses"))
        if destination is not None and self.interface not in _ENTRIES:
            to, cc = list(destination.to), list(destination.cc)
        if self.interface in _CUSTOM_VERIFICATION:
            to = list(self.recipients)
        for name, texts in (("Reply-To", self._parameters.reply_to or ()), ("To", to), ("Cc", cc)):
            if texts:
                yield RecordedField(name, ", ".join(map(plain_text, texts)))
        if self.interface not in SIMPLE:
            yield RecordedField("MIME-Version", "1.0")
            return
        content: Mapping[str, Any] = self.extra
        for name in SIMPLE[self.interface]:
            content = _members(content.get(name))
        subject = _members(content.get("Subject")).get("Data")
        if isinstance(subject, str):
            yield RecordedField("Subject", _encoded(plain_text(subject)))
        yield RecordedField("MIME-Version", "1.0")
        yield from _of_content(_members(content.get("Body")), has_attachments=bool(content.get("Attachments")))
        for header in map(_members, _listed(content.get("Headers"))):
            if isinstance(header.get("Name"), str) and isinstance(header.get("Value"), str):
                yield RecordedField(plain_text(header["Name"]), plain_text(header["Value"]))


def field_octets(field: RecordedField) -> int:
    """Return the octets of a field with its colon, blank and line end."""
    return len(field.name.encode()) + len(field.value.encode()) + 4


def all_named(fields: tuple[RecordedField, ...], name: str) -> list[str]:
    """Return the values of the fields of a name, which compares by ASCII case."""
    return [field.value for field in fields if fold_case(field.name) == fold_case(name)]


def _of_section(section: HeaderSection) -> Iterator[RecordedField]:
    for field in section:
        yield RecordedField(plain_text(field.name), _unfolded(field.raw))


def _unfolded(raw: bytes) -> str:
    octets = _FOLD.sub(b" ", raw.partition(b":")[2].rstrip(b"\r\n")).strip(b" \t")
    return plain_text(octets.decode("ascii", "surrogateescape"))


def _of_content(body: Mapping[str, Any], *, has_attachments: bool) -> Iterator[RecordedField]:
    """Make the fields that tell the content. The type of one with attachments is ASSUMED."""
    given = {name: text for name in ("Text", "Html") if isinstance(text := _members(body.get(name)).get("Data"), str)}
    if has_attachments:
        yield RecordedField("Content-Type", f'multipart/mixed;  boundary="{_BOUNDARY}"')
    elif len(given) > 1:
        yield RecordedField("Content-Type", f'multipart/alternative;  boundary="{_BOUNDARY}"')
    else:
        yield RecordedField("Content-Type", f"text/{'html' if 'Html' in given else 'plain'}; charset=UTF-8")
        plain = all(str.isascii(text) for text in given.values())
        yield RecordedField("Content-Transfer-Encoding", "7bit" if plain else "quoted-printable")


def _encoded(text: str) -> str:
    try:
        return encode_words(text, name="Subject")
    except InvalidField:  # a control, which SES refuses; a record is made all the same
        return text


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _texts(values: list[Any]) -> list[str]:
    return [str.__str__(value) for value in values if isinstance(value, str)]
