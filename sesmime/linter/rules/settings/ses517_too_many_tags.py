"""SES517."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    counting_field,
    name_span,
    parameter_value,
    rule,
)
from sesmime.ses.pages import EVENTS
from sesmime.ses.quotas import MAX_TAGS


@rule(
    "SES517",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=150,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-message-tags", ":tags"),
)
def too_many_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """A message has more than 50 message tags.

    The limit of SES is not documented; 50 is the limit for tags elsewhere at AWS. Each tag takes up space in the
    event, whose fields are truncated above 10 KB.
    """
    if not outgoing.parameters.message_tags and "x-ses-message-tags" not in outgoing.names:
        return
    field = counting_field(outgoing, "message_tags")
    count = len((parameter_value(outgoing, "message_tags") or ()) if field is None else outgoing.tags_in_field)
    if count > MAX_TAGS:
        yield Fault(
            f"{count} message tags; SES is not known to accept more than {MAX_TAGS}",
            None if field is None else name_span(field),
            fix=Fix("use fewer tags"),
        )
