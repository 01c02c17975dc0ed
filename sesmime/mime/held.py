"""What was read of long texts, held while one call looks at the same message again and again.

The rules of one look ask for the same readings, and to fix, to prepare or to forward a message takes several looks at
it. Short lists of addresses are kept by those who read them (`sesmime.mime.addresses`); to keep long ones beyond the
call would keep much memory.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps

from sesmime.mime.hints import Any, Final, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Text = TypeVar("_Text", str, bytes)
_Read = TypeVar("_Read")

# Shorter texts, in characters or octets, are read in no time.
LEAST_HELD: Final = 1_000
# A call makes new texts out of old ones, and a message may have many: the last readings are held.
MOST_HELD: Final = 32

_HELD: Final = ContextVar[dict[tuple[str, str | bytes], Any] | None]("held", default=None)


def holding(call: Callable[_Given, _Read]) -> Callable[_Given, _Read]:
    """Return a function that holds readings of long texts until it ends; called inside another it leaves it to that."""

    @wraps(call)
    def made(*arguments: _Given.args, **named: _Given.kwargs) -> _Read:
        if _HELD.get() is not None:
            return call(*arguments, **named)
        token = _HELD.set({})
        try:
            return call(*arguments, **named)
        finally:
            _HELD.reset(token)

    return made


def held(what: str, text: _Text, read: Callable[[_Text], _Read]) -> _Read:
    """Return what `read` gives for a text, asked once inside a function that is `holding`; `what` names the reading."""
    readings = _HELD.get() if len(text) >= LEAST_HELD else None
    if readings is None:
        return read(text)
    key = what, text
    found: _Read | None = readings.get(key)
    if found is None:
        found = readings[key] = read(text)
        if len(readings) > MOST_HELD:
            del readings[next(iter(readings))]
    return found
