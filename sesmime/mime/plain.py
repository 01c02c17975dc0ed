"""Plain values of what may be subclasses: of a str its text, of bytes its octets, and none of its own methods.

A field object whose `fold` writes more lines is CVE-2026-1299; one whose `len` lies leads every check astray. So each
door makes what comes in plain, and nothing behind it has to care.
"""

from __future__ import annotations

from collections.abc import Mapping

from sesmime.mime.hints import Any, Final

# So deep values inside values are made plain; what is deeper stays as it is.
_MOST_LEVELS: Final = 64


def plain_text(text: str, what: str = "a field name or body") -> str:
    """Return the text of a str or of a subclass of it, trusting none of the subclass's methods.

    Raises TypeError, naming `what`, for anything else.
    """
    if type(text) is str:
        return text
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")
    return str.__str__(text)


def plain_octets(octets: bytes) -> bytes:
    """Return the octets of bytes or of a subclass of it, trusting none of the subclass's methods."""
    return octets if type(octets) is bytes else bytes(memoryview(octets))


def plain_value(value: Any, levels: int = _MOST_LEVELS) -> Any:
    """Return a value as it may stand in a request, less all subclasses of str and bytes; other values stay.

    Lists and mappings are copied; of these the types too become plain.
    """
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return plain_octets(value)
    if not levels:
        return value
    if isinstance(value, Mapping):
        return {plain_value(name, levels - 1): plain_value(one, levels - 1) for name, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)([plain_value(one, levels - 1) for one in value])
    return value


_PLAIN: Final = frozenset((str, bytes, int, float, bool, bytearray, memoryview))
