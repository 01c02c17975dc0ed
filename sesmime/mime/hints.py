"""What modules that a start imports take of `typing`: all of it for type checkers, stand-ins for Python.

Its import takes a tenth of a start, and nothing of it is needed when Python runs: annotations are texts (`from
__future__ import annotations`) that nobody evaluates. Who does evaluate them (`typing.get_type_hints`) finds types that
stand for the same: `object` for Any, the type of its values for Literal.
"""

from __future__ import annotations

from types import GenericAlias

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import AnyStr as AnyStr
    from typing import Final as Final
    from typing import Generic as Generic
    from typing import Literal as Literal
    from typing import NoReturn as NoReturn
    from typing import ParamSpec as ParamSpec
    from typing import Self as Self
    from typing import TypeAlias as TypeAlias
    from typing import TypeVar as TypeVar
    from typing import cast as cast
    from typing import overload as overload
else:
    Any = AnyStr = NoReturn = Self = TypeAlias = object

    class Generic:
        """The base of what is told, in brackets, of what it is: `Submission[Request]` can be written in code, too."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    class Literal:
        """One of some values, which are of one type."""

        def __class_getitem__(cls, values):
            return type(values[0] if type(values) is tuple else values)

    class Final:
        """A name that is given a value once."""

        def __class_getitem__(cls, kind):
            return kind

    class TypeVar:
        """A type that is not known yet."""

        def __init__(self, name, *among, **said):
            self.__name__ = name

    ParamSpec = TypeVar

    def cast(kind, value):
        """Return the value."""
        return value

    def overload(function):
        """Return the function, in whose place the next of that name comes."""
        return function
