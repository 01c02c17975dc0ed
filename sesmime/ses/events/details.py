"""What each kind of event says: a dataclass a kind, a field for each key, under AWS's names in Python's spelling.

Every field may be None or empty: a record is read whatever it holds, and `Event.defects` names what was missing or of
another type. Enumerations are open: a value that AWS has added since is kept as text. They compare as text too.

Sources: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from sesmime.ses.events.frozen import EMPTY


class BounceType(StrEnum):
    """`bounceType`: whether SES expects that the address will ever take mail."""

    UNDETERMINED = "Undetermined"
    PERMANENT = "Permanent"
    TRANSIENT = "Transient"


class BounceSubType(StrEnum):
    """`bounceSubType`: why it bounced."""

    UNDETERMINED = "Undetermined"
    GENERAL = "General"
    NO_EMAIL = "NoEmail"
    SUPPRESSED = "Suppressed"
    ON_ACCOUNT_SUPPRESSION_LIST = "OnAccountSuppressionList"
    ON_TENANT_SUPPRESSION_LIST = "OnTenantSuppressionList"
    UNSUBSCRIBED_RECIPIENT = "UnsubscribedRecipient"
    EMAIL_VALIDATION_SUPPRESSED = "EmailValidationSuppressed"
    MAILBOX_FULL = "MailboxFull"
    MESSAGE_TOO_LARGE = "MessageTooLarge"
    CUSTOM_TIMEOUT_EXCEEDED = "CustomTimeoutExceeded"
    CONTENT_REJECTED = "ContentRejected"
    ATTACHMENT_REJECTED = "AttachmentRejected"


class ComplaintSubType(StrEnum):
    """`complaintSubType`: why SES counts a complaint that nobody made; mostly absent or null."""

    ON_ACCOUNT_SUPPRESSION_LIST = "OnAccountSuppressionList"
    ON_TENANT_SUPPRESSION_LIST = "OnTenantSuppressionList"


class ComplaintFeedbackType(StrEnum):
    """`complaintFeedbackType`: what the feedback report calls it (RFC 5965 section 7.3)."""

    ABUSE = "abuse"
    AUTH_FAILURE = "auth-failure"
    FRAUD = "fraud"
    NOT_SPAM = "not-spam"
    OTHER = "other"
    VIRUS = "virus"


class DelayType(StrEnum):
    """`delayType`: why SES has not delivered yet."""

    INTERNAL_FAILURE = "InternalFailure"
    GENERAL = "General"
    MAILBOX_FULL = "MailboxFull"
    SPAM_DETECTED = "SpamDetected"
    RECIPIENT_SERVER_ERROR = "RecipientServerError"
    IP_FAILURE = "IPFailure"
    TRANSIENT_COMMUNICATION_FAILURE = "TransientCommunicationFailure"
    BYOIP_HOST_NAME_LOOKUP_UNAVAILABLE = "BYOIPHostNameLookupUnavailable"
    UNDETERMINED = "Undetermined"
    SENDING_DEFERRAL = "SendingDeferral"


class BotEvent(StrEnum):
    """`isBotEvent`: whether a program seems to have opened or clicked; absent in older events."""

    LIKELY = "Likely"
    UNLIKELY = "Unlikely"


class SubscriptionStatus(StrEnum):
    """`subscriptionStatus`: whether a contact wants a topic."""

    OPT_IN = "OptIn"
    OPT_OUT = "OptOut"


# What SES itself did not try to deliver: the send succeeds, then comes a bounce or a complaint with such a subtype.
_NOT_TRIED: Final = frozenset(
    (
        BounceSubType.SUPPRESSED,
        BounceSubType.ON_ACCOUNT_SUPPRESSION_LIST,
        BounceSubType.ON_TENANT_SUPPRESSION_LIST,
        BounceSubType.UNSUBSCRIBED_RECIPIENT,
        BounceSubType.EMAIL_VALIDATION_SUPPRESSED,
    )
)


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One who did not get the mail; the last three are there only where a delivery status notification came.

    `email_address` is as reported (the notification's Final-Recipient): it may differ from what was sent to, and may
    stand in `<>`. `Event.recipients` has it bare.
    """

    email_address: str
    action: str | None = None
    status: str | None = None
    diagnostic_code: str | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """Mail that did not arrive: hard bounces, and soft ones that SES has given up on."""

    bounce_type: BounceType | str | None = None
    bounce_sub_type: BounceSubType | str | None = None
    bounced_recipients: tuple[BouncedRecipient, ...] = ()
    timestamp: datetime | None = None
    feedback_id: str | None = None
    reporting_mta: str | None = None
    remote_mta_ip: str | None = None

    @property
    def is_stopped_by_ses(self) -> bool:
        """Whether SES did not try to deliver: a suppression list, an unsubscribed contact, a validation."""
        return self.bounce_sub_type in _NOT_TRIED


@dataclass(frozen=True, slots=True)
class ComplainedRecipient:
    """One who may have complained."""

    email_address: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called the mail spam; `complained_recipients` are all who got it at that domain, not that one alone."""

    complained_recipients: tuple[ComplainedRecipient, ...] = ()
    timestamp: datetime | None = None
    feedback_id: str | None = None
    complaint_sub_type: ComplaintSubType | str | None = None
    user_agent: str | None = None
    complaint_feedback_type: ComplaintFeedbackType | str | None = None
    arrival_date: datetime | None = None

    @property
    def is_stopped_by_ses(self) -> bool:
        """Whether SES did not try to deliver, because the address is on a suppression list for a complaint."""
        return self.complaint_sub_type in _NOT_TRIED


@dataclass(frozen=True, slots=True)
class Delivery:
    """The recipients' server took the mail; `processing_time_millis` is from the call to there, in milliseconds."""

    timestamp: datetime | None = None
    processing_time_millis: int | float | None = None
    recipients: tuple[str, ...] = ()
    smtp_response: str | None = None
    reporting_mta: str | None = None
    remote_mta_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """SES took the message; the block is always empty."""


@dataclass(frozen=True, slots=True)
class Reject:
    """SES took the message, then found a virus; the only reason is `Bad content`."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """The tracking image was loaded."""

    ip_address: str | None = None
    timestamp: datetime | None = None
    user_agent: str | None = None
    is_bot_event: BotEvent | str | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """A tracked link was followed; `link_tags` are those of `ses:tags` at the link."""

    ip_address: str | None = None
    timestamp: datetime | None = None
    user_agent: str | None = None
    is_bot_event: BotEvent | str | None = None
    link: str | None = None
    link_tags: Mapping[str, tuple[str, ...]] = field(default=EMPTY)


@dataclass(frozen=True, slots=True)
class RenderingFailure:
    """A template could not be filled: the send call gave a message id, and no mail went."""

    template_name: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class DelayedRecipient:
    """One to whom the mail has not gone yet; `email_address` is as reported."""

    email_address: str
    status: str | None = None
    diagnostic_code: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryDelay:
    """SES is still trying, until `expiration_time`; `reporting_mta` is an IP address here."""

    delay_type: DelayType | str | None = None
    delayed_recipients: tuple[DelayedRecipient, ...] = ()
    expiration_time: datetime | None = None
    reporting_mta: str | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """Whether a contact wants a topic."""

    topic_name: str | None = None
    subscription_status: SubscriptionStatus | str | None = None


@dataclass(frozen=True, slots=True)
class TopicPreferences:
    """What a contact wants of a contact list."""

    unsubscribe_all: bool | None = None
    topic_subscription_status: tuple[TopicStatus, ...] = ()
    topic_default_subscription_status: tuple[TopicStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A contact changed preferences, by the unsubscribe field or by the link; `source` tells by which, in practice."""

    contact_list: str | None = None
    timestamp: datetime | None = None
    source: str | None = None
    new_topic_preferences: TopicPreferences | None = None
    old_topic_preferences: TopicPreferences | None = None


@dataclass(frozen=True, slots=True)
class SetupMessage:
    """What SES says once when a topic is connected to it: no event of a message."""

    message: str | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What SNS asks when an endpoint is subscribed or unsubscribed: what is needed to answer, which reading never does.

    Verify the envelope and its topic before you fetch `subscribe_url`.
    """

    topic_arn: str | None = None
    token: str | None = None
    subscribe_url: str | None = None
    message: str | None = None


Details: TypeAlias = (
    Bounce
    | Complaint
    | Delivery
    | Send
    | Reject
    | Open
    | Click
    | RenderingFailure
    | DeliveryDelay
    | Subscription
    | SetupMessage
    | Confirmation
)
