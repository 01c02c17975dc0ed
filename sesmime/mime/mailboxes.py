"""A mailbox, and how it is written so that every reader takes it alike: by RFC 5321, its name by `encode_phrase`."""

from __future__ import annotations

from sesmime.errors import InvalidAddress, quoted
from sesmime.mime.fields import Span
from sesmime.mime.grammar import MAX_ADDRESS, MAX_LOCAL_PART
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import dataclass, field
from sesmime.mime.words import ENCODED_WORD, encode_phrase

_ALL_CONTROLS: Final = lazy_pattern(r"[\x00-\x1f\x7f]")
_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")
_ASCII_ATEXT: Final = r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~]+"
_DOT_ATOM: Final = lazy_pattern(rf"{_ASCII_ATEXT}(?:\.{_ASCII_ATEXT})*")
_QUOTED_LOCAL_PART: Final = lazy_pattern(r'"(?:[ !#-\[\]-~]|\\[ -~])+"')
# Where readers of encoded words look for one, though an address can hold none.
_WORD_BEGINS: Final = lazy_pattern(r'(?:\A|[ ".=])=\?')
# RFC 5321 sections 4.1.2 and 4.1.3: Domain, address-literal; RFC 1035 section 2.3.4: a label has 63 octets.
_LABEL: Final = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_DOMAIN_NAME: Final = lazy_pattern(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Za-z.:-]+\]")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, as people read it, and an address, as it is written; nothing is checked here.

    `span` is the range of characters in the body that was read, from the display name to the closing bracket; it
    takes no part in comparisons.

    >>> Mailbox("Zoë", "zoe@example.com").domain
    'example.com'
    """

    display_name: str
    address: str
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def local_part(self) -> str:
        """The text before the @, a quoted string in its quotes; the whole address if there is no @."""
        at = self._at()
        return self.address if at < 0 else self.address[:at]

    @property
    def domain(self) -> str:
        """The text after the @, a literal in its brackets; empty if there is no @."""
        at = self._at()
        return "" if at < 0 else self.address[at + 1 :]

    def _at(self) -> int:
        return self.address.rfind("@[" if self.address.endswith("]") else "@")

    def __str__(self) -> str:
        """Return the form that `format_addresses` writes; where it refuses, something like it, safe to print."""
        try:
            return written_mailbox(self)
        except InvalidAddress:
            name, address = quoted(self.display_name)[1:-1], quoted(self.address)[1:-1]
            return f"{name} <{address}>" if name else address


def written_mailbox(mailbox: Mailbox) -> str:
    """Return the form of a mailbox that every reader takes alike; raises InvalidAddress where it has none."""
    if not isinstance(mailbox, Mailbox):
        raise TypeError(f"a mailbox must be a Mailbox or a str, not {type(mailbox).__name__}")
    # A subclass of str is taken as plain text: its own methods are not to be trusted with what is written.
    name, address = str.__str__(mailbox.display_name), str.__str__(mailbox.address)
    reason = holds_no_character(name, "its display name") or holds_no_character(address, "it") or _fault(address)
    if reason is not None:
        raise InvalidAddress(address, reason)
    return f"{encode_phrase(name)} <{address}>" if name else address


def holds_no_character(text: str, what: str) -> str | None:
    """Say why a text cannot be written: `what` contains a control, or half a character; None where it can."""
    if (control := _ALL_CONTROLS.search(text)) is not None:
        return f"{what} contains the control character {quoted(control[0])}"
    return f"{what} contains a lone surrogate, which is not a character" if _SURROGATE.search(text) else None


def _fault(address: str) -> str | None:
    """Say why an address cannot be written, or None (RFC 5321 section 4.1.2)."""
    local_part, domain = Mailbox("", address).local_part, Mailbox("", address).domain
    if not domain or not local_part:
        return "it has no local part, no @ or no domain"
    if not local_part.isascii():
        return "SES accepts only ASCII local parts"
    if not domain.isascii():
        return "a non-ASCII domain must be written in Punycode (xn--)"
    if len(local_part) > MAX_LOCAL_PART:
        return f"its local part has more than {MAX_LOCAL_PART} octets"
    if len(address) > MAX_ADDRESS:
        return f"it has more than {MAX_ADDRESS} octets"
    if _DOT_ATOM.fullmatch(local_part) is None and _QUOTED_LOCAL_PART.fullmatch(local_part) is None:
        return "its local part must be words separated by dots, or a quoted string"
    if _WORD_BEGINS.search(local_part) or ENCODED_WORD.search(local_part):
        return "its local part looks like an encoded word"
    if _DOMAIN_NAME.fullmatch(domain) is None:
        return "its domain must be a domain name or a literal in brackets"
    return None
