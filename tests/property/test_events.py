"""The laws of reading events, under Hypothesis: any JSON, any text, mutants of records in every carrier."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from fuzz.events import EVENT_SEEDS, event_mutant
from sesmime.events import Carrier, EventKind, read_events
from sesmime.ses.events.texts import read_values
from tests.ses.events import laws
from tests.ses.events.records import record
from tests.ses.events.wrapped import CARRIERS

# The keys that carriers and records are told by, among any others.
NAMES = st.sampled_from(
    ["eventType", "notificationType", "mail", "bounce", "Records", "Messages", "records", "Message", "Type", "Sns",
     "body", "Body", "receiptHandle", "ReceiptHandle", "detail", "detail-type", "data", "kinesis", "tags",
     "destination"]
)  # fmt: skip
TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["Bounce", "Click", "Received", "Notification", "", "{}"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(NAMES | TEXTS, inside, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES | TEXTS, VALUES, max_size=6)


class TestReading:
    """ "Unknown kinds, keys and subtypes must pass": AWS adds them without a mark of version."""

    @given(OBJECTS | st.lists(VALUES, max_size=5))
    def test_any_json_as_objects(self, payload: Any) -> None:
        laws.reads_anything(payload)

    @given(VALUES)
    def test_any_json_as_text(self, value: Any) -> None:
        text = json.dumps(value)
        events = laws.reads_anything(text)
        assert events == laws.reads_anything(text.encode())

    @given(st.text(), st.binary())
    def test_any_text_and_any_octets(self, text: str, octets: bytes) -> None:
        laws.reads_anything(text)
        laws.reads_anything(octets)

    @given(st.sampled_from(sorted(CARRIERS)), OBJECTS)
    def test_any_object_in_any_carrier(self, carrier: str, value: Any) -> None:
        laws.reads_anything(CARRIERS[carrier][1](value))

    @given(st.integers(0, 2**32))
    def test_mutants_of_records(self, seed: int) -> None:
        found = event_mutant(random.Random(seed), EVENT_SEEDS, [wrap for _, wrap in CARRIERS.values()])
        if found.wrap is None:
            laws.reads_anything(found.payload)
        else:
            note(f"{found.record!r}")
            laws.reads_in_every_carrier(found.record, found.wrap)


class TestText:
    """Firehose's records follow each other with or without a line end."""

    @given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3) | st.lists(VALUES, max_size=3), max_size=6), st.data())
    def test_values_come_back_whatever_is_between(self, values: list[Any], data: Any) -> None:
        texts = [json.dumps(value) for value in values]
        betweens = [data.draw(st.sampled_from(["", "\n", "\r\n", " ", "\t\n\n"])) for _ in texts]
        found = list(read_values("".join(text + between for text, between in zip(texts, betweens, strict=True))))
        # NaN and its kin have no form in JSON; they come back as text.
        assert [json.dumps(one.value) for one in found] == [
            json.dumps(json.loads(text, parse_constant=str)) for text in texts
        ]

    @given(st.lists(st.sampled_from(["good", "{", "x", '"', "[1,", "null", "}"]), max_size=60))
    def test_no_broken_line_takes_a_good_one_with_it(self, lines: list[str]) -> None:
        good = json.dumps(record("Send"))
        events = read_events("\n".join(good if line == "good" else line for line in lines))
        kinds = [event.kind for event in events if event.kind is not EventKind.UNKNOWN]
        assert kinds == [EventKind.SEND] * lines.count("good")
        assert len(lines) < 2 or len(events) < 2 or {event.carrier for event in events} == {Carrier.FIREHOSE}
