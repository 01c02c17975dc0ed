"""SES008."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    FIELD_NAME,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    quoted,
    rule,
)


@rule(
    "SES008",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-4.5",
    stage=Stage.SYNTAX,
    order=80,
    triggers=(":blank-before-colon",),
)
def space_before_colon(outgoing: Outgoing) -> Iterator[Fault]:
    """There is a space or tab between a field name and its colon.

    This is an obsolete form. SES is expected to read the field, as the parser that it appears to use does. It is an
    error because of other readers: Python's email and others take the line for the beginning of the body, so all
    fields after it are lost.
    """
    for part in outgoing.screening.blanks_before_colons:
        for field in part.section.fields:
            name = field.name
            if field.raw[len(name) : len(name) + 1] == b":" or not FIELD_NAME.fullmatch(name):
                continue
            if part.is_root and name[:6].lower() == "x-ses-":
                continue  # SEC302 tells of these
            blanks = Span(field.span.start + len(name), field.span.start + field.raw.index(b":"))
            yield Fault(
                f"there is a space or tab between {quoted(name, 60)} and its colon",
                blanks,
                part,
                severity=None if part.is_root else Severity.WARNING,
                fix=Fix("remove the space", [Edit(blanks, b"")]),
            )
