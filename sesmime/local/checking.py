"""The parameters of a call held against the service's model, as AWS does before an operation sees them.

Values of another type are refused for every operation. Members that are required, and values of an enumeration, are
looked at for operations that manage: of those that send, the linter knows what SES answers. The wording is that of
AWS's frameworks, whose texts all services share ("1 validation error detected: Value null at 'x' failed to satisfy
constraint: Member must not be null"); for SES it is ASSUMED.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from moto.core.utils import get_service_model

from sesmime.errors import printable
from sesmime.local.answers import Refusal

if TYPE_CHECKING:
    from botocore.model import OperationModel

_MAX_SHOWN: Final = 5  # faults that are told
# How JSON has the model's types: Smithy, AWS restJson1 protocol.
_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def checked_json(model: OperationModel, body: bytes) -> bytes:
    """Return a JSON body without the members that stand in the path, which moto would take from it.

    Raises `Refusal` for a body that is no JSON object, or has values of other types than the model: moto's parsers
    would take a string for a list of its letters. Raises ValueError and RecursionError as `json.loads`.
    """
    given = json.loads(body) if body else {}
    shape: Any = model.input_shape
    if shape is None:
        return b""
    for text in _mistyped(shape, given):
        raise Refusal("SerializationException", text, status=400)
    elsewhere = [name for name, member in shape.members.items() if name in given and "location" in member.serialization]
    if not elsewhere:
        return body
    return json.dumps({name: value for name, value in given.items() if name not in elsewhere}).encode()


def check_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise `Refusal` for what an operation needs and was not given, and for values of no enumeration."""
    shape = get_service_model(service).operation_model(operation).input_shape
    found = [] if shape is None else list(_unsatisfied(shape, parameters, ""))
    if found:
        told = "; ".join(found[:_MAX_SHOWN])
        text = f"{len(found)} validation error{'' if len(found) == 1 else 's'} detected: {told}"
        raise Refusal("ValidationError" if service == "ses" else "BadRequestException", text, status=400)


def _mistyped(shape: Any, value: Any) -> Iterator[str]:
    kind = shape.type_name
    if not _has_type(value, kind):
        yield _told(kind, value)
    elif kind == "structure" and not shape.is_document_type:
        for name, member in shape.members.items():
            inner = value.get(member.serialization.get("name", name))
            if inner is not None and "location" not in member.serialization:
                yield from _mistyped(member, inner)
    elif kind == "list":
        for one in value:
            yield from _mistyped(shape.member, one)
    elif kind == "map":
        for name, one in value.items():
            yield from _mistyped(shape.key, name)
            yield from _mistyped(shape.value, one)
    elif kind == "string" and not _is_text(value):
        yield "Invalid UTF-16 in a string of the request"


def _has_type(value: Any, kind: str) -> bool:
    wanted = _JSON_TYPES.get(kind)
    return wanted is None or (isinstance(value, wanted) and (kind == "boolean" or not isinstance(value, bool)))


def _is_text(value: str) -> bool:
    """Whether a string can be written: JSON may hold halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(kind: str, value: Any) -> str:
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected."
    name = "STRING" if isinstance(value, str) else "NUMBER"
    if value is None or isinstance(value, bool):
        name = "NULL" if value is None else str(value).upper()
    return f"{name}_VALUE can not be converted to a {kind.capitalize()}"


def _unsatisfied(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{_lowered(name)}" if path else _lowered(name)
            if value.get(name) is not None:
                yield from _unsatisfied(member, value[name], inner)
            elif name in shape.required_members:
                yield f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"
    elif kind == "list":
        for number, one in enumerate(value, 1):
            yield from _unsatisfied(shape.member, one, f"{path}.{number}.member")
    elif kind == "map":
        for name, one in value.items():
            yield from _unsatisfied(shape.value, one, f"{path}.{printable(name)[:60]}.member")
    elif kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield (
            f"Value '{printable(value)[:60]}' at '{path}' failed to satisfy constraint: Member must satisfy enum value"
            f" set: [{', '.join(shape.enum)}]"
        )


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]
