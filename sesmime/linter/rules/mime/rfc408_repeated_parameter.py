"""RFC408."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Defect,
    Evidence,
    Fault,
    Fix,
    MimeField,
    Outgoing,
    Severity,
    Stage,
    fields_with_defects,
    parameter_fault,
    rule,
    span_in_body,
)

_FILE_NAMES: Final = ("filename", "name")


@rule(
    "RFC408",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-5",
    stage=Stage.MIME,
    order=340,
    triggers=(":odd-mime-field",),
)
def repeated_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter of Content-Type or Content-Disposition is given twice.

    Some mail readers use the first, some the last: they see different boundaries, charsets or file names. The
    parser that SES appears to use takes the last, and prefers a plain parameter to one in the form of RFC 2231
    (`boundary*`). (A file name should be given in both forms.)
    """
    for found in outgoing.once(fields_with_defects):
        defects = [defect for defect in found.parameters.defects if defect.name == "repeated-parameter"]
        if defects:
            text = f"a parameter of {found.field.name} is repeated"
            yield parameter_fault(outgoing, found, defects, text, "keep the first")
        elif conflicts := _conflicts(found):
            yield Fault(
                f"a parameter of {found.field.name} has a different value in its plain form",
                span_in_body(found.field, *conflicts[0].span),
                found.part,
                fix=Fix("keep only the right value, in the plain form"),
            )


def _conflicts(found: MimeField) -> list[Defect]:
    """Return the parameters that stand in two forms with two values, but file names."""
    conflicts = {defect.span: defect for defect in found.parameters.defects if defect.name == "conflicting-parameter"}
    if not conflicts:
        return []
    return [
        conflicts[one.span]
        for one in found.parameters.raw
        if one.span in conflicts and one.name.partition("*")[0].strip().lower() not in _FILE_NAMES
    ]
