"""What Django's EmailMessage says of its recipients, as Django itself would write it."""

from __future__ import annotations

from typing import Any

from sesmime.mime.idna import address_by_idna_2003
from sesmime.ses.envelope import one_address
from sesmime.ses.settings import Destination


def django_destination(message: Any) -> Destination:
    """Sort the recipients of a Django EmailMessage by its lists; who is neither in `to` nor in `cc` is a blind one."""
    to, cc = set(map(str, message.to)), set(map(str, message.cc))
    lists: tuple[list[str], ...] = ([], [], [])
    for recipient in map(str, message.recipients()):  # str: Django takes texts that are translated late
        lists[0 if recipient in to else 1 if recipient in cc else 2].append(bare_address(recipient))
    return Destination(*lists)


def bare_address(text: str) -> str:
    """Return only the address, its domain in ASCII; what cannot be one stays as it is, for the check to find.

    >>> bare_address("Zo\u00eb <zoe@b\u00fccher.example>"), bare_address("zoe")
    ('zoe@xn--bcher-kva.example', 'zoe')
    """
    return address_by_idna_2003(one_address(text) or text)
