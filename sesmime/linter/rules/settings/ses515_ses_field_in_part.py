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
    """A body part, or an attached message, has an X-SES- field of its own.

    Only fields in the message's own header section are settings. A field in a body part has no effect, usually
    because it was added to the wrong object; a field in an attached message reveals how the original was sent.
    """
    if part.is_root:
        return
    found = [field for field in part.section.fields if fold_case(field.name) in _NAMES]
    for field in found[:MOST]:
        if part.is_attached:
            text = f"{field.name} in an attached message is not a setting and is sent to the recipients"
            fix = Fix("remove it before attaching the message")
        else:
            text = f"{field.name} in a body part is not a setting: SES reads only the message's own header section"
            edits = () if part.is_signed or outgoing.is_signed else (Edit(field.span, b""),)
            fix = Fix("remove it, or move it to the message's header section", edits)
        yield Fault(text, name_span(field), part, fix=fix)
