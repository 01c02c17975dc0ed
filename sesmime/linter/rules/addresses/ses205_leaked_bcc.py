"""SES205."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Severity, Stage, name_span, rule


@rule(
    "SES205",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source="https://github.com/anymail/django-anymail/issues/189",
    stage=Stage.ADDRESSES,
    order=60,
    triggers=("bcc", "resent-bcc"),
)
def leaked_bcc(outgoing: Outgoing) -> Iterator[Fault]:
    """A Bcc or Resent-Bcc field would be sent with the message.

    It is not documented that SES removes Bcc from what it delivers, and reports contradict each other: every
    recipient may see who else received the message. If a destination is given, the field has no other effect;
    otherwise it determines recipients, and the finding is a warning.
    """
    has_destination = bool(outgoing.parameters.destination)
    for field in outgoing.section.all("Bcc"):
        if not field.body.strip(" \t"):
            continue
        if has_destination:
            yield Fault(
                "a destination is given, so the Bcc field would only be sent; it is not documented that SES removes it",
                name_span(field),
                fix=Fix("move its addresses to the destination, and remove the field", [Edit(field.span, b"")]),
            )
        else:
            yield Fault(
                "the Bcc field would be sent; it is not documented that SES removes it",
                name_span(field),
                fix=Fix("pass all recipients as the destination, and remove the field"),
                severity=Severity.WARNING,
            )
    for field in outgoing.section.all("Resent-Bcc"):
        if field.body.strip(" \t"):
            yield Fault(
                "the Resent-Bcc field would be sent; SES is not known to use or remove it",
                name_span(field),
                fix=Fix("remove the field", [Edit(field.span, b"")]) if has_destination else Fix("remove the field"),
                severity=Severity.WARNING,
                source="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.6",
            )
