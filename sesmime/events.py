"""Events in and out: what SES publishes about mail that it took."""

from __future__ import annotations

from sesmime.errors import InvalidSignature
from sesmime.ses.events.advice import Advice
from sesmime.ses.events.carrying import VALIDATION_TEXT, CarrierOptions, carried
from sesmime.ses.events.certificates import CertificateCache
from sesmime.ses.events.configuration import ConfigurationProblem, configuration_problems
from sesmime.ses.events.destinations import Api, Dimension, EventDestination, ValueSource, read_destinations
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
from sesmime.ses.events.dimensions import DimensionValue, ValueOrigin, dimension_values
from sesmime.ses.events.feedback import feedback_id
from sesmime.ses.events.kinds import Carrier, EventFormat, EventKind
from sesmime.ses.events.mail_object import MailOptions, mail_object
from sesmime.ses.events.model import Arrival, CommonHeaders, Event, EventDefect, Mail, MailHeader
from sesmime.ses.events.reading import read_events
from sesmime.ses.events.records import RecordOptions, event_record
from sesmime.ses.events.signatures import SnsVerifier, confirm_subscription, verify_sns
from sesmime.ses.events.signing import SnsSigner
from sesmime.ses.events.simulator import SimulatedEvent, simulated, simulated_events

__all__ = [
    "VALIDATION_TEXT",
    "Advice",
    "Api",
    "Arrival",
    "BotEvent",
    "Bounce",
    "BounceSubType",
    "BounceType",
    "BouncedRecipient",
    "Carrier",
    "CarrierOptions",
    "CertificateCache",
    "Click",
    "CommonHeaders",
    "ComplainedRecipient",
    "Complaint",
    "ComplaintFeedbackType",
    "ComplaintSubType",
    "ConfigurationProblem",
    "Confirmation",
    "DelayType",
    "DelayedRecipient",
    "Delivery",
    "DeliveryDelay",
    "Details",
    "Dimension",
    "DimensionValue",
    "Event",
    "EventDefect",
    "EventDestination",
    "EventFormat",
    "EventKind",
    "InvalidSignature",
    "Mail",
    "MailHeader",
    "MailOptions",
    "Open",
    "RecordOptions",
    "Reject",
    "RenderingFailure",
    "Send",
    "SetupMessage",
    "SimulatedEvent",
    "SnsSigner",
    "SnsVerifier",
    "Subscription",
    "SubscriptionStatus",
    "TopicPreferences",
    "TopicStatus",
    "ValueOrigin",
    "ValueSource",
    "carried",
    "configuration_problems",
    "confirm_subscription",
    "dimension_values",
    "event_record",
    "feedback_id",
    "mail_object",
    "read_destinations",
    "read_events",
    "simulated",
    "simulated_events",
    "verify_sns",
]
