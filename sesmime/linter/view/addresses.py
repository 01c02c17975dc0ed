"""The addresses of a submission that rules have to look at: fields and parameters, each read once.

Nearly every address field that is sent is ordinary: plain words, a plain quoted string or encoded words, a plain
address, a comment beside it, commas. One match of `_ORDINARY`, and a look at what the encoded words hold, prove that no
rule about addresses has anything to say: the strict grammar of SES takes it, `parse_addresses` finds no defect, no name
holds an @, unless it is the address itself, no part of an address is too long, in Punycode or numeric. Property tests
hold that. What is left is read, and only when a rule asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesmime.linter.view.places import strict_value
from sesmime.mime.addresses import LONGEST_KEPT, AddressList, parse_addresses
from sesmime.mime.fields import Field, HeaderSection, fields_named
from sesmime.mime.grammar import ADDRESS_FIELDS
from sesmime.mime.hints import TYPE_CHECKING, Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.words import decode_words
from sesmime.ses.interfaces import Interface
from sesmime.ses.recipients import Recipients, read_recipients, recipients_of
from sesmime.ses.settings import ApiParameters

if TYPE_CHECKING:
    from sesmime.ses.javamail import Verdict
    from sesmime.ses.refused_addresses import Explained

# The fields that SES reads by its strict grammar; Reply-To, Sender and Return-Path are inferred.
STRICT_FIELDS: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Return-Path")

# In this order they are looked at: those that SES reads, then the others.
_ORDER: Final = {name.lower(): name for name in STRICT_FIELDS} | {
    name: name.title() for name in sorted(ADDRESS_FIELDS - {name.lower() for name in STRICT_FIELDS})
}

_GAP: Final = rb"[ \t]*+(?:\r?\n[ \t]++)?+"
_BLANK: Final = rb"(?:[ \t]++(?:\r?\n[ \t]++)?+|\r?\n[ \t]++)"
# No "=" in an atom of a display name and no "?" in a local part: nothing that begins an encoded word.
_NAME_ATOM: Final = rb"[0-9A-Za-z!#$%&'*+./?^_`{|}~-]++"
_WORD: Final = rb"=\?[0-9A-Za-z-]++\?(?:[Bb]\?[0-9A-Za-z+/=]*+|[Qq]\?[0-9A-Za-z!#$%&'*+./=^_`{|}~-]*+)\?="
_WORDS: Final = rb"(?:%b|%b)" % (_WORD, _NAME_ATOM)
_NAME: Final = rb'(?:%b(?:%b%b)*+|"[ !#-<>?A-\[\]-~]++")' % (_WORDS, _BLANK, _WORDS)
_LOCAL_ATOM: Final = rb"[0-9A-Za-z!#$%&'*+/=^_`{|}~-]++"
# At most 64 octets before the @ and 189 after it, 63 in a label, a letter in the last label (RFC 5321 section 4.5.3.1).
_ADDRESS: Final = (
    rb"(?=[^@]{1,64}+@)%b(?:\.%b)*+@(?![0-9A-Za-z.-]{190})"
    rb"(?:[0-9A-Za-z-]{1,63}+\.)*+(?=[0-9-]*+[A-Za-z])[0-9A-Za-z-]{1,63}+" % (_LOCAL_ATOM, _LOCAL_ATOM)
)
_COMMENT: Final = rb"\([ !#-'*-;A-\[\]-~]*+\)"
# A display name that is the address itself, of characters that it keeps wherever it is looked for.
_LABEL: Final = rb"[0-9A-Za-z][0-9A-Za-z-]*+"
_ITSELF: Final = rb'"(?P<own>[0-9A-Za-z._+-]++@%b(?:\.%b)*+)"' % (_LABEL, _LABEL)
_MAILBOX: Final = rb"(?:%b(?:%b%b)?+|(?:%b%b)?+<%b>|%b%b<(?=%b>)(?P=own)>)" % (
    *(_ADDRESS, _GAP, _COMMENT),
    *(_NAME, _GAP, _ADDRESS),
    *(_ITSELF, _GAP, _ADDRESS),
)
# Each mailbox is followed by a comma or the end; a comma after the last one does no harm.
_ORDINARY: Final = lazy_pattern(rb"%b(?:%b%b(?:,%b|(?=\r?\n?\Z)))++(?:\r?\n)?+" % (_GAP, _MAILBOX, _GAP, _GAP))
# The most frequent of those, one mailbox in so few octets that no part of it can be too long: known in half the time.
MAX_SIMPLE: Final = 64
_SIMPLE_ADDRESS: Final = rb"%b(?:\.%b)*+@(?:[0-9A-Za-z-]++\.)*+[A-Za-z][0-9A-Za-z-]*+" % (_LOCAL_ATOM, _LOCAL_ATOM)
_SIMPLE: Final = re.compile(
    rb'[ \t]*+(?:%b|(?:(?:%b[ \t]++)++|"[ !#-<>?A-\[\]-~]++"[ \t]*+)?+<%b>)[ \t]*+(?:\r?\n)?+'
    % (_SIMPLE_ADDRESS, _NAME_ATOM, _SIMPLE_ADDRESS)
)
# Of the 320 characters of a mailbox at most 189 are the domain.
_LONG: Final = 125
# Far below the limit of tokens in one element.
_MAX_ORDINARY: Final = 10_000
# What rules tell of in a display name: what looks like an @ to people, and controls of the direction of writing.
_TELLING: Final = lazy_pattern("[\u202a-\u202e\u2066-\u2069\ufe6b\uff20]")

# An @ with no control around it, from and to what may end an element, a quoted string or a comment; the name of a group
# may stand before it. A control or a second colon makes an element no mailbox, if it stands in none of those, nor in an
# encoded word or a route; a colon may stand in square brackets. What begins after "(" or ends before ")" is a comment;
# what begins after ";" is no element of its own: it goes on, or stands after a group.
_CONTROLS: Final = r"\x00-\x08\x0a-\x1f\x7f"
_BREAKS: Final = rf"{_CONTROLS}\"(),"
_MAILBOX_FROM: Final = rf"""
    (?:
        [^@:{_BREAKS}]*+ (?: : [^@:{_BREAKS}]*+ )?+ @ [^:;{_BREAKS}]*+
      | (?= [^\[{_BREAKS}]*+ \[ ) [^@{_BREAKS}]*+ @ [^;{_BREAKS}]*+
    )
    (?= ["(,;] | \Z )
    """
_FIRST_MAILBOX: Final = lazy_pattern(_MAILBOX_FROM, re.VERBOSE)
_NEXT_MAILBOX: Final = lazy_pattern(rf'["),] {_MAILBOX_FROM}', re.VERBOSE)
_IN_ROUTE: Final = lazy_pattern(r"<[ \t,]*+@")
# Elements up to their commas, each without an @, or with a control before any @ or before any semicolon; strings in
# quotes and comments are left aside. With a control an element is lost up to its comma; after a semicolon none begins.
_ASIDE: Final = r'"(?:[^"\\]++|\\.)*+"|\([^()\\]*+\)'
_NO_MAILBOXES: Final = lazy_pattern(
    rf"""
    (?:
        (?: {_ASIDE} | [^@{_CONTROLS}",(]++ )*+ (?: , | \Z | [{_CONTROLS}] (?: {_ASIDE} | [^",(]++ )*+ (?: , | \Z ) )
      | (?: {_ASIDE} | [^;{_CONTROLS}",(]++ )*+ [{_CONTROLS}] (?: {_ASIDE} | [^",(]++ )*+ (?: , | \Z )
    )*+
    """,
    re.VERBOSE | re.DOTALL,
)


def may_hold_mailbox(text: str) -> bool:
    """Tell of the body of a field whether `parse_addresses` may find a mailbox in it."""
    if text.rfind("=?") >= 0:
        return True
    if text.find("@") < 0:
        return False
    if may_hold_route(text):
        return True
    if _NO_MAILBOXES.fullmatch(text) is not None:
        return False
    return _FIRST_MAILBOX.match(text) is not None or _NEXT_MAILBOX.search(text) is not None


def may_hold_route(text: str) -> bool:
    """Tell of a list of addresses whether a source route may stand in it."""
    return _IN_ROUTE.search(text) is not None


def is_ordinary(text: str) -> bool:
    r"""Tell whether a list of addresses, folded or not, is of the plain kind that needs no second look.

    >>> is_ordinary(' Joe <joe@a.example>,\r\n b@c.example\r\n'), is_ordinary("joe@a.example; b@c.example")
    (True, False)
    """
    return text.isascii() and _is_ordinary(text.encode("ascii"), 0)


def _is_ordinary(octets: bytes, start: int) -> bool:
    """Tell it of the octets of a field, its name before `start`, or of a parameter."""
    return (len(octets) - start <= MAX_SIMPLE and is_simple(octets, start)) or is_ordinary_list(octets, start)


def is_simple(octets: bytes, start: int) -> bool:
    """Tell of few octets after `start` whether they are one mailbox of the most frequent form."""
    return _SIMPLE.fullmatch(octets, start) is not None and octets.rfind(b"--") < 0


def is_ordinary_list(octets: bytes, start: int) -> bool:
    """Tell it of the octets after `start`, of any number and form."""
    # "--" marks Punycode. One @ stands in each mailbox, or two; so much before one may be more than SES takes.
    return (
        len(octets) < _MAX_ORDINARY
        and _ORDINARY.fullmatch(octets, start) is not None
        and octets.rfind(b"--") < 0
        and (len(octets) < _LONG or max(map(len, octets.split(b"@"))) < _LONG)
        and (octets.rfind(b"=?") < 0 or _are_words_harmless(octets))
    )


def _are_words_harmless(octets: bytes) -> bool:
    """Tell whether encoded words hold nothing of which a rule tells."""
    decoded = decode_words(octets.decode("ascii"))
    if decoded.count("@") > octets.count(b"@") or "--" in decoded:
        return False
    return decoded.isascii() or _TELLING.search(decoded) is None


class Addresses:
    """What one field or one parameter says of addresses.

    `label` is the name of the field or AWS's name of the parameter; `field` is None for a parameter, `setting` for a
    field; `path` is where a parameter stands in the request, None for a field; `text` is the unfolded body or the
    parameter as given. `strict` keeps the verdict of the strict grammar, and `explained` what there is to say of it,
    once a rule has asked for it.
    """

    __slots__ = ("_reading", "_value", "explained", "field", "label", "path", "setting", "strict", "text")

    def __init__(
        self,
        label: str,
        text: str,
        *,
        field: Field | None = None,
        setting: str | None = None,
        path: str | None = None,
    ) -> None:
        self.label = label
        self.text = text
        self.field = field
        self.setting = setting
        self.path = path
        self.strict: Verdict | None = None
        self.explained: Explained | None = None
        self._reading: AddressList | None = None
        self._value: str | None = None

    @property
    def value(self) -> str:
        """What the strict grammar reads: of a field its octets, one character each, of a parameter its text."""
        if self._value is None:
            self._value = self.text if self.field is None else strict_value(self.field)
        return self._value

    @property
    def reading(self) -> AddressList:
        """The mailboxes and defects that `parse_addresses` finds."""
        return self.read()

    def read(self) -> AddressList:
        """Return `reading`; for who wants it to be there when others ask."""
        if self._reading is None:
            self._reading = parse_addresses(self.text)
        return self._reading

    @property
    def recipients(self) -> Recipients:
        """The addresses that SES is expected to take; a long list is not read again."""
        if len(self.text) <= LONGEST_KEPT:
            return read_recipients(self.text)
        return recipients_of(self.reading, self.text)

    def __repr__(self) -> str:
        return f"<Addresses {self.label}>"


def unusual_fields(section: HeaderSection, names: frozenset[str]) -> tuple[Addresses, ...]:
    """Return the address fields that are not ordinary; `names` are the names of all fields, in lower case."""
    return tuple(
        [
            Addresses(label, field.body, field=field)
            for name, label in _ORDER.items()
            if name in names
            for field in fields_named(section, name)
            if not _is_ordinary(field.raw, field.raw.find(b":") + 1)
        ]
    )


def unusual_parameters(
    parameters: ApiParameters, interface: Interface, *, is_lifted: bool = False
) -> tuple[Addresses, ...]:
    """Return the one-address parameters that are not ordinary; not those that are empty or that the interface lacks.

    Of a destination that was lifted from the message the blind copies alone: To and Cc still stand there.
    """
    destination = parameters.destination
    left_out = 0 if destination is None else len(destination.to) + len(destination.cc)
    number = 0
    found: list[Addresses] = []
    for path, setting, label, text in address_parameters(parameters, interface):
        if setting == "destination":
            number += 1
            if is_lifted and number <= left_out:
                continue
        if text and not (is_ordinary(text) and "," not in text):
            found.append(Addresses(label, text, setting=setting, path=path))
    return tuple(found)


_LISTS: Final = {"to": "ToAddresses", "cc": "CcAddresses", "bcc": "BccAddresses"}


def address_parameters(parameters: ApiParameters, interface: Interface) -> Iterator[tuple[str, str, str, str]]:
    """Return the parameters that hold an address each, in the order in which SES checks them (floci-io/floci).

    Each with its path in the request, its setting and AWS's name; those that the interface lacks are left out.
    """
    names = interface.row.parameters
    if parameters.source is not None and (name := names.get("source")) is not None:
        yield name, "source", name, parameters.source
    destination = parameters.destination
    if destination is not None and (name := names.get("destination")) is not None:
        if name == "Destination":
            for part, member in _LISTS.items():
                for number, text in enumerate(getattr(destination, part)):
                    yield f"{name}.{member}[{number}]", "destination", name, text
        else:
            for number, text in enumerate(destination.all):
                yield f"{name}[{number}]", "destination", name, text
    if parameters.return_path is not None and (name := names.get("return_path")) is not None:
        yield name, "return_path", name, parameters.return_path
    if (name := names.get("reply_to")) is not None:
        for number, text in enumerate(parameters.reply_to or ()):
            yield f"{name}[{number}]", "reply_to", name, text
