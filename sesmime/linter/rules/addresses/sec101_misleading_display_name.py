"""SEC101."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final
from unicodedata import normalize

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Mailbox,
    Outgoing,
    Severity,
    Stage,
    Subject,
    as_read,
    by_unicode_14,
    mailbox_place,
    mailboxes,
    masked_by_unicode_14,
    quoted,
    rule,
    shown,
)
from sesmime.mime.idna import domain_by_idna_2003

# Who is shown to people: of Cc and Return-Path few programs show the name alone.
_LABELS: Final = frozenset(("From", "Sender", "Reply-To", "To"))
# No name is longer that people read, and `normalize` is quadratic in marks.
_MAX_NAME: Final = 1_000
_BEFORE: Final = re.compile(r"[^\x00-\x20\x7f\u00a0\"(),:;<>@\[\\\]]+\Z")
_AFTER: Final = re.compile(r"@(\w[\w-]*+(?:\.\w[\w-]*+)++)")


@rule(
    "SEC101",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc7489#section-12.4",
    stage=Stage.ADDRESSES,
    order=130,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def misleading_display_name(outgoing: Outgoing) -> Iterator[Fault]:
    """A display name contains an address that is not the mailbox's own.

    Many mail programs show only the name: people believe that the mail comes from the address in the name, or
    answer somebody they do not see. Mailbox providers treat such mail as spam.
    """
    for addresses, mailbox in mailboxes(outgoing):
        if addresses.label not in _LABELS and addresses.setting is None:
            continue
        other = other_address(mailbox)
        if other is not None:
            yield Fault(
                f"a display name in {addresses.label} contains {quoted(other, 100)}, but the address is"
                f" {shown(mailbox)}",
                mailbox_place(addresses, mailbox),
                parameter=addresses.path,
                fix=Fix("remove the address from the display name"),
            )


def other_address(mailbox: Mailbox) -> str | None:
    """Return an address that a display name holds and that is not the mailbox's own, or None.

    >>> other_address(Mailbox("admin@bank.example", "x@attacker.example"))
    'admin@bank.example'
    """
    name = mailbox.display_name[:_MAX_NAME]
    if not name.isascii():
        # A full-width @ looks like any other.
        name = by_unicode_14(partial(normalize, "NFKC"), name)
    at = name.find("@")
    if at < 0:  # as in most names
        return None
    own = _comparable(as_read(mailbox.address))
    masked = masked_by_unicode_14(name)
    while at >= 0:
        before, after = _BEFORE.search(name, max(at - 64, 0), at), _AFTER.match(masked, at)
        if before is not None and after is not None:
            local_part = before[0].strip("'`.")
            if local_part and _comparable(f"{local_part}@{after[1]}") != own:
                return f"{local_part}@{after[1]}"
        at = name.find("@", at + 1)
    return None


def _comparable(address: str) -> str:
    """Return an address without case, its domain in Punycode."""
    local_part, _, domain = address.rpartition("@")
    if not domain.isascii():
        # What is no domain name differs from any.
        with suppress(UnicodeError):
            domain = domain_by_idna_2003(domain)
    return by_unicode_14(str.casefold, f"{local_part}@{domain}")
