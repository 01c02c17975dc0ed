"""BULK104."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, name_span, rule
from sesmime.ses.pages import UNSIGNED_UNSUBSCRIBE


@rule(
    "BULK104",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=UNSIGNED_UNSUBSCRIBE,
    stage=Stage.BULK,
    order=40,
    triggers=("list-unsubscribe-post",),
)
def unsigned_unsubscribe_fields(outgoing: Outgoing) -> Iterator[Fault]:
    """The message is signed, but no DKIM signature covers both List-Unsubscribe fields.

    A mail client trusts the one-click fields only if a valid signature covers them (RFC 8058 section 4). This
    cannot be checked for messages that only SES signs.
    """
    if not {"list-unsubscribe", "list-unsubscribe-post"} <= outgoing.names:
        return
    signatures = outgoing.signatures
    if signatures and not any(one.covers("list-unsubscribe", "list-unsubscribe-post") for one in signatures):
        yield Fault(
            "no DKIM signature covers both List-Unsubscribe and List-Unsubscribe-Post",
            name_span(signatures[0].field),
            fix=Fix("sign both fields, or let SES sign"),
        )
