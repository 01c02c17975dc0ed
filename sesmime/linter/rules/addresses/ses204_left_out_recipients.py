"""SES204."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    quoted,
    resolution_of,
    rule,
)


@rule(
    "SES204",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.ADDRESSES,
    order=70,
    triggers=(":given-destination",),
)
def left_out_recipients(outgoing: Outgoing) -> Iterator[Fault]:
    """An address in To, Cc or Bcc is not among the destinations, and receives no mail.

    A destination given as a parameter replaces the recipients in the message. People see the others in To and Cc
    and assume that they have received the message; nobody sees that for addresses in Bcc.
    """
    if not outgoing.given.destination:
        return
    left_out = outgoing.envelope.left_out
    if left_out:
        decision = resolution_of(outgoing.section, parameters=outgoing.given, interface=outgoing.interface).decision(
            "destination"
        )
        count = len(left_out)
        what = (
            "1 address in To, Cc and Bcc is not among the destinations and receives"
            if count == 1
            else f"{count:,} addresses in To, Cc and Bcc are not among the destinations and receive"
        )
        yield Fault(
            f"{what} no mail: {quoted(', '.join(left_out))}",
            fix=Fix("add them to the destination if they should receive the message"),
            evidence=decision.evidence,
            source=decision.source,
        )
