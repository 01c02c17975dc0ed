"""SES506."""

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
    body_span,
    counting_field,
    rule,
)
from sesmime.ses.fields import read_arn


@rule(
    "SES506",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=Interface.V2_SEND_EMAIL_RAW.page,
    stage=Stage.SETTINGS,
    order=70,
    triggers=("x-ses-from-arn",),
)
def differing_arns(outgoing: Outgoing) -> Iterator[Fault]:
    """X-SES-SOURCE-ARN and X-SES-FROM-ARN name different identities in a message for the API v2.

    In the API v2, the parameter FromEmailAddressIdentityArn overrides both fields, so neither field can become a
    parameter without losing the other. Both stay in the message, where SES is documented to read them.
    """
    if outgoing.interface is not Interface.V2_SEND_EMAIL_RAW:
        return
    source, sender = (counting_field(outgoing, setting) for setting in ("source_arn", "from_arn"))
    if source is None or sender is None:
        return
    identities = {read_arn(source.body), read_arn(sender.body)}
    if len(identities) > 1 and None not in identities:
        yield Fault(
            "X-SES-SOURCE-ARN and X-SES-FROM-ARN differ, and FromEmailAddressIdentityArn would override both",
            body_span(sender),
            fix=Fix("use one identity for both"),
        )
