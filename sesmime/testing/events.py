"""What SES would tell of the messages that a test sent: records made for the outbox, in the carrier that is wanted."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sesmime.events import (
    Carrier,
    CarrierOptions,
    Event,
    EventFormat,
    EventKind,
    RecordOptions,
    SnsSigner,
    carried,
    event_record,
    read_events,
    simulated_events,
)
from sesmime.ses.requests import Submission
from sesmime.testing.outbox import Outbox, Sent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack

# The topic of messages that are signed for a test, unless it names another.
TOPIC_ARN: Final = "arn:aws:sns:us-east-1:123456789012:ses-events"


class EventMaker:
    """Makes what SES is expected to tell of sent messages. Each call is about the message sent last, or about `sent`.

    `ses_events(kind)` gives the record, `ses_events(kind, carrier=Carrier.SQS_LAMBDA)` what a program is handed by that
    carrier, `event(kind)` the `Event` that `read_events` makes of it, `signed(kind)` the body of SNS's HTTP request,
    signed by `signer`, whose certificate the program must be told (`verify_sns(certificate=…)`).
    `simulated()` is all that SES's mailbox simulator would tell.

    >>> from sesmime import Submission
    >>> message = Submission(b"From: a@b.example\\r\\nTo: c@d.example\\r\\n\\r\\nHello\\r\\n")
    >>> EventMaker(Outbox()).event("Bounce", message, bounce_sub_type="NoEmail").recipients
    ('c@d.example',)
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._signer: SnsSigner | None = None

    def __call__(
        self,
        kind: EventKind | str,
        sent: Sent | Submission[Any] | None = None,
        *,
        carrier: Carrier | str = Carrier.RECORD,
        recipients: Iterable[str] | None = None,
        message_id: str | None = None,
        timestamp: datetime | None = None,
        format: EventFormat = EventFormat.EVENT_PUBLISHING,
        through: CarrierOptions | None = None,
        **options: Unpack[RecordOptions],
    ) -> Any:
        """Return what the carrier brings: a dict, or the text of Firehose.

        `message_id` is one that each message has of its own unless given, `timestamp` now; `through` are the options of
        `carried`, all others those of `event_record`. Raises IndexError where nothing was sent, ValueError where the
        message could not be read when it was sent, and what `event_record` and `carried` raise.
        """
        record = event_record(
            kind,
            self._submission(sent),
            message_id=self.message_id(sent) if message_id is None else message_id,
            timestamp=datetime.now(UTC) if timestamp is None else timestamp,
            recipients=recipients,
            format=format,
            **options,
        )
        return carried(record, Carrier(carrier), **({} if through is None else through))

    def event(self, kind: EventKind | str, sent: Sent | Submission[Any] | None = None, **options: Any) -> Event:
        """Return an event as `read_events` reads it; `options` are those of a call."""
        (event,) = read_events(self(kind, sent, **options))
        return event

    def signed(
        self,
        kind: EventKind | str,
        sent: Sent | Submission[Any] | None = None,
        *,
        topic_arn: str = TOPIC_ARN,
        **options: Any,
    ) -> bytes:
        """Return the body that SNS would post for a topic, signed by SHA-256. Raises ImportError without `sns`."""
        through: CarrierOptions = {"topic_arn": topic_arn}
        signing = self.signer.options()
        through |= {
            "sign": signing["sign"],
            "signature_version": signing["signature_version"],
            "signing_cert_url": signing["signing_cert_url"],
        }
        return json.dumps(self(kind, sent, carrier=Carrier.SNS, through=through, **options)).encode("utf-8")

    def simulated(self, sent: Sent | Submission[Any] | None = None, **options: Any) -> tuple[Any, ...]:
        """Return what comes of a message to the mailbox simulator's addresses, in order; `options` as of a call."""
        return tuple(
            self(one.kind, sent, recipients=one.recipients or None, **{**one.options, **options})
            for one in simulated_events(self._submission(sent))
        )

    def message_id(self, sent: Sent | Submission[Any] | None = None) -> str:
        """Return the identifier that a message has in its events here, in the form of SES's own.

        It is not the one that the send call returned, which nobody knows but the program.
        """
        submission = self._submission(sent)
        place = next((place for place, one in enumerate(self._outbox) if one.submission is submission), None)
        digest = hashlib.sha256(b"%d" % -1 if place is None else b"%d" % place)
        digest.update(b"" if submission.message is None else bytes(submission.message))
        text = digest.hexdigest()
        return f"0100{text[:12]}-{text[12:20]}-{text[20:24]}-{text[24:28]}-{text[28:32]}-{text[32:44]}-000000"

    @property
    def signer(self) -> SnsSigner:
        """The key that signs, made when it is first asked for, and its certificate."""
        if self._signer is None:
            self._signer = SnsSigner.make()
        return self._signer

    def _submission(self, sent: Sent | Submission[Any] | None) -> Submission[Any]:
        __tracebackhide__ = True
        one = self._outbox.last if sent is None else sent
        if isinstance(one, Submission):
            return one
        if one.unread is not None:
            raise ValueError(f"the message cannot be read: {one.unread}")
        return one.submission
