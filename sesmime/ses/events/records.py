"""Records made: what SES is expected to publish about a submission, of every kind and in both formats.

Sources: dg/event-publishing-retrieving-sns-contents, dg/event-publishing-retrieving-sns-examples,
dg/notification-contents. Keys and types are those of AWS's examples, with the keys that came later (`isBotEvent`,
`complaintSubType`, `remoteMtaIp`). The order of keys means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from sesmime.errors import InvalidSetting, member_of, quoted
from sesmime.mime.held import holding
from sesmime.ses.envelope import address_key
from sesmime.ses.events.blocks import MAKING, Facts
from sesmime.ses.events.bounces import bounce_row
from sesmime.ses.events.kinds import EventFormat, EventKind
from sesmime.ses.events.mail_object import MAIL_DEFAULTS, MailOptions, mail_of, message_of
from sesmime.ses.events.one_message import OneMessage
from sesmime.ses.events.plain import in_utc, later, plain_text
from sesmime.ses.requests import Submission

if TYPE_CHECKING:
    from typing import Unpack


class RecordOptions(MailOptions, total=False):
    """What may be said of an event beside its kind, its message and its recipients; each where its kind has it.

    The names are AWS's (`bounceSubType`: `bounce_sub_type`). None leaves out a key that is optional, and is null for
    `complaint_sub_type` and `link_tags`. `event_timestamp` is when it happened; the other times are `timestamp` of the
    message and what is usual after it.
    """

    event_timestamp: datetime
    feedback_id: str
    # Bounce
    bounce_type: str
    bounce_sub_type: str
    action: str | None
    status: str | None  # DeliveryDelay too
    diagnostic_code: str | None  # DeliveryDelay too
    reporting_mta: str | None  # Delivery and DeliveryDelay too
    remote_mta_ip: str | None  # Delivery too
    # Complaint
    complaint_sub_type: str | None
    complaint_feedback_type: str | None
    user_agent: str | None  # Open and Click too
    arrival_date: datetime | None
    # Delivery
    processing_time_millis: int
    smtp_response: str
    # Reject
    reason: str
    # Open, Click
    ip_address: str
    is_bot_event: str | None
    link: str
    link_tags: Mapping[str, Iterable[str]] | None
    # Rendering Failure
    template_name: str
    error_message: str
    # DeliveryDelay
    delay_type: str
    expiration_time: datetime
    # Subscription
    contact_list: str
    subscription_source: str
    new_topic_preferences: Mapping[str, Any]
    old_topic_preferences: Mapping[str, Any]


# The kinds whose block names recipients.
NAMING: Final = (EventKind.DELIVERY, EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY_DELAY)


@holding
def event_record(
    kind: EventKind | str,
    submission: Submission[Any],
    *,
    message_id: str,
    timestamp: datetime,
    recipients: Iterable[str] | None = None,
    format: EventFormat = EventFormat.EVENT_PUBLISHING,
    headers: bool = True,
    **options: Unpack[RecordOptions],
) -> dict[str, Any]:
    r"""Make the record that is expected from SES when something of a kind happens to a submission: plain JSON values.

    `message_id` is what the send call returned, `timestamp` when SES accepted the message. `recipients` are those that
    the event is about; without them all are, and of a complaint those at the first one's domain, as SES tells it. Only
    Bounce, Complaint, Delivery and DeliveryDelay name recipients: others refuse them. `format` FEEDBACK_NOTIFICATION is
    what an identity's topic gets (Bounce, Complaint, Delivery), `headers` off its HeadersInNotificationsEnabled.
    `RecordOptions` and `MailOptions` tell about the other options: what a record needs has a default, a bounce those
    of its subtype. A submission without configuration set makes a record too; that SES publishes none, the missing tag
    `ses:configuration-set` tells. A rendering failure needs a template (`template_name`).

    Raises InvalidSetting for what is none of the ten kinds, for a format that does not know the kind, for recipients
    that the kind does not name and for a time without a time zone; TypeError for an option that the kind does not have
    and for values of other types. Never raises on the content of a submission.

    >>> from datetime import UTC, datetime
    >>> message = b"From: sender@example.com\r\nTo: bounce@simulator.amazonses.com\r\n\r\n"
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = event_record("Bounce", Submission(message), message_id="0100-000000", timestamp=now)
    >>> record["eventType"], record["bounce"]["bouncedRecipients"][0]["diagnosticCode"]
    ('Bounce', 'smtp; 550 5.1.1 user unknown')
    """
    kind, format = member_of(EventKind, kind, "kind"), member_of(EventFormat, format, "format")
    row, making = kind.row, MAKING.get(kind)
    if row is None or making is None:
        raise InvalidSetting("kind", kind.value, "it is none of the ten kinds of events")
    is_event = format is EventFormat.EVENT_PUBLISHING
    if not is_event and not row.notifies:
        raise InvalidSetting("format", format.value, f"identity notifications have no {kind.value}")
    own: dict[str, Any] = {name: value for name, value in options.items() if name not in MAIL_DEFAULTS}
    for name in own:
        if name not in making.options:
            raise TypeError(f"a record of kind {kind.value} has no option {quoted(name, 60)}")
    of_mail = cast("MailOptions", {name: value for name, value in options.items() if name in MAIL_DEFAULTS})
    message = message_of(submission, of_mail)
    mail = mail_of(message, message_id, timestamp, kind, format, headers, of_mail)
    sent = in_utc(timestamp)
    facts = Facts(
        message,
        _affected(kind, message, recipients),
        mail["messageId"],
        sent,
        _happened(sent, making.after, own),
        own,
    )
    if kind is EventKind.BOUNCE and is_event and bounce_row(None, str(own.get("bounce_sub_type", ""))).is_suppressed:
        for name in ("ses:outgoing-ip", "ses:outgoing-tls-version"):  # it never left
            mail["tags"].pop(name, None)
    return {"eventType" if is_event else "notificationType": kind.value, "mail": mail, row.block: making.make(facts)}


def _happened(sent: datetime, after: float, options: Mapping[str, Any]) -> datetime:
    """Return when it happened: as given, or as long after the message was sent as is told or usual."""
    if "event_timestamp" in options:
        return in_utc(options["event_timestamp"], "event_timestamp")
    millis = options.get("processing_time_millis")
    return later(sent, millis / 1000 if isinstance(millis, int) else after)


def _affected(kind: EventKind, message: OneMessage, given: Iterable[str] | None) -> list[str]:
    """Return the recipients that an event names."""
    if isinstance(given, str):
        raise TypeError("recipients must be a list of str, not one str")
    if given is None:
        everybody = list(message.recipients)
        if kind is not EventKind.COMPLAINT or not everybody:
            return everybody
        domain = _domain(everybody[0])
        return [address for address in everybody if _domain(address) == domain]
    if kind not in NAMING:
        raise InvalidSetting("recipients", kind.value, "an event of this kind names no recipients")
    return [plain_text(address) for address in given]


def _domain(address: str) -> str:
    return address_key(address).rpartition("@")[2]
