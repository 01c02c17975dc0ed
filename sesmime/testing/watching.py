"""What all that is watched has in common: methods that look on, and the line of the program that called."""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from importlib import import_module
from pathlib import Path
from typing import Any, Final

Record = Callable[..., None]


def imported(name: str) -> Any:
    """Import what may not be installed; None then. What it warns of is not the caller's to hear."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(name)
    except ImportError:
        return None


@contextmanager
def replaced(owner: Any, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """Put a function in the place of a method that looks on; once the context has ended it only passes on."""
    original = getattr(owner, name)
    looking = make(original)
    is_over = False

    @wraps(original)
    def method(*arguments: Any, **named: Any) -> Any:
        __tracebackhide__ = True  # what is raised is another's, and so is the way there
        return (original if is_over else looking)(*arguments, **named)

    setattr(owner, name, method)
    try:
        yield
    finally:
        is_over = True
        # Somebody else may have put theirs above and not have taken it away yet.
        if getattr(owner, name) is method:
            setattr(owner, name, original)


# The line of the program

_OURS: Final = str(Path(__file__).resolve().parents[1]) + os.sep
_STANDARD: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def calling_line() -> str | None:
    """Return file and line, `app/mail.py:12`, of the innermost caller outside libraries; None where there is none.

    Libraries are Python's own, what is installed beside it, and this package. Files below the working directory are
    named from there.
    """
    frame = sys._getframe(1) if hasattr(sys, "_getframe") else None
    while frame is not None:
        file = frame.f_code.co_filename
        if not _is_librarys(file):
            return f"{_from_here(file)}:{frame.f_lineno}"
        frame = frame.f_back
    return None


@lru_cache(maxsize=4096)
def _is_librarys(file: str) -> bool:
    path = os.path.abspath(file)
    if file.startswith("<") or any(place in path for place in _INSTALLED):
        return True
    return path.startswith((_OURS, *_STANDARD)) or os.path.realpath(path).startswith(_OURS)


def _from_here(file: str) -> str:
    path, here = os.path.abspath(file), os.getcwd() + os.sep
    return path.removeprefix(here).replace(os.sep, "/")
