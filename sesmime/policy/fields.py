r"""Field objects: what the SES policy gives for a field and takes for one; `msg["To"].addresses` and the like.

Each class here is a `str`, decoded, that knows the name, the body and the defects of its field, and stands for one
class of `email.headerregistry`. It does two things, kept apart:

- `read` takes any unfolded body and raises nothing; what is wrong becomes a defect. The library's own parser
  raises on short bodies and is quadratic on long ones, so the tokenisers here are sesmime's.
- `written` takes what a program assigns and gives the body that is written, in ASCII and one line; what must not
  be written raises. It is text, never syntax of RFC 2047: `a =?utf-8?q?x?=` reads back as these letters. Only what is
  encoded words from end to end, as `Header.encode` gives, is read first when it is `assigned` to a message.

`field_lines` folds, for fields of every kind, where no reader can take the fold for something else. Here are the
fields of RFC 5322; those of MIME and of Amazon SES are in `policy.registry`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from email.errors import (
    HeaderMissingRequiredValue,
    InvalidDateDefect,
    InvalidHeaderDefect,
    MessageDefect,
    NonASCIILocalPartDefect,
    NonPrintableDefect,
    UndecodableBytesDefect,
)
from email.header import Header
from email.headerregistry import Address, AddressHeader, BaseHeader, Group
from email.policy import Policy
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar, Final, Literal, NamedTuple

from sesmime.errors import InvalidAddress, InvalidField, SesMimeError, quoted
from sesmime.mime.addresses import AddressList, Mailbox, format_addresses, parse_addresses
from sesmime.mime.addresses import Group as MailboxGroup
from sesmime.mime.dates import is_date
from sesmime.mime.edits import fold, format_field
from sesmime.mime.fields import Defect
from sesmime.mime.grammar import (
    ADDRESS_FIELDS,
    CONTROLS,
    MAX_LINE,
    PREFERRED_LINE,
    STRUCTURED_FIELDS,
    UNFOLDED_FIELDS,
)
from sesmime.mime.plain import plain_text
from sesmime.mime.words import ENCODED_WORD, decode_raw, decode_words, encode_words

# Folding

# A line may end before blanks that stand between other characters; they begin the next line and stay part of the value.
_BLANKS: Final = re.compile(r"(?<=[^ \t])([ \t]+)(?=[^ \t])")
# The same outside quoted strings, of which one without end is the rest of the body.
_UNQUOTED_BLANKS: Final = re.compile(rf'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|{_BLANKS.pattern}', re.DOTALL)
# Parameters are divided between them alone, and SES fields after a comma.
_AFTER_SEMICOLON: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|(?<=;)([ \t]+)(?=[^ \t])', re.DOTALL)
_AFTER_COMMA: Final = re.compile(r"(?<=,)([ \t]+)(?=[^ \t])")


def field_lines(name: str, body: str, width: int = PREFERRED_LINE) -> list[str]:
    """Write one field as lines without their ends, none longer than `width` where that does not change the value.

    Stands for `BaseHeader.fold`. It is written, and refused, by `edits.format_field`; here the folds of address lists
    and of parameters are moved out of quoted strings.

    >>> field_lines("To", '"Ng, A." <a@b.example>, c@d.example', 30)
    ['To: "Ng, A." <a@b.example>,', ' c@d.example']
    """
    lines = format_field(name, body, b"\n").decode("ascii").split("\n")[:-1]
    if width == PREFERRED_LINE and (len(lines) == 1 or _breaks(name) in (_BLANKS, _AFTER_COMMA)):
        return lines
    lines = folded_lines(name, "".join(lines)[len(name) + 2 :], width)
    if max(map(len, lines)) > MAX_LINE:
        raise InvalidField(name, f"a line of more than {MAX_LINE} octets that cannot be folded")
    return lines


def folded_lines(name: str, body: str, width: int) -> list[str]:
    """Fold one body where a field of that name may be folded; nothing is checked and no character changes."""
    breaks = _breaks(name)
    if breaks is _AFTER_COMMA:
        width = MAX_LINE
    line = f"{name}: {body}"
    # A match without its group is a quoted string, which is passed over.
    places = (match.start() for match in breaks.finditer(line, len(name) + 2) if match[1] is not None)
    return fold(line, width, places)


def _breaks(name: str) -> re.Pattern[str]:
    lowered = name.lower()
    if lowered in ADDRESS_FIELDS:
        return _UNQUOTED_BLANKS
    if lowered in ("content-type", "content-disposition"):
        return _AFTER_SEMICOLON
    return _AFTER_COMMA if UNFOLDED_FIELDS.match(name) else _BLANKS


# Text


class Reading(NamedTuple):
    """What a body says: as text, as the value that its class gives, and what is wrong with it."""

    text: str
    value: Any
    defects: Iterable[MessageDefect] = ()


class TextField(BaseHeader):
    """Unstructured text, and any field without a class of its own; replaces `UnstructuredHeader`.

    `name` and `defects` are those of `BaseHeader`.
    """

    max_count: ClassVar[Literal[1] | None] = None
    _body: str
    _value: Any

    @property
    def body(self) -> str:
        """The unfolded body that it was read from, with surrogates for raw 8-bit bytes; assigned ones are ASCII."""
        return self._body

    @classmethod
    def read(cls, body: str) -> Reading:
        """Read an unfolded body; never raises."""
        return Reading(decode_words(body), None)

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        """Return the body to write for what is assigned; raises SesMimeError, and TypeError for what is no value."""
        if name.lower() in STRUCTURED_FIELDS or UNFOLDED_FIELDS.match(name):
            return text_of(name, value)
        return encode_words(text_of(name, value), name=name)

    @classmethod
    def assigned(cls, name: str, value: Any) -> str:
        """Return the body to write for what a program assigns to a field of a message, which may be encoded already.

        What `Header.encode` gives is encoded words from end to end: it is read before it is written.
        """
        is_text = name.lower() not in STRUCTURED_FIELDS and cls in (TextField, UniqueTextField)
        if is_text and isinstance(value, str) and _ENCODED.fullmatch(plain_text(value)):
            decoded = decode_words(_LINE_ENDS.sub("", plain_text(value)))
            if not CONTROLS.search(decoded) and "=?" not in decoded:
                value = decoded
        return cls.written(name, value)

    @classmethod
    def ascii(cls, name: str, body: str) -> str:
        """Return an unfolded body without its raw 8-bit bytes: read and written anew, or with `?` in their place."""
        if body.isascii():
            return body
        try:
            written = cls.written(name, cls.read(body).text)
        except SesMimeError:
            written = body
        return _BEYOND_ASCII.sub("?", written)

    # The protocol of BaseHeader

    @classmethod
    def parse(cls, value: Any, kwds: dict[str, Any]) -> None:
        body = plain_text(value) if isinstance(value, str) else cls.written(cls.__name__, value)
        text, kwds["value"], defects = cls.read(body)
        kwds.update(decoded=text, body=body, parse_tree=None)
        kwds["defects"].extend(defects)
        if not body.isascii():
            kwds["defects"].append(UndecodableBytesDefect("Non-ASCII characters"))
        if control := CONTROLS.search(text):
            kwds["defects"].append(NonPrintableDefect(control[0]))

    def init(self, *args: Any, **kw: Any) -> None:
        self._body = kw.pop("body")
        self._value = kw.pop("value")
        super().init(*args, **kw)

    def fold(self, *, policy: Policy[Any]) -> str:
        """Write the field for any policy, in ASCII; raises InvalidField for what must not be written."""
        return policy.linesep.join([*field_lines(self.name, self.ascii(self.name, self._body)), ""])

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (type(self), str(self), dict(self.__dict__))


_ENCODED: Final = re.compile(rf"{ENCODED_WORD.pattern}(?:(?:\r?\n)?[ \t]+{ENCODED_WORD.pattern})*+")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def restored(kind: type[TextField], text: str, state: dict[str, Any]) -> TextField:
    """Return the field object that was pickled."""
    made = str.__new__(kind, text)
    made.__dict__.update(state)
    return made


def text_of(name: str, value: Any) -> str:
    """Return the text of what is assigned: a str, a subclass, none of whose methods are trusted, or a `Header`.

    Raises InvalidField where it holds a line end or another control, and TypeError for anything else.
    """
    text = plain_text(str(value) if isinstance(value, Header) else value)
    if control := CONTROLS.search(text):
        raise InvalidField(name, f"its body contains the control character {quoted(control[0])}")
    return text


class UniqueTextField(TextField):
    """Stands for `UniqueUnstructuredHeader`."""

    max_count = 1


class MessageIdField(TextField):
    """A message identifier; replaces `MessageIDHeader`."""

    max_count = 1

    @classmethod
    def read(cls, body: str) -> Reading:
        defects = [] if _MESSAGE_ID.fullmatch(body) else [InvalidHeaderDefect("Invalid msg-id")]
        return Reading(decode_raw(body), None, defects)


# RFC 5322 section 3.6.4, and blanks around it.
_MESSAGE_ID: Final = re.compile(r'[ \t]*<(?:[^<>@" \t]+|"[^"]*")@[^<>@ \t]+>[ \t]*')


class DateField(TextField):
    """A date; replaces `DateHeader`. Takes text, or a `datetime`."""

    _value: datetime.datetime | None

    @property
    def datetime(self) -> datetime.datetime | None:
        """The date, naive where its zone is -0000; None where the body is none, or one that Python cannot hold."""
        return self._value

    @classmethod
    def read(cls, body: str) -> Reading:
        date = _date_of(body)
        if date is not None:
            return Reading(format_datetime(date), date)
        defect = InvalidDateDefect("Invalid date value or format") if body.strip() else HeaderMissingRequiredValue()
        return Reading(decode_raw(body), None, [defect])

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        if isinstance(value, datetime.datetime):
            date: datetime.datetime | None = value
        else:
            given = text_of(name, value)
            # Python reads other things too, and a zone of `+02:00` as another moment.
            date = _date_of(given) if is_date(given) else None
        text = format_datetime(date) if date is not None else ""
        if date is None or _date_of(text) != date.replace(microsecond=0):
            raise InvalidField(name, "it is not a date that a message can have")
        return text


class UniqueDateField(DateField):
    """Stands for `UniqueDateHeader`."""

    max_count = 1


def _date_of(body: str) -> datetime.datetime | None:
    try:
        return parsedate_to_datetime(body)
    except (ValueError, OverflowError):  # OverflowError on `2444444444 Mar 7 0:0`
        return None


# Addresses


class AddressesField(TextField):
    """A list of addresses; replaces `AddressHeader`, and gives the same `Address` and `Group` objects.

    Takes text, an Address, Group or Mailbox, or any number of them. An element on which readers differ is no address
    (`addresses.UNREADABLE`); a list that holds one is shown as it stands, and cannot be assigned.
    """

    _value: tuple[Group, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every element of the list; a mailbox outside a group is a Group without a name."""
        return self._value

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Every address, those in groups too."""
        return tuple(address for group in self._value for address in group.addresses)

    @classmethod
    def read(cls, body: str) -> Reading:
        found = parse_addresses(body)
        groups = tuple(_groups_of(found, body))
        is_whole = all(defect.name in _WHOLE for defect in found.defects)
        text = ", ".join([str(group) for group in groups]) if is_whole else decode_raw(body)
        return Reading(text, groups, map(_as_message_defect, found.defects))

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        if isinstance(value, AddressesField) and value.body.isascii() and not value.defects:
            return value.body
        if isinstance(value, AddressesField | AddressHeader) and not getattr(value, "defects", ()):
            value = value.groups
        elif isinstance(value, str | Header):
            text = text_of(name, value)
            found = parse_addresses(text)
            for defect in found.defects:
                if defect.name not in _REWRITABLE:
                    raise InvalidAddress(text[slice(*defect.span)], defect.message)
            value = _elements(found)
        elif isinstance(value, Address | Group | Mailbox | MailboxGroup):
            value = (value,)
        return ", ".join(map(_written_element, value))


class UniqueAddressesField(AddressesField):
    """Stands for `UniqueAddressHeader`."""

    max_count = 1


class SingleAddressField(AddressesField):
    """Stands for `SingleAddressHeader`."""

    @property
    def address(self) -> Address:
        """The one address; raises InvalidAddress (a ValueError) where there is none, or more than one."""
        if len(self.addresses) != 1:
            raise InvalidAddress(str(self), "it is not exactly one mailbox")
        return self.addresses[0]


class UniqueSingleAddressField(SingleAddressField):
    """Stands for `UniqueSingleAddressHeader`."""

    max_count = 1


# Defects of text that is assigned, gone when it is written anew; and those with which a list still says one thing.
_REWRITABLE: Final = frozenset(
    (
        "non-ascii-address",  # refused in writing, with its reason
        "encoded-word-in-quoted-string",
        "special-in-encoded-word",
        "unquoted-special",
        "empty-element",
    )
)
_WHOLE: Final = _REWRITABLE | {"encoded-word-in-address", "control-in-display-name", "deep-comment"}
_LINE_ENDS: Final = re.compile(r"[\r\n]+")
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)


def _elements(found: AddressList) -> list[Mailbox | MailboxGroup]:
    """Return the elements of a list in their order: groups, and the mailboxes outside them."""
    if not found.groups:
        return list(found.mailboxes)
    inside = {id(mailbox) for group in found.groups for mailbox in group.mailboxes}
    outside = [mailbox for mailbox in found.mailboxes if id(mailbox) not in inside]
    return sorted([*outside, *found.groups], key=lambda element: element.span or (0, 0))


def _groups_of(found: AddressList, body: str) -> Iterator[Group]:
    for element in _elements(found):
        if isinstance(element, Mailbox):
            yield Group(None, (_address(element, body),))
        else:
            yield Group(_one_line(element.display_name), [_address(mailbox, body) for mailbox in element.mailboxes])


def _address(mailbox: Mailbox, body: str) -> Address:
    assert mailbox.span is not None
    # To the library a comment beside a bare address is no display name.
    name = mailbox.display_name if body[mailbox.span.stop - 1] == ">" else ""
    local_part = mailbox.local_part
    if local_part[:1] == '"' == local_part[-1:]:
        local_part = _QUOTED_PAIR.sub(r"\1", local_part[1:-1])
    return Address(_one_line(name), decode_raw(local_part), decode_raw(mailbox.domain))


def _one_line(text: str) -> str:
    """Put a blank for line ends, which encoded words can hold (CVE-2024-6923) and `Address` refuses."""
    return _LINE_ENDS.sub(" ", text)


def _as_message_defect(defect: Defect) -> MessageDefect:
    text = f"{defect.name}: {defect.message}"
    return NonASCIILocalPartDefect(text) if defect.name == "non-ascii-address" else InvalidHeaderDefect(text)


def _written_element(element: Any) -> str:
    if isinstance(element, Address):
        return format_addresses([_mailbox(element)])
    if isinstance(element, Group):
        return _written_group(element.display_name, map(_mailbox, element.addresses))
    if isinstance(element, MailboxGroup):
        return _written_group(element.display_name, element.mailboxes)
    return format_addresses([element])


def _written_group(name: str | None, mailboxes: Iterable[Mailbox]) -> str:
    written = format_addresses(mailboxes)
    if name is None:
        return written
    if not name:
        raise InvalidAddress(f":{written};", "a group needs a name")
    # The name of a group is a phrase, as a display name is (RFC 5322 section 3.4).
    phrase = format_addresses([Mailbox(name, "a@b")]).removesuffix(" <a@b>")
    return f"{phrase}: {written};" if written else f"{phrase}:;"


def _mailbox(address: Address) -> Mailbox:
    spec, user = address.addr_spec, address.username
    if spec[:1] != '"' and (".." in user or "." in (user[:1], user[-1:])):
        spec = f'"{user}"@{address.domain}'  # which `addr_spec` leaves without quotes
    return Mailbox(address.display_name, spec)
