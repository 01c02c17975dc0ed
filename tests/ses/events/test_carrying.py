"""Carriers: each is what AWS's documents and published records show."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import Any

import pytest

from sesmime.errors import InvalidSetting
from sesmime.events import VALIDATION_TEXT, Carrier, EventFormat, EventKind, carried, event_record
from sesmime.ses.events.kinds import KINDS
from tests.ses.events.submissions import MESSAGE_ID, NOW, RAW

TOPIC = "arn:aws:sns:eu-west-1:210987654321:feedback"
QUEUE = "arn:aws:sqs:eu-west-1:210987654321:feedback-queue"


def made(kind: EventKind | str = "Bounce", **options: Any) -> dict[str, Any]:
    return event_record(kind, RAW, message_id=MESSAGE_ID, timestamp=NOW, **options)


NOTIFICATION = made(format=EventFormat.FEEDBACK_NOTIFICATION)


def numbered() -> Any:
    numbers = itertools.count(1)
    return lambda: f"id-{next(numbers)}"


def test_the_envelope_of_sns() -> None:
    envelope = carried(made(), Carrier.SNS, topic_arn=TOPIC, make_id=lambda: "id-1")
    assert list(envelope) == [
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"),
        *("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"),
    ]
    assert envelope["Type"] == "Notification"
    assert envelope["MessageId"] == "id-1"
    assert envelope["TopicArn"] == TOPIC
    assert envelope["Subject"] == "Amazon SES Email Event Notification"
    assert envelope["Message"].endswith("}\n")
    assert json.loads(envelope["Message"]) == made()
    assert envelope["Timestamp"] == made()["bounce"]["timestamp"] == "2026-11-28T12:00:02.623Z"
    assert envelope["SignatureVersion"] == "1"
    assert envelope["SigningCertURL"].startswith("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-")
    unsubscribe = f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={TOPIC}:"
    assert envelope["UnsubscribeURL"].startswith(unsubscribe)
    assert all(isinstance(value, str) for value in envelope.values())


def test_an_identity_notification_has_no_subject() -> None:
    assert "Subject" not in carried(NOTIFICATION, Carrier.SNS)
    assert carried(NOTIFICATION, Carrier.SNS_LAMBDA)["Records"][0]["Sns"]["Subject"] is None
    assert carried(NOTIFICATION, Carrier.SNS, subject="Own")["Subject"] == "Own"
    assert "Subject" not in carried(made(), Carrier.SNS, subject=None)


def test_the_text_of_a_new_destination_is_carried_too() -> None:
    envelope = carried(VALIDATION_TEXT, Carrier.SNS, timestamp=NOW)
    assert envelope["Message"] == "Successfully validated SNS topic for Amazon SES event publishing."
    assert envelope["Timestamp"] == "2026-11-28T12:00:00.123Z"
    assert "Subject" not in envelope


def test_lambda_gets_sns_with_its_own_spellings() -> None:
    event = carried(made(), Carrier.SNS_LAMBDA, topic_arn=TOPIC)
    (record,) = event["Records"]
    assert set(record) == {"EventSource", "EventVersion", "EventSubscriptionArn", "Sns"}
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"].startswith(TOPIC + ":")
    assert {"SigningCertUrl", "UnsubscribeUrl", "MessageAttributes"} <= set(record["Sns"])
    assert not {"SigningCertURL", "UnsubscribeURL"} & set(record["Sns"])
    assert json.loads(record["Sns"]["Message"]) == made()


def test_a_signature_is_that_of_the_given_function() -> None:
    asked: list[dict[str, str]] = []

    def sign(envelope: Any) -> str:
        asked.append(dict(envelope))
        return "c2lnbmVk"

    certificate = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
    envelope = carried(
        made(), Carrier.SNS, topic_arn=TOPIC, sign=sign, signature_version="2", signing_cert_url=certificate
    )
    assert envelope["Signature"] == "c2lnbmVk"
    assert envelope["SignatureVersion"] == "2"
    assert envelope["SigningCertURL"] == certificate
    assert asked == [{name: value for name, value in envelope.items() if name != "Signature"}]


def test_receive_message_of_sqs() -> None:
    response = carried(made(), Carrier.SQS, topic_arn=TOPIC, make_id=numbered())
    (message,) = response["Messages"]
    assert set(message) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body", "Attributes"}
    assert message["MD5OfBody"] == hashlib.md5(message["Body"].encode()).hexdigest()
    assert json.loads(json.loads(message["Body"])["Message"]) == made()
    assert json.loads(message["Body"])["TopicArn"] == TOPIC
    assert message["Attributes"]["SentTimestamp"] == "1795867202623"
    ids = [json.loads(message["Body"])["MessageId"], message["MessageId"], message["ReceiptHandle"]]
    assert ids == ["id-1", "id-2", "id-3"]


def test_lambda_gets_a_batch_of_sqs() -> None:
    kinds = [EventKind.SEND, EventKind.DELIVERY, EventKind.OPEN]
    event = carried([made(kind) for kind in kinds], Carrier.SQS_LAMBDA, queue_arn=QUEUE)
    assert [json.loads(json.loads(one["body"])["Message"])["eventType"] for one in event["Records"]] == kinds
    assert len({one["messageId"] for one in event["Records"]}) == 3
    for one in event["Records"]:
        assert one["md5OfBody"] == hashlib.md5(one["body"].encode()).hexdigest()
        assert one["eventSource"] == "aws:sqs"
        assert one["eventSourceARN"] == QUEUE
        assert one["awsRegion"] == "eu-west-1"
        assert one["messageAttributes"] == {}
        assert set(one["attributes"]) == {
            *("ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"),
        }


@pytest.mark.parametrize("carrier", [Carrier.SQS, Carrier.SQS_LAMBDA])
def test_raw_delivery_has_no_envelope(carrier: Carrier) -> None:
    event = carried(made(), carrier, raw_delivery=True)
    assert isinstance(event, dict)
    (one,) = event["Messages" if carrier is Carrier.SQS else "Records"]
    body = one.get("Body") or one.get("body")
    assert json.loads(body) == made()
    assert body.endswith("\n")


@pytest.mark.parametrize(
    ("kind", "detail_type"),
    [
        ("Send", "Email Sent"),
        ("Reject", "Email Rejected"),
        ("Bounce", "Email Bounced"),
        ("Complaint", "Email Complaint Received"),
        ("Delivery", "Email Delivered"),
        ("Open", "Email Opened"),
        ("Click", "Email Clicked"),
        ("Rendering Failure", "Email Rendering Failed"),
        ("DeliveryDelay", "Email Delivery Delayed"),
        ("Subscription", "Email Subscribed"),
    ],
)
def test_an_event_of_eventbridge(kind: str, detail_type: str) -> None:
    event = carried(made(kind, account_id="210987654321", region="eu-west-1"), Carrier.EVENTBRIDGE, region="eu-west-1")
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    ]
    assert event["version"] == "0"
    assert event["source"] == "aws.ses"
    assert event["detail-type"] == detail_type
    assert event["account"] == "210987654321"
    assert event["region"] == "eu-west-1"
    assert len(event["time"]) == len("2023-11-02T19:38:32Z")
    assert event["time"].startswith("2026-11-28T12:")
    assert event["resources"] == ["arn:aws:ses:eu-west-1:210987654321:identity/sender@example.com"]
    assert event["detail"]["eventType"] == kind


def test_the_region_of_eventbridge_is_that_of_the_identity() -> None:
    assert carried(made(region="eu-west-1"), Carrier.EVENTBRIDGE)["region"] == "eu-west-1"


def test_firehose_brings_lines() -> None:
    text = carried([made(kind) for kind in KINDS], Carrier.FIREHOSE)
    lines = text.splitlines(keepends=True)
    assert len(lines) == 10
    assert all(line.endswith("}\n") for line in lines)
    assert [json.loads(line)["eventType"] for line in lines] == list(KINDS)


def test_a_line_of_firehose_has_no_line_break_of_the_message() -> None:
    record = made(diagnostic_code="smtp; 550-one\r\n550 two\x85three\u2028four")
    text = carried(record, Carrier.FIREHOSE)
    assert text.count("\n") == 1
    assert json.loads(text) == record


def test_the_record_itself_is_a_copy() -> None:
    record = made()
    copy = carried(record, Carrier.RECORD)
    copy["mail"]["tags"].clear()
    assert record == made()


@pytest.mark.parametrize("carrier", Carrier)
def test_it_is_the_same_again_with_the_same_ids(carrier: Carrier) -> None:
    takes_ids = carrier not in (Carrier.RECORD, Carrier.FIREHOSE)
    one, same = (carried(made(), carrier, **({"make_id": numbered()} if takes_ids else {})) for _ in range(2))
    assert one == same
    if takes_ids:
        assert carried(made(), carrier) != carried(made(), carrier)


@pytest.mark.parametrize("carrier", [Carrier.EVENTBRIDGE, Carrier.FIREHOSE])
@pytest.mark.parametrize(
    "record", [NOTIFICATION, VALIDATION_TEXT, {"eventType": "Sent"}, {}], ids=["notification", "text", "kind", "empty"]
)
def test_only_records_of_event_publishing_go_there(carrier: Carrier, record: Any) -> None:
    with pytest.raises(InvalidSetting, match="only records of event publishing"):
        carried(record, carrier)


@pytest.mark.parametrize("carrier", [Carrier.RECORD, Carrier.SNS, Carrier.EVENTBRIDGE])
@pytest.mark.parametrize("count", [0, 2])
def test_what_has_no_batch_carries_one(carrier: Carrier, count: int) -> None:
    with pytest.raises(InvalidSetting, match="one at a time"):
        carried([made()] * count, carrier)


@pytest.mark.parametrize("carrier", [Carrier.SNS_LAMBDA, Carrier.SQS, Carrier.SQS_LAMBDA])
def test_a_batch_may_be_empty(carrier: Carrier) -> None:
    event = carried([], carrier)
    assert event in ({"Records": []}, {"Messages": []})


@pytest.mark.parametrize(
    ("carrier", "option"),
    [
        (Carrier.SNS, {"queue_arn": QUEUE}),
        (Carrier.RECORD, {"topic_arn": TOPIC}),
        (Carrier.FIREHOSE, {"make_id": str}),
        (Carrier.EVENTBRIDGE, {"subject": "x"}),
        (Carrier.SNS, {"no_such_option": 1}),
    ],
)
def test_an_option_of_another_carrier_is_refused(carrier: Carrier, option: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="has no option"):
        carried(made(), carrier, **option)


@pytest.mark.parametrize(
    "record",
    [{"a": object()}, {1: "a"}, {"a": float("inf")}, {"a": b"x"}, [5]],
    ids=["object", "key", "infinity", "bytes", "list"],
)
def test_what_json_does_not_have_is_refused(record: Any) -> None:
    with pytest.raises(TypeError):
        carried(record, Carrier.SNS)


def test_a_text_is_no_record() -> None:
    with pytest.raises(InvalidSetting, match="a text is no record"):
        carried(VALIDATION_TEXT, Carrier.RECORD)
