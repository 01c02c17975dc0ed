r"""How long an address is to SES, which refuses one of more than 320 characters, its display name counted in.

Reports and a probe of SES agree with one reading (zulip/zulip#17558, alphagov/notifications-utils#628, floci-io/floci):
counted are the UTF-16 units of what JavaMail's `InternetAddress.toUnicodeString()` prints, save that encoded words
count as they are written. The quotes of a display name are dropped, and put back only round one that has a character
beyond ASCII or one of RFC 822's specials; one blank stands before the angle bracket. Each address of a list counts by
itself; a local part over 64 does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sesmime.errors import InvalidAddress
from sesmime.mime.addresses import Mailbox, format_addresses
from sesmime.mime.held import held
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.quotas import LEAST_OVERLONG, MAX_MAILBOX

_NEEDS_QUOTES: Final = lazy_pattern(r'[^\t\n\r -~]|[()<>@,;:\\".\[\]]')
_ESCAPED: Final = lazy_pattern(r'(["\\])')
_RAW_8BIT: Final = lazy_pattern("[\udc80-\udcff]+")
_IN_ANGLES: Final = lazy_pattern(r'[()<>,;:\\"\[\]]')

# No mailbox of fewer characters can be written with more than 320: of one character come at most 18 in encoded words.
_PLAINLY_SHORT: Final = 16


def utf16_length(text: str) -> int:
    """Return how many UTF-16 units a text has.

    >>> utf16_length("a\N{GRINNING FACE}")
    3
    """
    return len(text) + sum(character > "\uffff" for character in text)


def printed_address(address: str, name: str | None) -> str:
    """Return an address as SES is expected to print it; `name` without its quotes, its encoded words undecoded.

    >>> printed_address("a@b.example", "Joe Q"), printed_address("a@b.example", "Q, Joe")
    ('Joe Q <a@b.example>', '"Q, Joe" <a@b.example>')
    """
    if name:
        if _NEEDS_QUOTES.search(name):
            name = f'"{_ESCAPED.sub(_shielded, name)}"'
        return f"{name} <{address}>"
    return f"<{address}>" if _IN_ANGLES.search(address) and not address.endswith(";") else address


def _shielded(match: re.Match[str]) -> str:
    return "\\" + match[1]


def overlong_addresses(text: str) -> Iterator[str]:
    """Return the addresses that are too long, as printed, of an unfolded list; none where SES refuses its grammar."""
    if len(text) < LEAST_OVERLONG:
        return
    yield from overlong_shapes(held("parse", as_octets(text), _shapes))


def _shapes(octets: str) -> Sequence[Mapping[str, Any]]:
    from sesmime.ses.javamail import verdict  # few addresses are long

    return verdict("parse", octets).parsed or ()


def as_octets(text: str) -> str:
    """Return an unfolded list as SES is expected to read it: octets beyond ASCII one by one."""
    return text if text.isascii() else _RAW_8BIT.sub(_octets, text)


def overlong_shapes(shapes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return those that are too long, as printed, of addresses that the strict grammar has read."""
    for shape in shapes:
        address, name = shape["address"], shape["personal"]
        if len(address) + len(name or "") >= LEAST_OVERLONG:
            printed = printed_address(address, name)
            if utf16_length(printed) > MAX_MAILBOX:
                yield printed


def _octets(run: re.Match[str]) -> str:
    return run[0].encode("ascii", "surrogateescape").decode("latin-1")


def is_overlong(text: str) -> bool:
    """Whether a list of addresses that SES takes holds one that is too long for it.

    >>> is_overlong("a@b.example"), is_overlong(f'"{"x" * 320}" <a@b.example>')
    (False, True)
    """
    return next(overlong_addresses(text), None) is not None


def refuse_overlong(mailboxes: Iterable[Mailbox | str]) -> None:
    """Raise InvalidAddress for a mailbox that SES would refuse for its length; others are not looked at."""
    for mailbox in mailboxes:
        if isinstance(mailbox, Mailbox) and len(mailbox.display_name) + len(mailbox.address) < _PLAINLY_SHORT:
            continue
        written = format_addresses([mailbox])
        if is_overlong(written):
            raise InvalidAddress(
                str(mailbox), f"with its display name, as it is written, it has more than {MAX_MAILBOX} characters"
            )


def shortened(mailbox: Mailbox) -> Mailbox:
    """Return the mailbox with as much of its display name as SES takes, "…" in the place of the rest.

    The address by itself is at most 254 characters, where `format_addresses` takes it.
    """
    if not is_overlong(format_addresses([mailbox])):
        return mailbox
    name = mailbox.display_name
    fits, fails = 0, len(name)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if is_overlong(format_addresses([_cut(mailbox, middle)])):
            fails = middle
        else:
            fits = middle
    return _cut(mailbox, fits)


def _cut(mailbox: Mailbox, size: int) -> Mailbox:
    name = mailbox.display_name[:size].rstrip()
    return Mailbox(f"{name}…" if name else "", mailbox.address)
