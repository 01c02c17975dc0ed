"""Records to events: which kind it is, the message, the block of the kind under its types.

Strategy. `carriers` opens what was handed in; `record_event` reads one record. The kind is what `eventType` says, or
else `notificationType`, or else what EventBridge's `detail-type` or the only known block says. Nothing raises: what is
missing or has another type is a defect with its path, and keys that are unknown here are left in `raw` in peace, as
AWS adds them without a mark of version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sesmime.mime.plain import plain_value
from sesmime.ses.events import details as d
from sesmime.ses.events.carriers import Parcel, open_carriers
from sesmime.ses.events.frozen import EMPTY, ReadOnly
from sesmime.ses.events.kinds import KINDS, EventFormat, EventKind
from sesmime.ses.events.mail import read_mail
from sesmime.ses.events.model import NO_MAIL, Event, Mail, bare_address
from sesmime.ses.events.values import Block, Defects

# The first message on a new event destination is plain text.
_VALIDATED: Final = "Successfully validated SNS topic"
# The first message on a topic of an identity: JSON without `mail`.
_SUBSCRIBED: Final = "AmazonSnsSubscriptionSucceeded"
# The message id of the first message of a receipt rule.
_RULE_SETUP: Final = "AMAZON_SES_SETUP_NOTIFICATION"
_INBOUND: Final = "Received"

_BY_DETAIL_TYPE: Final = MappingProxyType({row.detail_type: kind for kind, row in KINDS.items()})
_CONFIRMATIONS: Final = MappingProxyType(
    {kind.value: kind for kind in (EventKind.SUBSCRIPTION_CONFIRMATION, EventKind.UNSUBSCRIBE_CONFIRMATION)}
)


def read_events(payload: bytes | str | Mapping[str, Any] | Sequence[Any]) -> tuple[Event, ...]:
    r"""Read what a program is handed: every event in it, in order; never raises on content, in linear time.

    Taken are a record, an SNS envelope (the body of an HTTP request or of an SQS message), SQS's `Messages`, Lambda's
    `Records` (of SNS, SQS, Kinesis, SES), an EventBridge event, Firehose's lines and `records`, an HTTP request as
    Lambda gets it, and each of them inside another; as octets (bytes, bytearray, memoryview), str, Mapping or a list
    of these. Records may follow each other with or without a line end. Empty text has no event; text that is no JSON
    and objects that are no event of SES come as one of kind UNKNOWN, so that nothing is lost.

    Nothing is fetched, confirmed or checked for its signature here; text from the network is to be trusted only after
    `verify_sns`. Raises TypeError for other types.

    Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html

    >>> record = '''{"eventType": "Bounce", "mail": {"messageId": "0100", "destination": ["a@b.example"]},
    ...   "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail", "feedbackId": "0101",
    ...     "bouncedRecipients": [{"emailAddress": "<a@b.example>"}], "timestamp": "2026-11-28T09:00:00.000Z"}}'''
    >>> event, = read_events(record)
    >>> event.kind, event.recipients, event.advice
    (<EventKind.BOUNCE: 'Bounce'>, ('a@b.example',), <Advice.STOP: 'stop'>)
    >>> event.details.bounce_sub_type, [(defect.name, defect.path) for defect in event.defects]
    (<BounceSubType.NO_EMAIL: 'NoEmail'>, [('missing-key', 'mail.timestamp'), ('missing-key', 'mail.source')])
    """
    content: object = plain_value(payload)
    if not isinstance(payload, str | bytes | Mapping | list | tuple):
        try:
            content = bytes(memoryview(payload))  # type: ignore[arg-type]  # what is none is told below
        except TypeError:
            raise TypeError("events are read from bytes, str, a Mapping or a list of these") from None
    return tuple(_event(parcel) for parcel in open_carriers(content))


def _event(parcel: Parcel) -> Event:
    if parcel.text is not None:
        return _text_event(parcel, parcel.text)
    if parcel.content is None:
        return _made(parcel, EventKind.UNKNOWN, defects=Defects(parcel.defects))
    return _record_event(parcel, parcel.content)


def _text_event(parcel: Parcel, text: str) -> Event:
    if text.startswith(_VALIDATED):
        # It is text on purpose, so that is no defect.
        defects = Defects(tuple(defect for defect in parcel.defects if defect.name != "not-json"))
        setup = d.SetupMessage(text)
        return _made(parcel, EventKind.SETUP, setup, format=EventFormat.EVENT_PUBLISHING, defects=defects)
    return _made(parcel, EventKind.UNKNOWN, defects=Defects(parcel.defects))


def _record_event(parcel: Parcel, record: Mapping[str, Any]) -> Event:
    defects = Defects(parcel.defects)
    block = Block(record, "", defects)
    confirmation = _CONFIRMATIONS.get(record.get("Type", "")) if isinstance(record.get("Type"), str) else None
    if confirmation is not None and "Message" in record:
        asked = d.Confirmation(
            topic_arn=block.text("TopicArn", required=True),
            token=block.text("Token", required=True),
            subscribe_url=block.text("SubscribeURL", required=True),
            message=block.text("Message"),
        )
        return _made(parcel, confirmation, asked, defects=defects)
    if record.get("eventSource") == "aws:ses" and isinstance(record.get("ses"), Mapping):  # a receipt rule's Lambda
        inbound = Block(record["ses"], "ses", defects)
        return _made(parcel, EventKind.INBOUND, mail=read_mail(inbound, inbound=True), defects=defects)
    kind, form = _kind(block, parcel.arrival.detail_type)
    if kind is EventKind.SETUP:
        return _made(parcel, kind, d.SetupMessage(block.text("message")), format=form, defects=defects)
    if kind is EventKind.INBOUND:
        mail = read_mail(block, inbound=True)
        if mail.message_id == _RULE_SETUP:
            return _made(parcel, EventKind.SETUP, d.SetupMessage(_RULE_SETUP), mail=mail, defects=defects)
        return _made(parcel, kind, mail=mail, defects=defects)
    row = kind.row
    if row is None:
        # An unknown kind of a message has the message's facts all the same.
        known = read_mail(block) if isinstance(record.get("mail"), Mapping) else NO_MAIL
        if known.message_id == _RULE_SETUP:
            return _made(parcel, EventKind.SETUP, d.SetupMessage(_RULE_SETUP), mail=known, defects=defects)
        return _made(parcel, kind, format=form, mail=known, defects=defects)
    mail = read_mail(block)
    inside = block.block(row.block, required=True) or Block(EMPTY, row.block, Defects())
    details = _READERS[kind](inside)
    return _made(parcel, kind, details, format=form, mail=mail, recipients=_recipients(details, mail), defects=defects)


def _made(
    parcel: Parcel,
    kind: EventKind,
    details: d.Details | None = None,
    *,
    format: EventFormat | None = None,
    mail: Mail = NO_MAIL,
    recipients: tuple[str, ...] = (),
    defects: Defects,
) -> Event:
    return Event(
        kind=kind,
        details=details,
        mail=mail,
        recipients=recipients,
        format=format,
        carrier=parcel.carrier,
        arrival=parcel.arrival,
        raw=EMPTY if parcel.content is None else ReadOnly(parcel.content),
        text=parcel.text,
        defects=defects.all(),
    )


def _kind(block: Block, detail_type: str | None) -> tuple[EventKind, EventFormat | None]:
    told = block.text("eventType")
    if told is not None:
        return _named(block, "eventType", told), EventFormat.EVENT_PUBLISHING
    told = block.text("notificationType")
    if told == _SUBSCRIBED:
        return EventKind.SETUP, EventFormat.FEEDBACK_NOTIFICATION
    if told == _INBOUND:
        return EventKind.INBOUND, None
    if told is not None:
        return _named(block, "notificationType", told), EventFormat.FEEDBACK_NOTIFICATION
    blocks = [kind for kind, row in KINDS.items() if block.has(row.block)]
    kind = _BY_DETAIL_TYPE.get(detail_type or "")
    if kind is None and block.has("mail") and len(blocks) == 1:
        (kind,) = blocks
    if kind is None:
        return EventKind.UNKNOWN, None
    block.note("missing-key", "eventType", "the key is missing; the kind is what the rest says")
    return kind, EventFormat.EVENT_PUBLISHING if detail_type else None


def _named(block: Block, key: str, told: str) -> EventKind:
    # Only AWS's own spelling: SETUP and the others are names of ours.
    kind = EventKind._value2member_map_.get(told)
    if isinstance(kind, EventKind) and kind.row is not None:
        return kind
    block.note("unknown-kind", key, "the kind is none that is known")
    return EventKind.UNKNOWN


def _recipients(details: d.Details, mail: Mail) -> tuple[str, ...]:
    if isinstance(details, d.Bounce):
        named = [one.email_address for one in details.bounced_recipients]
    elif isinstance(details, d.Complaint):
        named = [one.email_address for one in details.complained_recipients]
    elif isinstance(details, d.DeliveryDelay):
        named = [one.email_address for one in details.delayed_recipients]
    elif isinstance(details, d.Delivery):
        named = list(details.recipients)
    elif isinstance(details, d.Open | d.Click | d.Subscription) and len(set(mail.destination)) != 1:
        named = []
    else:
        named = list(mail.destination)
    return tuple(dict.fromkeys(filter(None, map(bare_address, named))))


def _bounce(block: Block) -> d.Bounce:
    return d.Bounce(
        bounce_type=block.open("bounceType", d.BounceType, required=True),
        bounce_sub_type=block.open("bounceSubType", d.BounceSubType, required=True),
        bounced_recipients=block.blocks("bouncedRecipients", _bounced, required=True),
        timestamp=block.time("timestamp", required=True),
        feedback_id=block.text("feedbackId", required=True),
        reporting_mta=block.text("reportingMTA"),
        remote_mta_ip=block.text("remoteMtaIp"),
    )


def _bounced(block: Block) -> d.BouncedRecipient:
    return d.BouncedRecipient(
        email_address=block.text("emailAddress", required=True) or "",
        action=block.text("action"),
        status=block.text("status"),
        diagnostic_code=block.text("diagnosticCode"),
    )


def _complaint(block: Block) -> d.Complaint:
    return d.Complaint(
        complained_recipients=block.blocks(
            "complainedRecipients",
            lambda one: d.ComplainedRecipient(one.text("emailAddress", required=True) or ""),
            required=True,
        ),
        timestamp=block.time("timestamp", required=True),
        feedback_id=block.text("feedbackId", required=True),
        complaint_sub_type=block.open("complaintSubType", d.ComplaintSubType),
        user_agent=block.text("userAgent"),
        complaint_feedback_type=block.open("complaintFeedbackType", d.ComplaintFeedbackType),
        arrival_date=block.time("arrivalDate"),
    )


def _delivery(block: Block) -> d.Delivery:
    return d.Delivery(
        timestamp=block.time("timestamp", required=True),
        processing_time_millis=block.number("processingTimeMillis", required=True),
        recipients=block.texts("recipients", required=True),
        smtp_response=block.text("smtpResponse", required=True),
        reporting_mta=block.text("reportingMTA", required=True),
        remote_mta_ip=block.text("remoteMtaIp"),
    )


def _open(block: Block) -> d.Open:
    return d.Open(
        ip_address=block.text("ipAddress", required=True),
        timestamp=block.time("timestamp", required=True),
        user_agent=block.text("userAgent", required=True),
        is_bot_event=block.open("isBotEvent", d.BotEvent),
    )


def _click(block: Block) -> d.Click:
    return d.Click(
        ip_address=block.text("ipAddress", required=True),
        timestamp=block.time("timestamp", required=True),
        user_agent=block.text("userAgent", required=True),
        is_bot_event=block.open("isBotEvent", d.BotEvent),
        link=block.text("link", required=True),
        link_tags=block.pairs("linkTags"),
    )


def _failure(block: Block) -> d.RenderingFailure:
    return d.RenderingFailure(
        template_name=block.text("templateName", required=True),
        error_message=block.text("errorMessage", required=True),
    )


def _delay(block: Block) -> d.DeliveryDelay:
    return d.DeliveryDelay(
        delay_type=block.open("delayType", d.DelayType, required=True),
        delayed_recipients=block.blocks("delayedRecipients", _delayed, required=True),
        expiration_time=block.time("expirationTime", required=True),
        reporting_mta=block.text("reportingMTA"),
        timestamp=block.time("timestamp", required=True),
    )


def _delayed(block: Block) -> d.DelayedRecipient:
    return d.DelayedRecipient(
        email_address=block.text("emailAddress", required=True) or "",
        status=block.text("status"),
        diagnostic_code=block.text("diagnosticCode"),
    )


def _subscription(block: Block) -> d.Subscription:
    return d.Subscription(
        contact_list=block.text("contactList", required=True),
        timestamp=block.time("timestamp", required=True),
        source=block.text("source", required=True),
        new_topic_preferences=_preferences(block.block("newTopicPreferences", required=True)),
        old_topic_preferences=_preferences(block.block("oldTopicPreferences", required=True)),
    )


def _preferences(block: Block | None) -> d.TopicPreferences | None:
    if block is None:
        return None
    return d.TopicPreferences(
        unsubscribe_all=block.flag("unsubscribeAll", required=True),
        topic_subscription_status=block.blocks("topicSubscriptionStatus", _topic),
        topic_default_subscription_status=block.blocks("topicDefaultSubscriptionStatus", _topic),
    )


def _topic(block: Block) -> d.TopicStatus:
    return d.TopicStatus(
        topic_name=block.text("topicName", required=True),
        subscription_status=block.open("subscriptionStatus", d.SubscriptionStatus, required=True),
    )


_READERS: Final[Mapping[EventKind, Callable[[Block], d.Details]]] = MappingProxyType(
    {
        EventKind.SEND: lambda block: d.Send(),
        EventKind.DELIVERY: _delivery,
        EventKind.BOUNCE: _bounce,
        EventKind.COMPLAINT: _complaint,
        EventKind.REJECT: lambda block: d.Reject(block.text("reason", required=True)),
        EventKind.OPEN: _open,
        EventKind.CLICK: _click,
        EventKind.RENDERING_FAILURE: _failure,
        EventKind.DELIVERY_DELAY: _delay,
        EventKind.SUBSCRIPTION: _subscription,
    }
)
