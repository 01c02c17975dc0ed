"""Patterns that are compiled when they are first used: those of the modules that a start imports take it 9 ms."""

from __future__ import annotations

import re

from sesmime.mime.hints import Any, AnyStr, Final, cast

_METHODS: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


def lazy_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, to all who use it: it is compiled when something is first asked of it.

    For patterns that a short, ordinary message does not need; those that it needs are compiled at once, and by
    `re.compile`, since the methods of these here cost a few nanoseconds more.

    >>> lazy_pattern("[0-9]+").search("June 24").span()
    (5, 7)
    """
    return cast("re.Pattern[AnyStr]", _Waiting(text, flags))


class _Waiting:
    """A pattern to be; once compiled it holds the pattern's methods, so that Python asks no more."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self.pattern = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
