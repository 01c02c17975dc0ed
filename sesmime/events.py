"""Events in and out: what SES publishes about mail that it took."""

from __future__ import annotations

from sesmime.ses.events.carrying import VALIDATION_TEXT, CarrierOptions, carried
from sesmime.ses.events.feedback import feedback_id
from sesmime.ses.events.kinds import Carrier, EventFormat, EventKind
from sesmime.ses.events.mail_object import MailOptions, mail_object
from sesmime.ses.events.records import RecordOptions, event_record
from sesmime.ses.events.simulator import SimulatedEvent, simulated, simulated_events

__all__ = [
    "VALIDATION_TEXT",
    "Carrier",
    "CarrierOptions",
    "EventFormat",
    "EventKind",
    "MailOptions",
    "RecordOptions",
    "SimulatedEvent",
    "carried",
    "event_record",
    "feedback_id",
    "mail_object",
    "simulated",
    "simulated_events",
]
