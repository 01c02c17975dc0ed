"""SES704."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    MOST,
    UNSUBSCRIBE,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Text,
    has_one_recipient,
    list_management_is_on,
    rule,
)
from sesmime.ses.pages import SUBSCRIPTIONS

# dg/sending-email-subscription-management: the first two are replaced.
_REPLACED = 2


@rule(
    "SES704",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=40,
    triggers=(":directive",),
)
def unused_unsubscribe_placeholder(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains {{amazonSESUnsubscribeUrl}} where SES does not replace it.

    SES replaces it with the unsubscribe link if list management is on and there is one recipient, at most twice.
    Otherwise it is sent unchanged, and the recipient sees a link that leads nowhere.
    """
    told = 0
    for text in outgoing.texts.with_directives:
        places = list(text.places(UNSUBSCRIBE))
        if not places or told >= MOST:
            continue
        told += 1
        if not list_management_is_on(outgoing):
            yield _fault(text, places[0], "list management is not on", "turn on list management")
        elif not has_one_recipient(outgoing):
            yield _fault(
                text, places[0], "the message has several recipients", "send a separate message to each recipient"
            )
        elif len(places) > _REPLACED:
            yield _fault(text, places[_REPLACED], "SES replaces only the first two", "use it at most twice")


def _fault(text: Text, place: int, why: str, title: str) -> Fault:
    return Fault(
        f"the placeholder {UNSUBSCRIBE.decode()} is not replaced: {why}",
        text.span(place, place + len(UNSUBSCRIBE)),
        text.part,
        fix=Fix(title),
    )
