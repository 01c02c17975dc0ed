"""JSON: a list with one object for each message, its findings with exactly the names of `Finding`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sesmime.errors import printable
from sesmime.linter.output import Examined, Result, Style


def dumps(value: Any, *, indent: int | None = 2) -> bytes:
    r"""Write JSON in ASCII, so that it is safe on every terminal; the byte 0xE9 of a message reads `\\xe9` in it.

    >>> print(dumps({"a": ("caf\udce9",)}).decode())
    {
      "a": [
        "caf\\xe9"
      ]
    }
    <BLANKLINE>
    """
    return json.dumps(_plain(value), indent=indent).encode("ascii") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _plain_text(text: str) -> str:
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a pair, as JSON can have it; no byte of a message
        return printable(text)


def message_object(examined: Examined) -> dict[str, Any]:
    """Return the object of one message: where it stands, how it goes out, what was found."""
    from sesmime.linter.output.capped import untold  # JSON of other things does without the catalogue

    offset, line = (None, None) if examined.place is None else examined.place
    findings = [finding.to_dict() for finding in examined.findings]
    more = untold(examined.findings)
    for finding, interfaces in zip(findings, examined.met_with, strict=False):
        finding["interfaces"] = [interface.value for interface in interfaces]
    return {
        "path": examined.path,
        "file": examined.file,
        "file_offset": offset,
        "file_line": line,
        "interface": "all" if examined.is_for_all else examined.interface.value,
        "findings": findings,
        "capped_rules": list(more),
        "untold": more,
    }


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the list, message by message; what could not be read is not in it."""
    opening = "["
    for result in results:
        if isinstance(result, Examined):
            told = dumps(message_object(result)).decode("ascii").rstrip("\n")
            yield f"{opening}\n  " + told.replace("\n", "\n  ")
            opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"
