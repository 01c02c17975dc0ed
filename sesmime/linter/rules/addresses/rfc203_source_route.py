"""RFC203."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Addresses,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    Subject,
    quoted,
    rule,
    span_in_body,
)

_ROUTE: Final = re.compile(r"(?<=<)[^:<>]*+:")


@rule(
    "RFC203",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-4.4",
    stage=Stage.ADDRESSES,
    order=110,
    subject=Subject.PARAMETERS,
    triggers=(":source-route",),
)
def source_route(outgoing: Outgoing) -> Iterator[Fault]:
    """An address has a source route, as in <@a.example,@b.example:joe@c.example>.

    Source routes are obsolete and must not be generated. Some programs take the first domain for the sender's, so
    the domain that is checked is not the domain that is shown.
    """
    if outgoing.unusual_fields or outgoing.unusual_parameters:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for addresses in (*outgoing.unusual_parameters, *outgoing.unusual_fields):
        for defect in addresses.reading.defects:
            if defect.name == "source-route":
                yield _fault(addresses, defect.span)


def _fault(addresses: Addresses, element: Span) -> Fault:
    routes = (found for found in _ROUTE.finditer(addresses.text, *element) if found[0].lstrip(" \t,").startswith("@"))
    route = next((Span(*found.span()) for found in routes), element)
    text = f"an address in {addresses.label} has the source route {quoted(addresses.text[slice(*route)], 100)}"
    if addresses.field is None:
        return Fault(text, fix=Fix("remove the source route"))
    place = span_in_body(addresses.field, *route)
    return Fault(text, place, fix=Fix("remove the source route", [Edit(place, b"")] if route != element else ()))
