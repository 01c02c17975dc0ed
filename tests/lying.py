"""Subclasses of str and bytes whose methods lie: what they hold is all that may count of them."""

from __future__ import annotations

from typing import Any, NoReturn


def _raising(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a method of a subclass was called")


def _lies(base: type) -> dict[str, Any]:
    """Return a method that raises in the place of each of the base's, but for those that objects need."""
    kept = {"__new__", "__init__", "__getattribute__", "__class__", "__doc__", "__getnewargs__", "__init_subclass__"}
    kept |= {"__subclasshook__", "__dir__", "__sizeof__", "__reduce__", "__reduce_ex__", "__getstate__", "__setattr__"}
    kept |= {"__delattr__", "maketrans", "fromhex"}
    kept |= {"__hash__", "__eq__"}  # a mapping asks for them before anybody else does
    return {name: _raising for name in dir(base) if name not in kept and callable(getattr(base, name, None))}


# Every method raises: whoever calls one is found out.
RaisingText = type("RaisingText", (str,), _lies(str))
RaisingBytes = type("RaisingBytes", (bytes,), _lies(bytes))


class LyingText(str):
    """A str that is empty, equal to all, and a header of its own, if one believes it."""

    __slots__ = ()

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 7

    def __str__(self) -> str:
        return "x\r\nBcc: lie@example.net"

    def __repr__(self) -> str:
        return "lie\r\n"

    def __format__(self, spec: str) -> str:
        return "x\r\nBcc: lie@example.net"

    def __getitem__(self, key: Any) -> str:
        return ""

    def __contains__(self, key: object) -> bool:
        return False

    def __add__(self, other: str) -> str:
        return other

    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"x\r\nBcc: lie@example.net"

    def lower(self) -> str:
        return "x-ses-tenant"

    def isascii(self) -> bool:
        return True

    def isprintable(self) -> bool:
        return True

    def strip(self, *_: Any) -> str:
        return "lie"

    lstrip = rstrip = upper = casefold = strip

    def find(self, *_: Any) -> int:
        return -1

    rfind = count = find

    def partition(self, *_: Any) -> tuple[str, str, str]:
        return "lie", "", ""

    rpartition = partition

    def split(self, *_: Any, **__: Any) -> list[str]:
        return []

    rsplit = splitlines = split

    def startswith(self, *_: Any) -> bool:
        return False

    endswith = startswith

    def replace(self, *_: Any) -> str:
        return "lie"

    translate = removeprefix = removesuffix = join = replace


def holds_a_subclass(value: Any) -> bool:
    """Whether a value, or what it is made of, is a str or bytes of another class than these."""
    if isinstance(value, str):
        return type(value) is not str and not type(value).__module__.startswith("sesmime.")
    if isinstance(value, bytes):
        return type(value) is not bytes
    if isinstance(value, dict):
        return any(map(holds_a_subclass, [*value.keys(), *value.values()]))
    if isinstance(value, tuple | list | set | frozenset):
        return any(map(holds_a_subclass, value))
    if isinstance(value, memoryview):
        return False
    slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    names = slots if isinstance(slots, list) and slots else list(getattr(value, "__dataclass_fields__", ()))
    return any(holds_a_subclass(getattr(value, name, None)) for name in names if not name.startswith("__"))
