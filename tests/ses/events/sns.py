"""SNS messages for the tests: signers, envelopes, and how to verify with a signer's certificate."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

pytest.importorskip("cryptography")

from sesmime.events import InvalidSignature, SnsSigner, verify_sns

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"
ORIGIN = "https://sns.eu-west-1.amazonaws.com"
PATH = "/SimpleNotificationService-0a1b.pem"
TOKEN = "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a747ba6f3beb71854e285d6ad02428b09ceece29417f1f02d609c582afbacc99c583a916b9981dd2728f4ae6fdb82efd087cc3b7849e05798d2d2785c03b0879594eeac82c01f235d0e717736"  # noqa: E501
SUBSCRIBE = f"{ORIGIN}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"


@cache
def signer() -> SnsSigner:
    """Return the key that stands for AWS's."""
    return SnsSigner.make(region="eu-west-1")


@cache
def stranger() -> SnsSigner:
    """Return another key."""
    return SnsSigner.make(region="eu-west-1")


def notification(**changed: Any) -> dict[str, Any]:
    """Return an unsigned notification as SNS sends it; None leaves a field out."""
    fields: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": '{"eventType":"Send","mail":{"messageId":"0100-1"},"send":{}}\n',
        "Timestamp": "2026-11-28T12:00:00.000Z",
        "UnsubscribeURL": f"{ORIGIN}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:c9135db0",
    }
    return {name: value for name, value in (fields | changed).items() if value is not None}


def confirmation(**changed: Any) -> dict[str, Any]:
    """Return an unsigned request to confirm a subscription."""
    fields: dict[str, Any] = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": TOKEN,
        "TopicArn": TOPIC,
        "Message": f"You have chosen to subscribe to the topic {TOPIC}.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": SUBSCRIBE,
        "Timestamp": "2026-11-28T12:00:00.000Z",
    }
    return {name: value for name, value in (fields | changed).items() if value is not None}


def verify(message: Any, **options: Any) -> None:
    """Verify by the certificate of `signer`, wherever it is looked for."""
    given: dict[str, Any] = {"topic_arns": [TOPIC], "fetch": lambda url: signer().certificate}
    verify_sns(message, **(given | options))


def refused(message: Any, **options: Any) -> InvalidSignature:
    """Return why a message is refused."""
    with pytest.raises(InvalidSignature) as caught:
        verify(message, **options)
    return caught.value
