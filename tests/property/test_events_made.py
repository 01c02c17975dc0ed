"""Law 14: what is made of a submission is read back, whatever brings it; and it is JSON, whatever was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sesmime import ApiParameters, Interface, Submission
from sesmime.events import (
    Bounce,
    BounceSubType,
    Carrier,
    Click,
    Complaint,
    Delivery,
    DeliveryDelay,
    EventFormat,
    EventKind,
    Open,
    Reject,
    RenderingFailure,
    Subscription,
    carried,
    event_record,
    feedback_id,
    mail_object,
    read_events,
    simulated,
    simulated_events,
)
from sesmime.ses.events.kinds import KINDS
from sesmime.ses.requests import Submission as AnySubmission
from tests.property.strategies import any_parameters, any_tags, any_texts, messages, submissions
from tests.ses.events.submissions import SUBMISSIONS

times = st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
lines = st.text(max_size=40)
addresses = st.sampled_from(["a@b.example", "A.B+c@D.example", '"odd one"@e.example', "ü@ü.example", "<x@y.example>"])
# The odd and the plain ones: any message by any interface, and a request of each with what it may hold.
made_of_all = st.sampled_from([SUBMISSIONS[interface] for interface in Interface])
sent = st.one_of(submissions.map(lambda one: Submission(*one)), made_of_all)
preferences = st.fixed_dictionaries(
    {
        "unsubscribeAll": st.booleans(),
        "topicSubscriptionStatus": st.lists(
            st.fixed_dictionaries({"topicName": lines, "subscriptionStatus": st.sampled_from(["OptIn", "OptOut"])}),
            max_size=3,
        ),
    }
)
link_tags = st.dictionaries(lines.filter(bool), st.lists(lines, min_size=1, max_size=3), max_size=3)

OPTIONS: Mapping[EventKind, Mapping[str, st.SearchStrategy[Any]]] = {
    EventKind.SEND: {},
    EventKind.DELIVERY: {
        "processing_time_millis": st.integers(0, 10**9),
        "smtp_response": lines,
        "reporting_mta": lines,
        "remote_mta_ip": lines,
    },
    EventKind.BOUNCE: {
        "bounce_type": st.sampled_from(["Undetermined", "Permanent", "Transient", "New"]),
        "bounce_sub_type": st.sampled_from([*BounceSubType, "New"]),
        "action": lines,
        "status": lines,
        "diagnostic_code": lines,
        "reporting_mta": lines,
        "remote_mta_ip": lines,
        "feedback_id": lines,
        "event_timestamp": times,
    },
    EventKind.COMPLAINT: {
        "complaint_sub_type": st.sampled_from([None, "OnAccountSuppressionList"]),
        "complaint_feedback_type": st.sampled_from(["abuse", "not-spam", "new"]),
        "user_agent": lines,
        "arrival_date": times,
        "feedback_id": lines,
        "event_timestamp": times,
    },
    EventKind.REJECT: {"reason": lines},
    EventKind.OPEN: {
        "ip_address": lines,
        "user_agent": lines,
        "is_bot_event": st.sampled_from(["Likely", "Unlikely"]),
        "event_timestamp": times,
    },
    EventKind.CLICK: {
        "ip_address": lines,
        "user_agent": lines,
        "is_bot_event": st.sampled_from(["Likely", "Unlikely"]),
        "link": lines,
        "link_tags": link_tags,
        "event_timestamp": times,
    },
    EventKind.RENDERING_FAILURE: {"template_name": lines, "error_message": lines},
    EventKind.DELIVERY_DELAY: {
        "delay_type": st.sampled_from(["General", "IPFailure", "New"]),
        "expiration_time": times,
        "status": lines,
        "diagnostic_code": lines,
        "reporting_mta": lines,
        "event_timestamp": times,
    },
    EventKind.SUBSCRIPTION: {
        "contact_list": lines,
        "subscription_source": lines,
        "new_topic_preferences": preferences,
        "old_topic_preferences": preferences,
        "event_timestamp": times,
    },
}
NAMING = (EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY, EventKind.DELIVERY_DELAY)
DETAILS = {
    EventKind.DELIVERY: Delivery,
    EventKind.BOUNCE: Bounce,
    EventKind.COMPLAINT: Complaint,
    EventKind.REJECT: Reject,
    EventKind.OPEN: Open,
    EventKind.CLICK: Click,
    EventKind.RENDERING_FAILURE: RenderingFailure,
    EventKind.DELIVERY_DELAY: DeliveryDelay,
    EventKind.SUBSCRIPTION: Subscription,
}
# The options that the reader has under another name or in each recipient.
RENAMED = {"event_timestamp": "timestamp", "subscription_source": "source"}
IN_RECIPIENTS = {"action", "status", "diagnostic_code"}


def cut(when: datetime) -> datetime:
    """Return a time as records have it: milliseconds."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


def carriers_of(format: EventFormat) -> list[Carrier]:
    if format is EventFormat.EVENT_PUBLISHING:
        return list(Carrier)
    return [carrier for carrier in Carrier if carrier not in (Carrier.EVENTBRIDGE, Carrier.FIREHOSE)]


def check_details(details: Any, options: Mapping[str, Any], recipients: list[str] | None) -> None:
    """Assert that the details say what was asked for."""
    for name, value in options.items():
        if name in IN_RECIPIENTS:
            told = getattr(details, "bounced_recipients", ()) or getattr(details, "delayed_recipients", ())
            assert all(getattr(one, name) == value for one in told)
        elif name == "link_tags":
            assert dict(details.link_tags) == {key: tuple(values) for key, values in value.items()}
        elif name.endswith("_topic_preferences"):
            found = getattr(details, name)
            assert found.unsubscribe_all is value["unsubscribeAll"]
            told = [(one.topic_name, one.subscription_status) for one in found.topic_subscription_status]
            assert told == [(one["topicName"], one["subscriptionStatus"]) for one in value["topicSubscriptionStatus"]]
        else:
            expected = cut(value) if isinstance(value, datetime) else value
            assert getattr(details, RENAMED.get(name, name)) == expected, name
    if recipients is not None:
        for name in ("bounced_recipients", "complained_recipients", "delayed_recipients"):
            if hasattr(details, name):
                assert [one.email_address for one in getattr(details, name)] == recipients
        if hasattr(details, "recipients"):
            assert list(details.recipients) == recipients


class TestLaw14:
    """`read_events(carried(event_record(…)))` gives what went in."""

    @given(st.data(), st.sampled_from(sorted(KINDS)), sent, times)
    def test_what_is_made_is_read(
        self, data: st.DataObject, kind: EventKind, submission: AnySubmission[Any], timestamp: datetime
    ) -> None:
        row = KINDS[kind]
        formats = [EventFormat.EVENT_PUBLISHING, *([EventFormat.FEEDBACK_NOTIFICATION] if row.notifies else [])]
        format = data.draw(st.sampled_from(formats))
        headers = data.draw(st.booleans())
        options = data.draw(st.fixed_dictionaries({}, optional=dict(OPTIONS[kind])))
        recipients = data.draw(st.none() | st.lists(addresses, max_size=3)) if kind in NAMING else None
        record = event_record(
            kind,
            submission,
            message_id="0100-000000",
            timestamp=timestamp,
            recipients=recipients,
            format=format,
            headers=headers,
            **options,
        )
        for carrier in carriers_of(format):
            payload = carried(record, carrier)
            as_text = payload if isinstance(payload, str) else json.dumps(payload)
            read = [read_events(payload), read_events(as_text), read_events(as_text.encode())]
            assert read[0] == read[1] == read[2]
            (event,) = read[0]
            assert event.raw == record
            assert event.defects == ()
            assert (event.kind, event.format) == (kind, format)
            # One line of Firehose is a record by itself.
            assert event.carrier is (Carrier.RECORD if carrier is Carrier.FIREHOSE else carrier)
            mail = event.mail
            assert (mail.message_id, mail.timestamp) == ("0100-000000", cut(timestamp))
            assert list(mail.destination) == record["mail"]["destination"]
            tags = {name: list(values) for name, values in (*mail.tags.items(), *mail.auto_tags.items())}
            assert tags == record["mail"].get("tags", {})
            assert [{"name": h.name, "value": h.value} for h in mail.headers] == record["mail"].get("headers", [])
            if kind in DETAILS:
                assert isinstance(event.details, DETAILS[kind])
            check_details(event.details, options, recipients)

    @given(st.lists(st.sampled_from(sorted(KINDS)), max_size=5), sent, times)
    def test_a_batch_is_read_in_its_order(
        self, kinds: list[EventKind], submission: AnySubmission[Any], timestamp: datetime
    ) -> None:
        made = [event_record(kind, submission, message_id="1", timestamp=timestamp) for kind in kinds]
        for carrier in (Carrier.SNS_LAMBDA, Carrier.SQS, Carrier.SQS_LAMBDA, Carrier.FIREHOSE):
            events = read_events(carried(made, carrier))
            assert [event.kind for event in events] == kinds
            assert all(event.raw == record for event, record in zip(events, made, strict=True))

    @given(st.sampled_from([EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.CLICK]), sent, times)
    def test_a_repeat_has_the_same_key_by_any_carrier(
        self, kind: EventKind, submission: AnySubmission[Any], timestamp: datetime
    ) -> None:
        make = {"message_id": "1", "timestamp": timestamp}
        keys = {
            read_events(carried(event_record(kind, submission, **make), carrier))[0].key  # type: ignore[arg-type]
            for carrier in Carrier
        }
        assert len(keys) == 1
        moved = event_record(kind, submission, event_timestamp=timestamp + timedelta(seconds=9), **make)  # type: ignore[arg-type]
        assert read_events(moved)[0].key not in keys


class Sly(str):
    """A str that tells something else when asked."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\ud800"

    def __repr__(self) -> str:
        return "\ud800"

    def __format__(self, spec: str) -> str:
        return "\ud800"

    def encode(self, *_: Any, **__: Any) -> bytes:
        raise AssertionError

    def isascii(self) -> bool:
        return True


odd_texts = st.one_of(any_texts, any_texts.map(Sly), st.sampled_from(["\ud800", "\udcff", "\x00", "\u2028"]))
odd_values = st.recursive(
    st.one_of(odd_texts, st.none(), st.booleans(), st.integers(), st.binary(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    *("Content", "Message", "Destinations", "BulkEmailEntries", "Template", "EmailAddress", "DefaultContent"),
    *("Simple", "Subject", "Body", "Headers", "Attachments", "Destination", "ToAddresses", "ReplacementTags"),
    *("Name", "Value", "Data", "TemplateName", "RawContent"),
)
odd_requests = st.recursive(
    odd_values,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)


def is_json(value: Any) -> bool:
    """Say whether JSON text of a value, in UTF-8, is read back as the same, of plain types all the way down."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return bool(json.loads(text) == value) and all(
        type(one) in (str, int, dict, list, bool, type(None)) for one in walk(value)
    )


def walk(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *value, *(one for member in value.values() for one in walk(member))]
    if isinstance(value, list):
        return [value, *(one for item in value for one in walk(item))]
    return [value]


class TestWhatIsMadeIsJson:
    """Whatever was sent, records are JSON, and nothing raises."""

    @given(
        messages,
        any_parameters,
        st.sampled_from(Interface),
        st.sampled_from(sorted(KINDS)),
        st.dictionaries(st.sampled_from(MEMBERS), odd_requests, max_size=4),
        st.integers(0, 2),
    )
    def test_of_any_submission(
        self,
        message: bytes,
        parameters: ApiParameters,
        interface: Interface,
        kind: EventKind,
        extra: dict[str, Any],
        entry: int,
    ) -> None:
        settings = {name: getattr(parameters, name) for name in parameters.__dataclass_fields__} | {"extra": extra}
        submission: AnySubmission[Any] = Submission(message, ApiParameters(**settings), interface)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        record = event_record(kind, submission, message_id="1", timestamp=now, entry=entry, rendered=message)
        assert is_json(record)
        assert is_json(carried(record, Carrier.SNS))
        assert simulated(submission, entry=entry) == tuple(e.kind for e in simulated_events(submission, entry=entry))
        for headers in (False, True):
            assert is_json(
                mail_object(
                    submission,
                    message_id="1",
                    timestamp=now,
                    format=EventFormat.FEEDBACK_NOTIFICATION,
                    headers=headers,
                    entry=entry,
                )
            )

    @given(odd_texts, odd_texts, odd_texts, odd_texts)
    def test_of_any_option(self, one: str, two: str, three: str, four: str) -> None:
        submission = SUBMISSIONS[Interface.SEND_RAW_EMAIL]
        record = event_record(
            EventKind.BOUNCE,
            submission,
            message_id=one,
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            recipients=[two],
            diagnostic_code=three,
            bounce_type=one,
            bounce_sub_type=four,
            account_id=two,
            region=three,
            source_arn=four,
            auto_tags={"ses:x": [one]},
        )
        assert is_json(record)
        for carrier in (Carrier.SNS_LAMBDA, Carrier.SQS):
            made = carried(record, carrier, topic_arn=one, subject=two, make_id=lambda: three, sign=lambda _: four)
            assert is_json(made)
            (event,) = read_events(made)
            assert event.kind is EventKind.BOUNCE

    @given(st.lists(any_tags, max_size=5))
    def test_a_feedback_id_is_one_line_of_four_parts(self, tags: list[Any]) -> None:
        made = feedback_id(tags)
        assert made.endswith(":<internal>:AmazonSES")
