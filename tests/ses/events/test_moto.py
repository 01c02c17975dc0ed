"""Made records go through moto's SNS to SQS and to a live HTTP endpoint, verify, and are read back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("cryptography")

from sesmime import ApiParameters, MessageTag, Submission
from sesmime.events import (
    Carrier,
    CertificateCache,
    Event,
    EventKind,
    InvalidSignature,
    SnsVerifier,
    event_record,
    read_events,
)
from sesmime.ses.events.kinds import KINDS
from tests.servers import REGION, client

pytestmark = [pytest.mark.edges, pytest.mark.slow]
MAIL = Submission(
    b"From: J\xc3\xb6 <joe@a.example>\r\nTo: c@d.example, e@f.example\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHi\r\n",
    ApiParameters(configuration_set="shop", message_tags=(MessageTag("campaign", "spring"),)),
)
SENT = datetime(2026, 11, 28, 12, 0, 0, 123000, tzinfo=UTC)


def record(kind: EventKind) -> dict[str, Any]:
    options: dict[str, Any] = {"template_name": "welcome"} if kind is EventKind.RENDERING_FAILURE else {}
    return event_record(kind, MAIL, message_id=f"0100-{kind.name.lower()}", timestamp=SENT, **options)


RECORDS = {kind: record(kind) for kind in KINDS}


class Endpoint(ThreadingHTTPServer):
    """A program that is subscribed: keeps what is posted to it, with its headers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    server: Endpoint

    def do_POST(self) -> None:
        self.server.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


@pytest.fixture
def program() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Topic:
    """A topic of moto's server."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint = endpoint
        self.sns, self.sqs = client("sns", endpoint), client("sqs", endpoint)
        self.arn: str = self.sns.create_topic(Name=name)["TopicArn"]
        self.fetched: list[str] = []
        self.verifier = SnsVerifier(topic_arns=[self.arn], versions=[2], fetch=CertificateCache(self.fetch))

    def fetch(self, url: str) -> bytes:
        """Get a certificate of AWS's host from moto's server, which tells services apart by what is signed."""
        self.fetched.append(url)
        scope = {"Authorization": f"AWS4-HMAC-SHA256 Credential=dummy/20261128/{REGION}/sns/aws4_request, "}
        with urlopen(Request(self.endpoint + urlsplit(url).path, headers=scope), timeout=5) as answer:
            pem: bytes = answer.read()
        return pem

    def subscribe_queue(self, name: str) -> str:
        url: str = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=found["QueueArn"])
        return url

    def publish_all(self) -> None:
        for one in RECORDS.values():
            self.sns.publish(TopicArn=self.arn, Message=json.dumps(one) + "\n")


def check(events: list[Event], topic: Topic, carrier: Carrier) -> None:
    """Make sure that what went in came out, every kind of it."""
    assert {event.kind for event in events} == set(KINDS)
    for event in events:
        (direct,) = read_events(RECORDS[event.kind])
        assert event.carrier is carrier
        assert event.topic_arn == topic.arn
        assert event.raw == RECORDS[event.kind]
        assert (event.mail, event.details, event.recipients) == (direct.mail, direct.details, direct.recipients)
        assert (event.key, event.defects, event.format) == (direct.key, (), direct.format)
        assert event.mail.tags == {"campaign": ("spring",)}


class TestMoto:
    def test_records_come_back_from_a_queue_that_is_subscribed(self, endpoint: str) -> None:
        topic = Topic(endpoint, "to-queue")
        queue = topic.subscribe_queue("events")
        topic.publish_all()
        received: list[dict[str, Any]] = []
        while len(received) < len(RECORDS):
            answer = topic.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            assert answer.get("Messages"), received
            received += answer["Messages"]
            for message in answer["Messages"]:
                topic.verifier.verify(message["Body"])
        check([*read_events({"Messages": received})], topic, Carrier.SQS)
        check([event for message in received for event in read_events(message["Body"])], topic, Carrier.SNS)
        # moto has a certificate for each message; each is fetched where the message says.
        assert len(topic.fetched) == len(set(topic.fetched)) == len(RECORDS)
        body = received[0]["Body"]
        with pytest.raises(InvalidSignature, match="does not match"):
            topic.verifier.verify(json.loads(body) | {"Message": "{}"})

    def test_records_come_back_from_a_live_endpoint(self, endpoint: str, program: Endpoint) -> None:
        topic = Topic(endpoint, "to-http")
        topic.sns.subscribe(TopicArn=topic.arn, Protocol="http", Endpoint=program.url)
        topic.publish_all()
        bodies = [body for body in program.received if json.loads(body)["Type"] == "Notification"]
        assert len(bodies) == len(RECORDS)
        for body in bodies:
            topic.verifier.verify(body)
        check([event for body in bodies for event in read_events(body)], topic, Carrier.SNS)

    def test_messages_of_another_topic_of_the_same_moto_are_refused(self, endpoint: str, program: Endpoint) -> None:
        topic, other = Topic(endpoint, "ours"), Topic(endpoint, "theirs")
        other.sns.subscribe(TopicArn=other.arn, Protocol="http", Endpoint=program.url)
        other.publish_all()
        for body in program.received:
            other.verifier.verify(body)
            with pytest.raises(InvalidSignature, match="its TopicArn is not one of the expected topics"):
                topic.verifier.verify(body)
