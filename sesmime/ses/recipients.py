r"""The addresses of a list as SES is expected to take them, so that nobody is lost where other readers give up.

`parse_addresses` returns no mailbox for what common readers differ over. SES has one reader, whose grammar is
`sesmime.ses.javamail`: what that takes, SES sends to. So where an element is unreadable, the strict grammar is asked
about the list as a whole. What it takes is a recipient, unless no bare address can be made of it: one with a control
character, without a local part or domain, or that the same grammar refuses when it stands alone.
"""

from __future__ import annotations

from functools import lru_cache

from sesmime.mime.addresses import UNREADABLE, AddressList, parse_addresses
from sesmime.mime.grammar import CONTROLS
from sesmime.mime.held import held
from sesmime.mime.hints import TYPE_CHECKING, Any, Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple

if TYPE_CHECKING:
    from sesmime.ses.javamail import Verdict


class Recipients(NamedTuple):
    """The bare addresses of a list, each as often as it stands there, and whether one could not be made out."""

    addresses: tuple[str, ...]
    is_one_lost: bool


# RFC 5321 appendix C: a source route, which is dropped.
_ROUTE = lazy_pattern(r"(?:@[^,:]*,)*+@[^,:]*:")


def read_recipients(body: str) -> Recipients:
    """Return the addresses of an unfolded field body, or of a parameter, as SES is expected to take them.

    >>> read_recipients("a@b.example <c@d.example>, .e@f.example").addresses
    ('c@d.example', '.e@f.example')
    >>> read_recipients("joe, a@b.example")
    Recipients(addresses=('a@b.example',), is_one_lost=True)
    """
    if type(body) is str and len(body) <= _SHORT:
        return _read_short(body)
    return recipients_of(parse_addresses(body), body)


# `undisclosed-recipients:;` and the list that a sender writes to stand in many messages.
_SHORT: Final = 200


@lru_cache(maxsize=256)
def _read_short(body: str) -> Recipients:
    return recipients_of(parse_addresses(body), body)


def strict_verdict(value: str) -> Verdict:
    """Return the verdict of the strict grammar on a list of addresses, one character an octet."""
    return held("strict", value, _strict_verdict)


def _strict_verdict(value: str) -> Verdict:
    from sesmime.ses.javamail import verdict  # few messages need it

    return verdict("parse+validate", value)


def recipients_of(reading: AddressList, body: str) -> Recipients:
    """Return what `read_recipients` gives, of a list that `parse_addresses` has read."""
    plain = tuple(mailbox.address for mailbox in reading)
    if not any(defect.name in UNREADABLE for defect in reading.defects):
        return Recipients(plain, False)
    try:
        octets = body.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a parameter with half a character
        return Recipients(plain, True)
    found = strict_verdict(octets.decode("latin-1"))
    if found.error is not None or found.unpredictable:
        return Recipients(plain, True)
    addresses, is_one_lost = [], False
    for shape in found.parsed:
        members: list[dict[str, Any]] = shape.get("members") or [] if shape["group"] else [shape]
        is_one_lost = is_one_lost or (shape["group"] and shape.get("members") is None)
        for member in members:
            address = _bare(member["address"])
            if address is None:
                is_one_lost = True
            else:
                addresses.append(address)
    return Recipients(tuple(addresses), is_one_lost)


def _bare(text: str) -> str | None:
    """Return the address of what the strict grammar read, None where nothing can be sent to it."""
    address = _ROUTE.sub("", text, count=1) if text.startswith("@") else text
    local_part, _, domain = address.rpartition("@")
    if not local_part or not domain or CONTROLS.search(address):
        return None
    from sesmime.ses.javamail import verdict

    # `Ben <ben@b.example[>` is read, and `ben@b.example[` by itself is not.
    alone = verdict("parse+validate", address)
    if alone.error is not None or alone.unpredictable or [shape["address"] for shape in alone.parsed] != [address]:
        return None
    return address.encode("latin-1").decode("ascii", "surrogateescape")
