"""SES103."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, rule


@rule(
    "SES103",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/aws/aws-sdk-js/issues/893",
    stage=Stage.REQUIRED,
    order=20,
)
def missing_to(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no To field, and no destination is given as a parameter.

    In this case the APIs require a To field, even if Cc or Bcc have recipients. With a destination they accept a
    message without it.
    """
    if "to" in outgoing.names or outgoing.parameters.destination or outgoing.interface is Interface.SMTP:
        return
    # Without any recipient there is more amiss, and SES202 tells of it.
    if outgoing.has_header_section and outgoing.envelope.recipients:
        yield Fault(
            "there is no To field, and no destination is given",
            rejection="Missing required header 'To'.",
            fix=Fix("add a To field, or pass a destination"),
        )
