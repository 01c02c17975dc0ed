"""Texts of messages as the page shows them: control and bidi characters escaped, and cut where they are long."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from sesmime.errors import is_printable, printable

# Of what `str.isprintable` does not count as printed: what emoji and the scripts of India and Persia are joined with.
_JOINERS: Final = "\u200c\u200d"


def shown_text(text: str, limit: int | None = None) -> str:
    r"""Return a text with its control and bidi characters escaped; line ends, tabs, all spaces and joiners stay.

    With a `limit` it is cut to that many characters, and "…" says so.

    >>> print(shown_text("a\x1b\u202eb\r\nc", 4))
    a\x1b\u202eb…
    """
    if limit is not None and len(text) > limit:
        return f"{shown_text(text[:limit])}…"
    if is_printable(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join([one if _is_harmless(one) else printable(one) for one in text])


def finalize(value: Any) -> Any:
    """Return what a template writes of a value: no text gets onto the page with a control character, wherever from."""
    is_markup = hasattr(value, "__html__")
    return shown_text(value) if isinstance(value, str) and not is_markup else value


def pruned(value: Any, *, depth: int = 12, length: int = 4_000, count: int = 200) -> Any:
    """Return JSON values for people to read: long texts cut, of long lists and deep ones the beginning."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[:length]}… ({len(value):,} characters)"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value):,} octets)"
    if isinstance(value, dict | list | tuple) and depth == 0:
        return "…"
    if isinstance(value, dict):
        some = list(value.items())[:count]
        made = {str(name)[:length]: pruned(one, depth=depth - 1, length=length, count=count) for name, one in some}
        return made if len(value) <= count else made | {"…": f"{len(value) - count:,} more"}
    if isinstance(value, list | tuple):
        listed = [pruned(one, depth=depth - 1, length=length, count=count) for one in value[:count]]
        return listed if len(value) <= count else [*listed, f"… {len(value) - count:,} more"]
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:length]


def shown_octets(count: int) -> str:
    """Return a size as people read it.

    >>> shown_octets(900), shown_octets(20_480), shown_octets(5_000_000)
    ('900 B', '20.0 KB', '4.8 MB')
    """
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


def _is_harmless(one: str) -> bool:
    return is_printable(one) or one in "\n\t" or one in _JOINERS or unicodedata.category(one) == "Zs"
