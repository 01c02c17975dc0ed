"""What `sesmime.mime.values` makes, held against what the standard library makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import typing
from typing import Any

import pytest

from sesmime.mime import values

_Item = typing.TypeVar("_Item")


def _point(module: Any) -> Any:
    @module.dataclass(frozen=True, slots=True, weakref_slot=True)
    class Point:
        """A place."""

        x: int
        y: int = 2
        note: str = module.field(default="none", compare=False, repr=False, metadata={"unit": "words"})

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("x")

        @property
        def twice(self) -> int:
            return self.x * 2

    return Point


def _named(module: Any, base: Any) -> Any:
    @module.dataclass(frozen=True, slots=True, kw_only=True)
    class Named(base):  # type: ignore[misc]
        """A place with a name."""

        name: str
        extra: str | None = None

    return Named


def _single(module: Any) -> Any:
    @module.dataclass(frozen=True, repr=False, eq=False)
    class Single:
        """One."""

        one: int

    return Single


def _pair(base: Any) -> Any:
    class Pair(base):  # type: ignore[misc]
        """Two."""

        left: int
        right: str | None = None

        @property
        def both(self) -> str:
            return f"{self.left}{self.right}"

        def __bool__(self) -> bool:
            return self.left > 0

    return Pair


KINDS = [_point(values), _named(values, _point(values)), _single(values)]
LIBRARYS = [_point(dataclasses), _named(dataclasses, _point(dataclasses)), _single(dataclasses)]
ARGUMENTS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 3), {"note": "n"}),
    ((), {"x": 4, "y": 5, "note": "a"}),
    ((1,), {"name": "a"}),
    ((1, 2), {"name": "b", "extra": "c"}),
    ((), {"one": 1}),
    ((-1,), {}),
    ((), {}),
    ((1, 2, 3, 4), {}),
]


def _told(make: Any) -> Any:
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # whatever it is, the two must be alike
        return type(error).__name__, str(error)


def _facts(kind: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    made = _told(lambda: kind(*arguments, **named))
    if isinstance(made, tuple):
        return made
    other = _told(lambda: kind(*arguments, **named))
    changed = _told(lambda: dataclasses.asdict(dataclasses.replace(made, x=9)))
    return {
        "attributes": {name: getattr(made, name) for name in [one.name for one in dataclasses.fields(made)]},
        "repr": repr(made) if "object at" not in repr(made) else "plain",
        "equal": (made == other, made == 1, made != other),
        "hash": _told(lambda: hash(made) == hash(other)),
        "asdict": dataclasses.asdict(made),
        "replaced": changed,
        "set": _told(lambda: setattr(made, "x", 1)),
        "deleted": _told(lambda: delattr(made, "x")),
        "copied": copy.copy(made) == made,
    }


def _shape(kind: Any) -> dict[str, Any]:
    return {
        "signature": str(inspect.signature(kind)),
        "fields": [
            (one.name, one.type, one.default, one.repr, one.compare, one.kw_only, dict(one.metadata))
            for one in dataclasses.fields(kind)
        ],
        "is_dataclass": dataclasses.is_dataclass(kind),
        "match": kind.__match_args__,
        "name": (kind.__name__, kind.__module__, kind.__qualname__.rpartition(".")[2], kind.__doc__),
        "slots": getattr(kind, "__slots__", None),
        "hints": typing.get_type_hints(kind),
    }


@pytest.mark.parametrize(("ours", "theirs"), list(zip(KINDS, LIBRARYS, strict=True)))
def test_a_class_of_values_is_what_the_library_makes_of_it(ours: Any, theirs: Any) -> None:
    shape = _shape(ours)
    assert shape == _shape(theirs)
    for arguments, named in ARGUMENTS:
        assert _facts(ours, arguments, named) == _facts(theirs, arguments, named)


def test_replace_gives_what_the_librarys_gives() -> None:
    made = KINDS[0](1, note="kept")
    assert values.replace(made, x=3) == dataclasses.replace(made, x=3)
    assert values.replace(made, x=3).note == "kept"
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        values.replace(made, z=3)


def test_the_library_makes_a_class_of_one_of_values() -> None:
    base = KINDS[0]

    @dataclasses.dataclass(frozen=True)
    class Below(base):  # type: ignore[misc, valid-type]
        z: int = 3

    assert repr(Below(1, z=4)).endswith("Below(x=1, y=2, z=4)")
    assert dataclasses.asdict(Below(1)) == {"x": 1, "y": 2, "note": "none", "z": 3}


def test_a_generic_class_is_one_of_values_too() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Box(typing.Generic[_Item]):
        """A box."""

        item: _Item
        note: str = ""

    assert dataclasses.replace(Box(1), item=2) == Box[int](2)
    assert [one.name for one in dataclasses.fields(Box)] == ["item", "note"]


def test_only_frozen_classes_are_made() -> None:
    with pytest.raises(TypeError, match="frozen"):
        values.dataclass(frozen=False)


def test_a_tuple_of_values_is_what_typing_makes_of_it() -> None:
    ours, theirs = _pair(values.NamedTuple), _pair(typing.NamedTuple)
    for kind in (ours, theirs):
        assert kind(1, "b").both == "1b"
        assert not kind(0)
    assert ours(1) == theirs(1) == (1, None)
    assert repr(ours(1)) == repr(theirs(1))
    assert [str(one.replace(annotation=one.empty)) for one in inspect.signature(ours).parameters.values()] == [
        str(one.replace(annotation=one.empty)) for one in inspect.signature(theirs).parameters.values()
    ]
    for name in ("_fields", "_field_defaults", "__doc__", "__module__", "__qualname__", "__match_args__"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert typing.get_type_hints(ours) == typing.get_type_hints(theirs)
    assert _told(lambda: ours()) == _told(lambda: theirs())


def test_values_that_are_made_at_a_start_are_pickled() -> None:
    from sesmime import ApiParameters, Destination, LintConfig, parse_addresses

    for made in (ApiParameters(destination=Destination(to=["a@b.example"])), LintConfig(), parse_addresses("a@b.c")):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(made, protocol)) == made
