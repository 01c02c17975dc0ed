"""A local SES: a server that answers as Amazon SES is expected to, and a page that shows why. Extra `local`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sesmime.local.in_process import StrictSes
    from sesmime.local.options import Options
    from sesmime.local.server import LocalSes

__all__ = ["LocalSes", "Options", "StrictSes"]

# Each is imported when it is asked for: the server stands on moto, whose import takes a second.
_HOMES: Final = {
    "LocalSes": "sesmime.local.server",
    "Options": "sesmime.local.options",
    "StrictSes": "sesmime.local.in_process",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sesmime.local' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
