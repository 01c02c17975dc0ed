"""Django as a client: sesmime's backend, django-ses's and django-anymail's, by both APIs, and its own by SMTP.

Those of others with `CheckedMixin` in front too. `nox -s django` runs this on the versions that people have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default as library_policy
from email.utils import parseaddr
from typing import Any

import boto3
import pytest

pytest.importorskip("django")
pytest.importorskip("anymail")
pytest.importorskip("django_ses")

from django.conf import settings
from django.test.utils import override_settings

from sesmime import Refused
from sesmime.local import LocalSes, Options
from tests.local.conftest import client_of

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
        client = client_of(ses, "sesv2")
        for name in ("orders", "news"):
            client.create_configuration_set(ConfigurationSetName=name)
        client.create_email_template(
            TemplateName="welcome",
            TemplateContent={
                "Subject": "Welcome to {{shop}}",
                "Text": "Hello {{name}}",
                "Html": "<p>Hello {{name}}</p>",
            },
        )
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
        "checked django-ses": {"BACKEND": "tests.local.django_backends.DjangoSes"},
        "checked anymail": {"BACKEND": "tests.local.django_backends.Anymail"},
        "checked smtp": {"BACKEND": "tests.local.django_backends.Smtp"},
    }
    site = {
        "AWS_SES_REGION_ENDPOINT_URL": ses.endpoint_url,
        "AWS_SES_CONFIGURATION_SET": "orders",
        "ANYMAIL": {"AMAZON_SES_CONFIGURATION_SET_NAME": "orders"},
        **sites[name],
    }
    backend = site.pop("BACKEND")
    if HAS_MAILERS:
        return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": smtp if name.endswith("smtp") else {}}}, **site}
    emailing = {f"EMAIL_{option.upper()}": value for option, value in smtp.items()}
    return {"EMAIL_BACKEND": backend, **emailing, **site}


def message_from(sender: str, **headers: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        "Grüße", "Hello", sender, ["Bob <bob@b.example>"], bcc=["hidden@b.example"], headers=headers
    )
    message.attach_alternative("<p>Hello</p>", "text/html")
    message.attach("Rechnung ä.txt", "1 €", "text/plain")
    return message


CHECKED = ["checked django-ses", "checked anymail", "checked smtp"]
NAMES = ["sesmime v1", "sesmime v2", "django-ses v1", "django-ses v2", "anymail", "smtp", *CHECKED]
# Those that honour anymail's attributes.
BY_ATTRIBUTES = ["sesmime v1", "sesmime v2", "anymail", "checked anymail"]


@contextmanager
def connected(name: str, ses: LocalSes, **more: Any) -> Iterator[Any]:
    """Send by a backend, which is closed in the end: Django 4.2 leaves a refused connection open."""
    with override_settings(**(site_of(name, ses) | more)):
        connection = mail.mailers.default if HAS_MAILERS else mail.get_connection()
        yield connection
        connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_taken_with_its_envelope_and_its_parts(name: str, ses: LocalSes) -> None:
    before = len(ses.outbox)
    with connected(name, ses) as connection:
        assert connection.send_messages([message_from("Ann <ann@shop.example>")]) == 1
    (kept,) = ses.outbox[before:]
    assert kept.subject == "Grüße"
    assert kept.recipients == ("bob@b.example", "hidden@b.example")
    assert kept.entity is not None
    assert [part.filename for part in kept.entity.walk() if part.filename] == ["Rechnung ä.txt"]
    assert b"hidden@b.example" not in (kept.message or b"")
    expected = {"sesmime v1": "ses.", "django-ses v1": "ses.", "checked django-ses": "ses."}
    is_smtp = name.endswith("smtp")
    assert kept.interface.value.startswith("smtp" if is_smtp else expected.get(name, "sesv2."))
    assert kept.configuration_set == (None if is_smtp or name.startswith("sesmime") else "orders")


@pytest.mark.parametrize("name", NAMES)
def test_what_arrives_is_what_was_written(name: str, ses: LocalSes) -> None:
    """The library's own parser reads what would be delivered."""
    message = EmailMultiAlternatives(
        "Ihre Bestellung: 1 Grüße",
        "Grüße aus Köln\n" + "lang " * 300 + "\n",
        "Bluebird Größe <orders@shop.example>",
        ["Jonas Weber <jonas@b.example>", "lea@b.example"],
        cc=["Zoë <zoe@b.example>"],
        bcc=["hidden@b.example"],
        reply_to=["Hilfe für alle <help@shop.example>", "second@shop.example"],
        headers={"X-Order": "42", "List-Unsubscribe": "<https://shop.example/u>"},
    )
    message.attach_alternative("<p>Grüße aus Köln</p>", "text/html")
    message.attach("Rechnung für Jonas.pdf", bytes(range(256)) * 3, "application/pdf")
    message.attach("liste.csv", "Größe;1\n", "text/csv")
    before = len(ses.outbox)
    with connected(name, ses) as connection:
        assert connection.send_messages([message]) == 1
    (kept,) = ses.outbox[before:]
    assert kept.recipients == ("jonas@b.example", "lea@b.example", "zoe@b.example", "hidden@b.example")
    assert parseaddr(kept.sender) == ("Bluebird Größe", "orders@shop.example")
    assert kept.delivered is not None
    arrived: Any = message_from_bytes(kept.delivered, policy=library_policy)
    assert arrived["Subject"] == "Ihre Bestellung: 1 Grüße"
    assert arrived["From"].addresses[0].display_name == "Bluebird Größe"
    assert [(one.display_name, one.addr_spec) for one in (*arrived["To"].addresses, *arrived["Cc"].addresses)] == [
        ("Jonas Weber", "jonas@b.example"),
        ("", "lea@b.example"),
        ("Zoë", "zoe@b.example"),
    ]
    assert [one.addr_spec for one in arrived["Reply-To"].addresses] == ["help@shop.example", "second@shop.example"]
    assert (arrived["X-Order"], arrived["List-Unsubscribe"]) == ("42", "<https://shop.example/u>")
    assert "Bcc" not in arrived
    assert b"hidden@b.example" not in kept.delivered
    assert arrived.get_body(("plain",)).get_content().split() == ["Grüße", "aus", "Köln", *["lang"] * 300]
    assert arrived.get_body(("html",)).get_content().strip() == "<p>Grüße aus Köln</p>"
    pdf, table = arrived.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == ("Rechnung für Jonas.pdf", "application/pdf")
    assert pdf.get_content() == bytes(range(256)) * 3
    assert (table.get_filename(), table.get_content().strip()) == ("liste.csv", "Größe;1")


@pytest.mark.parametrize("name", BY_ATTRIBUTES)
def test_the_attributes_of_anymail_count(name: str, ses: LocalSes) -> None:
    message: Any = message_from("Ann <ann@shop.example>")
    message.tags = ["welcome"]
    message.metadata = {"order": 42}
    message.envelope_sender = "bounces@shop.example"
    message.esp_extra = {"ConfigurationSetName": "news"}
    before = len(ses.outbox)
    site = {
        "SESMIME": {"interface": "ses" if name.endswith("v1") else "sesv2", "message_tag_name": "kind"},
        "ANYMAIL": {"AMAZON_SES_MESSAGE_TAG_NAME": "kind"},
    }
    with connected(name, ses, **site) as connection:
        assert connection.send_messages([message]) == 1
    (kept,) = ses.outbox[before:]
    assert kept.configuration_set == "news"
    assert ("kind", "welcome") in [(tag.name, tag.value) for tag in kept.tags]
    assert kept.envelope.feedback == "bounces@shop.example"
    assert kept.delivered is not None
    arrived = message_from_bytes(kept.delivered, policy=library_policy)
    assert arrived.get_all("X-Tag") == ["welcome"]
    assert json.loads(arrived["X-Metadata"]) == {"order": 42}
    assert message.anymail_status.message_id == kept.message_id
    assert message.anymail_status.status == {"queued"}


@pytest.mark.parametrize("name", [name for name in BY_ATTRIBUTES if not name.endswith("v1")])
def test_a_template_is_filled_for_each_recipient(name: str, ses: LocalSes) -> None:
    message: Any = EmailMultiAlternatives("", "", "Ann <ann@shop.example>", ["bob@b.example", "eva@b.example"])
    message.template_id = "welcome"
    message.merge_data = {"bob@b.example": {"name": "Bob"}, "eva@b.example": {"name": "Eva"}}
    message.merge_global_data = {"shop": "Bluebird"}
    before = len(ses.outbox)
    # anymail leaves the data for all to SES, which is not known to join both; ours hold both.
    if name != "sesmime v2":
        for one in message.merge_data.values():
            one["shop"] = "Bluebird"
    with connected(name, ses) as connection:
        assert connection.send_messages([message]) == 1
    first, second = ses.outbox[before:]
    for kept, address, named in ((first, "bob@b.example", "Bob"), (second, "eva@b.example", "Eva")):
        assert kept.recipients == (address,)
        assert kept.delivered is not None
        arrived: Any = message_from_bytes(kept.delivered, policy=library_policy)
        assert arrived["Subject"] == "Welcome to Bluebird"
        assert arrived.get_body(("plain",)).get_content().strip() == f"Hello {named}"
        assert message.anymail_status.recipients[address].message_id == kept.message_id


@pytest.mark.parametrize("name", ["sesmime v1", "sesmime v2", *CHECKED])
def test_what_is_found_is_refused_before_it_is_sent(name: str, ses: LocalSes) -> None:
    message = message_from("Ann <ann@shop.example>")
    message.attach("setup.exe", b"MZ", "application/octet-stream")
    before = len(ses.inbox)
    with connected(name, ses) as connection, pytest.raises(Refused, match="SES405"):
        connection.send_messages([message_from("Ann <ann@shop.example>"), message])
    # The mixin checks all before the first is sent; our backend sends what comes before.
    assert len(ses.inbox) == before + (0 if name in CHECKED else 1)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_raises_what_each_backend_raises(name: str, ses: LocalSes) -> None:
    before = len(ses.inbox)
    with (
        connected(name, ses) as connection,
        pytest.raises(Exception, match=r"Email address is not verified.*eve@other\.example"),
    ):
        connection.send_messages([message_from("eve@other.example")])
    assert len(ses.inbox) == before + 1
    assert ses.inbox.messages()[0].refusal is not None
