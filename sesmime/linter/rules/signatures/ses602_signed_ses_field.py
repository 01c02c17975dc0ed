"""SES602."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, quoted, rule, span_in_body
from sesmime.ses.pages import RAW_MESSAGE


@rule(
    "SES602",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=RAW_MESSAGE,
    stage=Stage.SIGNATURES,
    order=20,
    triggers=(":signed-field-of-ses",),
)
def signed_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature covers an X-SES- field.

    SES removes its fields before it delivers the message, so the signature becomes invalid. AWS asks senders not to
    sign them.
    """
    for signature in outgoing.signatures:
        for signed in signature.signed:
            if signed.name.startswith("x-ses-") and signed.name != "x-ses-outgoing":
                yield Fault(
                    f"the DKIM signature covers {quoted(signed.name, 80)}, which SES removes, so it will be invalid",
                    span_in_body(signature.field, signed.start, signed.stop),
                    fix=Fix("sign without the X-SES fields"),
                )
