"""The values of a record under their types: what is there, or None and a defect with its path; never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from sesmime.ses.events.frozen import EMPTY, ReadOnly
from sesmime.ses.events.model import EventDefect
from sesmime.ses.events.texts import MAX_DEFECTS, join_path

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

# `2016-10-14T05:02:16.645Z`; old complaints have `2009-12-03T04:24:21.000-05:00`.
_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d{0,9})?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)


class Defects:
    """The defects of one record as they are found; the hundredth is the last."""

    def __init__(self, found: tuple[EventDefect, ...] = ()) -> None:
        self._found = list(found[:MAX_DEFECTS])

    def note(self, name: str, path: str, message: str) -> None:
        if len(self._found) < MAX_DEFECTS:
            self._found.append(EventDefect(name, path, message))

    def all(self) -> tuple[EventDefect, ...]:
        return tuple(self._found)


class Block:
    """One object of a record, at its path. Null is as good as absent; a `required` key that is absent is a defect."""

    __slots__ = ("_defects", "_found", "_path")

    def __init__(self, found: Mapping[str, Any], path: str, defects: Defects) -> None:
        self._found = found
        self._path = path
        self._defects = defects

    def note(self, name: str, key: str, message: str) -> None:
        """Note a defect at a key."""
        self._defects.note(name, join_path(self._path, key), message)

    def has(self, key: str) -> bool:
        """Return whether a key is there with a value."""
        return self._found.get(key) is not None

    def block(self, key: str, *, required: bool = False) -> Block | None:
        """Return the object under a key."""
        value = self._value(key, required)
        if value is None or isinstance(value, Mapping):
            return None if value is None else Block(value, join_path(self._path, key), self._defects)
        self._wrong(key, "an object")
        return None

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return the text under a key."""
        value = self._value(key, required)
        if value is None or isinstance(value, str):
            return value
        self._wrong(key, "text")
        return None

    def open(self, key: str, kinds: type[E], *, required: bool = False) -> E | str | None:
        """Return the text under a key as a member of an enumeration, or as it is where it is no member."""
        value = self.text(key, required=required)
        return value if value is None else kinds._value2member_map_.get(value, value)  # type: ignore[return-value]

    def time(self, key: str, *, required: bool = False) -> datetime | None:
        """Return the time under a key, aware; one without an offset is taken as UTC, with a defect."""
        text = self.text(key, required=required)
        if text is None:
            return None
        match = _TIMESTAMP.fullmatch(text.strip())
        try:
            found = datetime.fromisoformat(_isoformat(match)) if match else None
        except ValueError:  # the 30th of February, an offset of 25 hours
            found = None
        if found is None:
            self.note("not-a-time", key, "the text is no date with a time of day")
        elif match is not None and match[3] is None:
            self.note("no-offset", key, "the time has no offset; it is taken as UTC")
            return found.replace(tzinfo=UTC)
        return found

    def number(self, key: str, *, required: bool = False) -> int | float | None:
        """Return the finite number under a key."""
        value = self._value(key, required)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, float) and value - value == 0:
            return value
        self._wrong(key, "a finite number")
        return None

    def flag(self, key: str, *, required: bool = False) -> bool | None:
        """Return the truth value under a key, also where it is text: the guide calls `headersTruncated` a string."""
        value = self._value(key, required)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self._wrong(key, "true or false")
        return None

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return the list of texts under a key; text where the list should be is a list of one, with a defect."""
        return self._list(key, required, lambda value, path: value if isinstance(value, str) else None, "text")

    def blocks(self, key: str, read: Callable[[Block], T], *, required: bool = False) -> tuple[T, ...]:
        """Return what is read of each object in the list under a key."""

        def one(value: object, path: str) -> T | None:
            return read(Block(value, path, self._defects)) if isinstance(value, Mapping) else None

        return self._list(key, required, one, "an object")

    def pairs(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """Return the map of names to lists of texts under a key, in its order.

        A list of objects with `name` and `value`, which the guide's words would allow, is read too, with a defect.
        """
        value = self._value(key, False)
        if isinstance(value, Mapping):
            inside = Block(value, join_path(self._path, key), self._defects)
            return ReadOnly({name: inside.texts(name) for name in value if isinstance(name, str)}) if value else EMPTY
        if isinstance(value, list | tuple):
            self._wrong(key, "an object")
            found: dict[str, list[str]] = {}
            for name, text in self.blocks(key, lambda block: (block.text("name"), block.text("value"))):
                if name is not None and text is not None:
                    found.setdefault(name, []).append(text)
            return ReadOnly({name: tuple(texts) for name, texts in found.items()})
        if value is not None:
            self._wrong(key, "an object")
        return EMPTY

    def _value(self, key: str, required: bool) -> Any:
        value = self._found.get(key)
        if value is None and required:
            self.note("missing-key", key, "the key is missing")
        return value

    def _wrong(self, key: str, expected: str) -> None:
        self.note("wrong-type", key, f"the value is not {expected}")

    def _list(self, key: str, required: bool, read: Callable[[object, str], T | None], expected: str) -> tuple[T, ...]:
        return tuple(self._read_list(key, self._value(key, required), read, expected))

    def _read_list(
        self, key: str, value: object, read: Callable[[object, str], T | None], expected: str
    ) -> Iterator[T]:
        if value is None:
            return
        path = join_path(self._path, key)
        if not isinstance(value, list | tuple):
            self._wrong(key, "a list")
            value = (value,)
        for number, one in enumerate(value):
            place = f"{path}[{number}]"
            found = read(one, place)
            if found is None:
                self._defects.note("wrong-type", place, f"the value is not {expected}")
            else:
                yield found


def _isoformat(match: re.Match[str]) -> str:
    offset = match[3] or ""
    return f"{match[1]}.{match[2] or '0':0<6}{'+00:00' if offset in 'Zz' and offset else offset}"
