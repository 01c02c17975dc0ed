"""SES303."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Interface,
    Outgoing,
    Severity,
    Stage,
    eight_bit_leaves,
    octet_span,
    recoding,
    rule,
)


@rule(
    "SES303",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.MIME,
    order=100,
    triggers=(":8bit",),
)
def eight_bit_body(outgoing: Outgoing) -> Iterator[Fault]:
    """A part labelled 8bit or binary contains non-ASCII octets.

    SES accepts them, but does not preserve them when it edits a message for open and click tracking or an
    unsubscribe link: characters are then wrong. Quoted-printable and base64 always arrive intact.
    """
    found = [bit for bit in outgoing.once(eight_bit_leaves) if bit.part.encoding in ("8bit", "binary")]
    for part, place in found:
        yield Fault(
            f"8-bit octets in a part labelled {part.encoding}: SES does not preserve them when it edits the message",
            octet_span(place),
            part,
            fix=recoding(outgoing, part),
        )
