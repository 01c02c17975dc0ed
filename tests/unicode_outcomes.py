"""Outcomes for characters that Unicode has assigned since 14.0, as Python 3.11 knows it; a program too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from sesmime import Interface, explain_rejection, lint
from sesmime.archive.kinds import shown as shown_name
from sesmime.compose.build import build
from sesmime.errors import SesMimeError
from sesmime.linter.output import Examined, Style, renderer
from sesmime.linter.rules.addresses.sec101_misleading_display_name import other_address
from sesmime.mime.addresses import Mailbox
from sesmime.mime.idna import domain_by_idna_2008
from sesmime.ses.envelope import address_key
from sesmime.ses.identities import Identities

# By what each is to a Python that knows it; in the comment, the Unicode that has it.
LATER: Final = {
    "letter": "\U0001e4d0",  # 15
    "digit": "\U0001e4f1",  # 15
    "mark": "\U00011f00",  # 15
    "format": "\U0001343f",  # 15
    "emoji": "\U0001fa75",  # 15
    "modifier that is \u0430 in NFKC": "\U0001e030",  # 15
    "ideograph": "\U0002ebf0",  # 15.1
    "capital": "\U00010d50",  # 16
    "capital beside Latin": "\ua7cb",  # 16
    "letter that has a decomposition": "\U000105c9",  # 16
    "letter that is A in NFKC": "\U0001ccd6",  # 16
    "digit that is 0 in NFKC": "\U0001ccf0",  # 16
    "combining mark": "\U00010ec5",  # 17: no Python yet
}


SMALL: Final = {"\U00010d50": "\U00010d70", "\ua7cb": "\u0264"}


def or_error(made: Callable[[], Any]) -> str:
    try:
        return ascii(made())
    except (SesMimeError, ValueError, ImportError) as error:
        return f"{type(error).__name__}: {str(error)!a}"


def outcomes(one: str) -> Iterator[tuple[str, str]]:
    """Return what texts with a character come to, by what was done."""
    names = (f"ceo{one}@bank{one}.example", f"ceo@{one}.example", f"ceo@bank.example{one}", f"c\uff20bank{one}.example")
    for number, name in enumerate(names):
        yield f"display name {number}", or_error(partial(other_address, Mailbox(name, f"c{one}@bank.example")))
    capitals = Mailbox(f"A{SMALL.get(one, one)}@b.example", f"a{one}@B.example")
    yield "display name in capitals", or_error(lambda: other_address(capitals))
    yield "IDNA", or_error(lambda: domain_by_idna_2008(f"b\u00fc{one}.example"))
    yield "IDNA, decomposed", or_error(lambda: domain_by_idna_2008(f"bu{one}\u0308.example"))
    yield "IDNA, alone", or_error(lambda: domain_by_idna_2008(f"{one}.example"))
    address, small = f"a@x{one}.example", f"a@x{SMALL.get(one, one)}.example"
    yield "key", str(address_key(address) == address_key(small))
    yield "identity", str(Identities.of([f"x{one}.example"]).cover(small))
    yield "file name", or_error(lambda: shown_name(f"a\n{one}.eml"))
    for text in (
        f"{one}Illegal address{one}",
        f"Illegal address '{address}'",
        f"554{one} Illegal address",
        f"5{one}4, 'x'",
    ):
        yield f"explained {text!a}", or_error(partial(explain_rejection, text))
    identities = (
        f"Email address is not verified. The following identities failed the check in region X: {address}, {one}.y"
    )
    sent = f"From: {address}\r\nTo: c@d.example\r\nSubject: s\r\n\r\nHi\r\n".encode()
    yield "identities", or_error(lambda: [str(found) for found in explain_rejection(identities, sent)])
    yield (
        "built",
        or_error(lambda: build(sender="a@b.example", to=[f"x@{one}.{one}"], subject="s", date=None, text="t")),
    )
    for number, message in enumerate(messages(one)):
        for interface in (Interface.SEND_RAW_EMAIL, Interface.SMTP):
            found = tuple(lint(message, interface=interface))
            examined = Examined("m", None, None, message, interface, found)
            for form in ("full", "sarif"):
                yield (
                    f"message {number}, {interface.value}, {form}",
                    ascii("".join(renderer(form)([examined], Style()))),
                )


def messages(one: str) -> Iterator[bytes]:
    """Return messages that have a character where rules look at characters."""
    body = "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
    yield f"From: ceo{one}@bank.example <a@b.example>\r\nTo: x@y{one}.example\r\n{body}".encode()
    yield f"From: a@{one}\r\nTo: {one} b@c.example, d@e, {one}\r\nX-{one}: {one}x\r\n{body}".encode()
    parameter = f'Content-Type: text/plain; a{one}b="{one}\r\n'
    yield f"From: a@b.example\r\nX-Api-Key: {one}k\r\nTo: c@d.example\r\n{parameter}".encode()
    yield f"From: a@b.example\r\nTo: c@{one},example\r\nContent-Type: text/{one}; x {one} y\r\n\r\n{one}".encode()
    yield f"From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: {one}={one}\r\n{body}".encode()


if __name__ == "__main__":
    print(json.dumps({name: dict(outcomes(one)) for name, one in LATER.items()}))
