"""Whether a name in a request is this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Return whether a Host field names this machine: localhost, a name under it, or a loopback address.

    >>> [is_loopback(host) for host in ("localhost:8005", "[::1]:80", "evil.example", "127.0.0.1.x.example")]
    [True, True, False, False]
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
