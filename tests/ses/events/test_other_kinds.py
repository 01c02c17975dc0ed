"""What comes on the same way and is no event of a sent message: setup, confirmations, inbound mail, unknown kinds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sesmime.events import Advice, Confirmation, Event, EventFormat, EventKind, SetupMessage, read_events
from tests.ses.events import wrapped
from tests.ses.events.records import BLOCKS, MESSAGE_ID, record


def one_event(payload: Any) -> Event:
    (event,) = read_events(payload)
    return event


SUBSCRIBED = (
    "You have successfully subscribed your Amazon SNS topic 'arn:aws:sns:eu-west-1:123456789012:ses' to receive "
    "'Complaint' notifications from Amazon SES for identity 'info@sender.example'."
)
VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."


def test_the_first_message_of_an_identitys_topic_is_a_setup_message() -> None:
    given = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": SUBSCRIBED}
    for payload in (given, json.dumps(given) + "\n", wrapped.sns(given), wrapped.sqs(json.dumps(wrapped.sns(given)))):
        event = one_event(payload)
        assert (event.kind, event.details) == (EventKind.SETUP, SetupMessage(SUBSCRIBED))
        assert event.format is EventFormat.FEEDBACK_NOTIFICATION
        assert event.raw == given
        assert (event.advice, event.recipients, event.mail.message_id) == (Advice.NOTHING, (), None)
        assert event.defects == ()


def test_the_first_message_of_an_event_destination_is_a_setup_message() -> None:
    for payload in (VALIDATED, VALIDATED.encode() + b"\n", wrapped.sns(VALIDATED), wrapped.sns_lambda(VALIDATED)):
        event = one_event(payload)
        assert (event.kind, event.details, event.text) == (EventKind.SETUP, SetupMessage(VALIDATED), VALIDATED)
        assert event.format is EventFormat.EVENT_PUBLISHING
        assert event.defects == ()
    assert one_event(wrapped.sns(VALIDATED)).raw == wrapped.sns(VALIDATED)


INBOUND = {
    "notificationType": "Received",
    "mail": {"timestamp": "2026-11-28T09:00:00.000Z", "messageId": "abc", "source": "a@b.example",
             "destination": ["in@sender.example"]},
    "receipt": {"recipients": ["in@sender.example"], "action": {"type": "SNS"}},
    "content": "From: a@b.example\r\n\r\nhello",
}  # fmt: skip


def test_inbound_mail_is_a_kind_of_its_own() -> None:
    lambda_record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": INBOUND["mail"], "receipt": {}}}
    for payload, raw in (
        (INBOUND, INBOUND),
        (wrapped.sns(INBOUND), INBOUND),
        ({"Records": [lambda_record]}, lambda_record),
    ):
        event = one_event(payload)
        assert event.kind is EventKind.INBOUND
        assert (event.mail.message_id, event.mail.source) == ("abc", "a@b.example")
        assert (event.details, event.format, event.recipients, event.advice) == (None, None, (), Advice.NOTHING)
        assert event.raw == raw
        assert event.defects == ()


@pytest.mark.parametrize("first", [{"notificationType": "Received"}, {}])
def test_the_first_object_of_a_receipt_rule_is_a_setup_message(first: dict[str, Any]) -> None:
    event = one_event(first | {"mail": {"messageId": "AMAZON_SES_SETUP_NOTIFICATION"}})
    assert event.kind is EventKind.SETUP
    assert event.details == SetupMessage("AMAZON_SES_SETUP_NOTIFICATION")


@pytest.mark.parametrize("kind", [EventKind.SUBSCRIPTION_CONFIRMATION, EventKind.UNSUBSCRIBE_CONFIRMATION])
def test_a_confirmation_has_what_is_needed_to_answer_it(kind: EventKind) -> None:
    envelope = {
        "Type": kind.value,
        "MessageId": wrapped.SNS_ID,
        "Token": "2336412f37",
        "TopicArn": wrapped.TOPIC,
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "Timestamp": "2026-11-28T09:00:06.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE=",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem",
    }
    event = one_event(json.dumps(envelope))
    assert event.kind is kind
    assert event.details == Confirmation(
        topic_arn=wrapped.TOPIC,
        token="2336412f37",
        subscribe_url="https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        message="You have chosen to subscribe to the topic.",
    )
    assert event.raw == envelope
    assert (event.topic_arn, event.delivery_id) == (wrapped.TOPIC, wrapped.SNS_ID)
    assert event.key == one_event(wrapped.sqs(json.dumps(envelope))).key
    del envelope["Token"]
    assert [defect.path for defect in one_event(envelope).defects] == ["Token"]


ADVISOR = [
    "Advisor Recommendation Status Open",
    "Advisor Recommendation Status Resolved",
    "Sending Status Enabled",
    "Sending Status Disabled",
]


@pytest.mark.parametrize("detail_type", ADVISOR)
def test_eventbridges_other_matter_is_passed_on_as_unknown(detail_type: str) -> None:
    given = wrapped.eventbridge({"version": "1.0.0", "data": {}}, detail_type=detail_type)
    event = one_event(given)
    assert (event.kind, event.details, event.arrival.detail_type) == (EventKind.UNKNOWN, None, detail_type)
    assert event.raw == given
    assert event.defects == ()


def test_an_unknown_kind_keeps_its_message_and_its_format() -> None:
    event = one_event({"eventType": "Teleport", "mail": record("Send")["mail"], "teleport": {}})
    assert (event.kind, event.format) == (EventKind.UNKNOWN, EventFormat.EVENT_PUBLISHING)
    assert event.mail.message_id == MESSAGE_ID
    assert [(defect.name, defect.path) for defect in event.defects] == [("unknown-kind", "eventType")]


@pytest.mark.parametrize("name", ["setup message", "unknown", "SubscriptionConfirmation", "bounce", "", "BOUNCE"])
def test_a_record_cannot_name_a_kind_of_ours(name: str) -> None:
    assert one_event({"eventType": name, "mail": {}}).kind is EventKind.UNKNOWN


def test_the_event_type_is_read_before_the_notification_type() -> None:
    event = one_event(record("Delivery") | {"notificationType": "Bounce"})
    assert (event.kind, event.format) == (EventKind.DELIVERY, EventFormat.EVENT_PUBLISHING)


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_record_without_its_type_is_known_by_its_block_or_by_eventbridge(kind: str) -> None:
    given = record(kind)
    whole = one_event(given)
    del given["eventType"]
    event = one_event(given)
    assert (event.kind, event.details, event.format) == (kind, whole.details, None)
    assert [(defect.name, defect.path) for defect in event.defects] == [("missing-key", "eventType")]
    row = EventKind(kind).row
    assert row is not None
    event = one_event(wrapped.eventbridge(given, detail_type=row.detail_type))
    assert (event.kind, event.details, event.format) == (kind, whole.details, EventFormat.EVENT_PUBLISHING)
