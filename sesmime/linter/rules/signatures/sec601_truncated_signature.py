"""SEC601."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, rule, span_in_body


@rule(
    "SEC601",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc6376#section-8.2",
    stage=Stage.SIGNATURES,
    order=60,
    triggers=("dkim-signature",),
)
def truncated_signature(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature covers only the first octets of the body (l=).

    Anybody who has the message can append text for recipients to see, and the signature stays valid.
    """
    for signature in outgoing.signatures:
        tag = signature.tag("l")
        if tag is None:
            continue
        place = tag.start + len(tag.value) - len(tag.value.lstrip())
        yield Fault(
            "the DKIM signature has l=, so it stays valid when text is added to the body",
            span_in_body(signature.field, place, max(place, tag.start + len(tag.value.rstrip()))),
            fix=Fix("sign without l="),
        )
