"""Clients of a local SES that note what they were told of each message: an id, an error, or nothing."""

from __future__ import annotations

import base64
import http.client
import json
import random
import smtplib
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from enum import Enum
from itertools import count
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fuzz import rough

_SENDER: Final = "joe@a.example"
_RECIPIENT: Final = "c@d.example"
_PATIENCE: Final = 30.0  # seconds
_SIZES: Final = (0, 300, 3_000, 3_000, 20_000)
_LINE: Final = b"All is well, and the parcel is on its way to you.\r\n"
_PAGES: Final = ("/", "/?q=m1", "/rules/SES101", "/api/messages?limit=5", "/nothing", "/live")


class Told(Enum):
    """What a client was told of a message."""

    ID = "an id"
    ERROR = "an error"
    NOTHING = "nothing"
    DELETED = "an id, and then that it is deleted"


class Attempt(NamedTuple):
    """One attempt to hand a message over, and the id of the answer."""

    told: Told
    message_id: str = ""


class Ledger:
    """All attempts, each of a message of its own, known by its subject."""

    def __init__(self) -> None:
        self._numbers = count()
        self.attempts: dict[str, Attempt] = {}
        self.visits: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()

    def subject(self) -> str:
        """Return a subject that no message had."""
        return f"m{next(self._numbers)}"


def message(subject: str, chance: random.Random) -> bytes:
    """Return a message with that subject."""
    head = f"From: {_SENDER}\r\nTo: {_RECIPIENT}\r\nSubject: {subject}\r\n\r\n".encode()
    return head + _LINE * (1 + chance.choice(_SIZES) // len(_LINE))


class Clients:
    """The clients of the server at these two ports; each method is one visit."""

    def __init__(self, http_port: int, smtp_port: int, ledger: Ledger) -> None:
        self._http, self._smtp, self._ledger = http_port, smtp_port, ledger
        options: dict[str, Any] = {
            "region_name": "us-east-1",
            "endpoint_url": f"http://127.0.0.1:{http_port}",
            "aws_access_key_id": "dummy",
            "aws_secret_access_key": "dummy",
            "config": Config(retries={"total_max_attempts": 1}, read_timeout=_PATIENCE, connect_timeout=5),
        }
        self._v1 = boto3.client("ses", **options)
        self._v2 = boto3.client("sesv2", **options)

    def leave(self) -> None:
        """Close what stays open between two visits."""
        self._v1.close()
        self._v2.close()

    def visits(self) -> tuple[Callable[[random.Random], None], ...]:
        """Return the kinds of visits, as often as they are to come."""
        polite = (self.send_v1, self.send_v2, self.send_smtp, self.send_many_by_smtp)
        return (*polite, *polite, *polite, self.cut_smtp, self.cut_http, self.cut_http, self.read_page, self.delete_one)

    def send_v1(self, chance: random.Random) -> None:
        """Send by the API v1."""
        given = {"Data": message(subject := self._ledger.subject(), chance)}
        self._call(subject, lambda: self._v1.send_raw_email(RawMessage=given))

    def send_v2(self, chance: random.Random) -> None:
        """Send by the API v2, raw or simple."""
        subject = self._ledger.subject()
        if chance.random() < 0.5:
            content: dict[str, Any] = {"Raw": {"Data": message(subject, chance)}}
        else:
            content = {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hello"}}}}
        to = {"ToAddresses": [_RECIPIENT]}
        self._call(subject, lambda: self._v2.send_email(FromEmailAddress=_SENDER, Destination=to, Content=content))

    def _call(self, subject: str, call: Callable[[], Mapping[str, Any]]) -> None:
        try:
            attempt = Attempt(Told.ID, call()["MessageId"])
        except ClientError:
            attempt = Attempt(Told.ERROR)
        except BotoCoreError:
            attempt = Attempt(Told.NOTHING)
        self._ledger.attempts[subject] = attempt

    def send_smtp(self, chance: random.Random) -> None:
        """Send one message by SMTP."""
        self._by_smtp(chance, 1)

    def send_many_by_smtp(self, chance: random.Random) -> None:
        """Send some messages on one connection."""
        self._by_smtp(chance, chance.randrange(2, 6))

    def _by_smtp(self, chance: random.Random, number: int) -> None:
        with suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self._smtp, timeout=_PATIENCE) as smtp:
            for _ in range(number):
                subject = self._ledger.subject()
                self._ledger.attempts[subject] = Attempt(Told.NOTHING)
                smtp.ehlo_or_helo_if_needed()
                if smtp.mail(_SENDER)[0] != 250 or smtp.rcpt(_RECIPIENT)[0] != 250:
                    return
                code, text = smtp.data(message(subject, chance))
                words = text.decode("ascii", "replace").split()
                self._ledger.attempts[subject] = Attempt(Told.ID, words[-1]) if code == 250 else Attempt(Told.ERROR)

    def cut_smtp(self, chance: random.Random) -> None:
        """Leave in any phase of a transaction, by a close or a reset, or right after the last line."""
        subject = self._ledger.subject()
        whole = message(subject, chance) + b".\r\n"
        lines = [b"EHLO x\r\n", b"MAIL FROM:<joe@a.example>\r\n", b"RCPT TO:<c@d.example>\r\n", b"DATA\r\n", whole]
        last = chance.randrange(len(lines) + 1)
        with rough.connected(self._smtp) as client:
            for number, line in enumerate(lines):
                client.recv(4_096)
                if number == last:
                    client.sendall(line[: chance.randrange(len(line))])
                    break
                if line is whole:
                    self._ledger.attempts[subject] = Attempt(Told.NOTHING)
                client.sendall(line)
            if chance.random() < 0.5:
                rough.reset(client)

    def cut_http(self, chance: random.Random) -> None:
        """Send half a body, a length that lies, huge fields, or leave before the answer."""
        subject = self._ledger.subject()
        data = base64.b64encode(message(subject, chance)).decode()
        body = json.dumps({"FromEmailAddress": _SENDER, "Content": {"Raw": {"Data": data}}}).encode()
        kind = chance.choice(["half", "longer", "shorter", "none", "huge", "leave", "leave", "two"])
        length = {"longer": len(body) + 1, "shorter": len(body) - 2, "none": -1}.get(kind, len(body))
        fields = [f"Content-Length: {length}"]
        if kind == "huge":
            fields.append("X-Huge: " + "x" * chance.choice([70_000, 1_000_000]))
        if kind == "two":
            fields.append(f"Content-Length: {length - 1}")
        head = "POST /v2/email/outbound-emails HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        credential = "Credential=x/20260101/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=x"
        head += f"Authorization: AWS4-HMAC-SHA256 {credential}\r\n" + "\r\n".join(fields) + "\r\n\r\n"
        with rough.connected(self._http) as client:
            self._ledger.attempts[subject] = Attempt(Told.NOTHING)
            self._ledger.visits[f"http {kind}"] += 1
            client.sendall(head.encode() + (body[: chance.randrange(len(body))] if kind == "half" else body))
            if kind == "half":
                client.shutdown(socket.SHUT_WR)
            if kind in ("half", "leave", "longer"):
                if chance.random() < 0.5:
                    rough.reset(client)
                return
            answer = http.client.HTTPResponse(client)
            with suppress(http.client.HTTPException), closing(answer):
                answer.begin()
                self._ledger.attempts[subject] = Attempt(Told.ERROR)
                if answer.status == 200:
                    self._ledger.attempts[subject] = Attempt(Told.ID, json.loads(answer.read())["MessageId"])

    def read_page(self, chance: random.Random) -> None:
        """Look at the page, or at the changes for a while, and perhaps leave while it comes."""
        place = chance.choice(_PAGES)
        status = self.get(place, stop_after=chance.choice([None, 1, 200]))
        self._ledger.pages[str(status)] += 1

    def delete_one(self, chance: random.Random) -> None:
        """Send a message, and delete it by its id."""
        subject = self._ledger.subject()
        self._call(subject, lambda: self._v1.send_raw_email(RawMessage={"Data": message(subject, chance)}))
        attempt = self._ledger.attempts[subject]
        if attempt.told is Told.ID:
            told = Told.NOTHING
            with suppress(OSError, http.client.HTTPException), closing(self._connection()) as connection:
                connection.request("DELETE", f"/api/messages/{quote(attempt.message_id)}")
                told = {200: Told.DELETED, 503: Told.ID}.get(connection.getresponse().status, Told.NOTHING)
            self._ledger.attempts[subject] = attempt._replace(told=told)

    def get(self, place: str, *, stop_after: int | None = None) -> int | None:
        """Return the status of a page, None where there is no answer."""
        with suppress(OSError, http.client.HTTPException), closing(self._connection()) as connection:
            connection.request("GET", place)
            answer = connection.getresponse()
            answer.read(10 if place == "/live" else stop_after)
            return answer.status
        return None

    def stored(self) -> list[dict[str, Any]]:
        """Return the messages in the inbox."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/api/messages?limit=1000000")
            answer = connection.getresponse()
            found: list[dict[str, Any]] = json.loads(answer.read())["messages"]
            return found

    def empty(self) -> bool:
        """Delete all messages; returns whether the server says so."""
        with closing(self._connection()) as connection:
            connection.request("DELETE", "/api/messages")
            return connection.getresponse().status == 200

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._http, timeout=_PATIENCE)
