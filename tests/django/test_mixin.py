"""`CheckedMixin` in front of Django's own backends."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django")

from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends import locmem, smtp

from sesmime import Interface, Refused
from sesmime.boto import SesMimeWarning
from sesmime.django import CheckedMixin
from tests.django.sites import CHARSET, HAS_MAILERS, RAW, SHOWN, Site, errors, with_attachment, written

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()


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
        with pytest.raises(ImproperlyConfigured, match="SESMIME: lint must be one of error, warn, off, not 'loud'"):
            site.send(written())
