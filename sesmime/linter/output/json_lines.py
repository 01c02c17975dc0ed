"""JSON lines: the objects of the format `json`, one a line, each written when its message has been examined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sesmime.linter.output import Examined, Result, Style
from sesmime.linter.output.as_json import dumps, message_object


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return one line for each message; what could not be read has none."""
    for result in results:
        if isinstance(result, Examined):
            yield dumps(message_object(result), indent=None).decode("ascii")
