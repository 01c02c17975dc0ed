"""SES515."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    MOST,
    SES_FIELDS,
    SETTING_FIELDS,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    Subject,
    fold_case,
    name_span,
    rule,
)
from sesmime.ses.pages import AUTHORIZATION

_NAMES = frozenset(row.name.lower() for row in SES_FIELDS.values())


@rule(
    "SES515",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=AUTHORIZATION,
    stage=Stage.SETTINGS,
    order=120,
    subject=Subject.EVERY_PART,
    triggers=SETTING_FIELDS,
)
def ses_field_in_part(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    """A body part, or an attached message, has an SES field of its own.

    Only fields of the message's own header section are settings. One in a body part is lost, most often because the
    field was added to the wrong object; one in an attached message tells its reader how the original was sent.
    """
    if part.is_root:
        return
    found = [field for field in part.section.fields if fold_case(field.name) in _NAMES]
    for field in found[:MOST]:
        if part.is_attached:
            text = f"{field.name} in an attached message is no setting, and goes to the recipients"
            fix = Fix("take it out before the message is attached")
        else:
            text = f"{field.name} in a body part is no setting: only the fields on top of the message are"
            edits = () if part.is_signed or outgoing.is_signed else (Edit(field.span, b""),)
            fix = Fix("remove it here; if it is meant, write it on top", edits)
        yield Fault(text, name_span(field), part, fix=fix)
