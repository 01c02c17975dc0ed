"""The worked examples, run against moto: a Lambda function that forwards, a queue worker."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("moto")

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from sesmime import MessageTag, parse
from sesmime.local import StrictSes
from tests.conftest import shared
from tests.examples import (
    lambda_forwarder,
    queue_worker,
)
from tests.moto_examples import FROM, SOUND, SUBJECT, TO, mail

pytestmark = [pytest.mark.edges, pytest.mark.slow]
# The Lambda function

RECEIVED = (
    b"Return-Path: <jane@author.example>\r\n"
    b"X-SES-Spam-Verdict: PASS\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=author.example; s=x; h=from; bh=; b=\r\n"
    b"From: Jane Doe <jane@author.example>\r\n"
    b"To: Info@A.example\r\n"
    b"Subject: Question\r\n"
    b"Message-ID: <1@author.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Gr\xc3\xbc\xc3\x9fe\n\n"
    b"From: no field\r\n"
)
BODY = RECEIVED[RECEIVED.index(b"\r\n\r\n") :]


def event(recipients: list[str], message_id: str = "abc") -> dict[str, Any]:
    """Return a receipt event as SES hands it to a function, less what the function does not read."""
    received = {"mail": {"messageId": message_id}, "receipt": {"recipients": recipients}}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": received}]}


class TestLambdaForwarder:
    @pytest.fixture(autouse=True)
    def function(self, strict: StrictSes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """The function as it is set up, with the bucket."""
        boto3.client("s3").create_bucket(Bucket="mail")
        targets = {"info@a.example": ["me@home.example", "you@home.example"], "@a.example": ["me@home.example"]}
        monkeypatch.setenv("FORWARD_BUCKET", "mail")
        monkeypatch.setenv("FORWARD_PREFIX", "in/")
        monkeypatch.setenv("FORWARD_SENDER", "forwarder@a.example")
        monkeypatch.setenv("FORWARD_TO", json.dumps(targets))
        lambda_forwarder.clients.cache_clear()
        yield
        lambda_forwarder.clients.cache_clear()

    def store(self, message: bytes, message_id: str = "abc") -> None:
        """Put a message where the receipt rule puts it."""
        boto3.client("s3").put_object(Bucket="mail", Key=f"in/{message_id}", Body=message)

    def test_a_received_message_goes_to_those_that_its_recipient_stands_for(self, strict: StrictSes) -> None:
        self.store(RECEIVED)
        result = lambda_forwarder.handler(event(["Info@A.example"]), None)
        assert result["outcome"] == "forwarded"
        (kept,) = strict.outbox
        assert kept.envelope.recipients == ("me@home.example", "you@home.example")
        assert kept.envelope.sender == "forwarder@a.example"
        entity = parse(kept.delivered or b"")
        assert [(field.name, field.body.strip()) for field in entity.header_section] == [
            ("From", '"Jane Doe (jane at author.example)" <forwarder@a.example>'),
            ("To", "Info@A.example"),
            ("Subject", "Question"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Reply-To", "Jane Doe <jane@author.example>"),
        ]
        assert (kept.delivered or b"").endswith(BODY)

    def test_a_target_of_several_recipients_gets_one_copy(self, strict: StrictSes) -> None:
        self.store(RECEIVED)
        lambda_forwarder.handler(event(["other@a.example", "info@a.example", "x@elsewhere.example"]), None)
        assert strict.outbox[0].envelope.recipients == ("me@home.example", "you@home.example")

    def test_a_message_for_nobody_is_not_sent(self, strict: StrictSes) -> None:
        result = lambda_forwarder.handler(event(["x@elsewhere.example"]), None)
        assert result == {"message": "abc", "outcome": "unaddressed"}
        assert strict.outbox == ()

    def test_what_the_author_smuggled_sets_nothing(self, strict: StrictSes) -> None:
        smuggled = (
            b"X-SES-CONFIGURATION-SET: theirs\r\n"
            b"x-ses-message-tags : a=1\r\n"
            b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/theirs.example\r\n"
            b"X-Note: a\rX-SES-TENANT: theirs\r\n"
            b"Bcc: victim@other.example\r\n"
        )
        self.store(smuggled + RECEIVED)
        requests: list[Any] = []
        _, sesv2 = lambda_forwarder.clients()
        sesv2.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: requests.append(params))
        lambda_forwarder.handler(event(["info@a.example"]), None)
        (kept,) = strict.outbox
        assert kept.envelope.recipients == ("me@home.example", "you@home.example")
        resolution = kept.resolution
        assert (resolution.configuration_set, resolution.message_tags, resolution.tenant) == (None, None, None)
        assert (resolution.source_arn, resolution.from_arn) == (None, None)
        # It was the function that took them out, the hidden one too, not the mock.
        (request,) = requests
        assert b"x-ses-" not in request["Content"]["Raw"]["Data"].lower()
        assert b"theirs" not in request["Content"]["Raw"]["Data"].lower()

    def test_a_message_that_ses_would_refuse_is_reported_and_not_tried_again(
        self, strict: StrictSes, caplog: pytest.LogCaptureFixture
    ) -> None:
        head = RECEIVED.removesuffix(BODY).replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
        self.store(head + BODY)
        with caplog.at_level(logging.ERROR, logger=lambda_forwarder.__name__):
            result = lambda_forwarder.handler(event(["info@a.example"]), None)
        assert result["outcome"] == "refused"
        assert [finding[:6] for finding in result["findings"]] == ["SES401"]
        (record,) = caplog.records
        assert "message abc would be refused by SES" in record.getMessage()
        assert "SES401" in record.getMessage()
        assert strict.outbox == ()

    def test_an_error_of_ses_is_raised_and_the_next_attempt_sends(self, strict: StrictSes) -> None:
        self.store(RECEIVED)
        sesv2 = boto3.client("sesv2")
        sesv2.delete_email_identity(EmailIdentity="a.example")
        with pytest.raises(ClientError, match="MessageRejected"):
            lambda_forwarder.handler(event(["info@a.example"]), None)
        assert strict.outbox == ()
        sesv2.create_email_identity(EmailIdentity="a.example")
        assert lambda_forwarder.handler(event(["info@a.example"]), None)["outcome"] == "forwarded"
        assert len(strict.outbox) == 1

    def test_a_message_that_is_not_in_the_bucket_is_an_error(self, strict: StrictSes) -> None:
        with pytest.raises(ClientError, match="NoSuchKey"):
            lambda_forwarder.handler(event(["info@a.example"]), None)
        assert strict.outbox == ()

    @pytest.mark.shared
    def test_a_recorded_event_and_message_are_forwarded(
        self, strict: StrictSes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder: Path = shared("corpus", "aws-lambda-ses-forwarder")
        recorded = json.loads((folder / "expected" / "event.json").read_text(encoding="utf-8"))
        self.store((folder / "messages" / "message.txt").read_bytes(), "o3vrnil0e2ic28trm7dakrc2v0clambda4nbp0g1")
        monkeypatch.setenv("FORWARD_TO", json.dumps({"info@example.com": ["jim@home.example"]}))
        assert lambda_forwarder.handler(recorded, None)["to"] == ["jim@home.example"]
        entity = parse(strict.outbox[0].delivered or b"")
        (author,) = entity.header_section.all("From")
        assert author.body.strip() == '"Betsy (betsy at example.com)" <forwarder@a.example>'
        assert not entity.header_section.all("DKIM-Signature")


# The worker


class Queues(NamedTuple):
    """The clients of a worker and its two queues."""

    sqs: Any
    ses: Any
    s3: Any
    jobs: str
    dead: str

    def put(self, job: object) -> None:
        """Queue a job; str as it is, all else as JSON."""
        body = job if isinstance(job, str) else json.dumps(job)
        self.sqs.send_message(QueueUrl=self.jobs, MessageBody=body)

    def work(self) -> tuple[int, int, int]:
        """Run the worker once."""
        return queue_worker.work(self.sqs, self.ses, self.jobs, dead_letter_url=self.dead, s3=self.s3, wait_seconds=0)

    def waiting(self) -> int:
        """Return how many jobs are in the queue."""
        answer = self.sqs.get_queue_attributes(QueueUrl=self.jobs, AttributeNames=["All"])
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(answer["Attributes"][name]) for name in names)

    def dead_letters(self) -> list[tuple[str, str]]:
        """Take what is in the dead-letter queue out of it; gives body and reason of each."""
        answer = self.sqs.receive_message(QueueUrl=self.dead, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        for one in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=one["ReceiptHandle"])
        return [(one["Body"], one["MessageAttributes"]["Reason"]["StringValue"]) for one in answer.get("Messages", [])]


def raw(message: bytes) -> str:
    """Return a message as a job has it."""
    return base64.b64encode(message).decode()


NO_JOBS: tuple[object, ...] = (
    "no JSON",
    "[" * 100_000,
    [1],
    {},
    {"raw": "no base64!"},
    {"raw": 7},
    {"bucket": "outbox"},
    {"bucket": "outbox", "key": ""},
    {"bucket": "outbox", "key": 7},
    {"raw": raw(SOUND), "tags": [1]},
    {"raw": raw(SOUND), "tags": {"a": 1}},
    {"raw": raw(SOUND), "to": "bob@b.example"},
    {"raw": raw(SOUND), "configuration_set": 7},
)


class TestQueueWorker:
    @pytest.fixture
    def queues(self, strict: StrictSes) -> Queues:
        """Queues whose messages are seen again at once."""
        sqs, s3 = boto3.client("sqs"), boto3.client("s3")
        s3.create_bucket(Bucket="outbox")
        jobs = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        return Queues(sqs, boto3.client("ses"), s3, jobs, dead)

    def test_an_empty_queue_is_no_work(self, queues: Queues) -> None:
        assert queues.work() == (0, 0, 0)

    def test_jobs_are_sent_with_their_settings_and_leave_the_queue(self, queues: Queues, strict: StrictSes) -> None:
        queues.s3.put_object(Bucket="outbox", Key="1.eml", Body=SOUND)
        settings = {"tags": {"campaign": "spring"}, "configuration_set": "shop", "to": ["zoe@c.example"]}
        queues.put({"raw": raw(SOUND)})
        queues.put({"bucket": "outbox", "key": "1.eml", **settings})
        assert queues.work() == (2, 0, 0)
        assert queues.waiting() == 0
        plain, stored = sorted(strict.outbox, key=lambda one: one.resolution.configuration_set or "")
        assert plain.delivered == stored.delivered == SOUND
        assert plain.envelope.recipients == ("bob@b.example",)
        assert stored.envelope.recipients == ("zoe@c.example",)
        assert plain.resolution.message_tags is None
        assert stored.resolution.message_tags == (MessageTag("campaign", "spring"),)
        assert stored.resolution.configuration_set == "shop"

    def test_settings_of_the_job_overrule_those_in_the_message(self, queues: Queues, strict: StrictSes) -> None:
        smuggled = mail(
            FROM, TO, "Bcc: blind@c.example", SUBJECT, "X-SES-MESSAGE-TAGS: a=1", "X-SES-CONFIGURATION-SET: theirs"
        )
        queues.put({"raw": raw(smuggled), "tags": {"b": "2"}, "configuration_set": "shop", "to": ["bob@b.example"]})
        assert queues.work() == (1, 0, 0)
        (kept,) = strict.outbox
        assert kept.resolution.message_tags == (MessageTag("b", "2"),)
        assert kept.resolution.configuration_set == "shop"
        assert not kept.resolution.conflicts  # the fields did not reach the mock
        assert kept.envelope.recipients == ("bob@b.example",)
        assert kept.delivered == SOUND

    def test_what_ses_would_refuse_is_moved_with_its_reason_and_not_sent(
        self, queues: Queues, strict: StrictSes
    ) -> None:
        job = {"raw": raw(mail(FROM, TO, SUBJECT, "Subject: Dinner"))}
        queues.put(job)
        assert queues.work() == (0, 1, 0)
        assert queues.waiting() == 0
        ((body, reason),) = queues.dead_letters()
        assert json.loads(body) == job
        assert reason.startswith("Refused: ")
        assert "Subject" in reason
        assert strict.outbox == ()

    def test_what_is_no_job_is_moved(self, queues: Queues, strict: StrictSes) -> None:
        for job in NO_JOBS:
            queues.put(job)
            assert queues.work() == (0, 1, 0), job
            assert queues.waiting() == 0
            ((_, reason),) = queues.dead_letters()
            assert reason.startswith("the job cannot be read: "), job
        assert strict.outbox == ()

    def test_a_reason_holds_nothing_that_a_queue_does_not_take(self, queues: Queues) -> None:
        queues.put({"bucket": "\x00\ud800" * 5000, "key": "1.eml"})  # boto3 quotes it as it is
        assert queues.work() == (0, 1, 0)
        ((_, reason),) = queues.dead_letters()
        assert reason.isprintable()
        assert len(reason) <= 1000

    def test_what_ses_refuses_for_good_is_moved_with_its_text_and_the_remedy(self, queues: Queues) -> None:
        queues.put({"raw": raw(SOUND), "configuration_set": "nowhere"})
        assert queues.work() == (0, 1, 0)
        ((_, reason),) = queues.dead_letters()
        assert reason.startswith("ConfigurationSetDoesNotExist: Configuration set <nowhere> does not exist. (")
        assert "create it there" in reason

    @pytest.mark.parametrize("code", ["Throttling", "AccountSendingPausedException", "InternalFailure"])
    def test_a_passing_error_of_ses_leaves_the_job_and_the_next_run_sends_it_once(
        self, queues: Queues, strict: StrictSes, code: str
    ) -> None:
        queues.put({"raw": raw(SOUND)})
        with Stubber(queues.ses) as stub:
            stub.add_client_error("send_raw_email", code, "Maximum sending rate exceeded.")
            assert queues.work() == (0, 0, 1)
        assert queues.waiting() == 1
        assert queues.dead_letters() == []
        assert queues.work() == (1, 0, 0)
        assert queues.work() == (0, 0, 0)
        assert len(strict.outbox) == 1

    def test_a_network_that_fails_leaves_the_job(self, queues: Queues, strict: StrictSes) -> None:
        def fail(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://ses.example")

        queues.put({"raw": raw(SOUND)})
        queues.ses.meta.events.register("before-call.ses.SendRawEmail", fail)
        assert queues.work() == (0, 0, 1)
        queues.ses.meta.events.unregister("before-call.ses.SendRawEmail", fail)
        assert queues.work() == (1, 0, 0)
        assert len(strict.outbox) == 1

    def test_a_message_that_is_not_in_the_bucket_yet_leaves_the_job(self, queues: Queues) -> None:
        queues.put({"bucket": "outbox", "key": "later.eml"})
        assert queues.work() == (0, 0, 1)
        queues.s3.put_object(Bucket="outbox", Key="later.eml", Body=SOUND)
        assert queues.work() == (1, 0, 0)

    def test_one_bad_job_keeps_no_other_from_being_sent(self, queues: Queues, strict: StrictSes) -> None:
        queues.put("no JSON")
        queues.put({"raw": raw(SOUND)})
        queues.put({"bucket": "outbox", "key": "absent.eml"})
        assert queues.work() == (1, 1, 1)
        assert queues.waiting() == 1
        assert len(strict.outbox) == 1
