"""SES703."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    has_one_recipient,
    list_management_is_on,
    name_span,
    rule,
)
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES703",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=30,
    triggers=("list-unsubscribe", "list-unsubscribe-post"),
)
def overridden_list_unsubscribe(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has List-Unsubscribe fields, and list management replaces them.

    Recipients who unsubscribe with the button of their mail client then leave the SES contact list, and the
    sender's own address or page is not notified.
    """
    if not list_management_is_on(outgoing) or not has_one_recipient(outgoing):
        return
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post"):
        field = outgoing.section.first(name)
        if field is not None:
            yield Fault(
                f"SES replaces {field.name} because list management is on",
                name_span(field),
                fix=Fix("remove the field, or do not use list management"),
            )
