"""RFC410."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Outgoing,
    Severity,
    Stage,
    fields_with_defects,
    parameter_fault,
    rule,
)


@rule(
    "RFC410",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2047#section-5",
    stage=Stage.MIME,
    order=360,
    triggers=(":odd-mime-field",),
)
def encoded_word_in_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter of Content-Type or Content-Disposition contains an encoded word.

    Encoded words are not allowed there (RFC 2047 section 5 (3)); RFC 2231 defines how to write such a name. Most
    mail readers decode them anyway, others show `=?utf-8?...?=` as the file name.
    """
    for found in outgoing.once(fields_with_defects):
        defects = [defect for defect in found.parameters.defects if defect.name == "encoded-word"]
        if defects and found.error is None:
            text = f"an encoded word in a parameter of {found.field.name}"
            yield parameter_fault(outgoing, found, defects, text, "write the value in the form of RFC 2231")
