"""The view that receives events: what SNS signed becomes signals, once; nothing else does."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import pytest

pytest.importorskip("django")
pytest.importorskip("cryptography")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import path

import sesmime.django.events as views
from sesmime import Submission
from sesmime.events import Advice, Carrier, Event, EventKind, SnsSigner, carried, event_record
from sesmime.ses.events.certificates import CertificateCache
from sesmime.ses.events.kinds import KINDS
from tests.ses.events.sns import ORIGIN, SUBSCRIBE, TOPIC, confirmation, notification, signer, stranger

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()
URL = "/ses/events/"
MAIL = Submission(
    b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Hi\r\nX-SES-CONFIGURATION-SET: shop\r\n\r\nHi\r\n"
)
SENT = datetime(2026, 11, 28, 12, tzinfo=UTC)
urlpatterns = [path(URL.lstrip("/"), views.SesEventsView.as_view())]


def record(kind: EventKind = EventKind.BOUNCE, **options: Any) -> dict[str, Any]:
    options |= {"template_name": "welcome"} if kind is EventKind.RENDERING_FAILURE else {}
    return event_record(kind, MAIL, message_id="0100-000000", timestamp=SENT, **options)


def signed(of: dict[str, Any] | str, by: SnsSigner | None = None) -> dict[str, Any]:
    """Return a record in a signed envelope of the expected topic."""
    one = by or signer()
    return carried(of, Carrier.SNS, topic_arn=TOPIC, **one.options()) | {"SigningCertURL": signer().certificate_url}


class Site:
    """A site with the view, and the signals that it sent."""

    def __init__(self, stack: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self._stack = stack
        self.told: list[tuple[str, Event]] = []
        self.visited: list[str] = []
        self.fetched: list[str] = []
        self.failing: Exception | None = None
        names = {"event_received": views.event_received}
        names |= {kind.name.lower(): signal for kind, signal in views.SIGNALS.items()}
        self._receivers: list[Any] = []
        for name, signal in names.items():

            def receive(sender: Any, event: Event, name: str = name, **more: Any) -> None:
                assert more["request"].method == "POST"
                if self.failing is not None:
                    raise self.failing
                self.told.append((name, event))

            signal.connect(receive, weak=False)
            stack.callback(signal.disconnect, receive)

        def fetch(url: str) -> bytes:
            self.fetched.append(url)
            if url != signer().certificate_url:
                raise HTTPError(url, 404, "Not Found", {}, None)  # type: ignore[arg-type]
            return signer().certificate

        patch.setattr(views, "CERTIFICATES", CertificateCache(fetch))
        patch.setattr(views, "download", self.visited.append)
        self.client = Client(enforce_csrf_checks=True)
        self.configure()

    def configure(self, **events: Any) -> None:
        """Set SESMIME["events"]; the topic is expected unless told otherwise."""
        self._stack.enter_context(
            override_settings(
                SESMIME={"events": {"topic_arns": [TOPIC]} | events},
                ROOT_URLCONF=__name__,
                MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
                ALLOWED_HOSTS=["testserver"],
                CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "events"}},
            )
        )

    def post(self, content: Any, **headers: str) -> int:
        """Post what SNS posts; return the status."""
        body = content if isinstance(content, bytes | str) else json.dumps(content)
        # As SNS does: its content type is no JSON.
        answer = self.client.post(URL, body, content_type="text/plain; charset=utf-8", headers=headers)
        assert answer.content == b""
        status: int = answer.status_code
        return status

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    from django.core.cache import cache

    with ExitStack() as stack:
        site = Site(stack, monkeypatch)
        cache.clear()
        yield site


class TestEvents:
    @pytest.mark.parametrize("kind", [*KINDS])
    def test_an_event_is_told_to_all_and_to_those_of_its_kind(self, kind: EventKind, site: Site) -> None:
        assert site.post(signed(record(kind))) == 200
        assert site.names == ["event_received", kind.name.lower()]
        assert site.told[0][1] is site.told[1][1]
        event = site.told[0][1]
        assert (event.kind, event.mail.message_id, event.topic_arn) == (kind, "0100-000000", TOPIC)

    def test_a_bounce_says_what_to_do(self, site: Site) -> None:
        assert site.post(signed(record(EventKind.BOUNCE, bounce_sub_type="NoEmail"))) == 200
        event = site.told[1][1]
        assert (event.recipients, event.advice) == (("c@d.example",), Advice.STOP)

    @pytest.mark.parametrize(
        ("message", "kind"),
        [
            ("Successfully validated SNS topic for Amazon SES event publishing.", EventKind.SETUP),
            ("no JSON", EventKind.UNKNOWN),
            ('{"eventType": "Teleported", "mail": {"messageId": "1"}}', EventKind.UNKNOWN),
            ('{"notificationType": "Received", "mail": {}, "receipt": {}}', EventKind.INBOUND),
        ],
    )
    def test_what_is_none_of_the_ten_kinds_is_answered_with_200_and_told(
        self, message: str, kind: EventKind, site: Site
    ) -> None:
        assert site.post(signer().sign(notification(Message=message))) == 200
        assert [(name, event.kind) for name, event in site.told] == [("event_received", kind)]

    def test_an_empty_message_and_a_confirmation_inside_one_are_confirmed_by_nobody(self, site: Site) -> None:
        site.configure(confirm_subscriptions=True)
        assert site.post(signer().sign(notification(Message=""))) == 200
        assert site.post(signer().sign(notification(Message=json.dumps(signer().sign(confirmation()))))) == 200
        assert site.visited == []

    def test_the_certificate_is_fetched_once(self, site: Site) -> None:
        for kind in (EventKind.BOUNCE, EventKind.OPEN):
            assert site.post(signed(record(kind))) == 200
        assert site.fetched == [signer().certificate_url]

    def test_an_error_of_a_receiver_is_seen_so_that_sns_tries_again(self, site: Site) -> None:
        site.configure(fold_repeats=60)
        site.failing = RuntimeError("the database is away")
        with pytest.raises(RuntimeError, match="the database is away"):
            site.post(signed(record()))
        site.failing = None
        assert site.post(signed(record())) == 200
        assert site.names == ["event_received", "bounce"]


class TestRepeats:
    def test_repeats_are_folded_where_that_is_asked_for(self, site: Site) -> None:
        first, other = record(feedback_id="0100-a"), record(feedback_id="0100-b")
        for of in (first, first, other, first):
            assert site.post(signed(of)) == 200
        assert site.names.count("bounce") == 4
        site.told.clear()
        site.configure(fold_repeats=60)
        for of in (first, first, other, first):
            assert site.post(signed(of)) == 200
        assert [event.details.feedback_id for name, event in site.told if name == "bounce"] == [  # type: ignore[union-attr]
            "0100-a",
            "0100-b",
        ]


class TestForgeries:
    @pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
    def test_other_methods_are_answered(self, method: str, site: Site) -> None:
        answer = getattr(site.client, method)(URL)
        # CSRF protection, which is not asked for POST, must not be what refuses them.
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert site.told == []

    def test_what_is_not_signed_by_the_topic_is_refused_and_logged(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = signed(record())
        forged = [
            b"", b"{}", b"\xff", "[]", json.dumps(record()), json.dumps(good)[:-1],
            good | {"Message": "{}"},
            {name: value for name, value in good.items() if name != "Signature"},
            signed(record(), by=stranger()),
            signer().sign(good | {"TopicArn": "arn:aws:sns:eu-west-1:666666666666:ses-events"}),
            good | {"SigningCertURL": "https://evil.example/SimpleNotificationService-0a.pem"},
        ]  # fmt: skip
        with caplog.at_level(logging.WARNING, logger="sesmime.django.events"):
            for content in forged:
                assert site.post(content) == 403, content
        assert site.told == []
        assert len([line for line in caplog.messages if line.startswith("refused: the SNS message")]) == len(forged)
        assert site.post(good) == 200

    def test_sha_1_and_old_messages_are_refused_where_that_is_set(self, site: Site) -> None:
        old = signer().sign(notification(Message=json.dumps(record())), version=1)
        assert site.post(old) == 200
        site.configure(versions=[2])
        assert site.post(old) == 403
        site.configure(max_age=3600)
        assert site.post(signer().sign(notification(Timestamp="2026-01-01T00:00:00.000Z"))) == 403
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
        assert site.post(signer().sign(notification(Timestamp=now))) == 200

    def test_a_certificate_that_cannot_be_fetched_is_asked_for_later(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def offline(url: str) -> bytes:
            raise TimeoutError("timed out")

        monkeypatch.setattr(views, "CERTIFICATES", CertificateCache(offline))
        assert site.post(signed(record())) == 503
        assert site.told == []

    def test_a_body_is_bound(self, site: Site) -> None:
        site.configure(max_body=5000)
        good = json.dumps(signed(record()))
        assert site.post(good) == 200
        assert site.post(good + " " * (5001 - len(good))) == 413
        assert site.post(good + " " * (5000 - len(good))) == 200
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
            assert site.post(good) == 413
        # A server may hand on a body without its length.
        request = RequestFactory().post(URL, b" " * 6000, content_type="text/plain")
        request.META["CONTENT_LENGTH"] = ""
        assert views.SesEventsView.as_view()(request).status_code == 413


class TestSubscriptions:
    def test_a_subscription_waits_unless_confirming_is_set(self, site: Site) -> None:
        assert site.post(signer().sign(confirmation())) == 200
        assert site.visited == []
        assert [(name, event.kind) for name, event in site.told] == [
            ("event_received", EventKind.SUBSCRIPTION_CONFIRMATION)
        ]

    def test_a_subscription_to_an_expected_topic_is_confirmed_where_that_is_set(self, site: Site) -> None:
        site.configure(confirm_subscriptions=True)
        assert site.post(signer().sign(confirmation())) == 200
        assert site.visited == [SUBSCRIBE]
        assert site.names == ["event_received"]

    def test_no_other_is_confirmed(self, site: Site) -> None:
        site.configure(confirm_subscriptions=True)
        other = "arn:aws:sns:eu-west-1:666666666666:theirs"
        for content in (
            signer().sign(confirmation(TopicArn=other)),
            stranger().sign(confirmation()),
            signer().sign(confirmation(SubscribeURL="https://evil.example/")),
            signer().sign(confirmation(SubscribeURL=f"{ORIGIN}/?Action=DeleteTopic")),
        ):
            assert site.post(content) == 403
        assert site.post(signer().sign(confirmation(Type="UnsubscribeConfirmation"))) == 200
        assert site.visited == []

    def test_sns_tries_again_where_it_cannot_be_reached(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(url: str) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr(views, "download", away)
        site.configure(confirm_subscriptions=True)
        assert site.post(signer().sign(confirmation())) == 503


RAW = {"x-amz-sns-rawdelivery": "true"}


class TestRawDelivery:
    def test_it_is_refused_unless_allowed_as_nothing_is_signed(self, site: Site) -> None:
        assert site.post(record(), **RAW) == 403
        assert site.post(signed(record()), **RAW) == 403
        assert site.told == []
        site.configure(raw_delivery=True)
        assert site.post(record(), **RAW) == 200
        assert site.names == ["event_received", "bounce"]
        # Without the header it must be signed all the same.
        assert site.post(record()) == 403
        for text in (b"", b"no JSON", b"\xff"):
            assert site.post(text, **RAW) == 400

    def test_a_password_may_be_asked_for(self, site: Site) -> None:
        site.configure(raw_delivery=True, basic_auth="sns:päss:word")
        answer = site.client.post(URL, json.dumps(record()), content_type="text/plain", headers=RAW)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="events"')

        def basic(text: str) -> str:
            return "Basic " + base64.b64encode(text.encode()).decode()

        for given in ("", "Basic", "Basic !", basic("sns"), basic("sns:päss:wor"), basic("sns:päss:word")[6:]):
            assert site.post(record(), **RAW, Authorization=given) == 401
        assert site.told == []
        assert site.post(record(), **RAW, Authorization=basic("sns:päss:word")) == 200
        assert site.post(signed(record()), Authorization=basic("sns:päss:word")) == 200


class TestSettings:
    @pytest.mark.parametrize(
        ("events", "text"),
        [
            ({"topic_arns": None}, "topic_arns must be a list of the topics that may send"),
            ({"topic_arns": []}, "topic_arns must be a list of the topics that may send"),
            ({"topic_arns": TOPIC}, "topic_arns must be a list of the topics that may send"),
            ({"topic_arns": ["*"]}, "topic_arns '*' is invalid: it must be the ARN of a topic"),
            ({"topic_arns": 5}, "topic_arns must be a collection of str, not int"),
            ({"versions": [3]}, "versions must be a collection of 1 and 2"),
            ({"endpoint_url": "localhost"}, "endpoint_url 'localhost' is invalid: it must be scheme, host and port"),
            ({"certificate": "none"}, "certificate 'b'none'' is invalid: it must be bytes of certificates in PEM"),
            ({"max_age": "1h"}, "max_age must be a number of seconds"),
            ({"fold_repeats": True}, "fold_repeats must be a number of seconds"),
            ({"confirm": True}, "'confirm' is not a setting; choose from topic_arns, confirm_subscriptions,"),
        ],
    )
    def test_what_is_wrong_is_told(self, events: dict[str, Any], text: str, site: Site) -> None:
        site.configure(**events)
        with pytest.raises(ImproperlyConfigured) as caught:
            site.post(signed(record()))
        assert str(caught.value).startswith(f'SESMIME["events"]: {text}')

    def test_settings_that_are_no_dict_are_wrong(self, site: Site) -> None:
        with (
            override_settings(SESMIME={"events": [TOPIC]}),
            pytest.raises(ImproperlyConfigured, match="must be a dict"),
        ):
            site.post(signed(record()))

    def test_what_is_given_to_the_view_wins(self, site: Site) -> None:
        site.configure(topic_arns=["arn:aws:sns:eu-west-1:123456789012:other"])
        assert site.post(signed(record())) == 403
        view = views.SesEventsView.as_view(topic_arns=[TOPIC])
        request = RequestFactory().post(URL, json.dumps(signed(record())), content_type="text/plain")
        assert view(request).status_code == 200

    def test_a_local_server_signs_with_its_own_certificate(self, site: Site) -> None:
        endpoint = "http://127.0.0.1:4566"
        one = SnsSigner.make(endpoint_url=endpoint)
        content = carried(record(), Carrier.SNS, topic_arn=TOPIC, **one.options())
        assert site.post(content) == 403
        site.configure(endpoint_url=endpoint, certificate=one.certificate.decode())
        assert site.post(content) == 200

    def test_the_backend_takes_the_settings_of_the_view_beside_its_own(self, site: Site) -> None:
        from sesmime.django import SesEmailBackend

        site.configure()
        assert SesEmailBackend().connection is None


def test_the_view_is_safe_for_a_request_without_headers(site: Site) -> None:
    request = RequestFactory().post(URL)
    request.META = {"REQUEST_METHOD": "POST"}
    request.__dict__.pop("headers", None)
    assert views.SesEventsView.as_view()(request).status_code == 403
    assert site.told == []
