"""RFC308."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, quoted, rule

_NAMES: Final = ("undecodable-text", "undeclared-8bit", "mislabelled-windows-1252")


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

    The declared charset is wrong: mail readers show other characters or a replacement character. The quotes and dashes
    of windows-1252 under the label iso-8859-1 are shown as meant by most readers, and as controls or nothing by others.
    Texts of more than 1 MiB are not checked.
    """
    for part, defect in outgoing.texts.defects:
        if part.charset is None or defect.name not in _NAMES:
            continue
        charset = quoted(part.charset, 60)
        is_windows = defect.name == "mislabelled-windows-1252"
        yield Fault(
            f"characters of windows-1252 in a text labelled {charset}"
            if is_windows
            else f"octets that are invalid in the charset {charset}",
            defect.span,
            part,
            fix=Fix("declare windows-1252" if is_windows else "declare the charset that the text uses"),
        )
