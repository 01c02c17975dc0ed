"""Django as a client: sesmime's backend, django-ses's and django-anymail's, by both APIs, and its own by SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

pytest.importorskip("django")
pytest.importorskip("anymail")
pytest.importorskip("django_ses")

from django.conf import settings
from django.test.utils import override_settings

from sesmime.local import LocalSes, Options

if not settings.configured:
    settings.configure()

import django
from django.core import mail
from django.core.mail import EmailMultiAlternatives

pytestmark = [pytest.mark.edges, pytest.mark.slow]
HAS_MAILERS = django.VERSION >= (6, 1)


@pytest.fixture(scope="module")
def ses() -> Iterator[LocalSes]:
    with LocalSes(Options(verified_identities=("shop.example",))) as ses:
        client = boto3.client(
            "sesv2",
            endpoint_url=ses.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        client.create_configuration_set(ConfigurationSetName="orders")
        yield ses


@pytest.fixture(autouse=True)
def _environment(credentials: None, ses: LocalSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in ses.environment.items():
        monkeypatch.setenv(name, value)


def site_of(name: str, ses: LocalSes) -> dict[str, Any]:
    """Return Django's settings of a backend that sends to the server."""
    host, port = ses.smtp_address
    smtp = {"host": host, "port": port}
    sites: dict[str, dict[str, Any]] = {
        "sesmime v1": {"BACKEND": "sesmime.django.SesEmailBackend", "SESMIME": {"interface": "ses"}},
        "sesmime v2": {"BACKEND": "sesmime.django.SesEmailBackend", "SESMIME": {"interface": "sesv2"}},
        "django-ses v1": {"BACKEND": "django_ses.SESBackend", "USE_SES_V2": False},
        "django-ses v2": {"BACKEND": "django_ses.SESBackend", "USE_SES_V2": True},
        "anymail": {"BACKEND": "anymail.backends.amazon_ses.EmailBackend"},
        "smtp": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
    }
    site = {
        "AWS_SES_REGION_ENDPOINT_URL": ses.endpoint_url,
        "AWS_SES_CONFIGURATION_SET": "orders",
        "ANYMAIL": {"AMAZON_SES_CONFIGURATION_SET_NAME": "orders"},
        **sites[name],
    }
    backend = site.pop("BACKEND")
    if HAS_MAILERS:
        return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": smtp if name == "smtp" else {}}}, **site}
    emailing = {f"EMAIL_{option.upper()}": value for option, value in smtp.items()}
    return {"EMAIL_BACKEND": backend, **emailing, **site}


def message_from(sender: str, **headers: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        "Grüße", "Hello", sender, ["Bob <bob@b.example>"], bcc=["hidden@b.example"], headers=headers
    )
    message.attach_alternative("<p>Hello</p>", "text/html")
    message.attach("Rechnung ä.txt", "1 €", "text/plain")
    return message


NAMES = ["sesmime v1", "sesmime v2", "django-ses v1", "django-ses v2", "anymail", "smtp"]


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_taken_with_its_envelope_and_its_parts(name: str, ses: LocalSes) -> None:
    before = len(ses.outbox)
    with override_settings(**site_of(name, ses)):
        connection = mail.mailers.default if HAS_MAILERS else mail.get_connection()
        assert connection.send_messages([message_from("Ann <ann@shop.example>")]) == 1
    (kept,) = ses.outbox[before:]
    assert kept.subject == "Grüße"
    assert kept.recipients == ("bob@b.example", "hidden@b.example")
    assert kept.entity is not None
    assert [part.filename for part in kept.entity.walk() if part.filename] == ["Rechnung ä.txt"]
    assert b"hidden@b.example" not in (kept.message or b"")
    expected = {"sesmime v1": "ses.", "sesmime v2": "sesv2.", "django-ses v1": "ses.", "django-ses v2": "sesv2."}
    assert kept.interface.value.startswith({**expected, "anymail": "sesv2.", "smtp": "smtp"}[name])
    assert kept.configuration_set == ("orders" if name.startswith(("django-ses", "anymail")) else None)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_raises_what_each_backend_raises(name: str, ses: LocalSes) -> None:
    before = len(ses.inbox)
    with override_settings(**site_of(name, ses)):
        connection = mail.mailers.default if HAS_MAILERS else mail.get_connection()
        with pytest.raises(Exception, match=r"Email address is not verified.*eve@other\.example"):
            connection.send_messages([message_from("eve@other.example")])
    assert len(ses.inbox) == before + 1
    assert ses.inbox.messages()[0].refusal is not None
