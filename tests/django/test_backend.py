"""The Django edge: Django itself on one side; moto's server, botocore's Stubber and aiosmtpd on the other."""

from __future__ import annotations

import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email import message_from_bytes
from email.encoders import encode_base64
from email.message import EmailMessage as LibraryMessage
from email.message import MIMEPart
from email.mime.base import MIMEBase
from email.policy import default as library_policy
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

pytest.importorskip("django")

import django
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends import locmem, smtp
from django.test.utils import override_settings
from django.utils.functional import lazystr

from sesmime import ApiParameters, Destination, Interface, MessageTag, Refused, SesMimeError, Severity
from sesmime.boto import SesMimeWarning
from sesmime.django import CheckedMixin, SesEmailBackend
from sesmime.ses.sending import handed_over
from tests.boto.test_moto import client as moto_client
from tests.boto.test_moto import endpoint, sent
from tests.cli.test_send import Service, _credentials, service, v1_error

# `_credentials` is for every test: it hides the configuration of whoever runs them.
__all__ = ["_credentials", "endpoint", "sent", "service"]
pytestmark = pytest.mark.edges

if not settings.configured:
    settings.configure()

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    """Have boto3 make its session anew, by the configuration of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    with ExitStack() as stack:
        yield Site(stack)


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


def received(sent: list[Any]) -> LibraryMessage:
    """Return the one message that moto has, read by Python's own `email`."""
    (one,) = sent
    return message_from_bytes(one.raw_data.encode(), policy=library_policy)


def lines(part: Any) -> list[str]:
    """Return the lines of a text; how their ends are written is the transfer encoding's affair."""
    text: str = part.get_content()
    return text.splitlines()


class TestMoto:
    @SERVICES
    def test_send_mail_goes_out_with_both_texts(self, name: str, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(interface=name, client={"endpoint_url": endpoint})
        assert mail.send_mail("Hi", "Hello", "joe@a.example", ["c@d.example"], html_message="<p>Hello</p>") == 1
        message = received(sent)
        assert message["Subject"] == "Hi"
        assert message.get_content_type() == "multipart/alternative"
        texts = [(part.get_content_type(), part.get_content().strip()) for part in message.iter_parts()]
        assert texts == [("text/plain", "Hello"), ("text/html", "<p>Hello</p>")]
        assert set(sent[0].destinations) == {"c@d.example"}

    @SERVICES
    def test_to_cc_and_bcc_receive_it_and_bcc_is_nowhere_in_it(
        self, name: str, site: Site, endpoint: str, sent: list[Any]
    ) -> None:
        site.configure(interface=name, client={"endpoint_url": endpoint})
        message = written(cc=["g@h.example"], bcc=["Eve <e@f.example>", "i@j.example"])
        assert message.send() == 1
        # moto adds what it reads in the fields, with display names.
        assert {"c@d.example", "g@h.example", "e@f.example", "i@j.example"} <= set(sent[0].destinations)
        assert "Bcc" not in received(sent)
        assert "e@f.example" not in sent[0].raw_data
        assert "i@j.example" not in sent[0].raw_data

    @SERVICES
    def test_texts_beyond_ascii_go_out_as_seven_bits(
        self, name: str, site: Site, endpoint: str, sent: list[Any]
    ) -> None:
        site.configure(interface=name, client={"endpoint_url": endpoint})
        message = written(subject="Grüße", body="Grüße\nFrom me\n.\n-- \nJörg\n")
        message.attach_alternative("<p>Grüße €</p>", "text/html")
        message.attach("liste.txt", "Käse\n", "text/plain")
        assert message.send() == 1
        assert sent[0].raw_data.isascii()
        found = received(sent)
        assert found["Subject"] == "Grüße"
        plain, html, attached = (part for part in found.walk() if not part.is_multipart())
        assert lines(plain) == ["Grüße", "From me", ".", "-- ", "Jörg"]
        assert lines(html) == ["<p>Grüße €</p>"]
        assert (attached.get_filename(), lines(attached)) == ("liste.txt", ["Käse"])
        assert {part["Content-Transfer-Encoding"] for part in (plain, html, attached)} <= {"quoted-printable", "base64"}

    def test_another_charset_is_kept(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(client={"endpoint_url": endpoint})
        message = written(body="Grüße\n")
        message.encoding, message.content_subtype = "iso-8859-1", "html"
        assert message.send() == 1
        found = received(sent)
        assert (found.get_content_type(), found.get_content_charset()) == ("text/html", "iso-8859-1")
        assert lines(found) == ["Grüße"]
        assert sent[0].raw_data.isascii()

    def test_attachments_of_every_kind_arrive_octet_for_octet(
        self, site: Site, endpoint: str, sent: list[Any], tmp_path: Path
    ) -> None:
        site.configure(client={"endpoint_url": endpoint})
        octets = bytes(range(256)) * 40
        (tmp_path / "plan.pdf").write_bytes(octets)
        (tmp_path / "notes.txt").write_bytes("Größe\n".encode())
        (tmp_path / "latin.txt").write_bytes(b"Gr\xf6\xdfe\n")  # no UTF-8: Django takes it for octets
        made: Any = MIMEPart() if IS_MODERN else MIMEBase("image", "png")
        if IS_MODERN:
            made.set_content(octets, "image", "png", filename="dot.png")
        else:
            made.set_payload(octets)
            encode_base64(made)
            made.add_header("Content-Disposition", "attachment", filename="dot.png")
        message = written(attachments=[("Rechnung für Zoë.bin", octets, "application/octet-stream")])
        message.attach_file(tmp_path / "plan.pdf")
        message.attach_file(str(tmp_path / "notes.txt"))
        message.attach_file(tmp_path / "latin.txt")
        message.attach("inner.eml", written(subject="Inside", body="Grüße\n"), "message/rfc822")
        message.attach(made)
        assert message.send() == 1
        assert sent[0].raw_data.isascii()
        parts = list(received(sent).iter_attachments())
        contents: dict[Any, Any] = {part.get_filename(): part.get_content() for part in parts}
        inner = contents.pop("inner.eml")
        assert (inner["Subject"], lines(inner)) == ("Inside", ["Grüße"])
        contents["notes.txt"] = contents["notes.txt"].splitlines()
        assert contents == {
            "Rechnung für Zoë.bin": octets,
            "plan.pdf": octets,
            "notes.txt": ["Größe"],
            "latin.txt": b"Gr\xf6\xdfe\n",
            "dot.png": octets,
        }

    @SERVICES
    def test_names_beyond_ascii_are_encoded_words_and_domains_idna(
        self, name: str, site: Site, endpoint: str, sent: list[Any]
    ) -> None:
        site.configure(interface=name, client={"endpoint_url": endpoint})
        message = written(
            from_email="Zoë Müller <joe@a.example>",
            to=["Jörg Müller <c@bücher.example>", "d@d.example"],
            cc=['"Doe, J." <e@bücher.example>'],
            bcc=["Ünder <f@bücher.example>"],
            reply_to=["Ré <r@bücher.example>"],
        )
        assert message.send() == 1
        assert sent[0].raw_data.isascii()
        # RFC 3492: "bücher" is "bcher-kva".
        found = received(sent)
        shown = {
            key: [(one.display_name, one.addr_spec) for one in found[key].addresses]
            for key in ("From", "To", "Cc", "Reply-To")
        }
        assert shown == {
            "From": [("Zoë Müller", "joe@a.example")],
            "To": [("Jörg Müller", "c@xn--bcher-kva.example"), ("", "d@d.example")],
            "Cc": [("Doe, J.", "e@xn--bcher-kva.example")],
            "Reply-To": [("Ré", "r@xn--bcher-kva.example")],
        }
        hosts = ("c@xn--bcher-kva.example", "d@d.example", "e@xn--bcher-kva.example", "f@xn--bcher-kva.example")
        assert set(hosts) <= set(sent[0].destinations)

    @SERVICES
    def test_send_mass_mail_sends_each_to_its_own(self, name: str, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(interface=name, client={"endpoint_url": endpoint})
        people = ["c@d.example", "e@f.example", "g@h.example"]
        assert mail.send_mass_mail([("Hi", f"Hello {one}", "joe@a.example", [one]) for one in people]) == 3
        assert [set(one.destinations) for one in sent] == [{"c@d.example"}, {"e@f.example"}, {"g@h.example"}]
        assert all(f"Hello {one}" in message.raw_data for one, message in zip(people, sent, strict=True))

    def test_mail_admins_goes_to_the_admins(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        admins: list[Any] = ["k@l.example"] if IS_MODERN else [("Kay", "k@l.example")]
        more = {"ADMINS": admins, "SERVER_EMAIL": "joe@a.example", "EMAIL_SUBJECT_PREFIX": "[Shop] "}
        site.configure(client={"endpoint_url": endpoint}, site=more)
        mail.mail_admins("Fire", "In the attic")
        found = received(sent)
        assert (found["Subject"], found["To"], found["From"]) == ("[Shop] Fire", "k@l.example", "joe@a.example")
        assert set(sent[0].destinations) == {"k@l.example"}

    def test_a_sent_message_has_the_identifier_of_ses(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(client={"endpoint_url": endpoint})
        message = written()
        message.send()
        assert message.ses_message_id == sent[0].id

    def test_threads_send_by_one_backend_and_by_their_own(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(client={"endpoint_url": endpoint})
        shared_one = site.connection()

        def send(number: int) -> int:
            connection = shared_one if number % 2 else site.connection()
            count: int = connection.send_messages([written(to=[f"c{number}@d.example"])])
            return count

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(send, range(24))) == [1] * 24
        assert sorted(one.destinations[0] for one in sent) == sorted(f"c{number}@d.example" for number in range(24))


class TestRequests:
    @SERVICES
    def test_a_plain_message_is_sent_as_it_stands(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        message = written()
        assert message.send() == 1
        assert message.ses_message_id == "0100-1"
        stubbed.check()

    @SERVICES
    def test_each_recipient_stands_in_its_own_list(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        expected = RAW.replace(b"Carol <c@d.example>\r\n", b"Carol <c@d.example>\r\nCc: Gus <g@h.example>\r\n")
        stubbed.expect(expected, Destination(("c@d.example",), ("g@h.example",), ("e@f.example",)))
        site.configure(client=stubbed.client)
        assert written(cc=["Gus <g@h.example>"], bcc=["Eve <e@f.example>"]).send() == 1
        stubbed.check()

    @SERVICES
    def test_fields_set_tags_and_configuration_set_and_leave(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="news")
        site.configure(client=stubbed.client, configuration_set="shop", tags={"kind": "other"})
        headers = {"X-SES-MESSAGE-TAGS": "campaign=spring", "X-SES-CONFIGURATION-SET": "news"}
        assert written(headers=headers).send() == 1
        stubbed.check()

    @SERVICES
    def test_attributes_set_them_and_win_over_fields(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="news")
        site.configure(client=stubbed.client, configuration_set="shop", tags={"kind": "other"})
        message = written(headers={"X-SES-MESSAGE-TAGS": "a=1", "X-SES-CONFIGURATION-SET": "b"})
        message.ses_tags = {"campaign": "spring"}
        message.ses_configuration_set = "news"
        assert message.send() == 1
        stubbed.check()

    @SERVICES
    def test_settings_hold_for_what_a_message_does_not_say(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="shop")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "a", "Value": "1"}], ConfigurationSetName="shop")
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="news")
        site.configure(client=stubbed.client, configuration_set="shop", tags={"campaign": "spring"})
        configured = written()
        configured.ses_configuration_set = "news"
        assert site.send(written(), written(headers={"x-ses-message-tags": "a=1"}), configured) == 3
        stubbed.check()

    def test_empty_settings_and_attributes_say_nothing(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        stubbed.expect(RAW, CAROL, Tags=TAGS, ConfigurationSetName="shop")
        site.configure(client=stubbed.client, configuration_set="", tags={})
        assert site.send(written()) == 1
        site.configure(client=stubbed.client, configuration_set="shop", tags=[("campaign", "spring")])
        message = written()
        message.ses_tags, message.ses_configuration_set = {}, ""
        assert site.send(message) == 1
        stubbed.check()

    def test_numbers_and_late_texts_become_tags(self, site: Site) -> None:
        stubbed = Stubbed("sesv2")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "order", "Value": "42"}, {"Name": "kind", "Value": "late"}])
        site.configure(client=stubbed.client)
        message = written()
        message.ses_tags = {"order": 42, "kind": lazystr("late")}
        assert message.send() == 1
        stubbed.check()

    @SERVICES
    def test_with_a_from_field_of_its_own_from_email_hears_of_bounces(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        more = {"Source": "joe@a.example"} if name == "ses" else {"FeedbackForwardingEmailAddress": "joe@a.example"}
        stubbed.expect(RAW.replace(b"Joe <joe@a.example>", b"Shop <shop@a.example>"), CAROL, **more)
        site.configure(client=stubbed.client)
        assert written(headers={"From": "Shop <shop@a.example>"}).send() == 1
        stubbed.check()

    def test_a_to_field_of_its_own_is_shown_and_to_receives(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        expected = RAW.replace(b"Carol <c@d.example>", b"list@a.example")
        if django.VERSION < (5, 0):  # which writes the field twice
            expected = expected.replace(SHOWN, SHOWN + b"To: list@a.example\r\n")
        stubbed.expect(expected, CAROL)
        site.configure(client=stubbed.client)
        assert written(headers={"To": "list@a.example"}).send() == 1
        stubbed.check()

    @pytest.mark.skipif(IS_MODERN, reason="Django 6 refuses such a field")
    def test_a_bcc_among_the_headers_leaves_and_receives_nothing(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        assert written(headers={"Bcc": "e@f.example"}).send() == 1
        stubbed.check()

    @SERVICES
    def test_a_message_for_bcc_alone_goes_to_it(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW.replace(b"To: Carol <c@d.example>\r\n", b""), Destination(bcc=("e@f.example",)))
        site.configure(client=stubbed.client)
        assert written(to=[], bcc=["e@f.example"]).send() == 1
        stubbed.check()

    @SERVICES
    def test_a_subclass_may_say_who_receives(self, name: str, site: Site) -> None:
        class Diverted(EmailMultiAlternatives):
            def recipients(self) -> list[str]:
                return ["staging@a.example"]

        stubbed = Stubbed(name)
        stubbed.expect(RAW, Destination(bcc=("staging@a.example",)))
        site.configure(client=stubbed.client)
        headers = {"Date": DATE, "Message-ID": IDENTIFIER}
        message = Diverted("Hi", "Hello\n", "Joe <joe@a.example>", ["Carol <c@d.example>"], headers=headers)
        assert message.send() == 1
        stubbed.check()

    def test_a_subclass_may_write_the_message_itself(self, site: Site) -> None:
        class Own(EmailMessage):
            def message(self) -> LibraryMessage:
                made = LibraryMessage()
                made["From"], made["To"], made["Subject"] = "joe@a.example", "c@d.example", "Own"
                made.set_content("Hello\n")
                return made

        stubbed = Stubbed("ses")
        own = b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Own\r\n" + (
            b'Content-Type: text/plain; charset="utf-8"\r\n' + ENCODING + VERSION + b"\r\nHello\r\n"
        )
        stubbed.expect(own, CAROL)
        site.configure(client=stubbed.client)
        assert Own("Hi", "Hello\n", "joe@a.example", ["c@d.example"]).send() == 1
        stubbed.check()

    def test_addresses_and_subject_may_be_translated_late(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        message = written(
            subject=lazystr("Hi"), from_email=lazystr("Joe <joe@a.example>"), to=[lazystr("Carol <c@d.example>")]
        )
        assert message.send() == 1
        stubbed.check()

    def test_who_is_named_twice_receives_once(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, Destination(("c@d.example",), (), ("e@f.example",)))
        site.configure(client=stubbed.client)
        assert written(bcc=["c@D.example", "", "e@f.example"]).send() == 1
        stubbed.check()


def with_attachment(name: str) -> Any:
    message = written()
    message.attach(name, b"MZ", "application/octet-stream")
    return message


def with_tags(value: str) -> Any:
    message = written()
    message.ses_tags = {"campaign": value}
    return message


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "51 recipients": (lambda: written(bcc=[f"c{n}@d.example" for n in range(50)]), "SES203"),
    "a bad tag": (lambda: with_tags("spring sale"), "SES511"),
    "an attachment that SES blocks": (lambda: with_attachment("setup.exe"), "SES405"),
    "a blind recipient that is no address": (lambda: written(bcc=["nobody"]), "SES207"),
    "a local part beyond ASCII": (lambda: written(bcc=["jörg@d.example"]), "SES207"),
}
BAD = pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=[*REFUSED])


def errors(refused: Refused) -> list[str]:
    """Return the codes of what SES is expected to refuse."""
    return [finding.code for finding in refused.report if finding.severity is Severity.ERROR]


class TestRefusals:
    @SERVICES
    @BAD
    def test_what_ses_is_expected_to_refuse_is_not_sent(
        self, make: Callable[[], Any], code: str, name: str, site: Site
    ) -> None:
        stubbed = Stubbed(name)  # which takes no request
        site.configure(client=stubbed.client)
        message = make()
        with pytest.raises(Refused) as caught:
            message.send()
        assert code in errors(caught.value)
        assert not hasattr(message, "ses_message_id")

    def test_the_refusal_bears_what_is_less_severe_too(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        message = written(headers={"X-SES-CAMPAIGN": "spring"})
        message.ses_tags = {"campaign": "spring sale"}
        with pytest.raises(Refused) as caught:
            message.send()
        assert {"SES511", "SES107"} <= {finding.code for finding in caught.value.report}

    def test_a_message_that_is_too_large_for_v1_goes_by_v2(self, site: Site) -> None:
        # In base64 8 MB are 11 MB; SendRawEmail takes 10 MB (dg/quotas), SendEmail of v2 40 MB.
        message = written()
        message.attach("film.bin", bytes(8_000_000), "application/octet-stream")
        site.configure(client=Stubbed("ses").client)
        with pytest.raises(Refused) as caught:
            site.send(message)
        assert errors(caught.value) == ["SES302"]
        by_v2 = Stubbed("sesv2")
        by_v2.stubber.add_response("send_email", {"MessageId": "0100-2"})
        site.configure(client=by_v2.client)
        assert site.send(message) == 1

    def test_what_is_malformed_in_the_fields_is_refused_whatever_the_settings_say(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, configuration_set="shop", tags={"campaign": "spring"})
        # By Django 6 such a field cannot be written, before it the check finds it.
        with pytest.raises(SesMimeError):
            written(headers={"X-SES-MESSAGE-TAGS": "campaign=später"}).send()

    def test_a_line_break_in_a_field_is_an_error(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, lint="off")
        with pytest.raises(ValueError):
            written(subject="Hi\nBcc: e@f.example").send()

    def test_of_several_messages_those_before_the_refused_one_are_sent(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        first, second, third = written(), with_attachment("setup.exe"), written()
        with pytest.raises(Refused):
            site.send(first, second, third)
        stubbed.check()
        assert [hasattr(one, "ses_message_id") for one in (first, second, third)] == [True, False, False]

    def test_a_warning_tells_instead_and_the_message_goes(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, lint="warn")
        with pytest.warns(SesMimeWarning, match="^SES511 ") as caught:
            assert with_tags("spring sale").send() == 1
        (warning,) = caught
        assert isinstance(warning.message, SesMimeWarning)
        assert [finding.code for finding in warning.message.report] == ["SES511"]
        stubbed.check()

    def test_switched_off_nothing_is_told_and_the_message_goes(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, lint="off")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert with_tags("spring sale").send() == 1
        stubbed.check()

    @pytest.mark.parametrize("level", ["warning", "Warning", Severity.WARNING])
    def test_the_fail_level_says_what_refuses(self, level: Any, site: Site) -> None:
        def misspelt() -> Any:
            return written(headers={"X-SES-CAMPAIGN": "spring"})

        # SES knows no such field: SES107 warns.
        stubbed = Stubbed("ses")
        stubbed.expect(RAW.replace(SHOWN, SHOWN + b"X-SES-CAMPAIGN: spring\r\n"), CAROL)
        site.configure(client=stubbed.client)
        assert misspelt().send() == 1
        stubbed.check()
        site.configure(client=stubbed.client, fail_level=level)
        with pytest.raises(Refused) as caught:
            misspelt().send()
        assert [(one.code, one.severity) for one in caught.value.report] == [("SES107", Severity.WARNING)]

    def test_verified_identities_are_known_to_the_check(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, verified_identities=["z.example"])
        with pytest.raises(Refused) as caught:
            written().send()
        assert errors(caught.value) == ["SES214"]

    def test_what_is_ignored_does_not_refuse(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL, Tags=[{"Name": "campaign", "Value": "spring sale"}])
        site.configure(client=stubbed.client, ignore=["SES511"])
        assert with_tags("spring sale").send() == 1
        stubbed.check()


class TestFailures:
    def test_an_error_of_ses_comes_through(self, site: Site, service: Service) -> None:
        service.status, service.answer = 400, v1_error("MessageRejected", "Email address is not verified.")
        site.configure(client={"endpoint_url": service.url})
        message = written()
        with pytest.raises(ClientError, match="Email address is not verified"):
            message.send()
        assert not hasattr(message, "ses_message_id")
        assert service.received[0]["message"] == RAW

    def test_silently_each_failure_is_passed_over_and_the_others_go(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.refuse()
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client, fail_silently=True)
        rejected, refused, good = written(), with_attachment("setup.exe"), written()
        assert site.send(rejected, refused, good) == 1
        assert [hasattr(one, "ses_message_id") for one in (rejected, refused, good)] == [False, False, True]
        stubbed.check()

    def test_a_closed_port_is_an_error_or_passed_over(self, site: Site) -> None:
        with socket.socket() as taken:  # bound and not listening: nobody else can have it
            taken.bind(("127.0.0.1", 0))
            client = {"endpoint_url": f"http://127.0.0.1:{taken.getsockname()[1]}"}
            site.configure(client=client)
            with pytest.raises(EndpointConnectionError):
                site.send(written())
            site.configure(client=client, fail_silently=True)
            assert site.send(written()) == 0

    def test_an_answer_that_cannot_be_read_is_an_error_or_passed_over(self, site: Site, service: Service) -> None:
        service.answer = "<html>proxy"
        site.configure(client={"endpoint_url": service.url})
        with pytest.raises(ResponseParserError):
            site.send(written())
        site.configure(client={"endpoint_url": service.url}, fail_silently=True)
        assert site.send(written()) == 0

    def test_a_client_that_cannot_be_made_is_an_error_or_passed_over(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        site.configure()
        with pytest.raises(NoRegionError):
            site.send(written())
        site.configure(fail_silently=True)
        assert site.send(written()) == 0

    def test_without_recipients_or_messages_nothing_is_sent(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        assert site.send() == 0
        assert site.send(written(to=[])) == 0
        assert written(to=[""]).send() == 0

    def test_without_boto3_the_error_says_how_to_get_it(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.configure(fail_silently=True)
        monkeypatch.setitem(sys.modules, "boto3", None)
        with pytest.raises(ImportError) as caught:
            site.send(written())
        assert str(caught.value) == "sesmime.django sends by boto3: pip install 'sesmime[boto3]'"

    def test_without_django_the_error_says_how_to_get_it(self) -> None:
        code = "import sys; sys.modules['django'] = None; import sesmime.django"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
        last = done.stderr.splitlines()[-1]
        assert last == "ImportError: sesmime.django stands on Django: pip install 'sesmime[django]'"


class TestConnection:
    def test_an_opened_backend_keeps_its_client_until_it_is_closed(
        self, site: Site, endpoint: str, sent: list[Any]
    ) -> None:
        site.configure(client={"endpoint_url": endpoint})
        connection = site.connection()
        assert connection.connection is None
        assert connection.open() is True
        client = connection.connection
        assert connection.open() is False
        connection.send_messages([written()])
        connection.send_messages([written()])
        assert connection.connection is client
        assert len(sent) == 2
        connection.close()
        connection.close()
        assert connection.connection is None

    def test_a_backend_that_was_not_opened_keeps_none(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        site.configure(client={"endpoint_url": endpoint})
        connection = site.connection()
        messages = [written(), with_attachment("setup.exe")]
        with pytest.raises(Refused):
            connection.send_messages(messages)
        assert len(sent) == 1
        clients = [connection.connection]
        with connection:
            clients.append(connection.connection)
        clients.append(connection.connection)
        assert [client is None for client in clients] == [True, False, True]

    def test_a_client_that_was_handed_in_stays_open(self, site: Site, endpoint: str, sent: list[Any]) -> None:
        client = moto_client("ses", endpoint)
        site.configure(client=client)
        with site.connection() as connection:
            assert connection.connection is client
        closed: list[Any] = []
        client.close = lambda: closed.append(client)
        assert site.send(written()) == 1
        assert site.send(written()) == 1
        assert (len(sent), closed) == (2, [])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"interfaces": "ses"}, "'interfaces' is no setting; there are interface, client,"),
    "an unknown interface": ({"interface": "smtp"}, "interface is ses or sesv2, not 'smtp'"),
    "no interface at all": ({"interface": ["ses"]}, "interface is ses or sesv2, not "),
    "an unknown lint": ({"lint": "loud"}, "lint is error, warn, off, not 'loud'"),
    "an unknown level": ({"fail_level": "fatal"}, "fail_level is error, warning or info, not 'fatal'"),
    "one code": ({"ignore": "SES511"}, "ignore and verified_identities are lists of str"),
    "no list": ({"verified_identities": 5}, "ignore and verified_identities are lists of str"),
    "a configuration set that is no text": ({"configuration_set": 5}, "configuration_set is str, not int"),
    "tags that are one text": ({"tags": "campaign=spring"}, "message tags are a list of MessageTag, not str"),
    "tags that are no pairs": ({"tags": ["campaign=spring"]}, "a message tag is a MessageTag or another pair of str"),
    "a tag without a value": ({"tags": {"campaign": None}}, "a message tag is a MessageTag or another pair of str"),
    "a client that is none": ({"client": "ses"}, "client is a dict or a client: a client of SES is wanted,"),
}


class TestSettings:
    @pytest.mark.parametrize(("sesmime", "text"), WRONG.values(), ids=[*WRONG])
    def test_what_is_wrong_in_the_settings_is_told_before_a_message_is_there(
        self, sesmime: dict[str, Any], text: str, site: Site
    ) -> None:
        site.configure(**sesmime)
        with pytest.raises(ImproperlyConfigured) as caught:
            site.connection()
        assert str(caught.value).startswith(f"SESMIME: {text}")

    def test_settings_that_are_no_dict_are_wrong(self, site: Site) -> None:
        site.configure(site={"SESMIME": [("lint", "off")]})
        with pytest.raises(ImproperlyConfigured, match="SESMIME is a dict, not list"):
            site.connection()

    def test_a_client_of_another_service_is_wrong(self, site: Site) -> None:
        site.configure(client=boto3.client("sqs"))
        with pytest.raises(ImproperlyConfigured, match="ses or sesv2, not one of 'sqs'"):
            site.connection()

    def test_an_interface_that_is_not_the_clients_is_wrong(self, site: Site) -> None:
        site.configure(client=boto3.client("ses"), interface="sesv2")
        with pytest.raises(ImproperlyConfigured, match="interface is sesv2, and the client one of ses"):
            site.connection()

    def test_without_settings_v1_is_used(self, site: Site, monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        site.configure()
        assert written().send() == 1
        assert service.received[0]["Action"] == "SendRawEmail"

    def test_options_win_over_the_settings(self, site: Site, service: Service) -> None:
        given: dict[str, Any] = {"interface": "sesv2", "configuration_set": "news", "lint": "off", "fail_level": None}
        stored: dict[str, Any] = {"client": {"endpoint_url": service.url}, "configuration_set": "shop", "lint": "error"}
        if HAS_MAILERS:
            mailers = {"default": {"BACKEND": BACKEND}, "news": {"BACKEND": BACKEND, "OPTIONS": given}}
            site.configure(site={"MAILERS": mailers, "SESMIME": stored})
            with_tags("spring sale").send(using="news")
        else:
            site.configure(**stored)
            mail.get_connection(**given).send_messages([with_tags("spring sale")])
        (request,) = service.received
        assert request["ConfigurationSetName"] == "news"
        assert request["EmailTags"] == [{"Name": "campaign", "Value": "spring sale"}]

    @pytest.mark.skipif(not HAS_MAILERS, reason="Django has MAILERS from 6.1 on")
    def test_an_unknown_option_is_told_by_django(self, site: Site) -> None:
        site.configure(site={"MAILERS": {"default": {"BACKEND": BACKEND, "OPTIONS": {"region": "x"}}}})
        with pytest.raises(mail.InvalidMailer, match="Unknown options 'region'"):
            site.connection()

    def test_wrong_attributes_of_a_message_are_a_type_error(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client, fail_silently=True)
        for name, value in (("ses_tags", "campaign=spring"), ("ses_tags", 5), ("ses_configuration_set", 5)):
            message = written()
            setattr(message, name, value)
            with pytest.raises(TypeError):
                site.send(message)

    def test_the_backend_can_be_made_by_hand(self) -> None:
        stubbed = Stubbed("sesv2")
        stubbed.expect(RAW, CAROL, Tags=TAGS)
        backend = SesEmailBackend(alias="default", client=stubbed.client, tags={"campaign": "spring"})
        assert backend.send_messages(written() for _ in range(1)) == 1  # any number of them, not a list alone
        stubbed.check()


class CheckedSmtp(CheckedMixin, smtp.EmailBackend):
    """Django's own, with the check in front."""


class CheckedLocmem(CheckedMixin, locmem.EmailBackend):
    """As in the tests of a site that sends through SMTP."""


class CheckedLocmemForV1(CheckedMixin, locmem.EmailBackend):
    """As in those of a site that sends through the API."""

    checked_interface = Interface.SEND_RAW_EMAIL


SMTP = f"{__name__}.CheckedSmtp"
LOCMEM = f"{__name__}.CheckedLocmem"


class Inbox:
    """What an SMTP server took: envelopes of aiosmtpd; and its port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take it."""
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    controller_module = pytest.importorskip("aiosmtpd.controller")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made = Inbox(probe.getsockname()[1])
    controller = controller_module.Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    yield made
    controller.stop()


class TestMixin:
    def test_good_messages_arrive_as_djangos_backend_sends_them(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port)
        headers = {"X-SES-CONFIGURATION-SET": "shop", "X-SES-MESSAGE-TAGS": "campaign=spring"}
        assert written(bcc=["e@f.example"], headers=headers).send() == 1
        (envelope,) = inbox.taken
        assert envelope.mail_from == "joe@a.example"
        assert envelope.rcpt_tos == ["c@d.example", "e@f.example"]
        fields = b"X-SES-CONFIGURATION-SET: shop\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n"
        # Over SMTP the SES fields are what SES reads.
        assert envelope.content == RAW.replace(SHOWN, SHOWN + fields).replace(CHARSET, b'"utf-8"')

    @pytest.mark.parametrize(
        ("make", "kind"),
        [
            (lambda: written(headers={"X-SES-MESSAGE-TAGS": "campaign=spring sale"}), Refused),
            (lambda: with_attachment("setup.exe"), Refused),
            (lambda: written(bcc=[f"c{n}@d.example" for n in range(50)]), Refused),
            (lambda: written(subject="Hi\nBcc: e@f.example"), ValueError),  # Django's own refusal
        ],
    )
    def test_of_several_messages_none_is_sent_where_one_is_refused(
        self, make: Callable[[], Any], kind: type[Exception], site: Site, inbox: Inbox
    ) -> None:
        site.configure(SMTP, smtp_port=inbox.port)
        messages = written(), make(), written()
        with pytest.raises(kind):
            site.send(*messages)
        assert inbox.taken == []

    def test_silently_the_refused_are_left_out(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port, fail_silently=True)
        messages = written(to=["c1@d.example"]), with_attachment("setup.exe"), written(to=["c3@d.example"])
        assert site.send(*messages) == 2
        assert [envelope.rcpt_tos for envelope in inbox.taken] == [["c1@d.example"], ["c3@d.example"]]

    def test_silently_a_single_refused_one_makes_no_connection(self, site: Site) -> None:
        # Port 1 of the loopback answers nobody; silence would hide that, so the count of what was opened is looked at.
        site.configure(SMTP, smtp_port=1, fail_silently=True)
        connection = site.connection()
        opened: list[bool] = []
        connection.open = lambda: opened.append(True)
        assert connection.send_messages([with_attachment("setup.exe")]) == 0
        assert opened == []

    def test_a_warning_tells_instead_and_the_message_goes(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port, lint="warn")
        with pytest.warns(SesMimeWarning, match="^SES405 "):
            assert with_attachment("setup.exe").send() == 1
        assert len(inbox.taken) == 1

    def test_what_is_ignored_does_not_refuse(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port, ignore=["SES405"])
        assert with_attachment("setup.exe").send() == 1
        assert len(inbox.taken) == 1

    def test_switched_off_the_message_goes(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port, lint="off")
        assert with_attachment("setup.exe").send() == 1
        assert len(inbox.taken) == 1

    def test_names_and_domains_beyond_ascii_pass(self, site: Site, inbox: Inbox) -> None:
        site.configure(SMTP, smtp_port=inbox.port)
        assert written(from_email="Zoë <joe@bücher.example>", to=["Jörg <c@bücher.example>"]).send() == 1
        (envelope,) = inbox.taken
        assert (envelope.mail_from, envelope.rcpt_tos) == ("joe@xn--bcher-kva.example", ["c@xn--bcher-kva.example"])

    def test_in_front_of_locmem_a_test_fails_with_the_finding(self, site: Site) -> None:
        site.configure(LOCMEM)
        assert mail.send_mail("Hi", "Hello", "joe@a.example", ["c@d.example"]) == 1
        with pytest.raises(Refused) as caught:
            with_attachment("setup.exe").send()
        assert caught.value.report[0].code == "SES405"
        assert [one.subject for one in mail.outbox] == ["Hi"]

    def test_in_front_of_locmem_the_refused_can_be_left_out(self, site: Site) -> None:
        if HAS_MAILERS:
            pytest.skip("its locmem takes no fail_silently")
        site.configure(LOCMEM, fail_silently=True)
        assert site.send(with_attachment("setup.exe"), written()) == 1
        assert [one.subject for one in mail.outbox] == ["Hi"]

    def test_a_message_without_recipients_is_the_other_backends_to_judge(self, site: Site) -> None:
        site.configure(LOCMEM)
        assert site.send(written(to=[])) == 1

    def test_the_interface_is_that_of_the_other_backend(self, site: Site) -> None:
        # 8 MB are 11 MB in base64: SMTP takes 40 MB, SendRawEmail 10 MB (dg/quotas).
        message = written()
        message.attach("film.bin", bytes(8_000_000), "application/octet-stream")
        site.configure(LOCMEM)
        assert site.send(message) == 1
        site.configure(f"{__name__}.CheckedLocmemForV1")
        with pytest.raises(Refused) as caught:
            site.send(message)
        assert errors(caught.value) == ["SES302"]

    def test_messages_are_not_changed(self, site: Site) -> None:
        site.configure(LOCMEM)
        message = written(bcc=["e@f.example"], headers={"X-SES-MESSAGE-TAGS": "campaign=spring"})
        before = message.message().as_bytes()
        assert site.send(message) == 1
        assert message.message().as_bytes() == before
        assert mail.outbox[0].bcc == ["e@f.example"]

    def test_wrong_settings_are_told_when_a_message_is_sent(self, site: Site) -> None:
        site.configure(LOCMEM, lint="loud")
        with pytest.raises(ImproperlyConfigured, match="SESMIME: lint is error, warn, off, not 'loud'"):
            site.send(written())


class TestHandedOver:
    """`handover`, which the relay shares."""

    TO = Destination(("c@d.example",))

    def made(self, message: bytes, interface: Interface = Interface.SEND_RAW_EMAIL, **options: Any) -> ApiParameters:
        return handed_over(message, interface=interface, destination=self.TO, **options)

    @pytest.mark.parametrize(
        ("interface", "expected"),
        [
            (Interface.SEND_RAW_EMAIL, ApiParameters(destination=TO, source="b@a.example")),
            (Interface.V2_SEND_EMAIL_RAW, ApiParameters(destination=TO, return_path="b@a.example")),
        ],
    )
    def test_the_sender_is_who_hears_of_bounces(self, interface: Interface, expected: ApiParameters) -> None:
        assert self.made(b"From: x@y.example\r\n\r\n", interface, sender="b@a.example") == expected

    def test_a_default_holds_unless_a_field_or_a_parameter_speaks(self) -> None:
        tags = (MessageTag("a", "1"),)
        defaults = ApiParameters(configuration_set="shop", message_tags=tags, source_arn="arn:1")
        message = b"x-ses-configuration-set : bad name\r\n\r\n"
        found = self.made(message, given=ApiParameters(source_arn="arn:2"), defaults=defaults)
        assert found == ApiParameters(destination=self.TO, message_tags=tags, source_arn="arn:2")

    def test_on_v2_either_arn_field_speaks_for_the_one_parameter(self) -> None:
        defaults = ApiParameters(source_arn="arn:1")
        v2 = Interface.V2_SEND_EMAIL_RAW
        for name in (b"X-SES-SOURCE-ARN", b"X-SES-FROM-ARN"):
            assert self.made(name + b": arn:2\r\n\r\n", v2, defaults=defaults).source_arn is None
        assert self.made(b"X-SES-FROM-ARN: arn:2\r\n\r\n", defaults=defaults).source_arn == "arn:1"

    def test_an_empty_default_says_nothing(self) -> None:
        defaults = ApiParameters(configuration_set="", message_tags=())
        assert self.made(b"\r\n", defaults=defaults) == ApiParameters(destination=self.TO)

    def test_what_was_given_empty_stays_where_no_default_speaks(self) -> None:
        given = ApiParameters(configuration_set="", tenant="")
        found = self.made(b"\r\n", given=given, defaults=ApiParameters(tenant="acme"))
        assert (found.configuration_set, found.tenant) == ("", "acme")
