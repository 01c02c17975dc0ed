"""Writing address lists that every reader takes alike: what RFC 5321 has for addresses, `encode_phrase` for names."""

from __future__ import annotations

from collections.abc import Iterable

from sesmime.errors import InvalidAddress, quoted
from sesmime.hints import Final
from sesmime.mime.addresses import Mailbox, parse_addresses
from sesmime.mime.grammar import MAX_ADDRESS, MAX_LOCAL_PART
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.words import ENCODED_WORD, encode_phrase

# What a str that is to be written may show: the display name is written anew, and the address is checked.
_HARMLESS: Final = frozenset(
    ("encoded-word-in-quoted-string", "special-in-encoded-word", "unquoted-special", "non-ascii-address")
)

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


def format_addresses(mailboxes: Iterable[Mailbox | str]) -> str:
    r"""Write an address list: ASCII, one line, to be folded at the blanks outside quoted strings alone.

    `parse_addresses` gives the same mailboxes back. A str must be exactly one mailbox. Raises InvalidAddress for
    what not every reader would read so: controls, lone surrogates, an address that is none (RFC 5321) or not ASCII.

    >>> format_addresses([Mailbox("Zoë", "zoe@example.com"), Mailbox("Ng, A.", "a@b.example"), "eve@c.example"])
    '=?utf-8?q?Zo=C3=AB?= <zoe@example.com>, "Ng, A." <a@b.example>, eve@c.example'
    >>> format_addresses(["jörg@example.com"])
    Traceback (most recent call last):
    sesmime.errors.InvalidAddress: address 'jörg@example.com' is invalid: SES accepts only ASCII local parts
    """
    if isinstance(mailboxes, str):
        raise TypeError("mailboxes must be a list of Mailbox or str, not one str")
    return ", ".join([_written(mailbox) for mailbox in mailboxes])


def _written(mailbox: Mailbox | str) -> str:
    if isinstance(mailbox, str):
        mailbox = _one_mailbox(mailbox)
    elif not isinstance(mailbox, Mailbox):
        raise TypeError(f"a mailbox must be a Mailbox or a str, not {type(mailbox).__name__}")
    # A subclass of str is taken as plain text: its own methods are not to be trusted with what is written.
    name, address = str.__str__(mailbox.display_name), str.__str__(mailbox.address)
    reason = _holds_no_character(name, "its display name") or _holds_no_character(address, "it") or _fault(address)
    if reason is not None:
        raise InvalidAddress(address, reason)
    return f"{encode_phrase(name)} <{address}>" if name else address


def _one_mailbox(text: str) -> Mailbox:
    text = str.__str__(text)
    addresses = parse_addresses(text)
    reason = _holds_no_character(text, "it")
    if reason is None:
        reason = next((d.message for d in addresses.defects if d.name not in _HARMLESS), None)
    if reason is None and (len(addresses) != 1 or addresses.groups):
        reason = "it is not exactly one mailbox"
    if reason is not None:
        raise InvalidAddress(text, reason)
    return addresses[0]


def _holds_no_character(text: str, what: str) -> str | None:
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
