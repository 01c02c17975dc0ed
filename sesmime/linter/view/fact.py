"""Facts that are worked out once: `functools.cached_property` without the lock that it has before Python 3.12."""

from __future__ import annotations

from collections.abc import Callable

from sesmime.mime.hints import Any, Generic, Self, TypeVar, overload

_Value = TypeVar("_Value")


class Fact(Generic[_Value]):
    """A property that is worked out when it is first asked for, and then stands in the object itself."""

    def __init__(self, work_out: Callable[[Any], _Value]) -> None:
        self.work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...

    @overload
    def __get__(self, holder: object, owner: type) -> _Value: ...

    def __get__(self, holder: object | None, owner: type) -> Self | _Value:
        if holder is None:
            return self
        value = holder.__dict__[self._name] = self.work_out(holder)
        return value
