"""The header fields that Amazon SES reads and removes: the table of them; read, write.

Sources: AWS's pages on sending authorization, event publishing, list management and tenants; each row of
`SES_FIELDS` names its page. Only the top-level header section counts; attached messages are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import MappingProxyType

from sesmime.errors import InvalidSetting
from sesmime.mime.edits import Edit, appending_edit, apply_edits, format_field, line_ending
from sesmime.mime.fields import (
    Defect,
    HeaderSection,
    Message,
    Span,
    as_source,
    header_section_end,
)
from sesmime.mime.hints import TYPE_CHECKING, Any, Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_text
from sesmime.mime.values import NamedTuple, dataclass, field
from sesmime.ses.pages import AUTHORIZATION, CONFIGURATION_SETS, EVENTS, LISTS, TENANTS
from sesmime.ses.tags import MessageTag, as_message_tags, format_message_tags, read_message_tags

# dg/quotas, v1:ConfigurationSet and v2:CreateTenantRequest: 1 to 64 of these.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# dg/sending-authorization-delegate-sender-tasks-email; `*` as region for identities of global endpoints. A name of
# more than 320 octets is no address (RFC 5321 section 4.5.3.1).
_IDENTITY_ARN = re.compile(
    r"arn:(?:aws|aws-cn|aws-us-gov):ses:(?:\*|[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}"
    r":identity/(?=.{1,320}\Z)(?:[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
_LIST_MANAGEMENT = lazy_pattern(r"([A-Za-z0-9_-]{1,64})[ \t]*(?:;[ \t]*(?i:topic)[ \t]*=[ \t]*([A-Za-z0-9_-]{1,64}))?")


class ListManagement(NamedTuple):
    """A contact list, and the topic of it that the message is about (dg/sending-email-list-management)."""

    contact_list: str
    topic: str | None = None


def as_list_management(given: ListManagement | tuple[str, str | None]) -> ListManagement:
    """Return a pair of str as a ListManagement of plain str, whatever they hold; raises TypeError for all else."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise TypeError("list_management must be a ListManagement")
    contact_list, topic = given
    if not isinstance(contact_list, str) or not isinstance(topic, str | None):
        raise TypeError("the contact list and the topic of a ListManagement must be str")
    return ListManagement(str.__str__(contact_list), None if topic is None else str.__str__(topic))


@dataclass(frozen=True, slots=True, kw_only=True)
class SesFields:
    """What the SES fields of one message say: None where a field is absent or malformed.

    The values are held, not checked; lists become tuples. `defects` tells what was malformed or repeated (spans in
    bytes of the message); it is no part of comparisons.
    """

    configuration_set: str | None = None
    message_tags: tuple[MessageTag, ...] | None = None
    source_arn: str | None = None
    from_arn: str | None = None
    return_path_arn: str | None = None
    list_management: ListManagement | None = None
    tenant: str | None = None
    defects: tuple[Defect, ...] = field(default=(), compare=False)

    if TYPE_CHECKING:  # what the constructor takes, where that is more than what an attribute holds

        def __init__(
            self,
            *,
            configuration_set: str | None = None,
            message_tags: Iterable[MessageTag | tuple[str, str]] | None = None,
            source_arn: str | None = None,
            from_arn: str | None = None,
            return_path_arn: str | None = None,
            list_management: ListManagement | tuple[str, str | None] | None = None,
            tenant: str | None = None,
            defects: tuple[Defect, ...] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("configuration_set", "source_arn", "from_arn", "return_path_arn", "tenant"):
            value = getattr(self, name)
            if value is not None and type(value) is not str:
                object.__setattr__(self, name, plain_text(value, name))
        if self.message_tags is not None:
            object.__setattr__(self, "message_tags", as_message_tags(self.message_tags))
        if self.list_management is not None:
            object.__setattr__(self, "list_management", as_list_management(self.list_management))


class FieldKind(Enum):
    """What the body of an SES field is made of; each kind is read, written, typed and asked for in one way."""

    NAME = "a name"
    ARN = "the ARN of an identity"
    TAGS = "message tags"
    LIST = "a contact list, and a topic"


class SesField(NamedTuple):
    """One row of the table: a setting, the field that holds it, and how its body is read and written.

    `read` returns None for a malformed body, `write` raises for a value that has not the `form`. `title` says in plain
    words what the setting is, `page` is AWS's page about it.
    """

    setting: str
    name: str
    kind: FieldKind
    title: str
    page: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    form: str


def read_name(body: str) -> str | None:
    """Return the name of a configuration set or tenant, or None if it is malformed."""
    value = body.strip(" \t")
    return value if _NAME.fullmatch(value) else None


def read_arn(body: str) -> str | None:
    """Return the ARN of an SES identity, or None if it is malformed."""
    value = body.strip(" \t")
    return value if _IDENTITY_ARN.fullmatch(value) else None


def read_list_management(body: str) -> ListManagement | None:
    """Return the list and topic of `List` or `List; topic=Topic`, or None if the body is malformed.

    >>> read_list_management("Weekly; topic=Offers")
    ListManagement(contact_list='Weekly', topic='Offers')
    """
    match = _LIST_MANAGEMENT.fullmatch(body.strip(" \t"))
    return ListManagement(match[1], match[2]) if match else None


def _read_tags(body: str) -> tuple[MessageTag, ...] | None:
    found = read_message_tags(body)
    return None if found.defects else found.tags


def _write_tags(tags: Any) -> str:
    given = as_message_tags(tags)
    if not given:
        raise InvalidSetting("message_tags", given, "it contains no tag")
    return format_message_tags(given)


def _writer(setting: str, read: Callable[[str], object], form: str) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{setting} must be a str, not {type(value).__name__}")
        text = str.__str__(value)
        if text != text.strip() or read(text) is None:
            raise InvalidSetting(setting, text, f"it must be {form}")
        return text

    return write


def _write_list_management(value: Any) -> str:
    contact_list, topic = as_list_management(value)
    body = contact_list if topic is None else f"{contact_list}; topic={topic}"
    if read_list_management(body) != (contact_list, topic):
        raise InvalidSetting("list_management", body, f"it must be {_LIST_FORM}")
    return body


_NAME_FORM = "1 to 64 characters from A-Z a-z 0-9 _ and -"
_ARN_FORM = "the ARN of an SES identity: arn:aws:ses:REGION:ACCOUNT:identity/DOMAIN-OR-ADDRESS"
_LIST_FORM = "List or List; topic=Topic, each name 1 to 64 characters from A-Z a-z 0-9 _ and -"
_TAGS_FORM = "name=value pairs as in a=1, b=2; names and values 1 to 255 characters from A-Z a-z 0-9 _ and -"


def _row(setting: str, name: str, kind: FieldKind, title: str, page: str) -> SesField:
    if kind is FieldKind.TAGS:
        return SesField(setting, name, kind, title, page, _read_tags, _write_tags, _TAGS_FORM)
    if kind is FieldKind.LIST:
        return SesField(setting, name, kind, title, page, read_list_management, _write_list_management, _LIST_FORM)
    read, form = (read_name, _NAME_FORM) if kind is FieldKind.NAME else (read_arn, _ARN_FORM)
    return SesField(setting, name, kind, title, page, read, _writer(setting, read, form), form)


_AUTHORISES = "the identity that authorises the"

# The fields a sender may put into a message, by setting. A new one is a row here, an attribute of `SesFields` and of
# `Settings`, and its rows in `precedence_table`; classes, options, texts and checks derive from the row.
SES_FIELDS: Final[Mapping[str, SesField]] = MappingProxyType(
    {
        row.setting: row
        for row in (
            _row(
                "configuration_set",
                "X-SES-CONFIGURATION-SET",
                FieldKind.NAME,
                "the configuration set",
                CONFIGURATION_SETS,
            ),
            _row("message_tags", "X-SES-MESSAGE-TAGS", FieldKind.TAGS, "a message tag", EVENTS),
            _row("source_arn", "X-SES-SOURCE-ARN", FieldKind.ARN, f"{_AUTHORISES} source", AUTHORIZATION),
            _row("from_arn", "X-SES-FROM-ARN", FieldKind.ARN, f"{_AUTHORISES} From address", AUTHORIZATION),
            _row(
                "return_path_arn", "X-SES-RETURN-PATH-ARN", FieldKind.ARN, f"{_AUTHORISES} return path", AUTHORIZATION
            ),
            _row(
                "list_management",
                "X-SES-LIST-MANAGEMENT-OPTIONS",
                FieldKind.LIST,
                "the contact list of list management",
                LISTS,
            ),
            # AWS Messaging blog, 2025-11-26, tenants implementation guide part 3, names the field.
            _row("tenant", "X-SES-TENANT", FieldKind.NAME, "the tenant", TENANTS),
        )
    }
)

# The names of these fields, in lower case.
SETTING_FIELDS: Final = tuple(row.name.lower() for row in SES_FIELDS.values())


def read_ses_fields(message: Message) -> SesFields:
    r"""Read the SES fields of the top-level header section; of repeated ones the first counts.

    Never raises on content. Raises TypeError for what does not hold bytes.

    >>> read_ses_fields(b"X-SES-TENANT: acme\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\n").tenant
    'acme'
    """
    source = as_source(message)
    stop, _ = header_section_end(source)
    if b"x-ses-" not in bytes(source[:stop]).lower():
        return SesFields()
    section = HeaderSection(source, Span(0, stop))
    values: dict[str, Any] = {}
    defects: list[Defect] = []
    for row in SES_FIELDS.values():
        standing = section.all(row.name)
        if not standing:
            continue
        values[row.setting] = row.read(standing[0].body)
        if values[row.setting] is None:
            defects.append(Defect(f"malformed-{row.setting}", standing[0].span, f"{row.name} must be {row.form}"))
        defects.extend(
            Defect(f"repeated-{row.setting}", repeat.span, f"{row.name} is repeated; the first counts")
            for repeat in standing[1:]
        )
    return SesFields(**values, defects=tuple(defects))


def write_ses_fields(message: Message, fields: SesFields) -> bytes:
    r"""Make the SES fields of a message those of `fields`: ASCII, one field each, in the message's line ending.

    All seven are replaced: a setting that is None leaves the message. To change one, give
    `dataclasses.replace(read_ses_fields(message), tenant="acme")`. Other bytes stay.

    Raises InvalidMessageTag and InvalidSetting for values that have not the form, TypeError for those of another type.

    >>> write_ses_fields(b"To: a@b.example\n\nHi", SesFields(message_tags=(MessageTag("a", "1"),)))
    b'To: a@b.example\nX-SES-MESSAGE-TAGS: a=1\n\nHi'
    """
    if not isinstance(fields, SesFields):
        raise TypeError(f"fields must be SesFields, not {type(fields).__name__}")
    return apply_edits(message, writing_edits(message, fields))


def writing_edits(
    message: Message, fields: SesFields, *, settings: Iterable[str] = tuple(SES_FIELDS), beside: Iterable[Edit] = ()
) -> list[Edit]:
    """Return the edits of `write_ses_fields`, for some of the settings, with those `beside` by which fields leave."""
    edits = list(beside)
    rows = [SES_FIELDS[setting] for setting in settings]
    if not rows:
        return edits
    source = as_source(message)
    ending = line_ending(source)
    stop, _ = header_section_end(source)
    section = HeaderSection(source, Span(0, stop))
    gone = {edit.span for edit in edits}
    appended = b""
    for row in rows:
        value = getattr(fields, row.setting)
        standing = section.all(row.name)
        raw = b"" if value is None else format_field(row.name, row.write(value), ending)
        if raw and standing and standing[0].raw.endswith(b"\n"):
            edits.append(Edit(standing[0].span, raw))
            standing = standing[1:]
        else:
            appended += raw
        edits.extend(Edit(repeat.span, b"") for repeat in standing if repeat.span not in gone)
    if appended and any(edit.span.stop == stop for edit in edits):
        # The last line is written anew or leaves, with its line end or, where the message has none there, without.
        edits.append(Edit(Span(stop, stop), appended))
    elif appended:
        edits.append(appending_edit(source, section, appended))
    return edits
