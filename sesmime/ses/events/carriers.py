"""Carriers: what a program is handed, opened until records are left.

Each carrier is told by its own keys, which are AWS's; they hold each other in any order (SNS in SQS in Lambda,
EventBridge in Firehose). Nothing is checked here that says who wrote it: `verify_sns` does that.

Sources: https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html,
https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html, …/with-sqs.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html,
https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-using-eventbridge.html,
https://docs.aws.amazon.com/firehose/latest/dg/data-transformation.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sesmime.ses.events.kinds import Carrier
from sesmime.ses.events.model import Arrival, EventDefect
from sesmime.ses.events.texts import decode_text, join_path, read_values

# SNS in SQS in Lambda in a list are four steps, Firehose and Kinesis take two each; a text costs its length at each.
MAX_CARRIERS: Final = 12

CONFIRMATIONS: Final = frozenset(("SubscriptionConfirmation", "UnsubscribeConfirmation"))


class Parcel(NamedTuple):
    """What one carrier holds in the end: a record, or text that is none.

    `content` is the innermost object that was read: the record itself unless there is `text`.
    """

    content: Mapping[str, Any] | None
    text: str | None
    carrier: Carrier
    arrival: Arrival
    defects: tuple[EventDefect, ...]


class _Way(NamedTuple):
    """How it came so far."""

    carrier: Carrier | None = None
    arrival: Arrival = Arrival()
    path: str = ""
    levels: int = 0
    holder: Mapping[str, Any] | None = None  # the object that text was found in
    defects: tuple[EventDefect, ...] = ()

    def into(self, name: str, carrier: Carrier | None = None, **told: str | None) -> _Way:
        """Return the way one level on; what the carrier tells replaces what was known only where it is text."""
        arrival = (
            replace(self.arrival, **{key: value for key, value in told.items() if value}) if told else self.arrival
        )
        path = f"{self.path}{name}" if name.startswith("[") or not name else join_path(self.path, name)
        return _Way(self.carrier or carrier, arrival, path, self.levels + 1, self.holder, self.defects)

    def noting(self, name: str, message: str) -> _Way:
        return self._replace(defects=(*self.defects, EventDefect(name, self.path, message)))


def open_carriers(payload: object) -> Iterator[Parcel]:
    """Return every record, and every text that is none, of what a program was handed; never raises on content."""
    return _opened(payload, _Way())


def _opened(payload: object, way: _Way) -> Iterator[Parcel]:
    if way.levels > MAX_CARRIERS:
        way = way.noting("too-many-carriers", f"more than {MAX_CARRIERS} carriers are in each other")
        yield _parcel(payload, way)
    elif isinstance(payload, str):
        yield from _opened_text(payload, way)
    elif isinstance(payload, bytes | bytearray | memoryview):
        text, defects = decode_text(bytes(payload))
        yield from _opened_text(text, way._replace(defects=way.defects + defects))
    elif isinstance(payload, Mapping):
        yield from _opened_object(payload, way)
    elif isinstance(payload, list | tuple):
        for number, one in enumerate(payload):
            yield from _opened(one, way.into(f"[{number}]"))
    else:
        yield _parcel(payload, way.noting("wrong-type", "it is neither text nor an object"))


def _parcel(payload: object, way: _Way) -> Parcel:
    content, text = way.holder, None
    if isinstance(payload, Mapping):
        content = payload
    elif isinstance(payload, str):
        text = payload
    elif not isinstance(payload, bytes | bytearray | memoryview):
        text = _shown(payload)
    return Parcel(content, text, way.carrier or Carrier.RECORD, way.arrival, way.defects)


def _shown(value: object) -> str:
    """Return a value that is no record as short text: many of them may stand in one object, whose key is not theirs."""
    if value is None or isinstance(value, bool | float):
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value}" if abs(value) < 10**20 else f"{value:#x}"
    return "[…]" if isinstance(value, list | tuple) else f"<{type(value).__name__}>"


def _opened_text(text: str, way: _Way) -> Iterator[Parcel]:
    values = read_values(text)
    first, second = next(values, None), next(values, None)
    if first is None:
        return
    if second is not None and way.carrier is None:
        way = way._replace(carrier=Carrier.FIREHOSE)
    while first is not None:
        found = way._replace(defects=way.defects + first.defects)
        if first.text is None:
            yield from _opened(first.value, found)
        else:
            inner = _quoted_text(first.text)
            yield from [_parcel(first.text, found)] if inner is None else _opened(inner, way.into(""))
        first, second = second, next(values, None)


def _quoted_text(text: str) -> str | None:
    """Return the text in a JSON string, as where a record was encoded twice; None for all else."""
    if not (text.startswith('"') and text.endswith('"')):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _opened_object(found: Mapping[str, Any], way: _Way) -> Iterator[Parcel]:
    way = way._replace(holder=found)
    if isinstance(found.get("eventType"), str) or isinstance(found.get("notificationType"), str):
        yield _parcel(found, way)
    elif isinstance(found.get("Records"), list | tuple):
        yield from _opened_list("Records", found, way)
    elif isinstance(found.get("Messages"), list | tuple):
        yield from _opened_list("Messages", found, way)
    elif isinstance(found.get("records"), list | tuple):  # Firehose's transformation, and its HTTP endpoints
        yield from _opened_list("records", found, way.into("")._replace(carrier=way.carrier or Carrier.FIREHOSE))
    elif found.keys() == {"ResponseMetadata"}:
        return  # SQS's answer when there was no message
    elif isinstance(found.get("Sns"), Mapping):
        yield from _opened(found["Sns"], way.into("Sns", Carrier.SNS_LAMBDA))
    elif "Message" in found and ("Type" in found or "TopicArn" in found):
        yield from _opened_envelope(found, way)
    elif "detail-type" in found and isinstance(found.get("detail"), Mapping):
        yield from _opened_bridge(found, way)
    elif _is_text(found.get("Body")) and ("ReceiptHandle" in found or "MD5OfBody" in found or "MessageId" in found):
        told = {"sqs_message_id": _text(found, "MessageId"), "receipt_handle": _text(found, "ReceiptHandle")}
        yield from _opened(found["Body"], way.into("Body", Carrier.SQS, **told))
    elif _is_text(found.get("body")) and ("receiptHandle" in found or found.get("eventSource") == "aws:sqs"):
        told = {"sqs_message_id": _text(found, "messageId"), "receipt_handle": _text(found, "receiptHandle")}
        yield from _opened(found["body"], way.into("body", Carrier.SQS_LAMBDA, **told))
    elif _is_text(found.get("body")) and ("requestContext" in found or "isBase64Encoded" in found):
        # An HTTP request as API Gateway, a function's own address or a load balancer hand it to Lambda.
        if found.get("isBase64Encoded") is True:
            yield from _opened_base64(found["body"], way.into("body"))
        else:
            yield from _opened(found["body"], way.into("body"))
    elif isinstance(found.get("kinesis"), Mapping) and _is_text(found["kinesis"].get("data")):
        yield from _opened_base64(found["kinesis"]["data"], way.into("kinesis", Carrier.FIREHOSE).into("data"))
    elif isinstance(found.get("Data"), bytes):  # what `put_record` was given, or `get_records` answers
        yield from _opened(found["Data"], way.into("Data", Carrier.FIREHOSE))
    elif _is_text(found.get("data")) and way.carrier is Carrier.FIREHOSE:
        record_id = _text(found, "recordId")
        yield from _opened_base64(found["data"], way.into("data", firehose_record_id=record_id))
    else:
        yield _parcel(found, way)


def _opened_list(name: str, found: Mapping[str, Any], way: _Way) -> Iterator[Parcel]:
    for number, one in enumerate(found[name]):
        yield from _opened(one, way.into(f"{name}[{number}]"))


def _opened_envelope(found: Mapping[str, Any], way: _Way) -> Iterator[Parcel]:
    told = {
        "sns_message_id": _text(found, "MessageId"),
        "topic_arn": _text(found, "TopicArn"),
        "subject": _text(found, "Subject"),
    }
    inside = way.into("Message", Carrier.SNS, **told)
    kind = found.get("Type", "Notification")
    if isinstance(kind, str) and kind in CONFIRMATIONS:
        yield _parcel(found, inside._replace(path=way.path))
        return
    if kind != "Notification":
        inside = inside.noting("unknown-type", "the envelope's Type is none of SNS's")
    empty = True
    for parcel in _opened(found["Message"], inside):
        empty = False
        yield parcel
    if empty:
        yield _parcel(found, inside.noting("empty", "the message is empty"))


def _opened_bridge(found: Mapping[str, Any], way: _Way) -> Iterator[Parcel]:
    told = {
        "event_id": _text(found, "id"),
        "detail_type": _text(found, "detail-type"),
        "account": _text(found, "account"),
        "region": _text(found, "region"),
    }
    inside = way.into("detail", Carrier.EVENTBRIDGE, **told)
    detail = found["detail"]
    # What tells of no message keeps its name, which is outside of `detail`.
    is_record = "mail" in detail or "eventType" in detail or "notificationType" in detail
    yield _parcel(detail if is_record else found, inside._replace(holder=found))


def _opened_base64(encoded: str | bytes, way: _Way) -> Iterator[Parcel]:
    try:
        octets = base64.b64decode(encoded, validate=True)
    except ValueError:
        yield _parcel(encoded, way.noting("not-base64", "the text is not base64"))
        return
    yield from _opened(octets, way)


def _is_text(value: object) -> bool:
    return isinstance(value, str | bytes)


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None
