"""SES702."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, list_management_is_on, name_span, rule
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES702",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=SUBSCRIPTIONS,
    stage=Stage.LISTS,
    order=20,
    triggers=(":list-management", "x-ses-list-management-options"),
)
def list_management_with_signature(outgoing: Outgoing) -> Iterator[Fault]:
    """List management is on, and the message already has a DKIM signature.

    AWS does not allow both: SES changes the body and the List-Unsubscribe fields after the message was signed. Easy
    DKIM, where SES signs last, can be used together with list management.
    """
    if list_management_is_on(outgoing):
        for field in outgoing.section.all("DKIM-Signature")[:1]:
            yield Fault(
                "the message is signed and list management changes it, so the signature will be invalid",
                name_span(field),
                fix=Fix("let SES sign, or do not use list management"),
            )
