"""RFC309."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Part, Severity, Stage, rule


@rule(
    "RFC309",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-4.1.2",
    stage=Stage.MIME,
    order=250,
    triggers=(":text-defect",),
)
def undeclared_charset(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains non-ASCII octets, and its Content-Type declares no charset.

    Without a charset, text is ASCII. Mail readers guess differently, and many show wrong characters. Attached files
    are not checked.
    """
    found = [
        (part, defect)
        for part, defect in outgoing.texts.defects
        if defect.name == "undeclared-8bit"
        and ("content-type" not in part.names or "charset" not in part.type_parameters)
        and not _is_file(part)
    ]
    for part, defect in found:
        yield Fault(
            "non-ASCII octets in a text part without a charset",
            defect.span,
            part,
            fix=Fix("declare the charset in Content-Type, such as charset=utf-8"),
        )


def _is_file(part: Part) -> bool:
    return "content-disposition" in part.names and part.entity.disposition == "attachment"
