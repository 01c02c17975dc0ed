"""BULK105."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    FEEDBACK_ID_TAGS,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    counting_field,
    parameter_value,
    rule,
)
from sesmime.ses.pages import GOOGLE_FEEDBACK_LOOP


@rule(
    "BULK105",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=GOOGLE_FEEDBACK_LOOP,
    stage=Stage.BULK,
    order=50,
)
def missing_feedback_id_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """Neither ses:feedback-id-a nor ses:feedback-id-b is among the message tags.

    Google's feedback loop reports, by Feedback-ID, which campaigns recipients mark as spam. SES writes the field,
    and only these two tags can name a campaign in it.
    """
    if "feedback-id" in outgoing.names:
        return
    field = counting_field(outgoing, "message_tags")
    tags = parameter_value(outgoing, "message_tags") if field is None else outgoing.tags_in_field.tags
    if not any(tag.name in FEEDBACK_ID_TAGS for tag in tags or ()):
        yield Fault(
            "there is no message tag for Feedback-ID",
            fix=Fix("add the message tags ses:feedback-id-a and ses:feedback-id-b"),
        )
