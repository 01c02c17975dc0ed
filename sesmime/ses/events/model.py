"""An event as it is read: the message it is about, how it came, what it says, and the record itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sesmime.ses.events.advice import Advice, advise
from sesmime.ses.events.details import Bounce, Click, Complaint, Confirmation, Details
from sesmime.ses.events.frozen import EMPTY
from sesmime.ses.events.kinds import Carrier, EventFormat, EventKind


class EventDefect(NamedTuple):
    """What a record or its carrier has other than AWS says: its name, its place, and a sentence.

    `path` is dotted (`bounce.bouncedRecipients[2].status`): in `Event.raw`, or in the payload where `raw` was not yet
    reached. Keys of more than 80 characters are cut in it.
    """

    name: str
    path: str
    message: str


class MailHeader(NamedTuple):
    """One header field of the message, as SES tells it: unfolded."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CommonHeaders:
    """The usual fields; None or empty where the message has none.

    Each address stands by itself, as written, also where the record has all of them in one string. `message_id` is
    the SES id in events, and the sender's own Message-ID in feedback notifications.
    """

    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    sender: str | None = None
    return_path: str | None = None
    date: str | None = None
    subject: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """The message that an event is about; all is None or empty where there is none.

    `destination` has all recipients of the message, also in an event about one of them. `tags` are the sender's own,
    `ses:feedback-id-a` and `-b` among them; `auto_tags` are those that SES adds (`ses:configuration-set`, …): no
    message tag can pass for one of them. `source_ip` and `caller_identity` are keys of feedback notifications; in
    events they are tags of SES. `headers_truncated` is None where the record does not say.
    """

    timestamp: datetime | None = None
    message_id: str | None = None
    source: str | None = None
    source_arn: str | None = None
    source_ip: str | None = None
    caller_identity: str | None = None
    sending_account_id: str | None = None
    destination: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default=EMPTY)
    auto_tags: Mapping[str, tuple[str, ...]] = field(default=EMPTY)
    headers: tuple[MailHeader, ...] = ()
    common_headers: CommonHeaders | None = None
    headers_truncated: bool | None = None

    def __repr__(self) -> str:
        told = f"message_id={_short(self.message_id)} destination={len(self.destination)}"
        return f"<Mail {told} tags={len(self.tags)} headers={len(self.headers)}>"


NO_MAIL: Final = Mail()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the carriers said besides the record; None for what did not come by such a carrier.

    A repeat by SNS keeps `sns_message_id`. `sqs_message_id` is what a Lambda function names in `batchItemFailures`,
    `receipt_handle` what `DeleteMessage` takes. `account`, `region`, `event_id` and `detail_type` are EventBridge's.
    `firehose_record_id` is what a transforming Lambda function answers with.
    """

    sns_message_id: str | None = None
    topic_arn: str | None = None
    subject: str | None = None
    sqs_message_id: str | None = None
    receipt_handle: str | None = None
    event_id: str | None = None
    detail_type: str | None = None
    account: str | None = None
    region: str | None = None
    firehose_record_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """One thing that SES, or SNS for it, told.

    `raw` is the record as it came (for a confirmation SNS's envelope; for what is no record the innermost object that
    was read): a read-only view, which takes no part in comparisons. `text` is what came instead of a JSON object.
    `recipients` are those the event is about, bare, each once: those that its block names; for Send, Reject and
    Rendering Failure all of the message; for Open, Click and Subscription the message's only one, or nobody, as the
    record cannot tell which of several it was.
    """

    kind: EventKind
    details: Details | None
    mail: Mail
    recipients: tuple[str, ...]
    format: EventFormat | None
    carrier: Carrier
    arrival: Arrival
    raw: Mapping[str, Any] = field(compare=False)
    text: str | None
    defects: tuple[EventDefect, ...]

    @property
    def timestamp(self) -> datetime | None:
        """When it happened: the block's own time, or else that of the message."""
        return getattr(self.details, "timestamp", None) or self.mail.timestamp

    @property
    def topic_arn(self) -> str | None:
        """The SNS topic that it came by, as the envelope says: unproven until `verify_sns` has been asked."""
        return self.arrival.topic_arn

    @property
    def delivery_id(self) -> str | None:
        """The carrier's own id: SNS's, or else EventBridge's, or else SQS's; it tells deliveries apart, not events."""
        return self.arrival.sns_message_id or self.arrival.event_id or self.arrival.sqs_message_id

    @property
    def advice(self) -> Advice:
        """What it says about all of `recipients`."""
        return advise(self.details)

    def advice_for(self, address: str) -> Advice:
        """Return what it says about one address: NOTHING if the event is not about it.

        Local parts are compared exactly, domains without regard to ASCII case.
        """
        wanted = _folded(bare_address(address))
        return self.advice if any(_folded(one) == wanted for one in self.recipients) else Advice.NOTHING

    @property
    def key(self) -> str:
        """The same 64 hexadecimal digits for each copy of one event, by whatever carrier and in either format.

        SES tells things twice, late and out of order. The digest is of the kind with the feedback id and the
        recipients, or with the message id, the recipients, the time, and of a click the link. What is no event of a
        message has the carrier's own id, or else its content. It is the same in every version of Python.
        """
        digest = hashlib.sha256()
        for text in self._key_parts():
            octets = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(octets))
            digest.update(octets)
        return digest.hexdigest()

    def _key_parts(self) -> Iterator[str]:
        yield self.kind.value
        details = self.details
        recipients = sorted({_folded(one) for one in self.recipients})
        if isinstance(details, Bounce | Complaint) and details.feedback_id:
            yield "feedback"
            yield details.feedback_id
            yield from recipients
        elif self.kind.row is not None and self.mail.message_id:
            yield "message"
            yield self.mail.message_id
            yield self.timestamp.isoformat() if self.timestamp else ""
            yield details.link or "" if isinstance(details, Click) else ""
            yield from recipients
        else:
            yield "other"
            yield self.delivery_id or "" if self.kind.row is None else ""
            if not (isinstance(details, Confirmation) and self.delivery_id):
                yield from content_parts(self.raw if self.text is None else self.text)

    def __repr__(self) -> str:
        told = f"{self.kind.name} message_id={_short(self.mail.message_id)} recipients={len(self.recipients)}"
        return f"<Event {told} carrier={self.carrier.name} defects={len(self.defects)}>"


def _short(text: str | None) -> str:
    return "None" if text is None else ascii(text[:80])


def _folded(address: str) -> str:
    local_part, at, domain = address.rpartition("@")
    return f"{local_part}{at}{_lower(domain)}"


_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LOWER)


def bare_address(address: str) -> str:
    """Return an address without blanks and angle brackets around it, and without a display name."""
    address = address.strip()
    if "<" not in address:
        return address
    if address.startswith("<") and address.endswith(">"):
        inside = address[1:-1].strip()
        if "<" not in inside and ">" not in inside:
            return inside
    from sesmime.mime.addresses import parse_addresses  # few records need it

    found = parse_addresses(address)
    return found[0].address if len(found) == 1 else address


# Content that the program made itself may hold itself; no record that was read as text is so large.
_MOST_NODES: Final = 100_000


def content_parts(content: object) -> Iterator[str]:
    """Return text enough to tell one JSON value from another, whatever the order of keys; the first 100,000 values."""
    waiting: list[tuple[str, object]] = [("", content)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        name, value = waiting.pop()
        yield name
        if isinstance(value, Mapping):
            yield f"{{{len(value)}"
            waiting.extend(sorted(((str(key), value[key]) for key in value), key=lambda item: item[0]))
        elif isinstance(value, list | tuple):
            yield f"[{len(value)}"
            waiting.extend(("", one) for one in value)
        elif isinstance(value, str):
            yield f'"{value}'
        elif isinstance(value, bool) or value is None:
            yield repr(value)
        elif isinstance(value, int):
            yield f"{value:x}"  # the decimal form of a huge number is refused
        elif isinstance(value, float):
            yield repr(value)
        else:
            yield type(value).__name__
