"""The events of what was taken: made, and published to the destinations of the configuration set and of the identity.

Each message brings Send and Delivery; addresses of the mailbox simulator and suppressed ones bring what they do in SES;
a template whose data lack something brings Rendering Failure, the test virus Reject. A thread of its own publishes, so
that a send call waits for no webhook.
"""

from __future__ import annotations

import base64
import json
import logging
import queue
import threading
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from sesmime.errors import SesMimeError
from sesmime.local.inbox import Inbox, Kept, KeptEvent
from sesmime.local.options import ACCOUNT_ID
from sesmime.local.state import EventDestination, Region, State, now
from sesmime.ses.events.carrying import VALIDATION_TEXT
from sesmime.ses.events.dimensions import dimension_values
from sesmime.ses.events.kinds import KINDS, EventFormat, EventKind
from sesmime.ses.events.records import event_record
from sesmime.ses.events.simulator import simulated_events, simulated_name

_LOG: Final = logging.getLogger("sesmime.local")
_SUBJECT: Final = "Amazon SES Email Event Notification"
_MOST_WAITING: Final = 10_000
_FAREWELL: Final = 3.0  # seconds for what waits when it ends
_ASKED: Final = {kind.name.lower(): kind for kind in KINDS}
_NOTIFIED: Final = {EventKind.BOUNCE: "Bounce", EventKind.COMPLAINT: "Complaint", EventKind.DELIVERY: "Delivery"}


class Happening(NamedTuple):
    """Something that happens to a message: its kind, to whom, and what its record says besides."""

    kind: EventKind
    recipients: tuple[str, ...]
    options: Mapping[str, Any]


class _Job(NamedTuple):
    kept: Kept
    happenings: tuple[Happening, ...]


class EventPublisher:
    """Makes and publishes events in a thread of its own."""

    def __init__(self, state: State, inbox: Inbox) -> None:
        self._state = state
        self._inbox = inbox
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="sesmime-events", daemon=True)
        self._thread.start()

    def taken(self, kept: Kept) -> None:
        """A message was taken: publish Send, and what its recipients bring."""
        with self._state.lock:
            happenings = tuple(happenings_of(kept, self._state.region(kept.region)))
        self._put(_Job(kept, happenings))

    def make(self, kept: Kept, kind: str) -> None:
        """Make one more event of a kind, such as `open`, for a message, about all its recipients."""
        happening = Happening(_ASKED[kind.replace(" ", "_").lower()], (), {})
        self._put(_Job(kept, (happening,)))

    def validated(self, region: str, topic_arn: str, text: str = VALIDATION_TEXT) -> None:
        """A topic was given: SES publishes a message to it that is no event."""
        try:
            _publish_sns(region, topic_arn, text, subject=_SUBJECT)
        except Exception:  # noqa: BLE001 moto raises what it likes; the destination was made all the same
            _LOG.warning("the validation of %s could not be published", topic_arn, exc_info=True)

    def drain(self, *, seconds: float = 10.0) -> bool:
        """Wait until everything that waits has been published; return whether it was."""
        with self._jobs.all_tasks_done:
            return self._jobs.all_tasks_done.wait_for(lambda: self._jobs.unfinished_tasks == 0, timeout=seconds)

    def close(self) -> None:
        """Publish what is waiting, for a few seconds at most, and end."""
        self._put(None)
        self._thread.join(timeout=_FAREWELL)

    def _put(self, job: _Job | None) -> None:
        try:
            self._jobs.put(job, timeout=1)
        except queue.Full:
            _LOG.warning("more than %d messages wait for their events; those of one are lost", _MOST_WAITING)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                if job is None:
                    return
                for happening in job.happenings:
                    self._publish(job.kept, happening)
            except Exception:  # noqa: BLE001 one message's fault must not end the events of all
                _LOG.exception("events could not be made")
            finally:
                self._jobs.task_done()

    def _publish(self, kept: Kept, happening: Happening) -> None:
        with self._state.lock:
            region = self._state.region(kept.region)
            found = region.configuration_sets.get(kept.configuration_set or "")
            destinations = tuple(found.destinations.values()) if found is not None else ()
            identity = region.identity_of(str(kept.envelope.sender or ""))
            _count(region, happening)
        event = KeptEvent(
            kind=happening.kind.value,
            timestamp=now(),
            recipients=_recipients(kept, happening),
            made=partial(record_of, kept, happening, region.name),
        )
        published, failures = [], []
        for destination in destinations:
            if not destination.enabled or happening.kind not in destination.kinds:
                continue
            try:
                _publish_to(destination, kept, happening.kind, event.record, region.name)
                published.append(f"{destination.target} {destination.name}")
            except Exception as error:  # noqa: BLE001 moto raises what it likes; the page tells of it
                failures.append(f"{destination.target} {destination.name}: {type(error).__name__}: {error}")
        topic = None if identity is None else identity.topics.get(_NOTIFIED.get(happening.kind, ""))
        if identity is not None and topic is not None:
            with_headers = _NOTIFIED[happening.kind] in identity.headers_in
            notification = record_of(
                kept, happening, region.name, format=EventFormat.FEEDBACK_NOTIFICATION, headers=with_headers
            )
            try:
                _publish_sns(region.name, topic, json.dumps(notification), subject=None)
                published.append(f"notification to {topic.rpartition(':')[2]}")
            except Exception as error:  # noqa: BLE001 as above
                failures.append(f"notification to {topic}: {type(error).__name__}: {error}")
        event.published_to, event.failures = tuple(published), tuple(failures)
        self._inbox.add_event(kept.id, event)


def happenings_of(kept: Kept, region: Region) -> Iterator[Happening]:
    """Return what SES is expected to tell of a message that it took, in order."""
    if kept.rendering_failure is not None:
        yield Happening(EventKind.RENDERING_FAILURE, (), {"error_message": kept.rendering_failure})
        return
    suppressed = tuple(address for address in kept.recipients if _is_suppressed(address, kept, region))
    simulated = simulated_events(kept.submission)
    if any(event.kind is EventKind.REJECT for event in simulated):
        yield Happening(EventKind.REJECT, (), {})
        return
    yield Happening(EventKind.SEND, (), {})
    # Of the simulator those are left that get the message.
    played = [
        Happening(event.kind, tuple(one for one in event.recipients if one not in suppressed), event.options)
        for event in simulated
        if event.kind is not EventKind.SEND
    ]
    delivered = {one for event in played if event.kind is EventKind.DELIVERY for one in event.recipients}
    reached = tuple(
        address
        for address in kept.recipients
        if address in delivered or (address not in suppressed and simulated_name(address) is None)
    )
    if reached:
        yield Happening(EventKind.DELIVERY, reached, {})
    yield from (event for event in played if event.kind is not EventKind.DELIVERY and event.recipients)
    if suppressed:
        told = {"bounce_type": "Permanent", "bounce_sub_type": "OnAccountSuppressionList"}
        yield Happening(EventKind.BOUNCE, suppressed, told)


def record_of(
    kept: Kept,
    happening: Happening,
    region: str,
    *,
    format: EventFormat = EventFormat.EVENT_PUBLISHING,
    headers: bool = True,
) -> dict[str, Any]:
    """Return the record of something that happened to a message."""
    assert kept.message_id is not None
    options: dict[str, Any] = dict(happening.options)
    return event_record(
        happening.kind,
        kept.submission,
        message_id=kept.message_id,
        timestamp=kept.received,
        recipients=happening.recipients or None,
        format=format,
        headers=headers,
        account_id=ACCOUNT_ID,
        region=region,
        source_ip=kept.source_ip,
        configuration_set=kept.configuration_set,
        rendered=kept.message,
        **options,
    )


def _is_suppressed(address: str, kept: Kept, region: Region) -> bool:
    found = region.suppressed.get(address.lower())
    if found is None:
        return False
    chosen = region.configuration_sets.get(kept.configuration_set or "")
    reasons = region.suppressed_reasons if chosen is None else chosen.suppressed_reasons
    return found.reason in (region.suppressed_reasons if reasons is None else reasons)


def _recipients(kept: Kept, happening: Happening) -> tuple[str, ...]:
    return happening.recipients or kept.recipients


def _count(region: Region, happening: Happening) -> None:
    if not region.statistics:
        return
    counts = region.statistics[-1]
    counts.bounces += happening.kind is EventKind.BOUNCE
    counts.complaints += happening.kind is EventKind.COMPLAINT


# The targets, in moto's backends of this process.


def _publish_to(
    destination: EventDestination, kept: Kept, kind: EventKind, record: Mapping[str, Any], region: str
) -> None:
    details = destination.details
    if destination.target == "sns":
        text = json.dumps(record) + "\n"
        _publish_sns(region, details.get("TopicArn") or details["TopicARN"], text, subject=_SUBJECT)
    elif destination.target == "firehose":
        _publish_firehose(region, details.get("DeliveryStreamArn") or details["DeliveryStreamARN"], record)
    elif destination.target == "eventbridge":
        _publish_eventbridge(region, details["EventBusArn"], kind, record)
    elif destination.target == "cloudwatch":
        _publish_cloudwatch(region, kept, kind, details)
    else:
        raise SesMimeError(f"the local SES does not publish to {destination.target}")


def _publish_sns(region: str, topic_arn: str, text: str, *, subject: str | None) -> None:
    from moto.sns.models import sns_backends

    account = topic_arn.split(":")[4]
    sns_backends[account][topic_arn.split(":")[3] or region].publish(message=text, arn=topic_arn, subject=subject)


def _publish_firehose(region: str, stream_arn: str, record: Mapping[str, Any]) -> None:
    from moto.firehose.models import firehose_backends

    data = base64.b64encode(json.dumps(record).encode() + b"\n")
    _, _, _, place, account, name = stream_arn.split(":", 5)
    firehose_backends[account][place or region].put_record(name.rpartition("/")[2], {"Data": data})


def _publish_eventbridge(region: str, bus_arn: str, kind: EventKind, record: Mapping[str, Any]) -> None:
    from moto.events.models import events_backends

    arn = record.get("mail", {}).get("sourceArn")
    event = {
        "Source": "aws.ses",
        "DetailType": KINDS[kind].detail_type,
        "Detail": json.dumps(record),
        "Resources": [arn] if arn else [],
        "EventBusName": bus_arn.rpartition("/")[2] or "default",
        "Id": str(uuid.uuid4()),
    }
    account = bus_arn.split(":")[4] if bus_arn.count(":") >= 5 else ACCOUNT_ID
    events_backends[account][region].put_events([event])


def _publish_cloudwatch(region: str, kept: Kept, kind: EventKind, details: Mapping[str, Any]) -> None:
    from moto.cloudwatch.models import cloudwatch_backends

    values = dimension_values(kept.submission, {"CloudWatchDestination": details})
    if any(value.lost is not None for value in values):
        return  # SES drops the metric without a word
    metric = {
        "MetricName": KINDS[kind].metric,
        "Value": 1.0,
        "Unit": "Count",
        "Timestamp": datetime.now(),
        "Dimensions": [{"Name": one.name, "Value": one.value} for one in values if one.value is not None],
    }
    cloudwatch_backends[ACCOUNT_ID][region].put_metric_data("AWS/SES", [metric])
