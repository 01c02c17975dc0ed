"""SES707."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    UNSUBSCRIBE,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    counting_field,
    has_one_recipient,
    has_readable_texts,
    list_management_is_on,
    name_span,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES707",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=45,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-list-management-options", ":list-management"),
)
def missing_unsubscribe_placeholder(outgoing: Outgoing) -> Iterator[Fault]:
    """List management is on, and no text contains {{amazonSESUnsubscribeUrl}}.

    AWS asks for the placeholder in every such message; SES puts the unsubscribe link in its place. Without it, only
    the List-Unsubscribe fields that SES adds are left, and many mail clients do not show them. A stored template,
    whose text is not in the request, is not looked at.
    """
    if not list_management_is_on(outgoing) or not has_one_recipient(outgoing) or not has_readable_texts(outgoing):
        return
    if any(text.directives.unsubscribe_places for text in outgoing.once(texts_with_directives)):
        return
    field = counting_field(outgoing, "list_management")
    yield Fault(
        f"list management is on, but no text contains the placeholder {UNSUBSCRIBE.decode()}",
        None if field is None else name_span(field),
        fix=Fix(f"add a link to {UNSUBSCRIBE.decode()}"),
    )
