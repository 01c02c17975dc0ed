"""The key of an event: the same for each copy, another for each other event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sesmime.events import Event, read_events
from tests.ses.events import wrapped
from tests.ses.events.records import BLOCKS, notification, record


def key(payload: Any) -> str:
    (event,) = read_events(payload)
    return event.key


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery"])
def test_both_formats_of_one_thing_have_one_key(kind: str) -> None:
    assert key(record(kind)) == key(notification(kind))


def test_every_kind_has_a_key_of_its_own() -> None:
    keys = {key(record(kind)) for kind in BLOCKS}
    assert len(keys) == 10
    assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in keys)


def test_a_key_is_the_same_in_every_version() -> None:
    # Written down by hand: SHA-256 of the parts, each with its length before it.
    import hashlib

    parts = ["Bounce", "feedback", record("Bounce")["bounce"]["feedbackId"], "Bob@b.example", "ann@a.example"]
    written = "".join(f"{len(part)}:{part}" for part in parts)
    assert key(record("Bounce")) == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("Bounce", {"feedbackId": "another"}),
        ("Bounce", {"bouncedRecipients": [{"emailAddress": "ann@a.example"}]}),
        ("Bounce", {"feedbackId": ...}),
        ("Complaint", {"feedbackId": "another"}),
        ("Complaint", {"complainedRecipients": [{"emailAddress": "Ann@a.example"}]}),
        ("Delivery", {"recipients": ["bob@b.example"]}),
        ("Delivery", {"timestamp": "2026-11-28T09:00:05.251Z"}),
        ("Open", {"timestamp": "2026-11-28T09:00:05.251Z"}),
        ("Click", {"link": "https://sender.example/other"}),
        ("DeliveryDelay", {"timestamp": "2026-11-28T10:00:05.250Z"}),
        ("Send", {"mail": {"messageId": "another"}}),
        ("Send", {"mail": {"destination": ["ann@a.example"]}}),
    ],
)
def test_another_event_has_another_key(kind: str, changes: dict[str, Any]) -> None:
    assert key(record(kind, **changes)) != key(record(kind))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("Bounce", {"bouncedRecipients": [{"emailAddress": "Bob@B.example"}, {"emailAddress": "<ann@a.example>"}]}),
        ("Bounce", {"diagnosticCode": "told in other words", "reportingMTA": ...}),
        ("Bounce", {"mail": {"headers": ..., "tags": ...}}),
        ("Delivery", {"timestamp": "2026-11-28T09:00:05.25+00:00"}),
        ("Complaint", {"complaintSubType": ...}),
    ],
)
def test_a_copy_that_differs_in_what_does_not_count_has_the_same_key(kind: str, changes: dict[str, Any]) -> None:
    assert key(record(kind, **changes)) == key(record(kind))


def test_what_is_no_event_of_a_message_is_told_apart_by_delivery_and_content() -> None:
    setup = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have …"}
    payloads = [
        setup,
        setup | {"message": "You have … too"},
        wrapped.sns(setup),
        wrapped.sns(setup) | {"MessageId": "another"},
        {"a": 1},
        {"a": True},
        {"a": "1"},
        {"a": [1]},
        {"a": [1, 2]},
        {"a": 1.5},
        {"a": None},
        {"a": {"1": {}}},
        {"a": {"1": []}},
        "some text",
        "other text",
        "\ud800",
        {"a": "\ud800"},
        {"a": 10**5000},
        {"a": -(10**5000)},
    ]
    assert len({key(payload) for payload in payloads}) == len(payloads)
    for payload in payloads[:14]:
        assert key(payload) == key(payload if isinstance(payload, str) else json.dumps(payload))
    assert key({"a": 1, "b": {"c": 2, "d": 3}}) == key({"b": {"d": 3, "c": 2}, "a": 1})


def test_a_mapping_that_holds_itself_has_a_key() -> None:
    endless: dict[str, Any] = {"a": []}
    endless["a"].append(endless)
    (event,) = read_events(endless)
    assert isinstance(event, Event)
    assert len(event.key) == 64
