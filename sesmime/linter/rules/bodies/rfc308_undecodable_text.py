"""RFC308."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import MOST, Evidence, Fault, Fix, Outgoing, Severity, Stage, quoted, rule


@rule(
    "RFC308",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-4.1.2",
    stage=Stage.MIME,
    order=240,
    triggers=(":text-defect",),
)
def undecodable_text(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains octets that are invalid in its charset.

    The declared charset is wrong: mail readers show other characters or a replacement character. Texts of more than
    1 MiB are not checked.
    """
    found = [
        (part, defect)
        for part, defect in outgoing.texts.defects
        if "charset" in part.type_parameters and defect.name in ("undecodable-text", "undeclared-8bit")
    ]
    for part, defect in found[:MOST]:
        charset = quoted(part.type_parameters["charset"], 60)
        yield Fault(
            f"octets that are invalid in the charset {charset}",
            defect.span,
            part,
            fix=Fix("declare the charset that the text uses"),
        )
