"""SMTP as programs speak it: `smtplib` and aiosmtplib, watched at the commands MAIL, RCPT and DATA."""

from __future__ import annotations

import re
import smtplib
from contextlib import ExitStack
from typing import Any, Final
from weakref import WeakKeyDictionary

from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters, Destination
from sesmime.testing.watching import Record, imported, replaced

_TAKEN: Final = (250, 251)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LINE_END_OCTETS: Final = re.compile(rb"\r\n|\r|\n")


class _Transactions:
    """The sender and the recipients of each connection, as they were taken."""

    def __init__(self) -> None:
        self._open: WeakKeyDictionary[Any, tuple[str, list[str]]] = WeakKeyDictionary()

    def begin(self, connection: Any, sender: str) -> None:
        self._open[connection] = sender, []

    def add(self, connection: Any, recipient: str, code: int) -> None:
        if code in _TAKEN and connection in self._open:
            self._open[connection][1].append(recipient)

    def submission(self, connection: Any, octets: bytes) -> Submission:
        sender, recipients = self._open.get(connection, (None, []))
        parameters = ApiParameters(source=sender, destination=Destination(tuple(recipients)))
        return Submission(octets, parameters, Interface.SMTP)


def watch_smtplib(stack: ExitStack, record: Record) -> None:
    """Record what goes through connections of `smtplib` until the stack is closed."""
    transactions = _Transactions()

    def of_mail(original: Any) -> Any:
        def mail(self: smtplib.SMTP, sender: str, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            answer = original(self, sender, *rest, **named)
            transactions.begin(self, sender)
            return answer

        return mail

    def of_rcpt(original: Any) -> Any:
        def rcpt(self: smtplib.SMTP, recip: str, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            answer = original(self, recip, *rest, **named)
            transactions.add(self, recip, answer[0])
            return answer

        return rcpt

    def of_data(original: Any) -> Any:
        def data(self: smtplib.SMTP, msg: bytes | str) -> Any:
            __tracebackhide__ = True
            octets = msg if isinstance(msg, bytes) else _as_smtplib_writes(msg)
            record(transactions.submission(self, bytes(octets)), "smtplib")
            return original(self, msg)

        return data

    for name, make in (("mail", of_mail), ("rcpt", of_rcpt), ("data", of_data)):
        stack.enter_context(replaced(smtplib.SMTP, name, make))


def _as_smtplib_writes(text: Any) -> bytes:
    # It makes CRLF of all line ends of a str, and takes ASCII alone.
    return _LINE_END.sub("\r\n", text).encode("utf-8", "surrogateescape")


def watch_aiosmtplib(stack: ExitStack, record: Record) -> None:
    """Record what goes through connections of aiosmtplib until the stack is closed."""
    aiosmtplib = imported("aiosmtplib")
    if aiosmtplib is None:
        return
    transactions = _Transactions()

    def of_mail(original: Any) -> Any:
        async def mail(self: Any, sender: str, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            answer = await original(self, sender, *rest, **named)
            transactions.begin(self, sender)
            return answer

        return mail

    def of_rcpt(original: Any) -> Any:
        async def rcpt(self: Any, recipient: str, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            answer = await original(self, recipient, *rest, **named)  # raises where it is not taken
            transactions.add(self, recipient, answer.code)
            return answer

        return rcpt

    def of_data(original: Any) -> Any:
        async def data(self: Any, message: bytes | str, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            octets = message.encode("utf-8", "surrogateescape") if isinstance(message, str) else bytes(message)
            # It makes CRLF of all line ends.
            record(transactions.submission(self, _LINE_END_OCTETS.sub(b"\r\n", octets)), "aiosmtplib")
            return await original(self, message, *rest, **named)

        return data

    for name, make in (("mail", of_mail), ("rcpt", of_rcpt), ("data", of_data)):
        stack.enter_context(replaced(aiosmtplib.SMTP, name, make))
