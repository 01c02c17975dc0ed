"""Classes of `sesmime.mime.values` without slots, with one attribute, with a hash of their own, and under others."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sesmime.mime import values


def _open(module: Any) -> Any:
    @module.dataclass(frozen=True)
    class Open:
        first: int
        second: int = 2
        third: int = module.field(default=3, compare=False)

    return Open


def _bare(module: Any) -> Any:
    @module.dataclass(frozen=True)
    class Bare:
        only: int = module.field(repr=False)

    return Bare


def _hashed(module: Any) -> Any:
    @module.dataclass(frozen=True, slots=True)
    class Hashed:
        only: list[int]

        def __hash__(self) -> int:
            return 7

    return Hashed


def below(kind: Any) -> Any:
    class Below(kind):  # type: ignore[misc]
        """A subclass that is no value, with room for more."""

    return Below


@pytest.mark.parametrize("make", [_open, _bare, _hashed])
def test_they_are_as_the_library_makes_them(make: Any) -> None:
    ours, theirs = make(values), make(dataclasses)
    for given in (1, 2):
        one, other = ours(given), theirs(given)
        assert repr(one).rpartition(".")[2] == repr(other).rpartition(".")[2]
        assert hash(one) == hash(other)
        assert (one == ours(1)) is (other == theirs(1))
    assert one != other
    for name in ("first", "second", "third", "only"):
        assert hasattr(ours, name) is hasattr(theirs, name), name
        assert getattr(one, name, None) == getattr(other, name, None)


@pytest.mark.parametrize("module", [values, dataclasses], ids=["ours", "the library's"])
def test_a_subclass_may_have_more_and_cannot_change_what_there_is(module: Any) -> None:
    one = below(_open(module))(1)
    one.more = 5
    assert one.more == 5
    del one.more
    assert not hasattr(one, "more")
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"^cannot assign to field 'first'$"):
        one.first = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"^cannot delete field 'first'$"):
        del one.first
    plain = _open(module)(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"^cannot assign to field 'more'$"):
        plain.more = 5
