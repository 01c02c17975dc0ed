"""Records in their carriers: what a program is handed by SNS, SQS, Lambda, EventBridge and Firehose.

Sources: sns/http-notification-json and sns/sns-large-payload-raw-message-delivery for the envelope and raw delivery;
the pages "Using Lambda with Amazon SNS" and "… SQS" of Lambda's guide; the EventBridge page of SES's guide; recorded
SNS messages of SES (localstack/localstack, `tests/aws/services/ses/test_ses.snapshot.json`) for the subject and the
line end of a Message.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypedDict, cast, overload

from sesmime.errors import InvalidSetting, member_of
from sesmime.ses.events.kinds import KINDS, Carrier, EventKind
from sesmime.ses.events.plain import json_text, plain_text, plain_value, utc_text

if TYPE_CHECKING:
    from typing import Unpack

SUBJECT: Final = "Amazon SES Email Event Notification"
# The first message on the topic of a new event destination: a text, no JSON (recorded).
VALIDATION_TEXT: Final = "Successfully validated SNS topic for Amazon SES event publishing."
# What stands where a signature would: base64 that verifies with no key.
UNSIGNED: Final = "RVhBTVBMRQ=="

Sign = Callable[[Mapping[str, str]], str]


class CarrierOptions(TypedDict, total=False):
    """What a carrier says beside the record.

    `topic_arn` and `queue_arn` name where the record went; `subject` is the SNS subject (None: there is none; without
    it that of SES). `timestamp` is the carrier's, else that of the event. `make_id` makes each id, random ones unless
    it is given. `sign` is called with the envelope, all but its Signature, and returns the signature in base64;
    `signature_version` and `signing_cert_url` are told to it. `raw_delivery` puts the record in a queue message without
    SNS's envelope. `resources` are the identities that EventBridge names.
    """

    topic_arn: str
    queue_arn: str
    subject: str | None
    timestamp: datetime
    make_id: Callable[[], str]
    sign: Sign
    signature_version: Literal["1", "2"]
    signing_cert_url: str
    raw_delivery: bool
    region: str
    resources: Iterable[str]


_SNS_OPTIONS: Final = (
    "topic_arn subject timestamp make_id sign signature_version signing_cert_url".split()  # noqa: SIM905
)
# The options of each carrier; all others are refused.
_OPTIONS: Final[Mapping[Carrier, frozenset[str]]] = {
    Carrier.RECORD: frozenset(),
    Carrier.SNS: frozenset(_SNS_OPTIONS),
    Carrier.SNS_LAMBDA: frozenset(_SNS_OPTIONS),
    Carrier.SQS: frozenset([*_SNS_OPTIONS, "queue_arn", "raw_delivery"]),
    Carrier.SQS_LAMBDA: frozenset([*_SNS_OPTIONS, "queue_arn", "raw_delivery"]),
    Carrier.EVENTBRIDGE: frozenset(("timestamp", "make_id", "region", "resources")),
    Carrier.FIREHOSE: frozenset(),
}
_BATCHES: Final = (Carrier.SNS_LAMBDA, Carrier.SQS, Carrier.SQS_LAMBDA, Carrier.FIREHOSE)
_EVENT_TYPES: Final[Mapping[str, EventKind]] = {kind.value: kind for kind in KINDS}

Record = Mapping[str, Any] | str


@overload
def carried(
    record: Record | Iterable[Record], carrier: Literal[Carrier.FIREHOSE], **options: Unpack[CarrierOptions]
) -> str: ...
@overload
def carried(
    record: Record | Iterable[Record],
    carrier: Literal[
        Carrier.RECORD, Carrier.SNS, Carrier.SNS_LAMBDA, Carrier.SQS, Carrier.SQS_LAMBDA, Carrier.EVENTBRIDGE
    ],
    **options: Unpack[CarrierOptions],
) -> dict[str, Any]: ...
@overload
def carried(
    record: Record | Iterable[Record], carrier: Carrier, **options: Unpack[CarrierOptions]
) -> dict[str, Any] | str: ...
def carried(
    record: Record | Iterable[Record], carrier: Carrier, **options: Unpack[CarrierOptions]
) -> dict[str, Any] | str:
    r"""Return what a program is handed when a carrier brings a record: plain JSON values, or Firehose's text.

    | carrier | it is |
    |---|---|
    | RECORD | the record; its JSON text is the body of a raw delivery |
    | SNS | the envelope; its JSON text is the body of the HTTP request, or of the queue message |
    | SNS_LAMBDA, SQS_LAMBDA | the event of a Lambda function, `{"Records": […]}` |
    | SQS | what boto3's `receive_message` returns, `{"Messages": […]}` |
    | EVENTBRIDGE | the event |
    | FIREHOSE | str: the JSON text of each record and a line feed, as they stand in the object in S3 |

    `record` is what `event_record` made, or the text of a message that is no record (`VALIDATION_TEXT`); several come
    in one batch where the carrier has batches. The same arguments, with `make_id`, give the same. Without `sign` the
    Signature is a placeholder that no key verifies. `CarrierOptions` tells about the options.

    Raises InvalidSetting for several records where one is carried, and for what the carrier never brings: a text or an
    identity notification by EventBridge or Firehose; TypeError for an option that the carrier does not have and for
    what JSON does not have.

    >>> carried({"eventType": "Send", "mail": {}, "send": {}}, Carrier.FIREHOSE)
    '{"eventType":"Send","mail":{},"send":{}}\n'
    """
    carrier = member_of(Carrier, carrier, "carrier")
    for name in options:
        if name not in _OPTIONS[carrier]:
            raise TypeError(f"the carrier {carrier.value} has no option {name!r}")
    records = [record] if isinstance(record, str | Mapping) else list(record)
    plain: list[dict[str, Any] | str] = [_plain(one) for one in records]
    if len(plain) != 1 and carrier not in _BATCHES:
        raise InvalidSetting("record", f"{len(plain)} records", f"{carrier.value} carries one at a time")
    if carrier in (Carrier.EVENTBRIDGE, Carrier.FIREHOSE):
        for one in plain:
            if isinstance(one, str) or _EVENT_TYPES.get(one.get("eventType", "")) is None:
                raise InvalidSetting("record", carrier.value, "it carries only records of event publishing")
    if carrier is Carrier.FIREHOSE:
        return "".join(json_text(one) + "\n" for one in plain)
    if carrier is Carrier.RECORD:
        if not isinstance(plain[0], dict):
            raise InvalidSetting("record", carrier.value, "a text is no record")
        return plain[0]
    if carrier is Carrier.SNS:
        return _envelope(plain[0], options)
    if carrier is Carrier.SNS_LAMBDA:
        return {"Records": [_sns_lambda(one, options) for one in plain]}
    if carrier is Carrier.EVENTBRIDGE:
        return _eventbridge(cast("dict[str, Any]", plain[0]), options)
    queued = [_queued(one, options) for one in plain]
    if carrier is Carrier.SQS:
        return {"Messages": [_sqs(one) for one in queued]}
    return {"Records": [_sqs_lambda(one, options) for one in queued]}


def _plain(record: Record) -> Any:
    if not isinstance(record, str | Mapping):
        raise TypeError(f"a record must be a mapping or a text, not {type(record).__name__}")
    return plain_value(record)


def _new_id(options: CarrierOptions) -> str:
    return plain_text(options.get("make_id", lambda: str(uuid.uuid4()))())


def _when(record: Any, options: CarrierOptions) -> str:
    """Return the time of a carrier: the one given, that of the event, that of the mail, or now."""
    if "timestamp" in options:
        return utc_text(options["timestamp"])
    if isinstance(record, dict):
        blocks = [row.block for row in KINDS.values()]
        for holder in (*(record.get(block) for block in blocks), record.get("mail")):
            if isinstance(holder, dict) and isinstance(told := holder.get("timestamp"), str) and told:
                return told
    return utc_text(datetime.now(UTC))


# SNS

_TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:ses-events"
_QUEUE: Final = "arn:aws:sqs:us-east-1:123456789012:ses-events"


def _part(arn: str, number: int, default: str) -> str:
    """Return a part of an ARN, counted from 0."""
    parts = arn.split(":")
    return parts[number] if len(parts) > number and parts[number] else default


def _envelope(record: Any, options: CarrierOptions) -> dict[str, Any]:
    """Return SNS's envelope; an identity notification has no Subject (as published records have it), nor has a text."""
    topic = plain_text(options.get("topic_arn", _TOPIC))
    region, partition = _part(topic, 3, "us-east-1"), _part(topic, 1, "aws")
    host = f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")
    subscription = f"{topic}:{uuid.uuid5(uuid.NAMESPACE_URL, topic)}"
    is_event = isinstance(record, dict) and "eventType" in record
    subject = options.get("subject", SUBJECT if is_event else None)
    envelope: dict[str, str] = {"Type": "Notification", "MessageId": _new_id(options), "TopicArn": topic}
    if subject is not None:
        envelope["Subject"] = plain_text(subject)
    certificate = f"https://{host}/SimpleNotificationService-00000000000000000000000000000000.pem"
    envelope |= {
        "Message": record if isinstance(record, str) else json_text(record) + "\n",
        "Timestamp": _when(record, options),
        "SignatureVersion": plain_text(options.get("signature_version", "1")),
        "SigningCertURL": plain_text(options.get("signing_cert_url", certificate)),
        "UnsubscribeURL": f"https://{host}/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }
    sign = options.get("sign")
    envelope["Signature"] = UNSIGNED if sign is None else plain_text(sign(dict(envelope)))
    return {name: envelope[name] for name in _ORDER if name in envelope}


_ORDER: Final = (
    *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"),
    *("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"),
)
# Lambda spells these two in its own way.
_IN_LAMBDA: Final = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}


def _sns_lambda(record: Any, options: CarrierOptions) -> dict[str, Any]:
    envelope = _envelope(record, options)
    subscription = envelope["UnsubscribeURL"].partition("SubscriptionArn=")[2]
    notification = {_IN_LAMBDA.get(name, name): value for name, value in envelope.items()}
    notification.setdefault("Subject", None)
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": notification | {"MessageAttributes": {}},
    }


# SQS


class _Queued(NamedTuple):
    """One message of a queue, as both carriers have it."""

    message_id: str
    receipt_handle: str
    body: str
    attributes: dict[str, str]

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()


def _queued(record: Any, options: CarrierOptions) -> _Queued:
    if options.get("raw_delivery", False):
        body = record if isinstance(record, str) else json_text(record) + "\n"
    else:
        body = json_text(_envelope(record, options))
    moment = _milliseconds(_when(record, options))
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": moment,
        "SenderId": "AIDAISMY7JYY5F7RTT6AO",
        "ApproximateFirstReceiveTimestamp": moment,
    }
    return _Queued(_new_id(options), _new_id(options), body, attributes)


def _milliseconds(text: str) -> str:
    try:
        return str(int(datetime.fromisoformat(text).timestamp() * 1000))
    except (ValueError, OverflowError):  # a record of somebody else's
        return "0"


def _sqs(queued: _Queued) -> dict[str, Any]:
    return {
        "MessageId": queued.message_id,
        "ReceiptHandle": queued.receipt_handle,
        "MD5OfBody": queued.md5,
        "Body": queued.body,
        "Attributes": queued.attributes,
    }


def _sqs_lambda(queued: _Queued, options: CarrierOptions) -> dict[str, Any]:
    queue = plain_text(options.get("queue_arn", _QUEUE))
    return {
        "messageId": queued.message_id,
        "receiptHandle": queued.receipt_handle,
        "body": queued.body,
        "attributes": queued.attributes,
        "messageAttributes": {},
        "md5OfBody": queued.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": _part(queue, 3, "us-east-1"),
    }


# EventBridge


def _eventbridge(record: dict[str, Any], options: CarrierOptions) -> dict[str, Any]:
    mail = record.get("mail")
    told = mail if isinstance(mail, dict) else {}
    identity = told.get("sourceArn")
    region = plain_text(options.get("region", _part(identity, 3, "us-east-1") if identity else "us-east-1"))
    account = told.get("sendingAccountId") or "123456789012"
    if identity is None:  # opens and clicks do not tell it
        source = str(told.get("source", "")).rpartition("<")[2].rstrip(">")
        identity = f"arn:aws:ses:{region}:{account}:identity/{source}"
    resources = options.get("resources", (identity,))
    return {
        "version": "0",
        "id": _new_id(options),
        "detail-type": KINDS[_EVENT_TYPES[record["eventType"]]].detail_type,
        "source": "aws.ses",
        "account": account,
        "time": _when(record, options)[:19] + "Z",
        "region": region,
        "resources": [plain_text(resource) for resource in resources],
        "detail": record,
    }
