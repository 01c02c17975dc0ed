"""SES211."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    mailbox_place,
    mailboxes,
    rule,
    shown,
)

_DIGITS: Final = frozenset("0123456789")
_IP_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


@rule(
    "SES211",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/mozilla/fxa/issues/13326",
    stage=Stage.ADDRESSES,
    order=40,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def numeric_top_level_domain(outgoing: Outgoing) -> Iterator[Fault]:
    """The domain of an address ends with a label of digits only.

    There is no such domain. Usually a telephone number was typed after the address, or an IP address has no
    brackets. SES has refused such messages over SMTP; for the APIs this is assumed.
    """
    is_smtp = outgoing.interface is Interface.SMTP
    for addresses, mailbox in mailboxes(outgoing):
        domain = mailbox.domain
        label = domain.rpartition(".")[2]
        if label and _DIGITS.issuperset(label):
            yield Fault(
                f"the domain of {shown(mailbox)} in {addresses.label} ends in a number",
                mailbox_place(addresses, mailbox, domain),
                parameter=addresses.path,
                rejection=f"Invalid domain name: '{domain}'.",
                fix=Fix(_remedy(domain)),
                evidence=None if is_smtp else Evidence.ASSUMED,
            )


def _remedy(domain: str) -> str:
    if _IP_ADDRESS.fullmatch(domain):
        return "put square brackets around the IP address"
    is_behind = "." in domain.rpartition(".")[0]
    return "remove the number from the end of the domain" if is_behind else "write the domain's name"
