"""Classes of values that cost a start little: `dataclass`, `field`, `replace` and `NamedTuple` as Python has them.

Importing `dataclasses`, and `inspect` with it, takes as long as Python's own start, `re` not counted, and its classes
more, most of that for methods that are written as source text and compiled. Here one is, the constructor; the others
are made of closures. What `dataclasses` asks of a class, `__dataclass_fields__`, is made when it is asked for: its
`fields`, `replace` and `asdict` work, and so do classes that it makes of these. `typing.NamedTuple` compiles the type
of each attribute, which here stays the text that it is. Type checkers take all of them for the library's.

It is for classes that are made at each start. Dataclasses are frozen, and have no default factories, ClassVar or
InitVar; tuples are not generic.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import MemberDescriptorType

from sesmime.mime.hints import TYPE_CHECKING, Any, Final, TypeVar, cast

_Value = TypeVar("_Value")
_MISSING: Final[Any] = object()
_set: Final = object.__setattr__


def value_names(kind: type) -> tuple[str, ...]:
    """Return the names of the attributes of a class that was made here, those of its base first."""
    return tuple(_attributes(kind))


def _replaced(value: _Value, /, **changes: Any) -> _Value:
    return type(value)(**{name: getattr(value, name) for name in _attributes(type(value))} | changes)


class _Field:
    """What is said of one attribute: its type, and the arguments of `dataclasses.field`."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.type = ""
        self.is_keyword = False

    def get(self, option: str, usual: Any) -> Any:
        """Return what is said, `usual` where nothing is."""
        return self.options.get(option, usual)


def _attributes(kind: type) -> dict[str, _Field]:
    attributes: dict[str, _Field] = getattr(kind, "__value_attributes__", {})
    return attributes


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
    from typing import NamedTuple as NamedTuple
else:
    field, replace = _Field, _replaced

    def dataclass(*, frozen, slots=False, weakref_slot=False, **options):
        """Return a decorator that makes a class of values."""
        if not frozen:
            raise TypeError("it makes frozen classes alone")
        return lambda given: _made(given, slots, weakref_slot, options)

    class _Tuples(type):
        def __new__(cls, name, bases, space):
            return _tuple_class(name, space) if bases else super().__new__(cls, name, bases, space)

    class NamedTuple(metaclass=_Tuples):
        """The base to name; what is made is a tuple."""


def _tuple_class(name: str, space: dict[str, Any]) -> type:
    types: dict[str, str] = space.get("__annotations__", {})
    defaults = [space[one] for one in types if one in space]
    make: Any = namedtuple  # the class tells type checkers of the attributes
    made = make(name, types, defaults=defaults, module=space["__module__"])
    made.__annotations__ = made.__new__.__annotations__ = types
    for one, value in space.items():
        if one not in types and one not in ("__module__", "__annotations__", "__classcell__"):
            setattr(made, one, value)
    return cast("type", made)


def _made(given: type, slots: bool, weakref_slot: bool, options: dict[str, bool]) -> type:
    own = {name: _field_of(given, name, stated) for name, stated in given.__annotations__.items()}
    for said in own.values():
        said.is_keyword = options.get("kw_only", False)
    attributes = _attributes(given) | own
    kind = _class_of(given, own, slots, weakref_slot)
    methods = _methods(kind, attributes, **options)
    if slots:
        names = tuple(attributes)
        methods["__getstate__"] = lambda self: [getattr(self, name) for name in names]
        methods["__setstate__"] = lambda self, state: [_set(self, *pair) for pair in zip(names, state, strict=True)]
    for name, method in methods.items():
        if name not in kind.__dict__:
            setattr(kind, name, method)
    facts = {"__value_attributes__": attributes}
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        facts[name] = _OfLibrary(name, kind, own, options)  # type: ignore[assignment]
    for name, fact in facts.items():
        setattr(kind, name, fact)
    return kind


def _field_of(given: type, name: str, stated: str) -> _Field:
    said = given.__dict__.get(name, _MISSING)
    found = said if isinstance(said, _Field) else _Field() if said is _MISSING else _Field(default=said)
    found.type = stated
    return found


def _class_of(given: type, own: Mapping[str, _Field], slots: bool, weakref_slot: bool) -> type:
    """Return the class with the defaults in their places; with slots it must be another class."""
    if not slots:
        for name, said in own.items():
            if "default" in said.options:
                setattr(given, name, said.options["default"])
            elif name in given.__dict__:
                delattr(given, name)
        return given
    space = {name: value for name, value in given.__dict__.items() if name not in own}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    space["__slots__"] = (*own, "__weakref__") if weakref_slot else tuple(own)
    made = type(given)(given.__name__, given.__bases__, space)
    made.__qualname__ = given.__qualname__
    return made


def _methods(
    kind: type,
    attributes: Mapping[str, _Field],
    *,
    init: bool = True,
    repr: bool = True,
    eq: bool = True,
    kw_only: bool = False,  # told by each attribute, as a base may have it otherwise
) -> dict[str, Any]:
    """Return the methods as the library makes them."""

    def assign(self: object, name: str, value: object) -> None:
        _refuse("assign to", kind, attributes, self, name)
        _set(self, name, value)

    def delete(self: object, name: str) -> None:
        _refuse("delete", kind, attributes, self, name)
        object.__delattr__(self, name)

    methods: dict[str, Any] = {"__setattr__": assign, "__delattr__": delete, "__replace__": _replaced}
    methods["__match_args__"] = tuple(name for name, said in attributes.items() if not said.is_keyword)
    if init:
        methods["__init__"] = _constructor(kind, attributes)
    if repr:
        shown = [name for name, said in attributes.items() if said.get("repr", True)]

        def __repr__(self: object) -> str:  # noqa: N807
            told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{type(self).__qualname__}({told})"

        methods["__repr__"] = __repr__
    if eq:
        key = _key([name for name, said in attributes.items() if said.get("compare", True)])

        def __eq__(self: object, other: object) -> bool:  # noqa: N807
            return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self: object) -> int:  # noqa: N807
            return hash(key(self))

        methods["__eq__"] = __eq__
        if kind.__dict__.get("__hash__") is None:  # Python has put None there where the class has an __eq__
            methods["__hash__"] = __hash__
    return methods


def _key(names: list[str]) -> Callable[[object], Any]:
    """Return what gives the values that are compared, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _constructor(kind: type, attributes: Mapping[str, _Field]) -> Callable[..., None]:
    """Return `__init__`, the one method that is written as text: it runs as fast as one that stands in a file."""
    space: dict[str, Any] = {"_set": _set}
    arguments, keywords = ["self"], list[str]()
    for name, said in attributes.items():
        argument = name
        if "default" in said.options:
            space[f"_default_{name}"] = said.options["default"]
            argument = f"{name}=_default_{name}"
        (keywords if said.is_keyword else arguments).append(argument)
    if keywords:
        arguments += ["*", *keywords]
    body: list[str] = []
    for name in attributes:
        slot = getattr(kind, name, None)
        if isinstance(slot, MemberDescriptorType):  # it sets its value in four fifths of the time
            space[f"_set_{name}"] = slot.__set__
            body.append(f" _set_{name}(self, {name})")
        else:
            body.append(f' _set(self, "{name}", {name})')
    if hasattr(kind, "__post_init__"):
        body.append(" self.__post_init__()")
    written = "\n".join([f"def __init__({', '.join(arguments)}):", *(body or [" pass"])])
    # As `dataclasses` and `namedtuple` do; it is made of the names of a class's attributes, and of nothing else.
    exec(written, space)  # noqa: S102  # nosec B102
    made: Callable[..., None] = space["__init__"]
    made.__annotations__ = {name: said.type for name, said in attributes.items()} | {"return": None}
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    made.__module__ = kind.__module__
    return made


def _refuse(verb: str, kind: type, names: Iterable[str], value: object, name: str) -> None:
    if type(value) is kind or name in names:
        from dataclasses import FrozenInstanceError  # here, where somebody is told

        raise FrozenInstanceError(f"cannot {verb} field {name!r}")


class _OfLibrary:
    """What the library's module asks of a class, made of a class of the same attributes that the library makes."""

    def __init__(self, name: str, kind: type, own: Mapping[str, _Field], options: Mapping[str, bool]) -> None:
        self._name, self._kind, self._own, self._options = name, kind, own, options

    def __get__(self, holder: object | None, owner: type) -> Any:
        import dataclasses  # few ask for it

        space: dict[str, Any] = {"__annotations__": {name: said.type for name, said in self._own.items()}}
        space |= {name: dataclasses.field(**said.options) for name, said in self._own.items()}
        space["__module__"] = self._kind.__module__
        bases = tuple(base for base in self._kind.__bases__ if _attributes(base))
        twin = type("Twin", bases, space)
        make: Callable[[type], type] = dataclasses.dataclass(frozen=True, **self._options)
        made = make(twin)
        fact = getattr(made, self._name)
        setattr(self._kind, self._name, fact)
        return fact
