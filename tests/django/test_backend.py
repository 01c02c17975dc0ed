"""The Django edge: Django itself on one side; moto's server, botocore's Stubber and aiosmtpd on the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.encoders import encode_base64
from email.message import EmailMessage as LibraryMessage
from email.message import MIMEPart
from email.mime.base import MIMEBase
from email.policy import default as library_policy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django")

import django
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils.functional import lazystr

from sesmime import ApiParameters, Destination, Interface, MessageTag, Refused
from sesmime.ses.sending import handed_over
from tests.django.sites import (
    CAROL,
    DATE,
    ENCODING,
    IDENTIFIER,
    IS_MODERN,
    RAW,
    SERVICES,
    SHOWN,
    TAGS,
    VERSION,
    Site,
    Stubbed,
    with_attachment,
    written,
)
from tests.servers import client as moto_client

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()


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
    def test_no_parameter_has_a_name_beyond_ascii(self, name: str, site: Site) -> None:
        # A field From in the headers is what readers see; `from_email` is then the envelope's sender.
        stubbed, given = Stubbed(name), []
        site.configure(interface=name, client=stubbed.client)
        event, method = ("SendRawEmail", "send_raw_email") if name == "ses" else ("SendEmail", "send_email")
        stubbed.client.meta.events.register(
            f"before-parameter-build.{name}.{event}", lambda params, **_: given.append(params)
        )
        stubbed.stubber.add_response(method, {"MessageId": "0100-1"})
        message = written(
            from_email="Zoë Müller <joe@a.example>",
            to=["Jörg Müller <c@d.example>"],
            bcc=["Ünder <f@d.example>"],
            headers={"From": "Zoë Müller <zoe@a.example>"},
        )
        assert message.send() == 1
        (request,) = given
        content = "RawMessage" if name == "ses" else "Content"
        said = repr({key: value for key, value in request.items() if key != content})
        assert "joe@a.example" in said
        assert "f@d.example" in said
        assert said.isascii()

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
