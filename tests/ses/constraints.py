"""Each constraint of the service models of the sending operations, and a request that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.model import Shape as AwsShape

from sesmime import Interface
from sesmime.ses.request_model import REQUESTS, Kind, Shape


@cache
def aws_shape(interface: Interface) -> AwsShape:
    """Return what botocore's model says of a request; read once, for botocore searches all its services each time."""
    service, operation = interface.row.service, interface.row.operation
    assert service is not None
    assert operation is not None
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    return shape


# Each constraint, broken in a request that holds all else

KEPT_OUT = {
    Interface.V2_SEND_EMAIL_SIMPLE: {"Raw", "Template"},
    Interface.V2_SEND_EMAIL_RAW: {"Simple", "Template"},
    Interface.V2_SEND_EMAIL_TEMPLATE: {"Simple", "Raw"},
}
VALUES = {
    "TemplateArn": "arn:aws:ses:us-east-1:123456789012:template/a",
    "TemplateData": "{}",
    "DefaultTemplateData": "{}",
    "ReplacementTemplateData": "{}",
    "Charset": "UTF-8",
    "FileName": "a.txt",
    "ContentType": "text/plain",
}


def whole(shape: Shape, name: str, out: set[str]) -> Any:
    """Return a value of a shape with every member; those of `out` left out."""
    if shape.kind is Kind.STRUCTURE:
        return {one: whole(member, one, out) for one, member in shape.members.items() if one not in out}
    if shape.kind is Kind.LIST:
        assert shape.item is not None
        return [whole(shape.item, name, out)]
    if shape.kind is Kind.OCTETS:
        return b"From: a@example.com\r\nTo: b@example.com\r\n\r\nHi\r\n"
    if shape.choices:
        return shape.choices[0]
    if name.endswith(("Address", "Addresses", "Destinations")) or name in ("Source", "ReturnPath"):
        return "a@example.com"
    return VALUES.get(name, "arn:aws:ses:us-east-1:123456789012:identity/a.example" if name.endswith("Arn") else "X")


class Broken(NamedTuple):
    """A way to break a request: the path, what stands there then, and how to tell of it."""

    path: str
    steps: tuple[str | int, ...]
    value: Any
    what: str


def ways(shape: Shape, out: set[str], path: str = "", steps: tuple[str | int, ...] = ()) -> Iterator[Broken]:
    """Return a way to break each constraint of a shape and of all in it."""
    if shape.kind is Kind.STRUCTURE:
        for name, member in shape.members.items():
            if name in out:
                continue
            inner = f"{path}.{name}" if path else name
            if name in shape.required:
                yield Broken(inner, (*steps, name), None, "missing")
            yield Broken(inner, (*steps, name), 7, "another kind")
            yield from ways(member, out, inner, (*steps, name))
    elif shape.kind is Kind.LIST:
        assert shape.item is not None
        if shape.most is not None:
            yield Broken(path, steps, [whole(shape.item, "", out)] * (shape.most + 1), "too many")
        yield Broken(f"{path}[0]", (*steps, 0), 7, "another kind")
        yield from ways(shape.item, out, f"{path}[0]", (*steps, 0))
    else:
        if shape.least:
            yield Broken(path, steps, "", "too short")
        if shape.most is not None:
            yield Broken(path, steps, "x" * (shape.most + 1), "too long")
        if shape.pattern is not None:
            yield Broken(path, steps, "\u00fc", "pattern")
        if shape.choices:
            yield Broken(path, steps, "NONE", "choices")


def broken(request: Any, way: Broken) -> Any:
    """Return the request with one value put in the place of another."""
    if not way.steps:
        return way.value
    first, rest = way.steps[0], way._replace(steps=way.steps[1:])
    if isinstance(request, dict):
        return request | {first: broken(request[first], rest)}
    return [broken(item, rest) if number == first else item for number, item in enumerate(request)]


CASES = [
    pytest.param(interface, way, id=f"{interface.value}-{way.path}-{way.what}")
    for interface, shape in REQUESTS.items()
    for way in ways(shape, KEPT_OUT.get(interface, set()))
]
