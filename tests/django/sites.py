"""A Django site, and what it sends."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

pytest.importorskip("django")

import boto3
import django
from botocore.stub import Stubber
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test.utils import override_settings

from sesmime import Destination, Refused, Severity

BACKEND = "sesmime.django.SesEmailBackend"
SERVICES = pytest.mark.parametrize("name", ["ses", "sesv2"])
# Django 6.0 writes by the modern `email`, 6.1 has MAILERS, with which the settings EMAIL_… and the argument
# `fail_silently` of its functions are deprecated.
IS_MODERN = django.VERSION >= (6, 0)
HAS_MAILERS = django.VERSION >= (6, 1)
DATE, IDENTIFIER = "Sat, 21 Nov 2026 10:00:00 +0000", "<1@a.example>"
SHOWN = b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n"
ENCODING, VERSION = b"Content-Transfer-Encoding: 7bit\r\n", b"MIME-Version: 1.0\r\n"
# sesmime's policy, by which Django 6 is asked to write, needs no quotes there.
CHARSET = b"utf-8" if IS_MODERN else b'"utf-8"'
MIME = (
    b"Content-Type: text/plain; charset="
    + CHARSET
    + b"\r\n"
    + (ENCODING + VERSION if IS_MODERN else VERSION + ENCODING)
)
RAW = MIME + b"Subject: Hi\r\nFrom: Joe <joe@a.example>\r\nTo: Carol <c@d.example>\r\n" + SHOWN + b"\r\nHello\r\n"


def written(**options: Any) -> Any:
    """Return a message of Django; without options, and with a date and an identifier of its own, it is RAW."""
    headers = {"Date": DATE, "Message-ID": IDENTIFIER} | options.pop("headers", {})
    given = {"subject": "Hi", "body": "Hello\n", "from_email": "Joe <joe@a.example>", "to": ["Carol <c@d.example>"]}
    return EmailMultiAlternatives(**(given | options), headers=headers)


class Site:
    """Django's settings, as this version wants them, and its mail."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._is_silent = False

    def configure(
        self,
        backend: str = BACKEND,
        *,
        fail_silently: bool = False,
        smtp_port: int | None = None,
        site: dict[str, Any] | None = None,
        **sesmime: Any,
    ) -> None:
        """Set the backend, SESMIME, and further settings of the site."""
        self._is_silent = fail_silently
        changed: dict[str, Any] = {"SESMIME": sesmime}
        if HAS_MAILERS:
            options: dict[str, Any] = {} if smtp_port is None else {"host": "127.0.0.1", "port": smtp_port}
            if fail_silently:
                options["fail_silently"] = True
            changed["MAILERS"] = {"default": {"BACKEND": backend, "OPTIONS": options}}
        else:
            changed["EMAIL_BACKEND"] = backend
            if smtp_port is not None:
                changed |= {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": smtp_port}
        self._stack.enter_context(override_settings(**(changed | (site or {}))))

    def connection(self) -> Any:
        """Return a new backend."""
        return mail.mailers.default if HAS_MAILERS else mail.get_connection(fail_silently=self._is_silent)

    def send(self, *messages: Any) -> int:
        """Send messages by one backend."""
        count: int = self.connection().send_messages(messages)
        return count


class Stubbed:
    """A client of boto3 with botocore's Stubber, which takes exactly the requests that it is told of."""

    def __init__(self, name: Any) -> None:
        self.name = name
        self.client = boto3.client(name)
        self.stubber = Stubber(self.client)
        self.stubber.activate()

    def expect(self, data: bytes, destination: Destination, **more: Any) -> None:
        """Expect one request; of `more` the keys are those of v1, which v2 shares or has as EmailTags."""
        if self.name == "ses":
            request = {"RawMessage": {"Data": data}, "Destinations": [*destination.all], **more}
            self.stubber.add_response("send_raw_email", {"MessageId": "0100-1"}, request)
        else:
            lists = {"ToAddresses": destination.to, "CcAddresses": destination.cc, "BccAddresses": destination.bcc}
            shown = {key: [*some] for key, some in lists.items() if some}
            request = {"Content": {"Raw": {"Data": data}}, "Destination": shown}
            request |= {{"Tags": "EmailTags"}.get(key, key): value for key, value in more.items()}
            self.stubber.add_response("send_email", {"MessageId": "0100-1"}, request)

    def refuse(self) -> None:
        """Expect one request, whatever it is, and refuse it."""
        operation = "send_raw_email" if self.name == "ses" else "send_email"
        self.stubber.add_client_error(operation, "MessageRejected", "Email address is not verified.", 400)

    def check(self) -> None:
        """Make sure that every expected request came."""
        self.stubber.assert_no_pending_responses()


CAROL = Destination(("c@d.example",))
TAGS = [{"Name": "campaign", "Value": "spring"}]


def with_attachment(name: str) -> Any:
    message = written()
    message.attach(name, b"MZ", "application/octet-stream")
    return message


def with_tags(value: str) -> Any:
    message = written()
    message.ses_tags = {"campaign": value}
    return message


def errors(refused: Refused) -> list[str]:
    """Return the codes of what SES is expected to refuse."""
    return [finding.code for finding in refused.report if finding.severity is Severity.ERROR]
