"""SES604."""

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
    span_in_body,
)
from sesmime.ses.fields_of_ses import LIST_FIELDS
from sesmime.ses.pages import SUBSCRIPTIONS


@rule(
    "SES604",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=SUBSCRIPTIONS,
    stage=Stage.SIGNATURES,
    order=40,
    triggers=(":list-management", "x-ses-list-management-options"),
)
def signed_list_fields(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature covers List-Unsubscribe fields, and list management replaces them.

    SES writes its own List-Unsubscribe and List-Unsubscribe-Post if list management is on and there is one
    recipient, so a signature over the sender's fields becomes invalid.
    """
    if "dkim-signature" in outgoing.names and list_management_is_on(outgoing) and has_one_recipient(outgoing):
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for signature in outgoing.signatures:
        for signed in signature.first_of(LIST_FIELDS):
            yield Fault(
                f"the DKIM signature covers {LIST_FIELDS[signed.name]}, which list management replaces,"
                " so it will be invalid",
                span_in_body(signature.field, signed.start, signed.stop),
                fix=Fix("let SES sign, or do not use list management"),
            )
