"""Whom the strict grammar behind SES reads in a list of addresses: what the tests of recipients compare with."""

from __future__ import annotations

import re

from sesmime.ses.javamail import verdict

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


def plain(address: str) -> str:
    """Return an address less the blanks in a literal, and the blanks and comments around the dots of the others."""
    return re.sub(r"[ \t]", "", address) if address.endswith("]") else address
