"""Messages in several calls of which some have failed: who has them is known when they come again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Final

# Messages of which it is known who has them already.
_MAX_PARTIAL: Final = 1_000


class PartialHandOvers:
    """Who has a message that others are still to get, by its digest; the oldest are forgotten."""

    def __init__(self) -> None:
        self._reached: OrderedDict[bytes, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def reached(self, digest: bytes) -> frozenset[str]:
        """Return the keys of their addresses."""
        with self._lock:
            return self._reached.get(digest, frozenset())

    def remember(self, digest: bytes, reached: frozenset[str]) -> None:
        """Keep them."""
        with self._lock:
            self._reached[digest] = reached
            self._reached.move_to_end(digest)
            if len(self._reached) > _MAX_PARTIAL:
                self._reached.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Drop a message that everybody has."""
        with self._lock:
            self._reached.pop(digest, None)


def digest(sender: str, message: bytes) -> bytes:
    """Return what tells a message of a sender from others."""
    return hashlib.sha256(b"%b\0%b" % (sender.encode("utf-8", "surrogateescape"), message)).digest()
