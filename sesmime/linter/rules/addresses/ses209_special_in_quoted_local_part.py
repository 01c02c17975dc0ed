"""SES209."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
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
from sesmime.ses.pages import QUOTED_LOCAL_PARTS

_SPECIALS: Final = frozenset(":@>")


@rule(
    "SES209",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source=QUOTED_LOCAL_PARTS,
    stage=Stage.ADDRESSES,
    order=30,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def special_in_quoted_local_part(outgoing: Outgoing) -> Iterator[Fault]:
    """A quoted local part contains a character that SES does not accept there.

    The standard allows it (RFC 5321 section 4.1.2), but SES has refused it, as a Postfix log shows: a colon and an @
    over SMTP, and an angle bracket in RCPT TO; an @ with SendEmail too. In other places it is a warning.
    """
    for addresses, mailbox in mailboxes(outgoing):
        local_part = mailbox.local_part
        held = _SPECIALS.intersection(local_part) if local_part.startswith('"') else ()
        if held:
            yield Fault(
                f"the local part of {shown(mailbox)} in {addresses.label} contains {' and '.join(sorted(held))}"
                " in quotes",
                mailbox_place(addresses, mailbox, local_part),
                parameter=addresses.path,
                fix=Fix("use an address that needs no quotes"),
                **_answer(outgoing.interface, addresses.setting, mailbox.address, frozenset(held)),
            )


def _answer(interface: Interface, setting: str | None, address: str, held: frozenset[str]) -> dict[str, Any]:
    """Return what is known of the answer to such an address, as arguments of the fault."""
    if interface is Interface.SMTP and not held.isdisjoint(":@"):
        return {"rejection": f"Address contains illegal characters in user name: '<{address}>'."}
    if interface is Interface.SMTP and setting == "destination":
        return {"rejection": "501 Invalid RCPT TO address provided"}
    if interface is not Interface.SMTP and "@" in held:
        # QUIRK: as if the quotes were gone and the domain looked for again.
        text = "Missing domain" if '@"@' in address else UNKNOWN_TEXT
        return {"rejection": text, "source": "https://github.com/brave/accounts/issues/35"}
    return {"severity": Severity.WARNING, "evidence": Evidence.ASSUMED}
