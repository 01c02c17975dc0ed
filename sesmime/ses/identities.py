"""Verified identities, and which addresses they let send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from sesmime.errors import by_unicode_14
from sesmime.mime.grammar import MAX_DOMAIN

_LABEL: Final = re.compile(r"\+[^@]*+(?=@)")


class Identities(NamedTuple):
    """Verified identities: addresses as they are, domains in lower case.

    A verified address counts with case, a domain without, and for all below it (dg/creating-identities). A label,
    `joe+label@b.example`, needs no verification of its own.

    >>> identities = Identities.of(["A.example", "joe@b.example"])
    >>> identities.cover("eve@mail.a.example"), identities.cover("Joe@b.example")
    (True, False)
    """

    addresses: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, identities: Iterable[str]) -> Identities:
        """Tell addresses and domains apart."""
        known = frozenset(identities)
        return cls(known, frozenset(by_unicode_14(str.lower, identity) for identity in known if "@" not in identity))

    def cover(self, address: str) -> bool:
        """Tell whether an address may send."""
        return self.covering(address) is not None

    def covering(self, address: str) -> str | None:
        """Return the identity that an address sends by: its own, else its domain's, else that of the nearest above."""
        for own in (address, _LABEL.sub("", address, count=1)):
            if own in self.addresses:
                return own
        domain = by_unicode_14(str.lower, address.rpartition("@")[2])
        while domain and len(domain) <= MAX_DOMAIN:
            if domain in self.domains:
                return domain
            domain = domain.partition(".")[2]
        return None
