"""Who may use the relay, and for whom: networks and users, senders and recipients."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sesmime.relay.passwords import Users

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 3463: delivery is not authorized.
_NO_SENDER: Final = "550 5.7.1 Sender address rejected: not allowed to send through this relay"
_NO_AUTHOR: Final = "550 5.7.1 From address rejected: not allowed to send through this relay"
_NO_RECIPIENT: Final = "550 5.7.1 Recipient address rejected: not allowed for this relay"
_NO_CLIENT: Final = "554 5.7.1 Client host rejected: access denied"
_LOGIN_FIRST: Final = "530 5.7.0 Authentication required"
_TLS_FIRST: Final = "530 5.7.0 Must issue a STARTTLS command first"


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """An address, or those of a domain: letters are compared without regard to case, `*` stands for any characters.

    >>> [AddressPattern(text).matches("Ann@Mail.shop.example") for text in ("@shop.example", "a*@*.shop.example")]
    [False, True]
    """

    text: str

    def __post_init__(self) -> None:
        """Raise ValueError for what is no pattern."""
        _, at, domain = self.text.rpartition("@")
        if not (at and domain) or any(character.isspace() or character in "<>," for character in self.text):
            raise ValueError("write an address, @domain or *@*.domain")

    def matches(self, address: str) -> bool:
        """Whether an address is one of those; a domain is what comes after the last @."""
        local, at, domain = address.rpartition("@")
        locals_, domains = _compiled(self.text)
        return bool(at and locals_.fullmatch(local.casefold()) and domains.fullmatch(domain.casefold()))


@lru_cache(maxsize=1_000)
def _compiled(text: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    local, _, domain = text.casefold().rpartition("@")
    made = [re.compile(".*".join(map(re.escape, part.split("*"))), re.DOTALL) for part in (local or "*", domain)]
    return made[0], made[1]


def matching(patterns: Iterable[AddressPattern], address: str) -> bool:
    """Whether an address is one of the allowed; of no patterns, every address is."""
    known = tuple(patterns)
    return not known or any(pattern.matches(address) for pattern in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may send what. Without networks and users everybody may who can connect; of both, one is enough.

    `users` is asked for at each AUTH, so that they can be read anew; None is no AUTH at all. AUTH is taken over TLS
    only, unless `plain_auth` says otherwise. With `require_tls` no mail is taken without TLS.
    """

    networks: tuple[Network, ...] = ()
    users: Callable[[], Users] | None = None
    senders: tuple[AddressPattern, ...] = ()
    recipients: tuple[AddressPattern, ...] = ()
    plain_auth: bool = False
    require_tls: bool = False

    def client_fault(self, host: str) -> str | None:
        """Return the reply to a client that may not even connect: from no network of the list, with no user to be."""
        if self.networks and self.users is None and not self._is_near(host):
            return _NO_CLIENT
        return None

    def mail_fault(self, host: str, *, user: str | None, has_tls: bool) -> str | None:
        """Return the reply to a client that may not send yet."""
        if self.require_tls and not has_tls:
            return _TLS_FIRST
        if self.users is not None and user is None and not self._is_near(host):
            return _LOGIN_FIRST
        return None

    def sender_fault(self, address: str) -> str | None:
        """Return the reply to a sender that is not allowed."""
        return None if matching(self.senders, address) else _NO_SENDER

    def author_fault(self, addresses: Iterable[str]) -> str | None:
        """Return the reply to a message whose From names an address that is not allowed."""
        return None if all(matching(self.senders, address) for address in addresses) else _NO_AUTHOR

    def recipient_fault(self, address: str) -> str | None:
        """Return the reply to a recipient that is not allowed."""
        return None if matching(self.recipients, address) else _NO_RECIPIENT

    def _is_near(self, host: str) -> bool:
        """Whether a client is in one of the networks; an IPv4 address in IPv6's clothes is that IPv4 address."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)


EVERYBODY: Final = Access()
