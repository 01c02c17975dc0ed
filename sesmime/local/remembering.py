"""The account as JSON and back, so that a file keeps it: the dataclasses of `sesmime.local.state`, read by their types.

Quota and statistics are not kept: they begin anew.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from sesmime.local.state import Region

_NOT_KEPT: Final = ("sent", "statistics")


def region_as_json(region: Region) -> dict[str, Any]:
    """Return all that a region has, as plain JSON values."""
    return {field.name: as_json(getattr(region, field.name)) for field in fields(region) if field.name not in _NOT_KEPT}


def region_from_json(told: Mapping[str, Any]) -> Region:
    """Return the region; raises TypeError, ValueError or KeyError for what is none."""
    region: Region = _value(Region, told)
    return region


def as_json(value: Any) -> Any:
    """Return plain JSON values; octets under a name of their own."""
    if value is None or (isinstance(value, str | int | float | bool) and not isinstance(value, Enum)):
        return value
    if isinstance(value, bytes | bytearray):
        return {"$octets": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(as_json, value))
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    return str(value)


def from_json(value: Any) -> Any:
    """Return what plain JSON values stood for, where no type says it: octets are octets again."""
    if isinstance(value, dict):
        if value.keys() == {"$octets"}:
            return base64.b64decode(value["$octets"])
        return {name: from_json(one) for name, one in value.items()}
    return [from_json(one) for one in value] if isinstance(value, list) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, told: Any) -> Any:
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if told is None else _value(next(one for one in of if one is not type(None)), told)
    if origin is dict:
        return {name: _value(of[1], one) for name, one in told.items()}
    if origin is list:
        return [_value(of[0], one) for one in told]
    if origin is set:
        return {_value(of[0], one) for one in told}
    if origin is tuple:
        return tuple(_value(of[0], one) for one in told)
    if hint is Any or not isinstance(hint, type):
        return from_json(told)
    if is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: _value(hints[name], one) for name, one in told.items() if name in hints})
    if issubclass(hint, Enum):
        return hint(told)
    if hint is datetime:
        return datetime.fromisoformat(told)
    if not isinstance(told, hint):
        raise TypeError(f"{hint.__name__} expected")
    return told
