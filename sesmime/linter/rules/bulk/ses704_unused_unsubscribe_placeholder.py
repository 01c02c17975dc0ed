"""SES704."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    MAX_UNSUBSCRIBE,
    UNSUBSCRIBE,
    DirectiveText,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    Subject,
    directive_fault,
    has_one_recipient,
    list_management_is_on,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES704",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=40,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def unused_unsubscribe_placeholder(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains {{amazonSESUnsubscribeUrl}} where SES does not replace it.

    SES replaces it with the unsubscribe link if list management is on and there is one recipient, at most twice.
    Otherwise it is sent unchanged, and the recipient sees a link that leads nowhere.
    """
    texts = (text for text in outgoing.once(texts_with_directives) if text.directives.unsubscribe_places)
    for text in texts:
        places = text.directives.unsubscribe_places
        if not list_management_is_on(outgoing):
            yield _fault(text, places[0], "list management is not on", "turn on list management")
        elif not has_one_recipient(outgoing):
            yield _fault(
                text, places[0], "the message has several recipients", "send a separate message to each recipient"
            )
        elif len(places) > MAX_UNSUBSCRIBE:
            yield _fault(text, places[MAX_UNSUBSCRIBE], "SES replaces only the first two", "use it at most twice")


def _fault(text: DirectiveText, place: Span, why: str, title: str) -> Fault:
    return directive_fault(
        text, f"the placeholder {UNSUBSCRIBE.decode()} is not replaced: {why}", place, fix=Fix(title)
    )
