"""Whom the strict grammar behind SES reads in a list of addresses: what the tests of recipients compare with."""

from __future__ import annotations

import re

from sesmime.ses.javamail import verdict
from sesmime.ses.recipients import Recipients

_ROUTE = re.compile(r"\A(?:@[^,:]*,)*@[^,:]*:")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def taken_by_ses(body: str) -> list[str] | None:
    """Return the addresses that the strict grammar reads, as far as they can be written bare; None for a refusal."""
    found = verdict("parse+validate", body)
    if found.error is not None or found.unpredictable:
        return None
    shapes = [one for shape in found.parsed for one in (shape.get("members") or [] if shape["group"] else [shape])]
    addresses = [_ROUTE.sub("", shape["address"]) for shape in shapes]
    return [one for one in addresses if re.fullmatch(r"(?s).+@.+", one) and not _CONTROL.search(one)]


def stands_alone(address: str) -> bool:
    """Tell whether the strict grammar reads an address as itself where it stands by itself, as in a parameter."""
    alone = verdict("parse+validate", address)
    return alone.error is None and not alone.unpredictable and [one["address"] for one in alone.parsed] == [address]


def agrees(read: Recipients, expected: list[str]) -> bool:
    """Tell whether these are the addresses, less those that cannot stand alone, which are then told to be lost."""
    addresses = [plain(one.encode("ascii", "surrogateescape").decode("latin-1")) for one in read.addresses]
    return addresses == list(map(plain, expected)) or (
        read.is_one_lost and addresses == [plain(one) for one in expected if stands_alone(one)]
    )


def plain(address: str) -> str:
    """Return an address less the blanks in a literal, and the blanks and comments around the dots of the others."""
    return re.sub(r"[ \t]", "", address) if address.endswith("]") else address
