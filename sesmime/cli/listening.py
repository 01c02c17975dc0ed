"""Addresses that a command listens on."""

from __future__ import annotations

import ipaddress

from sesmime.cli.files import CommandError
from sesmime.errors import quoted


def listening_address(option: str, text: str, *, example: str) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets. Raises CommandError."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        number = example.rpartition(":")[2]
        raise CommandError(f"{option}: {quoted(text, 80)} is not HOST:PORT, such as {example} or [::1]:{number}")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
