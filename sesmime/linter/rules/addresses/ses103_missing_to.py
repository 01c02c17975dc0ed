"""SES103."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, rule


@rule(
    "SES103",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source="https://github.com/jstedfast/MimeKit/issues/241",
    stage=Stage.REQUIRED,
    order=20,
    triggers=(":recipient-without-to",),
)
def missing_to(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no To field, and no destination is given as a parameter.

    SES accepts a message whose recipients are only in Cc or Bcc; those who report a refusal had lost their Bcc before.
    Other readers expect a To field.
    """
    if "to" in outgoing.names or outgoing.parameters.destination or outgoing.interface is Interface.SMTP:
        return
    # Without any recipient there is more amiss, and SES202 tells of it.
    if outgoing.has_header_section and outgoing.has_recipient:
        yield Fault(
            "there is no To field, and no destination is given",
            fix=Fix("add a To field, or pass a destination"),
        )
