"""A client of the local SES by octets."""

from __future__ import annotations

import smtplib
import socket

from sesmime.local import LocalSes

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"


class Raw:
    """A connection by octets."""

    def __init__(self, ses: LocalSes) -> None:
        self.socket = socket.create_connection(ses.smtp_address, timeout=30)
        self._file = self.socket.makefile("rb")
        self.reply()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> tuple[int, str]:
        """Return the next reply; code 0 where the server has gone."""
        while True:
            line = self._file.readline()
            if not line:
                return 0, ""
            if line[3:4] != b"-":
                return int(line[:3]), line[4:].decode().strip()

    def ask(self, line: bytes) -> tuple[int, str]:
        self.send(line + b"\r\n")
        return self.reply()

    def close(self) -> None:
        self._file.close()
        self.socket.close()


def begin(raw: Raw) -> None:
    for line in (b"EHLO me", b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>"):
        assert raw.ask(line)[0] == 250


def serves_on(ses: LocalSes) -> None:
    with smtplib.SMTP(*ses.smtp_address, timeout=20) as smtp:
        assert smtp.sendmail("a@b.example", ["c@d.example"], MESSAGE) == {}
