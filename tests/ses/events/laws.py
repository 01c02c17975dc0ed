"""The laws of reading events: property tests and the fuzzer share them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sesmime.events import Advice, Carrier, Event, EventDefect, EventKind, read_events
from sesmime.ses.events.texts import MAX_DEFECTS
from tests.ses.events.wrapped import CARRIERS

# The carriers that hold a record of any content, whatever its first keys are.
WRAPS = [wrap for name, (_, wrap) in CARRIERS.items() if not name.startswith("record")]


def reads_anything(payload: Any) -> tuple[Event, ...]:
    """Whatever is read, no exception, and every event is a whole and immutable value."""
    events = read_events(payload)
    for event in events:
        _is_whole(event)
    assert read_events(payload) == events
    assert pickle.loads(pickle.dumps(events)) == events
    return events


def _is_whole(event: Event) -> None:
    assert isinstance(event.kind, EventKind)
    assert isinstance(event.carrier, Carrier)
    assert isinstance(event.raw, Mapping)
    assert (event.details is None) is (event.kind in (EventKind.UNKNOWN, EventKind.INBOUND))
    if event.kind.row is not None:
        assert type(event.details).__name__.lower() == event.kind.replace(" ", "").lower()
    assert len(event.key) == 64
    assert len(event.defects) <= MAX_DEFECTS
    for defect in event.defects:
        assert defect.name
        assert defect.message
        assert len(defect.path) < 2_000
    for address in event.recipients:
        assert address
        assert event.advice_for(address) is event.advice
    assert len(set(event.recipients)) == len(event.recipients)
    assert event.advice is Advice.NOTHING or event.kind.row is not None
    for when in (event.timestamp, event.mail.timestamp, getattr(event.details, "arrival_date", None)):
        assert when is None or (isinstance(when, datetime) and when.tzinfo is not None)
    for tags in (event.mail.tags, event.mail.auto_tags):
        assert all(isinstance(text, str) for values in tags.values() for text in values)
    assert not set(event.mail.tags) & set(event.mail.auto_tags)
    assert len(repr(event)) < 1_200
    hash(event)


def reads_in_every_carrier(record: Any, wrap: Any) -> None:
    """A record, whatever its content, is read in a carrier as it is read by itself, with the same `raw`."""
    alone = read_events(record)
    carried = reads_anything(wrap(record))
    # Text has no NaN that is a number, and EventBridge's own name of a kind is better than none.
    is_plain = not any(
        defect.name == "not-a-number" or defect.path == "eventType" for defect in _defects(carried, alone)
    )
    if len(alone) == 1 and alone[0].kind.row is not None and is_plain:
        assert [(event.kind, event.details, event.mail, event.recipients) for event in carried] == [
            (event.kind, event.details, event.mail, event.recipients) for event in alone
        ]
        assert [event.key for event in carried] == [event.key for event in alone]
        assert [json.dumps(dict(event.raw)) for event in carried] == [json.dumps(dict(event.raw)) for event in alone]


def _defects(*read: tuple[Event, ...]) -> list[EventDefect]:
    return [defect for events in read for event in events for defect in event.defects]
