"""SES514."""

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
    Subject,
    counting_field,
    is_given,
    name_span,
    parameter_value,
    rule,
)
from sesmime.ses.pages import EVENTS


@rule(
    "SES514",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=130,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-message-tags", ":tags"),
)
def tags_without_configuration_set(outgoing: Outgoing) -> Iterator[Fault]:
    """Message tags are given without a configuration set.

    Tags appear in the events that a configuration set publishes. Without one they have no effect, unless the
    sending identity has a default configuration set. The two tags for Feedback-ID are not counted.
    """
    if not outgoing.parameters.message_tags and "x-ses-message-tags" not in outgoing.names:
        return
    if is_given(outgoing, "configuration_set"):
        return
    tags = parameter_value(outgoing, "message_tags")
    field = counting_field(outgoing, "message_tags")
    if field is not None:
        tags = outgoing.tags_in_field.tags
    elif not tags:
        return
    if tags and all(tag.name in FEEDBACK_ID_TAGS for tag in tags):
        return
    yield Fault(
        "there are message tags but no configuration set: without a default one for the identity, they reach no event",
        None if field is None else name_span(field),
        fix=Fix("add a configuration set"),
    )
