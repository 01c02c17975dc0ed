"""RFC305."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ENCODINGS,
    IDENTITY,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    body_span,
    first_eight_bit,
    multiparts,
    quoted,
    rule,
)
from sesmime.mime.edits import format_field


@rule(
    "RFC305",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-6.4",
    stage=Stage.MIME,
    order=210,
    triggers=(":encoded-multipart",),
)
def encoding_on_multipart(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart is labelled base64 or quoted-printable.

    A multipart itself is never encoded, only its parts are. Mail readers that believe the label decode the
    delimiter lines and find no parts, or different ones.
    """
    for part in outgoing.once(multiparts):
        field = part.section.first("Content-Transfer-Encoding")
        if field is None or part.encoding in IDENTITY or part.encoding not in ENCODINGS:
            continue
        edits: tuple[Edit, ...] = ()
        if part.entity.parts:
            is_ascii = outgoing.is_ascii or first_eight_bit(outgoing.source, *part.entity.body_span) < 0
            raw = format_field("Content-Transfer-Encoding", "7bit" if is_ascii else "8bit", outgoing.ending)
            edits = (Edit(field.span, raw),)
        yield Fault(
            f"a multipart labelled {quoted(part.encoding, 60)}: only its parts can be encoded",
            body_span(field),
            part,
            fix=Fix("label it 7bit or 8bit", edits),
        )
