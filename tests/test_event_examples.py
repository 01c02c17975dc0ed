"""The worked examples that read events: a Lambda function with moto's DynamoDB, a worker with moto's SNS and SQS."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.error import HTTPError

import pytest

pytest.importorskip("moto")
pytest.importorskip("cryptography")

import boto3
import requests
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from sesmime import Submission
from sesmime.events import Carrier, CertificateCache, EventKind, SnsVerifier, carried, event_record
from tests.examples import events_lambda, events_worker
from tests.examples.events_worker import Worked
from tests.moto_examples import REGION

pytestmark = [pytest.mark.edges, pytest.mark.slow]
MAIL = Submission(b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHi\r\n")
SENT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def record(kind: EventKind, number: int = 1, **options: Any) -> dict[str, Any]:
    return event_record(kind, MAIL, message_id=f"0100-{number:06}", timestamp=SENT, **options)


HARD = record(EventKind.BOUNCE, bounce_sub_type="NoEmail")
SOFT = record(EventKind.BOUNCE, 2, bounce_sub_type="MailboxFull")
SENDING = record(EventKind.SEND, 3)


class TestLambda:
    @pytest.fixture
    def table(self, aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        resource = boto3.resource("dynamodb")
        table = resource.create_table(
            TableName="suppressed",
            KeySchema=[{"AttributeName": "address", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "address", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.setenv("TABLE", "suppressed")
        events_lambda.table.cache_clear()
        yield table
        events_lambda.table.cache_clear()

    @pytest.mark.parametrize("carrier", [Carrier.SNS_LAMBDA, Carrier.SQS_LAMBDA, Carrier.EVENTBRIDGE])
    def test_a_hard_bounce_by_any_carrier_is_kept_and_nothing_else_is(self, carrier: Carrier, table: Any) -> None:
        for event in (HARD, SOFT, SENDING, HARD):
            assert events_lambda.handler(json.loads(json.dumps(carried(event, carrier))), None) == {
                "batchItemFailures": []
            }
        (item,) = table.scan()["Items"]
        assert (item["address"], item["kind"], item["message_id"]) == ("c@d.example", "Bounce", "0100-000001")
        assert item["at"].startswith("2026-11-28T12:00:")

    def test_of_a_batch_only_what_failed_comes_again(self, table: Any) -> None:
        batch: Any = carried([SENDING, HARD, SOFT], Carrier.SQS_LAMBDA)
        with Stubber(table.meta.client) as stub:
            stub.add_client_error("put_item", "ProvisionedThroughputExceededException", "too much")
            events_lambda.table.cache_clear()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(events_lambda, "table", lambda: table)
                answer = events_lambda.handler(batch, None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": batch["Records"][1]["messageId"]}]}
        assert events_lambda.handler(batch, None) == {"batchItemFailures": []}
        assert len(table.scan()["Items"]) == 1

    def test_an_error_behind_sns_is_raised(self, table: Any) -> None:
        table.delete()
        with pytest.raises(ClientError):
            events_lambda.handler(carried(HARD, Carrier.SNS_LAMBDA), None)

    def test_what_is_no_event_is_passed_over(self, table: Any) -> None:
        others: list[dict[str, Any]] = [{}, {"Records": []}, {"Records": [{"Sns": {"Message": "?"}}]}, {"source": "x"}]
        for event in others:
            assert events_lambda.handler(event, None) == {"batchItemFailures": []}
        assert table.scan()["Items"] == []


def certificate(url: str) -> bytes:
    """Fetch a certificate of moto's, which answers `requests` in this process."""
    answer = requests.get(url, timeout=5)
    if answer.status_code != 200:
        raise HTTPError(url, answer.status_code, "moto", {}, None)  # type: ignore[arg-type]
    return answer.content


class Topic:
    """A topic, a queue that is subscribed to it, a database, and the worker."""

    def __init__(self) -> None:
        self.sns = boto3.client("sns", region_name=REGION)
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.arn = self.sns.create_topic(Name="ses-events")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="ses-events", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=arn)
        self.database = sqlite3.connect(":memory:")
        self.database.executescript(events_worker.SCHEMA)
        self.verifier = SnsVerifier(topic_arns=[self.arn], versions=(2,), fetch=CertificateCache(certificate))

    def publish(self, event: dict[str, Any] | str) -> None:
        text = event if isinstance(event, str) else json.dumps(event) + "\n"
        self.sns.publish(TopicArn=self.arn, Message=text)

    def work(self) -> Worked:
        return events_worker.work(self.sqs, self.queue, self.database, self.verifier, wait=0)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return self.database.execute(f"SELECT * FROM {table}").fetchall()


class TestWorker:
    @pytest.fixture
    def topic(self, aws: None) -> Iterator[Topic]:
        topic = Topic()
        yield topic
        topic.database.close()

    def test_events_are_stored_once_each_and_hard_bounces_stop_sending(self, topic: Topic) -> None:
        for event in (HARD, SENDING, HARD, SOFT, HARD):
            topic.publish(event)
        assert topic.work() == Worked(3, 2, 0, 0)
        assert topic.work() == Worked(0, 0, 0, 0)
        assert [row[1:3] for row in topic.rows("events")] == [
            ("Bounce", "0100-000001"),
            ("Send", "0100-000003"),
            ("Bounce", "0100-000002"),
        ]
        assert [row[0] for row in topic.rows("suppressed")] == ["c@d.example"]

    def test_what_is_not_from_the_topic_is_deleted_and_not_stored(self, topic: Topic) -> None:
        forged: Any = carried(HARD, Carrier.SNS, topic_arn=topic.arn)
        for body in (json.dumps(forged), json.dumps(HARD), "no JSON"):
            topic.sqs.send_message(QueueUrl=topic.queue, MessageBody=body)
        assert topic.work() == Worked(0, 0, 3, 0)
        assert topic.work() == Worked(0, 0, 0, 0)
        assert topic.rows("events") == []

    def test_what_cannot_be_stored_or_checked_now_stays(self, topic: Topic) -> None:
        topic.publish(HARD)
        topic.database.execute("ALTER TABLE suppressed RENAME TO away")
        assert topic.work() == Worked(0, 0, 0, 1)
        assert topic.rows("events") == []  # not the half of it
        topic.database.execute("ALTER TABLE away RENAME TO suppressed")
        failing = count()

        def fetch(url: str) -> bytes:
            if next(failing) == 0:
                raise TimeoutError("timed out")
            return certificate(url)

        topic.verifier = SnsVerifier(topic_arns=[topic.arn], fetch=fetch)
        assert topic.work() == Worked(0, 0, 0, 1)
        assert topic.work() == Worked(1, 0, 0, 0)
        assert len(topic.rows("suppressed")) == 1
