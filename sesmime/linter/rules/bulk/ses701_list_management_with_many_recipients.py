"""SES701."""

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
    has_one_recipient,
    list_management_is_on,
    name_span,
    rule,
)
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES701",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-list-management-options", ":list-management"),
)
def list_management_with_many_recipients(outgoing: Outgoing) -> Iterator[Fault]:
    """List management is on, and the message has more than one recipient.

    SES supports list management only for messages with one recipient. With several, it adds no List-Unsubscribe
    fields and replaces no placeholder, so nobody can unsubscribe.
    """
    if not list_management_is_on(outgoing) or has_one_recipient(outgoing):
        return
    field = counting_field(outgoing, "list_management")
    yield Fault(
        f"list management works only with one recipient; this message has {len(outgoing.envelope.recipients)}",
        None if field is None else name_span(field),
        fix=Fix("send a separate message to each recipient"),
    )
