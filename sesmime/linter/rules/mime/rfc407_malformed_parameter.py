"""RFC407."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Outgoing,
    Severity,
    Stage,
    body_span,
    fields_with_defects,
    is_extended_alone,
    odd_fields,
    parameter_fault,
    rule,
    written_anew,
)

# These have rules of their own; of two forms of one name the longer counts, and it is well that there are two.
_OTHERS: Final = ("repeated-parameter", "encoded-word", "conflicting-parameter")


@rule(
    "RFC407",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2231#section-3",
    stage=Stage.MIME,
    order=330,
    triggers=(":odd-mime-field",),
)
def malformed_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter of Content-Type or Content-Disposition does not follow the standards.

    A piece of a continued value is missing, a charset is unknown, a percent sign does not start an octet, a
    character is not allowed: mail readers derive different names or charsets from it. The same is true of a comment
    in the type, and of a charset that is given only as `charset*`. Other rules report what SES would refuse.
    """
    yield from chain(_faults(outgoing), _readings(outgoing))


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for found in outgoing.once(fields_with_defects):
        defects = [defect for defect in found.parameters.defects if defect.name not in _OTHERS]
        if defects and found.error is None:
            text = f"in {found.field.name}: {defects[0].message}"
            yield parameter_fault(outgoing, found, defects, text, "write the field again")


def _readings(outgoing: Outgoing) -> Iterator[Fault]:
    """Tell of what the standards have, and not all readers read."""
    for part, field, parameters, error in outgoing.once(odd_fields):
        if error is not None:
            continue
        if b"(" in field.raw and b"(" in field.raw.partition(b";")[0]:
            text = f"a comment in {field.name} before any parameter, which some mail readers take for part of the type"
        elif is_extended_alone(field, parameters, "charset"):
            text = "the charset is given only in the form of RFC 2231, which not all mail readers support"
        else:
            continue
        fix = written_anew(outgoing, field, "write the field again")
        yield Fault(text, body_span(field), part, fix=fix, evidence=Evidence.ASSUMED)
