"""Signals before and after, the log, notes in the headers; what lint says on every Django."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

pytest.importorskip("django")

from django.conf import settings

from sesmime import SesMimeError
from sesmime.boto import SesMimeWarning
from sesmime.django import SesEmailBackend
from sesmime.django.signals import CancelSend, post_send, pre_send
from tests.django.sites import CAROL, RAW, SERVICES, Site, Stubbed, with_attachment, written

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()


@pytest.fixture
def told() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Return what receivers of both signals are told."""
    found: list[tuple[str, dict[str, Any]]] = []

    def before(sender: Any, **given: Any) -> None:
        found.append(("pre", {"sender": sender, **given}))

    def after(sender: Any, **given: Any) -> None:
        found.append(("post", {"sender": sender, **given}))

    pre_send.connect(before)
    post_send.connect(after)
    yield found
    pre_send.disconnect(before)
    post_send.disconnect(after)


class TestSignals:
    @SERVICES
    def test_before_and_after_each_message(self, name: str, site: Site, told: list[Any]) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        message = written()
        assert message.send() == 1
        assert [kind for kind, _ in told] == ["pre", "post"]
        for _, given in told:
            assert given["sender"] is SesEmailBackend
            assert given["message"] is message
            assert given["esp_name"] == "Amazon SES"
        status = told[1][1]["status"]
        assert (status.message_id, [*status.recipients]) == ("0100-1", ["c@d.example"])

    def test_after_a_failure_comes_none(self, site: Site, told: list[Any]) -> None:
        stubbed = Stubbed("ses")
        stubbed.refuse()
        site.configure(client=stubbed.client, fail_silently=True)
        assert site.send(written(), with_attachment("setup.exe")) == 0
        assert [kind for kind, _ in told] == ["pre", "pre"]

    def test_a_receiver_before_may_change_or_cancel(self, site: Site) -> None:
        def change(sender: Any, message: Any, **_: Any) -> None:
            if message.subject == "no":
                raise CancelSend
            message.to = ["Carol <c@d.example>"]

        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        pre_send.connect(change)
        try:
            assert site.send(written(to=[]), written(subject="no")) == 1
        finally:
            pre_send.disconnect(change)
        stubbed.check()

    def test_a_fault_of_a_receiver_before_comes_through_and_after_does_not(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(sender: Any, **_: Any) -> None:
            raise LookupError("receiver")

        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        post_send.connect(fail)
        try:
            assert written().send() == 1
        finally:
            post_send.disconnect(fail)
        stubbed.check()
        pre_send.connect(fail)
        try:
            with pytest.raises(LookupError, match="receiver"):
                written().send()
        finally:
            pre_send.disconnect(fail)


class TestLog:
    def test_what_was_sent_and_what_was_passed_over(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        stubbed.refuse()
        site.configure(client=stubbed.client, fail_silently=True)
        with caplog.at_level(logging.DEBUG, logger="sesmime.django"):
            assert site.send(written(), written()) == 1
        found = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "sesmime.django"]
        assert found[0] == ("DEBUG", "sent to 1 recipients: 0100-1")
        assert found[1][0] == "WARNING"
        assert found[1][1].startswith("not sent: An error occurred (MessageRejected)")
        assert "d.example" not in caplog.text


class TestNotes:
    @SERVICES
    def test_notes_stand_in_the_headers_and_are_never_sent(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL)
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client, note_in_headers=True)
        message = written()
        for _ in range(2):
            assert message.send() == 1
            noted = {key: message.extra_headers[key] for key in ("status", "message_id", "request_id")}
            assert noted == {"status": 200, "message_id": "0100-1", "request_id": None}
        stubbed.check()

    def test_else_the_headers_stay_as_they_are(self, site: Site) -> None:
        stubbed = Stubbed("ses")
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        message = written()
        before = dict(message.extra_headers)
        assert message.send() == 1
        assert message.extra_headers == before


class TestLint:
    """On Django 6 our policy writes the message, and refuses what Python's own does not."""

    def message(self) -> Any:
        return written(headers={"X-SES-MESSAGE-TAGS": "campaign=später"})

    def configured(self, site: Site, lint: str) -> Stubbed:
        stubbed = Stubbed("ses")
        stubbed.stubber.add_response("send_raw_email", {"MessageId": "0100-1"})
        site.configure(client=stubbed.client, lint=lint)
        return stubbed

    def test_with_error_it_is_refused(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        with pytest.raises(SesMimeError):
            self.message().send()

    def test_with_warn_it_is_told_and_goes(self, site: Site) -> None:
        stubbed = self.configured(site, "warn")
        with pytest.warns(SesMimeWarning):
            assert self.message().send() == 1
        stubbed.check()

    def test_with_off_it_goes(self, site: Site) -> None:
        stubbed = self.configured(site, "off")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert self.message().send() == 1
        stubbed.check()


class TestTexts:
    @SERVICES
    @pytest.mark.parametrize("text", ["é", "日本語\n", "日" * 300, "Grüße\n" * 20, "Привет\n"])
    def test_a_short_text_is_quoted_printable(self, text: str, name: str, site: Site) -> None:
        sent: list[Any] = []
        stubbed = Stubbed(name)
        event = "ses.SendRawEmail" if name == "ses" else "sesv2.SendEmail"
        stubbed.client.meta.events.register(
            f"provide-client-params.{event}", lambda params, **_: sent.append(dict(params))
        )
        stubbed.stubber.add_response("send_raw_email" if name == "ses" else "send_email", {"MessageId": "0100-1"})
        site.configure(client=stubbed.client)
        message = written(body=text)
        message.attach_alternative(f"<p>{text}</p>", "text/html")
        message.attach("a.txt", text, "text/plain")
        assert message.send() == 1
        data = sent[0]["RawMessage" if name == "ses" else "Content"]
        raw = (data if name == "ses" else data["Raw"])["Data"]
        assert raw.isascii()
        parts = [part for part in message_from_bytes(raw, policy=default).walk() if not part.is_multipart()]
        bodies = [part for part in parts if not part.is_attachment()]
        assert [part["Content-Transfer-Encoding"] for part in bodies] == ["quoted-printable"] * 2
        found = [part.get_content().splitlines() for part in parts]
        assert found == [text.splitlines(), f"<p>{text}</p>".splitlines(), text.splitlines()]
