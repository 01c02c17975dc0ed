"""RFC303."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Outgoing,
    Severity,
    Stage,
    eight_bit_leaves,
    octet_span,
    recoding,
    rule,
)


@rule(
    "RFC303",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-2.7",
    stage=Stage.MIME,
    order=190,
    triggers=(":8bit",),
)
def eight_bit_as_7bit(outgoing: Outgoing) -> Iterator[Fault]:
    """A part labelled 7bit, or not labelled, contains non-ASCII octets.

    A server that believes the label may strip the eighth bit or refuse the message, and SES does not preserve such
    octets when it edits a message (open and click tracking).
    """
    for part, place in outgoing.once(eight_bit_leaves):
        if part.encoding != "7bit":
            continue
        is_labelled = "content-transfer-encoding" in part.names
        yield Fault(
            f"8-bit octets in a part {'labelled 7bit' if is_labelled else 'without Content-Transfer-Encoding'}",
            octet_span(place),
            part,
            fix=recoding(outgoing, part),
        )
