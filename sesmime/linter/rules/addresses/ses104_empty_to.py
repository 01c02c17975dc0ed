"""SES104."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, name_span, rule


@rule(
    "SES104",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/daniel-zahariev/php-aws-ses/issues/32",
    stage=Stage.REQUIRED,
    order=30,
    triggers=(":empty-to",),
)
def empty_to(outgoing: Outgoing) -> Iterator[Fault]:
    """The To field is empty.

    SES refuses the message, by the APIs and by SMTP, even if the recipients are given as parameters; in that case
    it would accept a message without the field. `To: undisclosed-recipients:;` is not empty.
    """
    field = outgoing.section.first("To")
    if field is None or field.body.strip(" \t"):
        return
    # Without any recipient there is more amiss, and SES202 tells of it.
    if not outgoing.has_recipient:
        return
    is_dispensable = bool(outgoing.parameters.destination) or outgoing.interface is Interface.SMTP
    yield Fault(
        "the To field is empty",
        name_span(field),
        rejection="Empty required header 'To'.",
        fix=Fix("remove the field", [Edit(field.span, b"")]) if is_dispensable else Fix("write an address in it"),
    )
