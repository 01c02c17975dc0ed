"""SES524."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, Subject, rule
from sesmime.ses.request_guide import entry_breaches


@rule(
    "SES524",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/floci-io/floci",
    stage=Stage.PARAMETERS,
    order=90,
    subject=Subject.PARAMETERS,
    triggers=(":assembled",),
)
def malformed_bulk_entry(outgoing: Outgoing) -> Iterator[Fault]:
    """An entry of a bulk call has an address, tag or data that SES refuses.

    SES takes the call, sends the other entries, and gives the reason in its answer to this one: a program that does not
    read the status of each entry loses the message.
    """
    for found in entry_breaches(outgoing.request, outgoing.interface):
        yield Fault(
            found.message,
            parameter=found.path,
            rejection=found.expected,
            fix=Fix(found.remedy),
            evidence=found.evidence,
            source=found.source,
        )
