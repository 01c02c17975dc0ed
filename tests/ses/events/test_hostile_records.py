"""Records as nobody should write them: never an exception, always a defect with its place, and nothing lost."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from sesmime.events import Event, EventKind, read_events
from sesmime.ses.events.texts import MAX_DEFECTS
from tests.ses.events import wrapped
from tests.ses.events.records import BLOCKS, record


def one_event(payload: Any) -> Event:
    (event,) = read_events(payload)
    return event


def told(event: Event) -> list[tuple[str, str]]:
    return [(defect.name, defect.path) for defect in event.defects]


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*path, name)
        yield from paths_of(one, (*path, name))


WRONG: list[Any] = [
    None,
    True,
    0,
    -1.5,
    10**5000,
    float("nan"),
    "",
    "x",
    "\ud800",
    [],
    ["x"],
    [[]],
    {},
    {"x": 1},
    [None],
    b"x",
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", BLOCKS)
def test_a_wrong_type_anywhere_is_at_most_a_defect(kind: str) -> None:
    given = record(kind)
    for path in paths_of(given):
        for wrong in WRONG:
            changed = copy.deepcopy(given)
            place: Any = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = wrong
            event = one_event(changed)
            assert event.raw == changed or wrong != wrong
            assert event.key
            assert event.advice in type(event.advice)
            for defect in event.defects:
                assert defect.message
                hash(event)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bouncedRecipients": "ann@a.example"},
         [("wrong-type", "bounce.bouncedRecipients"), ("wrong-type", "bounce.bouncedRecipients[0]")]),
        ({"bouncedRecipients": [{}]}, [("missing-key", "bounce.bouncedRecipients[0].emailAddress")]),
        ({"bouncedRecipients": [{"emailAddress": "a@b.example", "status": 5}]},
         [("wrong-type", "bounce.bouncedRecipients[0].status")]),
        ({"bounceType": 1}, [("wrong-type", "bounce.bounceType")]),
        ({"bounceType": ..., "feedbackId": None},
         [("missing-key", "bounce.bounceType"), ("missing-key", "bounce.feedbackId")]),
        ({"mail": {"destination": "ann@a.example"}}, [("wrong-type", "mail.destination")]),
        ({"mail": {"destination": ["ann@a.example", 5]}}, [("wrong-type", "mail.destination[1]")]),
        ({"mail": {"headers": [{"name": "A"}]}}, [("missing-key", "mail.headers[0].value")]),
        ({"mail": {"headersTruncated": "perhaps"}}, [("wrong-type", "mail.headersTruncated")]),
        ({"mail": {"tags": {"a": "1"}}}, [("wrong-type", "mail.tags.a")]),
        ({"mail": {"tags": {"a": [1]}}}, [("wrong-type", "mail.tags.a[0]")]),
        ({"mail": {"tags": "a"}}, [("wrong-type", "mail.tags")]),
        ({"mail": {"commonHeaders": {"to": "a@b.example"}}}, [("wrong-type", "mail.commonHeaders.to")]),
        ({"mail": {"tags": {"n" * 100: "1"}}}, [("wrong-type", f"mail.tags.{'n' * 80}…")]),
    ],
)  # fmt: skip
def test_each_defect_has_its_dotted_path(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    event = one_event(record("Bounce", **changes))
    assert event.kind is EventKind.BOUNCE
    assert told(event) == expected


def test_text_where_a_list_should_be_is_a_list_of_one() -> None:
    event = one_event(record("Send", mail={"destination": "ann@a.example", "tags": {"a": "1"}}))
    assert event.recipients == ("ann@a.example",)
    assert event.mail.tags == {"a": ("1",)}


@pytest.mark.parametrize("lost", ["mail", "bounce"])
@pytest.mark.parametrize("instead", [..., None, 5, "x", []])
def test_a_record_without_its_parts_is_still_an_event_of_its_kind(lost: str, instead: Any) -> None:
    given = record("Bounce") | {lost: instead}
    if instead is ...:
        del given[lost]
    event = one_event(given)
    assert event.kind is EventKind.BOUNCE
    assert event.details is not None
    assert told(event) == [("missing-key" if instead in (..., None) else "wrong-type", lost)]


def test_the_name_of_a_kind_may_be_of_another_type() -> None:
    event = one_event(record("Bounce") | {"eventType": 7})
    assert event.kind is EventKind.BOUNCE
    assert told(event) == [("wrong-type", "eventType"), ("missing-key", "eventType")]


def test_the_hundredth_defect_is_the_last() -> None:
    event = one_event(record("Send", mail={"destination": [5] * 1000}))
    assert len(event.defects) == MAX_DEFECTS
    text = json.dumps(record("Send"))[:-1] + ', "x": [' + ",".join(['{"a":1,"a":2}'] * 1000) + "]}"
    event = one_event(text)
    assert len(event.defects) == MAX_DEFECTS
    assert {name for name, _ in told(event)} == {"repeated-key"}


def test_the_last_of_repeated_keys_counts_and_each_is_told_once() -> None:
    text = json.dumps(record("Bounce")).replace(
        '"bounceType": "Permanent"', '"bounceType": "Permanent", "bounceType": "x", "bounceType": "Transient"'
    )
    event = one_event(text)
    assert told(event) == [("repeated-key", "bounce.bounceType")]
    assert event.raw["bounce"]["bounceType"] == "Transient"
    text = '{"a": [{"b": {"c": 1, "c": 2}}]}'
    assert told(one_event(text)) == [("repeated-key", "a[0].b.c")]
    assert told(one_event(wrapped.sns(text))) == [("repeated-key", "a[0].b.c")]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "1." + "9" * 5000])
def test_numbers_that_are_none_are_kept_as_text(number: str) -> None:
    text = json.dumps(record("Delivery", processingTimeMillis="@")).replace('"@"', number)
    event = one_event(text)
    assert told(event) == [("not-a-number", ""), ("wrong-type", "delivery.processingTimeMillis")]
    assert event.raw["delivery"]["processingTimeMillis"] == number
    assert one_event(json.dumps(record("Delivery", processingTimeMillis=1.5))).defects == ()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "5"])
def test_a_time_of_processing_is_a_finite_number(number: Any) -> None:
    event = one_event(record("Delivery", processingTimeMillis=number))
    assert told(event) == [("wrong-type", "delivery.processingTimeMillis")]


@pytest.mark.parametrize("levels", [200, 2_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_text_that_is_nested_too_deeply_is_kept_as_text(levels: int, opening: str, closing: str) -> None:
    for text in (opening * levels, opening * levels + "1" + closing * levels):
        event = one_event(text)
        assert event.kind is EventKind.UNKNOWN
        assert event.text == text
        assert event.defects[0].name in ("too-deep", "not-json")
        assert len(event.key) == 64
        assert pickle.loads(pickle.dumps(event)) == event
        assert one_event(wrapped.sns(text)).text == text


def test_records_after_a_text_too_deep_are_read() -> None:
    text = "\n".join(["[" * 5000, json.dumps(record("Send")), "[" * 150 + "]" * 150, json.dumps(record("Open"))])
    kinds = [event.kind for event in read_events(text)]
    assert kinds == [EventKind.UNKNOWN, EventKind.SEND, EventKind.UNKNOWN, EventKind.OPEN]


def test_carriers_in_carriers_end() -> None:
    payload: Any = record("Send")
    for _ in range(20):
        payload = [payload]
    event = one_event(payload)
    assert event.kind is EventKind.UNKNOWN
    assert event.defects[0].name == "too-many-carriers"
    text = "x"
    for _ in range(8):
        text = json.dumps({"Type": "Notification", "Message": text, "MessageId": "1"})
    assert one_event(text).text == "x"
    endless: list[Any] = []
    endless.append(endless)
    assert one_event(endless).kind is EventKind.UNKNOWN


@pytest.mark.parametrize(
    "octets",
    [b"\xff\xfe{}", b"\x00", b"\xef\xbb\xbf\xff", json.dumps(record("Send")).encode("utf-16"), bytes(range(256))],
)
def test_octets_that_are_not_utf_8_are_kept_as_surrogates(octets: bytes) -> None:
    event = one_event(octets)
    assert event.kind is EventKind.UNKNOWN
    assert event.text is not None
    assert event.text.encode("utf-8", "surrogateescape") == octets.removeprefix(b"\xef\xbb\xbf").strip()


def test_one_wrong_octet_does_not_lose_the_record() -> None:
    octets = json.dumps(record("Bounce")).encode().replace(b"no such user", b"no such \xfcser")
    event = one_event(octets)
    assert event.kind is EventKind.BOUNCE
    assert told(event) == [("not-utf-8", "")]
    assert event.raw["bounce"]["bouncedRecipients"][0]["diagnosticCode"].endswith("\udcfcser")


@pytest.mark.parametrize("kind", BLOCKS)
def test_an_event_is_a_value(kind: str) -> None:
    event = one_event(MappingProxyType(record(kind)))
    again = one_event(json.dumps(record(kind)))
    assert event == again
    assert hash(event) == hash(again)
    unpickled = pickle.loads(pickle.dumps(again))
    assert unpickled == again
    assert unpickled.raw == again.raw == record(kind)
    assert copy.deepcopy(again) == again
    with pytest.raises(AttributeError):
        event.kind = EventKind.SEND  # type: ignore[misc]
    with pytest.raises(TypeError):
        event.raw["eventType"] = "Send"  # type: ignore[index]
    with pytest.raises(TypeError):
        event.mail.tags["a"] = ()  # type: ignore[index]


def test_a_repr_is_short_and_shows_no_content() -> None:
    event = one_event(record("Bounce", mail={"messageId": "m\n" * 1000, "headers": [{"name": "A", "value": "secret"}]}))
    assert len(repr(event)) < 250
    assert len(repr(event.mail)) < 250
    assert "\n" not in repr(event)
    for text in (repr(event), repr(event.mail), repr(event.raw)):
        assert "secret" not in text
