"""The kinds of events and their carriers: one row a kind, with its name in each place where AWS names it.

Sources: AWS's guide, "Contents of event data that Amazon SES publishes to Amazon SNS"; the service models
`ses/2010-12-01` and `sesv2/2019-09-27` (`EventType`); the EventBridge page of the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class EventKind(StrEnum):
    """What happened: the record's `eventType`, or a name of ours for what is no event of a sent message."""

    SEND = "Send"
    DELIVERY = "Delivery"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    REJECT = "Reject"
    OPEN = "Open"
    CLICK = "Click"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"
    SUBSCRIPTION = "Subscription"
    # What comes on the same way and is none of the ten.
    SETUP = "setup message"
    SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
    UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"
    INBOUND = "Received"
    UNKNOWN = "unknown"

    @property
    def row(self) -> KindRow | None:
        """How AWS names it in each place; None for what is none of the ten kinds."""
        return KINDS.get(self)


class EventFormat(StrEnum):
    """Which of the two nearly equal formats a record has."""

    EVENT_PUBLISHING = "event publishing"  # top key `eventType`; has tags
    FEEDBACK_NOTIFICATION = "feedback notification"  # top key `notificationType`; of an identity; has no tags


class Carrier(StrEnum):
    """What a record came in: the outermost thing that the program was handed."""

    RECORD = "record"  # the record itself, as SNS's raw delivery brings it
    SNS = "sns"  # SNS's envelope: the body of an HTTP request, or of a queue message
    SNS_LAMBDA = "sns-lambda"  # `Records[].Sns`, which a Lambda function gets from SNS
    SQS = "sqs"  # SQS's ReceiveMessage: `Messages[].Body`
    SQS_LAMBDA = "sqs-lambda"  # `Records[].body`, which a Lambda function gets from SQS
    EVENTBRIDGE = "eventbridge"  # `detail`
    FIREHOSE = "firehose"  # records, one a line


class KindRow(NamedTuple):
    """One of the ten kinds, as each place names it."""

    block: str  # the record's key that holds the details
    detail_type: str  # EventBridge's `detail-type`
    v1: str | None  # `MatchingEventTypes` of the API v1; None: v1 has no such kind
    v2: str  # `MatchingEventTypes` of the API v2
    metric: str  # CloudWatch's metric
    notifies: bool  # whether identity notifications know the kind


KINDS: Final[Mapping[EventKind, KindRow]] = MappingProxyType(
    {
        EventKind.SEND: KindRow("send", "Email Sent", "send", "SEND", "Send", False),
        EventKind.DELIVERY: KindRow("delivery", "Email Delivered", "delivery", "DELIVERY", "Delivery", True),
        EventKind.BOUNCE: KindRow("bounce", "Email Bounced", "bounce", "BOUNCE", "Bounce", True),
        EventKind.COMPLAINT: KindRow(
            "complaint", "Email Complaint Received", "complaint", "COMPLAINT", "Complaint", True
        ),
        EventKind.REJECT: KindRow("reject", "Email Rejected", "reject", "REJECT", "Reject", False),
        EventKind.OPEN: KindRow("open", "Email Opened", "open", "OPEN", "Open", False),
        EventKind.CLICK: KindRow("click", "Email Clicked", "click", "CLICK", "Click", False),
        EventKind.RENDERING_FAILURE: KindRow(
            "failure", "Email Rendering Failed", "renderingFailure", "RENDERING_FAILURE", "RenderingFailure", False
        ),
        EventKind.DELIVERY_DELAY: KindRow(
            "deliveryDelay", "Email Delivery Delayed", None, "DELIVERY_DELAY", "DeliveryDelay", False
        ),
        EventKind.SUBSCRIPTION: KindRow(
            "subscription", "Email Subscribed", None, "SUBSCRIPTION", "Subscription", False
        ),
    }
)
