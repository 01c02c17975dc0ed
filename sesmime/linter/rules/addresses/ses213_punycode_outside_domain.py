"""SES213."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    mailbox_place,
    mailboxes,
    quoted,
    rule,
    shown,
)
from sesmime.ses.pages import RAW_EMAIL

_PUNYCODE: Final = re.compile(r"(?<![0-9A-Za-z])xn--[0-9A-Za-z]", re.IGNORECASE | re.ASCII)


@rule(
    "SES213",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=RAW_EMAIL,
    stage=Stage.ADDRESSES,
    order=50,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def punycode_outside_domain(outgoing: Outgoing) -> Iterator[Fault]:
    """There is Punycode (xn--) before the @ of an address, or in a display name.

    Punycode is only for domains. Receiving servers take the local part for another mailbox, and people see the
    code: a display name should be written as encoded words, and SES cannot send to a non-ASCII local part.
    """
    for addresses, mailbox in mailboxes(outgoing):
        if _PUNYCODE.search(mailbox.local_part):
            yield Fault(
                f"the local part of {shown(mailbox)} in {addresses.label} is in Punycode",
                mailbox_place(addresses, mailbox, mailbox.local_part),
                parameter=addresses.path,
                fix=Fix("use an ASCII address"),
            )
        # A name may well speak of an address.
        if _PUNYCODE.search(mailbox.display_name) and "@" not in mailbox.display_name:
            yield Fault(
                f"the display name {quoted(mailbox.display_name, 100)} in {addresses.label} is in Punycode",
                mailbox_place(addresses, mailbox, mailbox.display_name),
                parameter=addresses.path,
                fix=Fix("write the name as encoded words"),
            )
