"""SES601."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import BodyPlaces, Evidence, Fault, Fix, Outgoing, Severity, Stage, rule
from sesmime.ses.fields_of_ses import UNSIGNABLE_FIELDS
from sesmime.ses.pages import MANUAL_DKIM

_FIXES: Final = {name: Fix(f"sign without {written}, or let SES sign") for name, written in UNSIGNABLE_FIELDS.items()}


@rule(
    "SES601",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=MANUAL_DKIM,
    stage=Stage.SIGNATURES,
    order=10,
    triggers=("dkim-signature",),
)
def signed_field_that_ses_rewrites(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature covers Message-ID, Date, Return-Path or Bounces-To.

    SES rewrites or removes these fields, so the signature is invalid when the message arrives. Mail clients and
    servers sign them by default; the same happens to the signature of a forwarded message.
    """
    for signature in outgoing.signatures:
        if UNSIGNABLE_FIELDS.keys().isdisjoint(signature.names):
            continue
        where = BodyPlaces(signature.field)
        # Listed twice, to sign that there is no second one, it is told once.
        for signed in signature.first_of(UNSIGNABLE_FIELDS):
            yield Fault(
                f"the DKIM signature covers {UNSIGNABLE_FIELDS[signed.name]}, which SES rewrites, so it will be"
                " invalid",
                where.span(signed.start, signed.stop),
                fix=_FIXES[signed.name],
            )
