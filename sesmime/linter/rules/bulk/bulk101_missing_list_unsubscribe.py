"""BULK101."""

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
    rule,
)
from sesmime.ses.pages import GOOGLE


@rule(
    "BULK101",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=GOOGLE,
    stage=Stage.BULK,
    order=10,
)
def missing_list_unsubscribe(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no List-Unsubscribe field.

    Google and Yahoo require one-click unsubscription for subscribed mail from bulk senders, and treat mail without
    the field as spam. SES adds it if list management is on and there is one recipient.
    """
    if "list-unsubscribe" in outgoing.names or (list_management_is_on(outgoing) and has_one_recipient(outgoing)):
        return
    yield Fault(
        "there is no List-Unsubscribe field",
        fix=Fix("add List-Unsubscribe with an https URI, and List-Unsubscribe-Post"),
    )
