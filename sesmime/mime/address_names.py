"""Display names of an address list as encoded words; every other character of the list stays.

`format_addresses` writes a list anew from mailboxes. This rewrites one that stands somewhere and is right but for names
beyond ASCII: what is no name, addresses and commas and comments behind them, is left as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.mime.address_tokens import tokens_of
from sesmime.mime.addresses import Group, Mailbox, parse_addresses
from sesmime.mime.fields import Span
from sesmime.mime.grammar import CONTROLS
from sesmime.mime.words import encode_phrase

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BLANKS: Final = " \t\r\n"


def encode_names(body: str) -> str:
    r"""Return an address list with each display name beyond ASCII, of mailboxes and groups, as encoded words.

    `parse_addresses` reads the same names and addresses in both. A name in a comment beside its address becomes one
    before angle brackets. What is left as it is: ASCII names, names with a control character, elements that are no
    mailbox, and addresses, in ASCII or not. Never raises; twice is once.

    >>> encode_names('Kristóf <me@example.com>, "Ng, Zoë" <zoe@example.com>, Joe <joe@example.com>')
    '=?utf-8?q?Krist=C3=B3f?= <me@example.com>, =?utf-8?q?Ng=2C_Zo=C3=AB?= <zoe@example.com>, Joe <joe@example.com>'
    >>> encode_names("zoe@example.com (Zoë)")
    '=?utf-8?q?Zo=C3=AB?= <zoe@example.com>'
    """
    if body.isascii():
        return body
    found = parse_addresses(body)
    pieces: list[str] = []
    position = 0
    for (start, stop), written in sorted(_names(body, [*found.groups, *found.mailboxes])):
        pieces += [body[position:start], written]
        position = stop
    made = "".join([*pieces, body[position:]])
    again = parse_addresses(made)
    return made if (again.mailboxes, again.groups) == (found.mailboxes, found.groups) else body


def _names(body: str, entries: list[Group | Mailbox]) -> Iterator[tuple[Span, str]]:
    """Return the places of the names to write, with what to write there."""
    for one in entries:
        name, span = one.display_name, one.span
        if span is None or not name or CONTROLS.search(name) or _SURROGATE.search(name):
            continue
        start, stop = span
        sign = ":" if isinstance(one, Group) else "<"
        opening = next((at for kind, at, _ in tokens_of(body[start:stop]) if kind in (sign, "route")), None)
        if opening is not None:
            given = body[start : start + opening]
            if not given.isascii():
                blanks = given[len(given.rstrip(_BLANKS)) :] or ("" if sign == ":" else " ")
                yield Span(start, start + opening), encode_phrase(name) + blanks
        elif isinstance(one, Mailbox) and not name.isascii():
            yield Span(start, stop), f"{encode_phrase(name)} <{one.address}>"
