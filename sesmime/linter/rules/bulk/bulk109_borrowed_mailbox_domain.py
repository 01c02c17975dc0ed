"""BULK109."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, parse_addresses, rule
from sesmime.ses.pages import GOOGLE, YAHOO

# The domains whose owners say on these pages, or by their DMARC record, that mail from them comes from their servers.
_OWNERS = {"gmail.com": GOOGLE, "googlemail.com": GOOGLE, "yahoo.com": YAHOO, "aol.com": YAHOO}


@rule(
    "BULK109",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=GOOGLE,
    stage=Stage.BULK,
    order=90,
    triggers=("from",),
)
def borrowed_mailbox_domain(outgoing: Outgoing) -> Iterator[Fault]:
    """From is an address at Gmail, Yahoo or AOL.

    SES can verify such an address but not its domain: DMARC fails, and because of these providers' policies,
    receivers treat the message as spam or refuse it.
    """
    for field in outgoing.section.all("From")[:1]:
        for mailbox in parse_addresses(field.body):
            domain = mailbox.address.rpartition("@")[2].lower()
            if domain in _OWNERS:
                yield Fault(
                    f"From is an address at {domain}: mail sent by SES fails that domain's DMARC policy",
                    body_span(field),
                    fix=Fix("send from your own domain, and put this address in Reply-To"),
                    source=_OWNERS[domain],
                )
                return
