"""SEC303."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ADDRESS_FIELDS,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    fold_case,
    quoted,
    rule,
)


@rule(
    "SEC303",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-4.1",
    stage=Stage.SYNTAX,
    order=70,
    triggers=(":odd-octet",),
)
def nul_in_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A field contains a NUL octet.

    Programs written in C end the text there, others continue: they see different senders, recipients or types. In
    an address or a Content- field it is an error, because mail goes astray or an attachment is hidden.
    """
    for part in outgoing.screening.odd_octets:
        for field in part.section.fields:
            place = field.raw.find(b"\0")
            if place < 0:
                continue
            is_grave = _is_grave(field)
            yield Fault(
                f"{quoted(field.name, 60)} contains a NUL octet (U+0000), where some programs end the text",
                Span(field.span.start + place, field.span.start + place + 1),
                part,
                severity=Severity.ERROR if is_grave else None,
                fix=Fix("write the field again without it") if is_grave or "\0" in field.name else _removal(field),
            )


def _is_grave(field: Field) -> bool:
    name = fold_case(field.name)
    return name in ADDRESS_FIELDS or name.startswith("content-")


def _removal(field: Field) -> Fix:
    start = field.span.start
    places = [start + place for place, octet in enumerate(field.raw) if octet == 0]
    return Fix("remove the octet", [Edit(Span(place, place + 1), b"") for place in places])
