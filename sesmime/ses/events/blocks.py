"""The block of a record that tells what happened, of each kind: `bounce`, `complaint`, and so on.

Keys, types and defaults are those of AWS's examples (dg/event-publishing-retrieving-sns-examples), with the keys that
came later.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sesmime.ses.events.bounces import bounce_row
from sesmime.ses.events.kinds import EventKind
from sesmime.ses.events.one_message import OneMessage
from sesmime.ses.events.plain import later, plain_text, plain_value, utc_text


class Facts(NamedTuple):
    """What a block is made of."""

    message: OneMessage
    recipients: list[str]
    message_id: str
    sent: datetime
    happened: datetime
    options: Mapping[str, Any]

    @property
    def timestamp(self) -> str:
        return utc_text(self.happened, "event_timestamp")

    def text(self, name: str, default: str | None) -> str | None:
        """Return an option as a plain text; raises TypeError for one that is no str."""
        value = self.options.get(name, default)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}")
        return None if value is None else plain_text(value)

    def needed(self, name: str, default: str) -> str:
        """Return an option that a record cannot be without; raises TypeError for None too."""
        value = self.text(name, default)
        if value is None:
            raise TypeError(f"{name} must be a str: a record of this kind always has it")
        return value

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        """Return an option that is a mapping, or None; raises TypeError for all else."""
        value = self.options.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise TypeError(f"{name} must be a mapping, not {type(value).__name__}")
        return value

    def feedback_id(self) -> str:
        """Return the id that was given, or one that the same event has each time it is made."""
        given = self.text("feedback_id", None)
        if given is not None:
            return given
        told = "\0".join([self.message_id, self.timestamp, *self.recipients])
        moment = int(self.happened.timestamp() * 1000) & 0xFFFFFFFFFFFF
        return f"0100{moment:012x}-{uuid.uuid5(uuid.NAMESPACE_OID, told)}-000000"


_BROWSER: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.3112.90 Safari/537.36"
)
_SERVER: Final = "a8-70.smtp-out.amazonses.com"


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _bounce(facts: Facts) -> dict[str, Any]:
    sub_type = facts.needed("bounce_sub_type", "General")
    row = bounce_row(facts.text("bounce_type", None), sub_type)
    # Without a delivery status notification there are none of the three.
    told = _present(
        action=facts.text("action", "failed" if row.status else None),
        status=facts.text("status", row.status),
        diagnosticCode=facts.text("diagnostic_code", row.diagnostic_code),
    )
    block = {
        "bounceType": row.bounce_type,
        "bounceSubType": sub_type,
        "bouncedRecipients": [{"emailAddress": address} | told for address in facts.recipients],
        "timestamp": facts.timestamp,
        "feedbackId": facts.feedback_id(),
    }
    return block | _present(
        remoteMtaIp=facts.text("remote_mta_ip", None), reportingMTA=facts.text("reporting_mta", row.reporting_mta)
    )


def _complaint(facts: Facts) -> dict[str, Any]:
    sub_type = facts.text("complaint_sub_type", None)
    # A complaint of a suppression list comes with no feedback report.
    is_reported = sub_type is None
    arrived: datetime | None = facts.options.get("arrival_date", facts.happened if is_reported else None)
    block: dict[str, Any] = {
        "complainedRecipients": [{"emailAddress": address} for address in facts.recipients],
        "timestamp": facts.timestamp,
        "feedbackId": facts.feedback_id(),
        "complaintSubType": sub_type,
    }
    return block | _present(
        userAgent=facts.text("user_agent", "Amazon SES Mailbox Simulator" if is_reported else None),
        complaintFeedbackType=facts.text("complaint_feedback_type", "abuse" if is_reported else None),
        arrivalDate=None if arrived is None else utc_text(arrived, "arrival_date"),
    )


def _delivery(facts: Facts) -> dict[str, Any]:
    took = int((facts.happened - facts.sent) / timedelta(milliseconds=1))
    millis = facts.options.get("processing_time_millis", took)
    if not isinstance(millis, int) or isinstance(millis, bool):
        raise TypeError(f"processing_time_millis must be an int, not {type(millis).__name__}")
    block = {
        "timestamp": facts.timestamp,
        "processingTimeMillis": int(millis),
        "recipients": facts.recipients,
        "smtpResponse": facts.needed("smtp_response", "250 2.6.0 Message received"),
    }
    return block | _present(
        remoteMtaIp=facts.text("remote_mta_ip", None), reportingMTA=facts.text("reporting_mta", _SERVER)
    )


def _reject(facts: Facts) -> dict[str, Any]:
    return {"reason": facts.needed("reason", "Bad content")}


def _open(facts: Facts) -> dict[str, Any]:
    block = {
        "ipAddress": facts.needed("ip_address", "192.0.2.1"),
        "timestamp": facts.timestamp,
        "userAgent": facts.needed("user_agent", _BROWSER),
    }
    return block | _present(isBotEvent=facts.text("is_bot_event", "Unlikely"))


def _click(facts: Facts) -> dict[str, Any]:
    tags = facts.mapping("link_tags")
    if tags is not None and any(isinstance(values, str) for values in tags.values()):
        raise TypeError("link_tags must map names to lists of str")
    listed = None if tags is None else {name: list(values) for name, values in tags.items()}
    return _open(facts) | {
        "link": facts.needed("link", "https://example.com/"),
        "linkTags": plain_value(listed),
    }


def _failure(facts: Facts) -> dict[str, Any]:
    missing = "Attribute 'attributeName' is not present in the rendering data."
    return {
        "errorMessage": facts.needed("error_message", missing),
        "templateName": facts.needed("template_name", facts.message.template_name),
    }


def _delay(facts: Facts) -> dict[str, Any]:
    told = _present(
        status=facts.text("status", "4.4.1"),
        diagnosticCode=facts.text("diagnostic_code", "smtp; 421 4.4.1 Unable to connect to remote host"),
    )
    expires: datetime = facts.options.get("expiration_time", later(facts.sent, 14 * 3600))
    block = {
        "timestamp": facts.timestamp,
        "delayType": facts.needed("delay_type", "TransientCommunicationFailure"),
        "expirationTime": utc_text(expires, "expiration_time"),
        "delayedRecipients": [{"emailAddress": address} | told for address in facts.recipients],
    }
    return block | _present(reportingMTA=facts.text("reporting_mta", None))


def _subscription(facts: Facts) -> dict[str, Any]:
    management = facts.message.resolution.list_management
    topic = management.topic if management is not None else None
    new, old = (
        facts.mapping(name) or _preferences(topic, is_out)
        for name, is_out in (("new_topic_preferences", True), ("old_topic_preferences", False))
    )
    return {
        "contactList": facts.needed("contact_list", management.contact_list if management is not None else ""),
        "timestamp": facts.timestamp,
        "source": facts.needed("subscription_source", "UnsubscribeHeader"),
        "newTopicPreferences": plain_value(new),
        "oldTopicPreferences": plain_value(old),
    }


def _preferences(topic: str | None, is_out: bool) -> dict[str, Any]:
    """Return the preferences of somebody who leaves one topic, or the whole list where there is none."""
    status = [] if topic is None else [{"topicName": topic, "subscriptionStatus": "OptOut" if is_out else "OptIn"}]
    return {"unsubscribeAll": is_out and topic is None, "topicSubscriptionStatus": status}


class Making(NamedTuple):
    """How the block of a kind is made: by what, after how many seconds it happens, which options it has."""

    make: Callable[[Facts], dict[str, Any]]
    after: float
    options: frozenset[str]


def _row(make: Callable[[Facts], dict[str, Any]], after: float, options: str) -> Making:
    timed = ["event_timestamp"] if after else []
    return Making(make, after, frozenset([*timed, *options.split()]))


MAKING: Final[Mapping[EventKind, Making]] = MappingProxyType(
    {
        EventKind.SEND: _row(lambda facts: {}, 0, ""),
        EventKind.DELIVERY: _row(_delivery, 1.2, "processing_time_millis smtp_response reporting_mta remote_mta_ip"),
        EventKind.BOUNCE: _row(
            _bounce,
            2.5,
            "feedback_id bounce_type bounce_sub_type action status diagnostic_code reporting_mta remote_mta_ip",
        ),
        EventKind.COMPLAINT: _row(
            _complaint, 60, "feedback_id complaint_sub_type complaint_feedback_type user_agent arrival_date"
        ),
        EventKind.REJECT: _row(_reject, 0, "reason"),
        EventKind.OPEN: _row(_open, 30, "ip_address user_agent is_bot_event"),
        EventKind.CLICK: _row(_click, 45, "ip_address user_agent is_bot_event link link_tags"),
        EventKind.RENDERING_FAILURE: _row(_failure, 0, "template_name error_message"),
        EventKind.DELIVERY_DELAY: _row(_delay, 600, "delay_type expiration_time status diagnostic_code reporting_mta"),
        EventKind.SUBSCRIPTION: _row(
            _subscription, 90, "contact_list subscription_source new_topic_preferences old_topic_preferences"
        ),
    }
)
