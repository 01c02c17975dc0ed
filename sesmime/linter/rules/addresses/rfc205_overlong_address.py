"""RFC205."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Mailbox,
    Outgoing,
    Severity,
    Stage,
    Subject,
    mailbox_place,
    mailboxes,
    rule,
    shown,
)
from sesmime.mime.grammar import MAX_ADDRESS, MAX_DOMAIN, MAX_LOCAL_PART

# RFC 1035 section 2.3.4.
_MAX_LABEL: Final = 63


@rule(
    "RFC205",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1",
    stage=Stage.ADDRESSES,
    order=120,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def overlong_address(outgoing: Outgoing) -> Iterator[Fault]:
    """An address is longer than a mail server has to accept.

    The limits are 64 octets before the @, 255 after it, 63 in each label of the domain and 254 in total. Servers
    may refuse longer addresses, and longer domains cannot be looked up.
    """
    for addresses, mailbox in mailboxes(outgoing):
        reason = _reason(mailbox)
        if reason is not None:
            yield Fault(
                f"the address {shown(mailbox)} in {addresses.label} is too long: {reason}",
                mailbox_place(addresses, mailbox, mailbox.address),
                parameter=addresses.path,
                fix=Fix("use a shorter address"),
            )


def _reason(mailbox: Mailbox) -> str | None:
    local_part, domain = len(mailbox.local_part), len(mailbox.domain)
    label = max(map(len, mailbox.domain.split(".")))
    if local_part > MAX_LOCAL_PART:
        return f"{local_part} octets before the @, at most {MAX_LOCAL_PART} are allowed"
    if domain > MAX_DOMAIN:
        return f"{domain} octets after the @, at most {MAX_DOMAIN} are allowed"
    if label > _MAX_LABEL and not mailbox.domain.startswith("["):
        return f"a domain label of {label} octets, at most {_MAX_LABEL} are allowed"
    if len(mailbox.address) > MAX_ADDRESS:
        return f"{len(mailbox.address)} octets, at most {MAX_ADDRESS} are allowed"
    return None
