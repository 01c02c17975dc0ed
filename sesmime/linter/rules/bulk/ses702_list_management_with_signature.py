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
    triggers=("dkim-signature",),
)
def list_management_with_signature(outgoing: Outgoing) -> Iterator[Fault]:
    """List management is asked for, and the message bears a DKIM signature of its own.

    AWS excludes one from the other: SES changes the body and the List-Unsubscribe fields after the message was signed.
    Easy DKIM, by which SES signs last, goes with it.
    """
    if list_management_is_on(outgoing):
        for field in outgoing.section.all("DKIM-Signature")[:1]:
            yield Fault(
                "the message is signed and list management changes it, so the signature will be invalid",
                name_span(field),
                fix=Fix("let SES sign, or do not use list management"),
            )
