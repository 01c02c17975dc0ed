"""SES515."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    SETTING_FIELDS,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    fold_case,
    name_span,
    rule,
)
from sesmime.ses.pages import AUTHORIZATION


@rule(
    "SES515",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=AUTHORIZATION,
    stage=Stage.SETTINGS,
    order=120,
    triggers=(":odd-part",),
)
def ses_field_in_part(outgoing: Outgoing) -> Iterator[Fault]:
    """A body part, or an attached message, has an X-SES- field of its own.

    Only fields in the message's own header section are settings. A field in a body part has no effect, usually
    because it was added to the wrong object; a field in an attached message reveals how the original was sent.
    """
    found = [
        (part, field)
        for part in outgoing.every_part
        if not part.is_root and not part.names.isdisjoint(SETTING_FIELDS)
        for field in part.section.fields
        if fold_case(field.name) in SETTING_FIELDS
    ]
    for part, field in found:
        if part.is_attached:
            text = f"{field.name} in an attached message is not a setting and is sent to the recipients"
            fix = Fix("remove it before attaching the message")
        else:
            text = f"{field.name} in a body part is not a setting: SES reads only the message's own header section"
            fix = Fix("remove it, or move it to the message's header section", _edits(outgoing, part, field))
        yield Fault(text, name_span(field), part, fix=fix)


def _edits(outgoing: Outgoing, part: Part, field: Field) -> tuple[Edit, ...]:
    """Return what removes a field; nothing where that would change an attached message, or what is signed."""
    is_untouchable = part.is_attached or part.is_signed or outgoing.is_signed
    return () if is_untouchable else (Edit(field.span, b""),)
