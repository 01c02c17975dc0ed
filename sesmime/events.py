"""Events in and out: what SES publishes about mail that it took."""

from __future__ import annotations

from sesmime.errors import (
    InvalidSignature,
)
from sesmime.ses.events.advice import (
    Advice,
)
from sesmime.ses.events.certificates import (
    CertificateCache,
)
from sesmime.ses.events.details import (
    BotEvent,
    Bounce,
    BouncedRecipient,
    BounceSubType,
    BounceType,
    Click,
    ComplainedRecipient,
    Complaint,
    ComplaintFeedbackType,
    ComplaintSubType,
    Confirmation,
    DelayedRecipient,
    DelayType,
    Delivery,
    DeliveryDelay,
    Details,
    Open,
    Reject,
    RenderingFailure,
    Send,
    SetupMessage,
    Subscription,
    SubscriptionStatus,
    TopicPreferences,
    TopicStatus,
)
from sesmime.ses.events.kinds import (
    Carrier,
    EventFormat,
    EventKind,
)
from sesmime.ses.events.model import (
    Arrival,
    CommonHeaders,
    Event,
    EventDefect,
    Mail,
    MailHeader,
)
from sesmime.ses.events.reading import (
    read_events,
)
from sesmime.ses.events.signatures import (
    confirm_subscription,
    verify_sns,
)
from sesmime.ses.events.signing import (
    SnsSigner,
)

__all__ = [
    "Advice",
    "Arrival",
    "BotEvent",
    "Bounce",
    "BounceSubType",
    "BounceType",
    "BouncedRecipient",
    "Carrier",
    "CertificateCache",
    "Click",
    "CommonHeaders",
    "ComplainedRecipient",
    "Complaint",
    "ComplaintFeedbackType",
    "ComplaintSubType",
    "Confirmation",
    "DelayType",
    "DelayedRecipient",
    "Delivery",
    "DeliveryDelay",
    "Details",
    "Event",
    "EventDefect",
    "EventFormat",
    "EventKind",
    "InvalidSignature",
    "Mail",
    "MailHeader",
    "Open",
    "Reject",
    "RenderingFailure",
    "Send",
    "SetupMessage",
    "SnsSigner",
    "Subscription",
    "SubscriptionStatus",
    "TopicPreferences",
    "TopicStatus",
    "confirm_subscription",
    "read_events",
    "verify_sns",
]
