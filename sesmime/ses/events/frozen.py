"""A mapping that nobody can change and that can be pickled, which `MappingProxyType` cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

V = TypeVar("V", covariant=True)


class ReadOnly(Mapping[str, V]):
    """A read-only view of a mapping; `dict(view)` is a copy that `json.dumps` takes. Its repr shows no value.

    >>> ReadOnly({"a": 1}) == {"a": 1}, ReadOnly({"a": 1})
    (True, <ReadOnly of 1 key>)
    """

    __slots__ = ("_viewed",)

    def __init__(self, viewed: Mapping[str, V]) -> None:
        self._viewed = viewed

    def __getitem__(self, name: str) -> V:
        return self._viewed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._viewed)

    def __len__(self) -> int:
        return len(self._viewed)

    def __contains__(self, name: object) -> bool:
        return name in self._viewed

    def __hash__(self) -> int:
        return hash(frozenset(self._viewed))

    def __repr__(self) -> str:
        return f"<ReadOnly of {len(self)} key{'' if len(self) == 1 else 's'}>"


EMPTY: Final[ReadOnly[Any]] = ReadOnly({})
