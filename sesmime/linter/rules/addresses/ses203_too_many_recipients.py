"""SES203."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import RECIPIENT_FIELDS, Evidence, Fault, Fix, Outgoing, Severity, Stage, Subject, rule
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
)
def too_many_recipients(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has more than 50 recipients.

    To, Cc and Bcc count together, and so do the members of a group. The addresses in the fields are counted even where
    a destination is given beside them, because such a message has been refused.
    """
    if _at_most(outgoing) <= MAX_RECIPIENTS:
        return
    count = outgoing.envelope.recipient_count
    if count > MAX_RECIPIENTS:
        is_envelope = len(outgoing.envelope.recipients) == count
        yield Fault(
            f"{count} recipients{'' if is_envelope else ' in To, Cc and Bcc'}; SES takes {MAX_RECIPIENTS} a message",
            rejection="Recipient count exceeds 50.",
            fix=Fix("send it in several calls"),
            evidence=None if is_envelope else Evidence.OBSERVED,
            source=None if is_envelope else "https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/44",
        )


def _at_most(outgoing: Outgoing) -> int:
    """Return a number that the recipients cannot pass, without reading them: that of the @."""
    destination = outgoing.parameters.destination
    given = 0 if destination is None else len(destination.all)
    section = outgoing.section
    return max(given, sum(field.raw.count(b"@") for name in RECIPIENT_FIELDS for field in section.all(name)))
