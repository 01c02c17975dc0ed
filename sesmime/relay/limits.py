"""How much the relay takes at once: connections, those of one client, and octets of messages in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

TOO_MANY_CONNECTIONS: Final = "421 4.7.0 Too many connections, try again later"
TOO_MANY_FROM_CLIENT: Final = "421 4.7.0 Too many connections from your host, try again later"
NO_MEMORY: Final = "452 4.3.1 Too many messages are being received, try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds: connections in all and from one address, and octets of messages that are received or in work."""

    connections: int = 1_000
    connections_per_client: int = 250
    octets: int = 1 << 28


class Room:
    """What there is of them now. Only the thread of the loop changes it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.octets = 0
        self.connections = 0
        self._clients: Counter[str] = Counter()

    def enter(self, host: str) -> str | None:
        """Count a connection; return the reply to one too many, which is not counted."""
        if self.connections >= self.limits.connections:
            return TOO_MANY_CONNECTIONS
        if self._clients[host] >= self.limits.connections_per_client:
            return TOO_MANY_FROM_CLIENT
        self._clients[host] += 1
        self.connections += 1
        return None

    def leave(self, host: str) -> None:
        """Count a connection no more."""
        self.connections -= 1
        self._clients[host] -= 1
        if not self._clients[host]:
            del self._clients[host]

    def hold(self, octets: int) -> bool:
        """Count octets of a message; return False, and count nothing, where they are too many."""
        if self.octets + octets > self.limits.octets:
            return False
        self.octets += octets
        return True

    def release(self, octets: int) -> None:
        """Count octets no more."""
        self.octets -= octets
