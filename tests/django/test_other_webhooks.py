"""The webhooks of django-anymail and django-ses take made records: what they make of each is what they document.

Both are others' readers of SES's format, so that a record which only our own reader understood would be seen here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("django")
pytest.importorskip("anymail")
pytest.importorskip("django_ses")
pytest.importorskip("cryptography")

from cryptography import x509
from django.conf import settings
from django.test import RequestFactory
from django.test.utils import override_settings

from sesmime import ApiParameters, MessageTag, Submission
from sesmime.events import Carrier, EventFormat, EventKind, carried, event_record
from tests.ses.events.sns import TOPIC, signer, stranger

pytestmark = [pytest.mark.edges, pytest.mark.slow]
if not settings.configured:
    settings.configure()
MAIL = Submission(
    b"From: joe@a.example\r\nTo: c@d.example, e@f.example\r\nSubject: Hi\r\nX-Tag: welcome\r\n"
    b'X-Metadata: {"user": 7}\r\n\r\nHi\r\n',
    ApiParameters(configuration_set="shop", message_tags=(MessageTag("campaign", "spring"),)),
)
BOTH = ["c@d.example", "e@f.example"]
SENT = datetime(2026, 11, 28, 12, tzinfo=UTC)
NOTIFIED = (EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY)


def record(kind: EventKind, *, format: EventFormat = EventFormat.EVENT_PUBLISHING, **options: Any) -> dict[str, Any]:
    options |= {"template_name": "welcome"} if kind is EventKind.RENDERING_FAILURE else {}
    return event_record(kind, MAIL, message_id="0100-000000", timestamp=SENT, format=format, **options)


def posted(of: dict[str, Any], **headers: str) -> Any:
    """Return the request in which SNS posts a record: signed by SHA-1, which is all that django-ses reads."""
    content: dict[str, Any] = carried(of, Carrier.SNS, topic_arn=TOPIC, **signer().options(version=1))
    known = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": content["MessageId"]}
    return RequestFactory().post(
        "/", json.dumps(content), content_type="text/plain; charset=utf-8", headers={**known, **headers}
    )


# What anymail calls each kind, the recipients of its events, and what more it says of the first.
ANYMAIL: dict[EventKind, tuple[str, list[str], dict[str, Any]]] = {
    EventKind.SEND: ("sent", BOTH, {}),
    EventKind.DELIVERY: ("delivered", BOTH, {"mta_response": "250 2.6.0 Message received"}),
    EventKind.BOUNCE: ("bounced", BOTH[:1], {"description": "Permanent: General", "reject_reason": "bounced"}),
    EventKind.COMPLAINT: ("complained", BOTH[:1], {"description": "abuse", "reject_reason": "spam"}),
    EventKind.REJECT: ("rejected", BOTH, {"description": "Bad content", "reject_reason": "blocked"}),
    EventKind.OPEN: ("opened", BOTH, {"user_agent": "Mozilla/5.0"}),
    EventKind.CLICK: ("clicked", BOTH, {"click_url": "https://example.com/offer"}),
    EventKind.RENDERING_FAILURE: ("failed", BOTH, {"description": "Attribute 'name' is not present"}),
    # anymail does not know these two.
    EventKind.DELIVERY_DELAY: ("unknown", BOTH, {}),
    EventKind.SUBSCRIPTION: ("unknown", BOTH, {}),
}
OPTIONS: dict[EventKind, dict[str, Any]] = {
    EventKind.DELIVERY: {"smtp_response": "250 2.6.0 Message received"},
    EventKind.BOUNCE: {"recipients": BOTH[:1], "diagnostic_code": "smtp; 550 5.1.1 user unknown"},
    EventKind.COMPLAINT: {"recipients": BOTH[:1], "complaint_feedback_type": "abuse"},
    EventKind.OPEN: {"user_agent": "Mozilla/5.0"},
    EventKind.CLICK: {"link": "https://example.com/offer"},
    EventKind.RENDERING_FAILURE: {"error_message": "Attribute 'name' is not present"},
}
# The signal of each kind that django-ses knows, and the block that it hands on.
DJANGO_SES: dict[EventKind, str] = {
    EventKind.BOUNCE: "bounce",
    EventKind.COMPLAINT: "complaint",
    EventKind.DELIVERY: "delivery",
    EventKind.SEND: "send",
    EventKind.OPEN: "open",
    EventKind.CLICK: "click",
}


class TestAnymail:
    @pytest.fixture
    def told(self) -> Iterator[list[Any]]:
        from anymail.signals import tracking

        told: list[Any] = []

        def receive(sender: Any, event: Any, esp_name: str, **more: Any) -> None:
            assert esp_name == "Amazon SES"
            told.append(event)

        tracking.connect(receive, weak=False)
        with override_settings(ANYMAIL={"WEBHOOK_SECRET": "a:b"}):
            yield told
        tracking.disconnect(receive)

    def post(self, of: dict[str, Any]) -> int:
        from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView

        secret = base64.b64encode(b"a:b").decode()
        answer = AmazonSESTrackingWebhookView.as_view()(posted(of, Authorization=f"Basic {secret}"))
        status: int = answer.status_code
        return status

    @pytest.mark.parametrize("kind", [*ANYMAIL])
    def test_each_kind_becomes_its_tracking_events(self, kind: EventKind, told: list[Any]) -> None:
        name, recipients, more = ANYMAIL[kind]
        of = record(kind, **OPTIONS.get(kind, {}))
        assert self.post(of) == 200
        assert [event.recipient for event in told] == recipients
        for event in told:
            assert (event.event_type, event.message_id, event.esp_event) == (name, "0100-000000", of)
            # Of these two AWS's examples have no headers, where anymail looks for tags.
            has_headers = kind not in (EventKind.RENDERING_FAILURE, EventKind.DELIVERY_DELAY)
            assert (event.tags, event.metadata) == ((["welcome"], {"user": 7}) if has_headers else ([], {}))
            assert {key: getattr(event, key) for key in more} == more
        if kind is EventKind.BOUNCE:
            assert told[0].mta_response == "smtp; 550 5.1.1 user unknown"

    @pytest.mark.parametrize("kind", NOTIFIED)
    def test_notifications_of_an_identity_become_the_same(self, kind: EventKind, told: list[Any]) -> None:
        name, recipients, _ = ANYMAIL[kind]
        of = record(kind, format=EventFormat.FEEDBACK_NOTIFICATION, **OPTIONS[kind])
        assert self.post(of) == 200
        assert [(event.event_type, event.recipient) for event in told] == [(name, one) for one in recipients]


class TestDjangoSes:
    @pytest.fixture
    def told(self) -> Iterator[list[tuple[str, Any, Any]]]:
        from django_ses import signals, utils

        told: list[tuple[str, Any, Any]] = []
        connected: list[tuple[Any, Any]] = []
        for name in DJANGO_SES.values():

            def receive(sender: Any, mail_obj: Any, name: str = name, **more: Any) -> None:
                told.append((name, mail_obj, more[f"{name}_obj"]))

            signal = getattr(signals, f"{name}_received")
            signal.connect(receive, weak=False)
            connected.append((signal, receive))
        # It keeps certificates by URL; this is what it would have fetched from AWS.
        utils._CERT_CACHE[signer().certificate_url] = x509.load_pem_x509_certificate(signer().certificate)
        with override_settings(
            AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS=[TOPIC],
            AWS_SES_ADD_BOUNCE_TO_BLACKLIST=False,
            AWS_SES_ADD_COMPLAINT_TO_BLACKLIST=False,
        ):
            yield told
        utils.clear_cert_cache()
        for signal, receive in connected:
            signal.disconnect(receive)

    def post(self, request: Any) -> int:
        from django_ses.views import SESEventWebhookView

        status: int = SESEventWebhookView.as_view()(request).status_code
        return status

    @pytest.mark.parametrize(
        ("kind", "format"),
        [(kind, EventFormat.EVENT_PUBLISHING) for kind in DJANGO_SES]
        + [(kind, EventFormat.FEEDBACK_NOTIFICATION) for kind in NOTIFIED],
    )
    def test_each_kind_that_it_knows_becomes_its_signal(
        self, kind: EventKind, format: EventFormat, told: list[Any]
    ) -> None:
        of = record(kind, format=format)
        assert self.post(posted(of)) == 200
        assert told == [(DJANGO_SES[kind], of["mail"], of[DJANGO_SES[kind]])]

    @pytest.mark.parametrize(
        "kind", [EventKind.REJECT, EventKind.RENDERING_FAILURE, EventKind.DELIVERY_DELAY, EventKind.SUBSCRIPTION]
    )
    def test_others_are_taken_and_passed_over(self, kind: EventKind, told: list[Any]) -> None:
        assert self.post(posted(record(kind))) == 200
        assert told == []

    def test_its_own_check_of_the_signature_refuses_another_key(self, told: list[Any]) -> None:
        request = posted(record(EventKind.BOUNCE))
        content = json.loads(request.body)
        forged = stranger().sign(content, version=1) | {"SigningCertURL": signer().certificate_url}
        again = RequestFactory().post("/", json.dumps(forged), content_type="text/plain")
        assert self.post(again) == 400
        assert told == []

    def test_what_it_reads_of_bounces_and_complaints(self) -> None:
        from django_ses.utils import get_emails_from_complaint_obj, get_permanent_bounced_emails_from_bounce_obj

        hard = record(EventKind.BOUNCE, bounce_sub_type="NoEmail", recipients=BOTH)
        assert get_permanent_bounced_emails_from_bounce_obj(hard["bounce"]) == BOTH
        soft = record(EventKind.BOUNCE, bounce_sub_type="MailboxFull", recipients=BOTH)
        assert get_permanent_bounced_emails_from_bounce_obj(soft["bounce"]) == []
        complaint = record(EventKind.COMPLAINT, recipients=BOTH)
        assert get_emails_from_complaint_obj(complaint["complaint"]) == BOTH
