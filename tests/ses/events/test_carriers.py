"""Every carrier, by AWS's shapes: what is read of a record is the same whatever it came in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sesmime.events import Arrival, Carrier, Event, EventFormat, EventKind, read_events
from tests.conftest import SHARED
from tests.ses.events import wrapped
from tests.ses.events.records import BLOCKS, notification, record
from tests.ses.events.wrapped import CARRIERS

EXAMPLES = sorted((SHARED / "events").glob("*.json"))


def one_event(payload: Any) -> Event:
    (event,) = read_events(payload)
    return event


def same_but_for_the_way(event: Event) -> Event:
    return replace(event, carrier=Carrier.RECORD, arrival=Arrival())


@pytest.mark.shared
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_each_example_of_aws_is_read_in_every_carrier(file: Path, carrier: str) -> None:
    example = json.loads(file.read_bytes())
    expected, wrap = CARRIERS[carrier]
    event = one_event(wrap(example))
    assert event.kind == example["eventType"]
    assert event.kind.row is not None
    assert type(event.details).__name__ == file.stem
    assert event.format is EventFormat.EVENT_PUBLISHING
    assert event.carrier is expected
    assert event.raw == example
    assert event.text is None
    assert event.defects == ()
    assert event.mail.message_id == example["mail"]["messageId"]
    assert event.recipients == tuple(example["mail"]["destination"])


@pytest.mark.shared
def test_the_ten_examples_are_there_one_a_kind() -> None:
    if not EXAMPLES:
        pytest.skip("test inputs that are not beside this checkout: events")
    assert {json.loads(file.read_bytes())["eventType"] for file in EXAMPLES} == set(BLOCKS)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("given", [*map(record, BLOCKS), *map(notification, ("Bounce", "Complaint", "Delivery"))])
def test_what_is_read_and_its_key_are_the_same_in_every_carrier(given: dict[str, Any], carrier: str) -> None:
    expected, wrap = CARRIERS[carrier]
    event = one_event(wrap(given))
    plain = one_event(given)
    assert event.carrier is expected
    assert same_but_for_the_way(event) == plain
    assert event.raw == given
    assert event.key == plain.key


def test_the_envelopes_say_how_it_came() -> None:
    given = record("Send")
    event = one_event(wrapped.sqs_lambda(json.dumps(wrapped.sns(given))))
    assert event.arrival == Arrival(
        sns_message_id=wrapped.SNS_ID,
        topic_arn=wrapped.TOPIC,
        subject="Amazon SES Email Event Notification",
        sqs_message_id=wrapped.SQS_ID,
        receipt_handle=wrapped.RECEIPT,
    )
    assert event.topic_arn == wrapped.TOPIC
    assert event.delivery_id == wrapped.SNS_ID
    event = one_event(wrapped.sqs(json.dumps(wrapped.eventbridge(given))))
    assert event.arrival == Arrival(
        sqs_message_id=wrapped.SQS_ID,
        receipt_handle=wrapped.RECEIPT,
        event_id=wrapped.BRIDGE_ID,
        detail_type="Email Sent",
        account="123456789012",
        region="eu-west-1",
    )
    assert event.topic_arn is None
    assert event.delivery_id == wrapped.BRIDGE_ID
    assert one_event(wrapped.sqs(json.dumps(given))).delivery_id == wrapped.SQS_ID
    assert one_event(given).delivery_id is None
    firehose = wrapped.firehose_lambda(given)
    assert one_event(firehose).arrival == Arrival(firehose_record_id=firehose["records"][0]["recordId"])


KINDS = ["Send", "Delivery", "Click"]


@pytest.mark.parametrize("between", ["\n", "", "\r\n", "\n\n", " "])
@pytest.mark.parametrize("layout", [None, 2])
def test_firehose_joins_records_with_and_without_line_ends(between: str, layout: int | None) -> None:
    text = between.join(json.dumps(record(kind), indent=layout) for kind in KINDS)
    for payload in (text, text.encode(), text + "\n"):
        events = read_events(payload)
        assert [event.kind for event in events] == KINDS
        assert {event.carrier for event in events} == {Carrier.FIREHOSE}
        assert [event.raw for event in events] == [record(kind) for kind in KINDS]
        assert not any(event.defects for event in events)


def test_a_broken_line_among_firehoses_loses_no_other() -> None:
    good = [json.dumps(record(kind)) for kind in KINDS]
    for broken in ("what is this", good[0][:200], good[0][:-1], "}", '{"a": tru}', '"', "[1, 2", "\x00"):
        events = read_events("\n".join([good[0], broken, *good[1:]]))
        kinds = [event.kind for event in events if event.kind is not EventKind.UNKNOWN]
        assert kinds == KINDS, broken
        (unread,) = (event for event in events if event.kind is EventKind.UNKNOWN)
        assert unread.text == broken
        assert [defect.name for defect in unread.defects] == ["not-json"]
        assert unread.carrier is Carrier.FIREHOSE


def test_many_broken_lines_are_one_stretch_each_and_lose_nothing() -> None:
    good = json.dumps(record("Send"))
    events = read_events("\n".join(["broken {", good] * 40 + ["a", "b", "", "c"]))
    assert [event.kind for event in events] == [EventKind.UNKNOWN, EventKind.SEND] * 40 + [EventKind.UNKNOWN]
    assert events[-1].text == "a\nb\n\nc"


def test_a_batch_of_each_carrier_keeps_its_order() -> None:
    given = [record(kind) for kind in BLOCKS]
    batches: list[Any] = [
        {"Messages": [wrapped.sqs(json.dumps(wrapped.sns(one)))["Messages"][0] for one in given]},
        {"Records": [wrapped.sqs_lambda(json.dumps(wrapped.sns(one)))["Records"][0] for one in given]},
        {"Records": [wrapped.sns_lambda(one)["Records"][0] for one in given]},
        {"records": [wrapped.firehose_lambda(one)["records"][0] for one in given]},
        [wrapped.eventbridge(one) for one in given],
        tuple(wrapped.text_of(one).encode() for one in given),
    ]
    for batch in batches:
        assert [event.kind for event in read_events(batch)] == list(BLOCKS)


def test_one_body_may_hold_several_records() -> None:
    body = "\n".join(json.dumps(record(kind)) for kind in KINDS)
    events = read_events(wrapped.sqs(body))
    assert [event.kind for event in events] == KINDS
    assert {event.carrier for event in events} == {Carrier.SQS}


@pytest.mark.parametrize(
    "payload",
    ["", b"", " \r\n\t", b"\xef\xbb\xbf", [], "[]", {"Records": []}, {"Messages": []}, {"records": []},
     {"ResponseMetadata": {"HTTPStatusCode": 200}}],
)  # fmt: skip
def test_nothing_in_it_is_no_event(payload: Any) -> None:
    assert read_events(payload) == ()


@pytest.mark.parametrize("payload", [None, 5, 1.5, True, object(), {1, 2}, iter(())])
def test_another_type_is_refused(payload: Any) -> None:
    with pytest.raises(TypeError, match="events are read from bytes, str, a Mapping or a list of these"):
        read_events(payload)


@pytest.mark.parametrize(
    ("payload", "name", "path"),
    [
        ({"Records": [5]}, "wrong-type", "Records[0]"),
        ({"Messages": [None]}, "wrong-type", "Messages[0]"),
        (wrapped.sns({}) | {"Message": 5}, "wrong-type", "Message"),
        (wrapped.sns("") | {"Message": " "}, "empty", "Message"),
        (wrapped.sns("x y"), "not-json", ""),
        ({"records": [{"recordId": "1", "data": "*"}]}, "not-base64", "records[0].data"),
        ({"records": [{"recordId": "1", "data": "é"}]}, "not-base64", "records[0].data"),
        ({"Records": [{"kinesis": {"data": "=a"}}]}, "not-base64", "Records[0].kinesis.data"),
    ],
)
def test_a_broken_carrier_is_an_unknown_event_with_the_place(payload: Any, name: str, path: str) -> None:
    for given in (payload, json.dumps(payload)):
        event = one_event(given)
        assert event.kind is EventKind.UNKNOWN
        assert (name, path) in [(defect.name, defect.path) for defect in event.defects]
        assert event.mail.message_id is None


def test_an_envelope_of_an_unknown_type_is_read_with_a_defect() -> None:
    event = one_event(wrapped.sns(record("Send")) | {"Type": "News"})
    assert event.kind is EventKind.SEND
    assert [defect.name for defect in event.defects] == ["unknown-type"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]},
        {"Records": [{"eventType": "AwsApiCall", "eventName": "SendEmail"}]},
        {"hello": "world"},
    ],
)
def test_what_is_not_of_ses_is_unknown_and_kept(payload: Any) -> None:
    event = one_event(payload)
    assert event.kind is EventKind.UNKNOWN
    assert event.raw == (payload["Records"][0] if "Records" in payload else payload)
    assert event.details is None
    assert event.recipients == ()


def test_each_of_many_that_are_no_records_has_a_text_and_a_key_of_its_own() -> None:
    for payload in ({"Records": [5, None, True, 1.5]}, [5, None, True, 1.5]):
        events = read_events(payload)
        assert [event.text for event in events] == ["5", "null", "true", "1.5"]
        assert len({event.key for event in events}) == 4
        assert {event.kind for event in events} == {EventKind.UNKNOWN}


def test_the_key_of_what_is_no_record_does_not_walk_all_that_it_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    # Found by the fuzzer: the keys of n such took n squared.
    walked: list[object] = []

    def note_walk(content: object) -> tuple[str, ...]:
        walked.append(content)
        return ()

    monkeypatch.setattr("sesmime.ses.events.model.content_parts", note_walk)
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    for event in read_events({"Records": [5, [None], deep, {"kinesis": {"data": "*"}}, object()]}):
        assert event.key
    assert walked == ["5", "null", "[…]", "*", "<object>"]
