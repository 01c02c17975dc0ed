"""SES603."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, rule, span_in_body
from sesmime.ses.fields_of_ses import ADDED_FIELDS
from sesmime.ses.pages import MANUAL_DKIM


@rule(
    "SES603",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=MANUAL_DKIM,
    stage=Stage.SIGNATURES,
    order=30,
    triggers=(":signed-field-of-ses",),
)
def oversigned_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature forbids Feedback-ID or X-SES-Outgoing, and SES adds both.

    If h= lists a name more often than the field occurs in the message, no further one may be added (RFC 6376
    section 5.4.2). SES adds these two to everything it sends, so the signature becomes invalid.
    """
    for signature in outgoing.signatures:
        for name, written in ADDED_FIELDS.items():
            if name in signature.names and signature.names.count(name) > len(outgoing.section.all(name)):
                last = next(signed for signed in reversed(signature.signed) if signed.name == name)
                yield Fault(
                    f"the DKIM signature forbids a further {written} field, and SES adds one, so it will be invalid",
                    span_in_body(signature.field, last.start, last.stop),
                    fix=Fix(f"sign without {written}"),
                )
