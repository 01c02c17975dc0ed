"""SES203."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    RECIPIENT_FIELDS,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    rule,
)
from sesmime.ses.pages import QUOTAS
from sesmime.ses.quotas import MAX_RECIPIENTS


@rule(
    "SES203",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=QUOTAS,
    stage=Stage.RECIPIENTS,
    order=20,
    subject=Subject.PARAMETERS,
    triggers=(":many-recipients",),
)
def too_many_recipients(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has more than 50 recipients.

    To, Cc and Bcc count together, and so do the members of a group. Where a destination is given beside more than 50
    addresses in the fields, one user saw the APIs refuse the message; over SMTP nobody has.
    """
    if _at_most(outgoing) <= MAX_RECIPIENTS:
        return
    count = len(outgoing.envelope.recipients)
    if count > MAX_RECIPIENTS:
        yield Fault(
            f"{count} recipients; SES accepts at most {MAX_RECIPIENTS} per message",
            rejection="Recipient count exceeds 50.",
            fix=Fix("split the recipients over several messages"),
        )
    elif outgoing.envelope.recipient_count > MAX_RECIPIENTS and outgoing.interface is not Interface.SMTP:
        yield Fault(
            f"{outgoing.envelope.recipient_count} addresses in To, Cc and Bcc, beside {count} in the destination;"
            f" SES accepts at most {MAX_RECIPIENTS} per message and may count them",
            fix=Fix("write the actual recipients into To and Cc"),
            severity=Severity.WARNING,
            evidence=Evidence.OBSERVED,
            source="https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/44",
        )


def _at_most(outgoing: Outgoing) -> int:
    """Return a number that the recipients cannot pass, without reading them: that of the @."""
    destination = outgoing.parameters.destination
    given = 0 if destination is None else len(destination.all)
    section = outgoing.section
    return max(given, sum(field.raw.count(b"@") for name in RECIPIENT_FIELDS for field in section.all(name)))
