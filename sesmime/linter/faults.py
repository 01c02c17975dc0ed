"""Faults that several rules tell of alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sesmime.linter.findings import Fix
from sesmime.linter.rule import Fault
from sesmime.linter.view.directives import DirectiveText
from sesmime.linter.view.mime_faults import explained_field
from sesmime.linter.view.mime_fields import MimeField, odd_fields, place_of_refusal, written_anew
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import span_in_body
from sesmime.mime.fields import Defect, Field, Span, fold_case
from sesmime.ses.evidence import Evidence


def parameter_fault(outgoing: Outgoing, found: MimeField, defects: Sequence[Defect], text: str, title: str) -> Fault:
    """Return one fault for some defects of a field: the first, and how many more; the field is written anew."""
    if len(defects) > 1:
        text += f"; and {len(defects) - 1} more such faults"
    span = span_in_body(found.field, *defects[0].span)
    return Fault(text, span, found.part, fix=written_anew(outgoing, found.field, title))


def directive_fault(
    text: DirectiveText,
    message: str,
    span: Span,
    *,
    fix: Fix,
    rejection: str | None = None,
    evidence: Evidence | None = None,
) -> Fault:
    """Return a fault at a place of a text; of a text that stands in the request, no smaller part is known."""
    if text.text is None:
        return Fault(message, parameter=text.parameter, rejection=rejection, fix=fix, evidence=evidence)
    place = text.text.span(*span)
    return Fault(message, place, text.text.part, rejection=rejection, fix=fix, evidence=evidence)


def refused_fields(outgoing: Outgoing, name: str) -> Iterator[Fault]:
    """Return a fault for each part whose first field of a name the strict grammar refuses."""
    call = fold_case(name)
    for part, field, _, error in outgoing.once(odd_fields):
        if error is None or fold_case(field.name) != call:
            continue
        place = place_of_refusal(call, field, error)
        reason, remedy = explained_field(call, error, *_divided(field, place))
        yield Fault(
            f"{field.name} is malformed: {reason}",
            place,
            part,
            rejection=error,
            fix=written_anew(outgoing, field, remedy),
        )


def _divided(field: Field, place: Span) -> tuple[str, str]:
    """Divide a body at a place in it, one character a byte, as the strict grammar reads it."""
    at = place.start - field.span.start
    head, tail = field.raw[:at], field.raw[at:]
    return head.decode("latin-1").partition(":")[2], tail.decode("latin-1")
