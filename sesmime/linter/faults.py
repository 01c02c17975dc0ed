"""Faults that several rules tell of alike."""

from __future__ import annotations

from collections.abc import Sequence

from sesmime.linter.findings import Fix
from sesmime.linter.rule import Fault
from sesmime.linter.view.directives import DirectiveText
from sesmime.linter.view.mime_fields import FieldDefects, rewriting
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import span_in_body
from sesmime.mime.fields import Defect, Span
from sesmime.ses.evidence import Evidence


def parameter_fault(outgoing: Outgoing, found: FieldDefects, defects: Sequence[Defect], text: str, title: str) -> Fault:
    """Return one fault for some defects of a field: the first, and how many more; the field is written anew."""
    if len(defects) > 1:
        text += f"; and {len(defects) - 1} more such faults"
    span = span_in_body(found.field, *defects[0].span)
    return Fault(text, span, found.part, fix=Fix(title, rewriting(outgoing, found.field)))


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
