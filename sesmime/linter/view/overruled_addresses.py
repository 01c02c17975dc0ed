"""Addresses that a parameter and a field both give."""

from __future__ import annotations

from collections.abc import Iterable

from sesmime.mime.addresses import Mailbox, parse_addresses
from sesmime.ses.envelope import address_key


def mailboxes_of(texts: Iterable[str]) -> tuple[Mailbox, ...]:
    """Return the mailboxes of several address lists, domains in lower case, so that the same ones compare."""
    return tuple(
        Mailbox(mailbox.display_name, address_key(mailbox.address))
        for text in texts
        for mailbox in parse_addresses(text)
    )
