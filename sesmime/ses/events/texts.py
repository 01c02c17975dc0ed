"""Text to JSON values, whatever it holds: one value, or records with or without line ends between them.

Strategy. Each line is read by itself, value after value, so that a line that was cut short takes no record of the next
with it. Where a line does not end with its value, the value may go on over the next lines (`json.dumps` with `indent`),
and it is tried on the whole text. Time must stay in proportion to the length, and an error of Python's `json` costs
the length of what it was given (it counts the lines before): the whole text is tried with a few errors only. What
cannot be read is handed on as text, whole stretches at a time. Text nested deeper than any record is not handed on as
a value, so that what comes after may recurse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from sesmime.ses.events.model import EventDefect

# The deepest record of AWS has seven levels, a carrier of it five more.
MAX_LEVELS: Final = 100
# More of them say nothing new.
MAX_DEFECTS: Final = 100
# Errors that are passed over within the whole text; each may take time in proportion to the text.
_WHOLE_TEXT_ERRORS: Final = 16
# Python reads numbers of up to 4,300 digits, in quadratic time.
_MOST_DIGITS: Final = 400
_BLANKS: Final = re.compile(r"[ \t\r\n]*+")


class TextValue(NamedTuple):
    """One JSON object or array out of a text (or, as `text`, a stretch that is none), and what was wrong in it."""

    value: Any
    text: str | None
    defects: tuple[EventDefect, ...]


def decode_text(payload: bytes) -> tuple[str, tuple[EventDefect, ...]]:
    """Return octets as text: UTF-8, a byte order mark dropped, other octets as surrogates with a defect."""
    try:
        return payload.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        defect = EventDefect("not-utf-8", "", "the payload is not UTF-8; other octets are kept as surrogates")
        return payload.decode("utf-8-sig", "surrogateescape"), (defect,)


def read_values(text: str) -> Iterator[TextValue]:
    """Return the JSON objects and arrays in a text, and the stretches between them that are none; never raises.

    >>> [(value, text) for value, text, _ in read_values('{"a":1}{"a":2}\\nwhat?\\n{"a":3}')]
    [({'a': 1}, None), ({'a': 2}, None), (None, 'what?'), ({'a': 3}, None)]
    """
    reader = _Reader()
    position, errors = 0, 0
    unread: int | None = None  # where a stretch begins that is no JSON
    while position < len(text):
        end = _next_line(text, position)
        line = text[position:end]
        at = _skip_blanks(line, 0)
        while at < len(line):
            found = reader.read(line, at)
            step = position
            if found is None and end < len(text) and errors < _WHOLE_TEXT_ERRORS:
                found, step = reader.read(text, position + at), 0
                errors += found is None
            if found is None:
                unread = position + at if unread is None else unread
                break
            if unread is not None:
                yield _unread(text[unread : position + at])
                unread = None
            yield found.value
            if step + found.stop > end:
                end = step + found.stop  # it went on over the next lines
                break
            at = _skip_blanks(line, step + found.stop - position)
        position = _skip_blanks(text, end)
    if unread is not None:
        yield _unread(text[unread:])


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    assert match is not None  # it matches everywhere
    return match.end()


def _unread(text: str) -> TextValue:
    defect = EventDefect("not-json", "", "the text is no JSON object or array")
    return TextValue(None, text.rstrip(), (defect,))


class _Found(NamedTuple):
    value: TextValue
    stop: int


class _Reader:
    """Python's decoder, with an eye on what it passes over: repeated keys, numbers that are none."""

    def __init__(self) -> None:
        self._repeated: list[tuple[dict[str, Any], list[str]]] = []
        self._numbers = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def read(self, text: str, position: int) -> _Found | None:
        """Read one object or array at a position."""
        self._repeated.clear()
        self._numbers = 0
        try:
            value, stop = self._decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            return None
        return _Found(self._checked(text, position, stop, value), stop) if isinstance(value, dict | list) else None

    def _checked(self, text: str, start: int, stop: int, value: Any) -> TextValue:
        if text.count("{", start, stop) + text.count("[", start, stop) > MAX_LEVELS and _is_deep(value):
            defect = EventDefect("too-deep", "", f"the text is nested deeper than {MAX_LEVELS} levels")
            return TextValue(None, text[start:stop], (defect,))
        defects = list(_repeats(value, self._repeated)) if self._repeated else []
        if self._numbers:
            defects.append(EventDefect("not-a-number", "", "a number is not finite, or has too many digits"))
        return TextValue(value, None, tuple(defects))

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            repeats = dict.fromkeys(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            self._repeated.append((found, list(repeats)))
        return found

    def _integer(self, digits: str) -> int | str:
        if len(digits) <= _MOST_DIGITS:
            return int(digits)
        self._numbers += 1
        return digits

    def _float(self, digits: str) -> float | str:
        if len(digits) <= _MOST_DIGITS:
            number = float(digits)
            if number - number == 0:
                return number
        self._numbers += 1
        return digits

    def _constant(self, name: str) -> str:
        self._numbers += 1
        return name


def _next_line(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [
            inside
            for one in level
            for inside in (one.values() if isinstance(one, dict) else one)
            if isinstance(inside, dict | list)
        ]
        if not level:
            return False
    return True


# A place in a value: the place it is in, and the key or the number there. Joined only for the few that are told.
_Place: TypeAlias = "tuple[_Place | None, str | int]"


def _repeats(value: Any, repeated: list[tuple[dict[str, Any], list[str]]]) -> Iterator[EventDefect]:
    names = {id(found): repeats for found, repeats in repeated}
    waiting: list[tuple[_Place | None, Any]] = [(None, value)]
    told = 0
    while waiting and told < MAX_DEFECTS:
        place, one = waiting.pop()
        for name in names.get(id(one), ())[: MAX_DEFECTS - told]:
            told += 1
            path = join_path(_joined(place), name)
            yield EventDefect("repeated-key", path, "the key is repeated; the last one counts")
        inside = one.items() if isinstance(one, dict) else enumerate(one)
        waiting.extend(((place, name), two) for name, two in inside if isinstance(two, dict | list))


def _joined(place: _Place | None) -> str:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    path = ""
    for step in reversed(steps):
        path = f"{path}[{step}]" if isinstance(step, int) else join_path(path, step)
    return path


_LONGEST_NAME: Final = 80


def join_path(path: str, name: str) -> str:
    """Return the dotted path of a key; a key of more than 80 characters is cut."""
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}…"
    return f"{path}.{name}" if path else name
