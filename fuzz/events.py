"""Mutants of event records in every carrier: the tree is changed first, then the carrier chosen, then its octets.

Seeded as the mutants of messages are: mutant number n of seed number s is always the same payload.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fuzz.mutate import mutant
from tests.ses.events import laws
from tests.ses.events.records import BLOCKS, OTHERS, notification, record
from tests.ses.events.wrapped import CARRIERS

# What stands where another type should.
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**70, 10**400, 0.5, float("nan"), float("inf"), "", " ", "x", "<>", "<a@b.example>",
    ",", "a@b.example, c@d.example", '"a, b" <c@d.example>', "\x00", "\ud800", "\U0001f600", "true",
    "2026-02-30T00:00:00Z",
    "2026-11-28T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "{}", "[[[[", '"', [], [[]], {},
    {"": {}}, [None], ["x", 1], {"name": "a", "value": "b"}, "Permanent", "Transient", "not-spam", "Received",
    "AmazonSnsSubscriptionSucceeded", "AMAZON_SES_SETUP_NOTIFICATION", "SubscriptionConfirmation", "Bounce", "Click",
)  # fmt: skip
_KEYS: tuple[str, ...] = (
    "eventType", "notificationType", "mail", "bounce", "complaint", "click", "Records", "Messages", "records",
    "Message", "Type", "TopicArn", "Sns", "body", "Body", "detail", "detail-type", "data", "Data", "kinesis",
    "ResponseMetadata",
    "receiptHandle", "ReceiptHandle", "isBase64Encoded", "tags", "headers", "commonHeaders", "destination", "timestamp",
    "ses", "eventSource", "", "a.b", "\ud800", "n" * 300,
)  # fmt: skip
# What breaks JSON, and joins of records.
_PIECES: tuple[bytes, ...] = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"", b"\\u0000", b"\\ud800", b"NaN", b"-Infinity",
    b"1e999", b"9" * 5000, b"[" * 300, b'{"a":' * 300, b"\xef\xbb\xbf", b"\xff", b"null", b'"a":1,"a":2,', b"\x00",
)  # fmt: skip

EVENT_SEEDS: list[Any] = [
    *map(record, BLOCKS),
    *map(notification, ("Bounce", "Complaint", "Delivery")),
    *OTHERS,
]


class EventMutant(NamedTuple):
    """A payload, and the record and carrier that it was made of, where its octets were left alone."""

    payload: Any
    record: Any
    wrap: Callable[[Any], Any] | None


def event_mutants(count: int, seed: int = 1) -> Iterator[EventMutant]:
    """Return `count` mutants of records."""
    chance = random.Random(f"events {seed}")
    wraps = [wrap for _, wrap in CARRIERS.values()]
    for _ in range(count):
        yield event_mutant(chance, EVENT_SEEDS, wraps)


def event_mutant(chance: random.Random, seeds: list[Any], wraps: list[Callable[[Any], Any]]) -> EventMutant:
    """Return one mutant: a changed record in a carrier, a changed carrier, or changed octets of either."""
    tree = copy.deepcopy(chance.choice(seeds))
    for _ in range(chance.randint(0, 5)):
        change_tree(chance, tree, seeds)
    way = chance.random()
    if way < 0.4:
        wrap = chance.choice(laws.WRAPS)
        return EventMutant(wrap(tree), tree, wrap)
    payload = chance.choice(wraps)(tree)
    if way < 0.6 and isinstance(payload, dict | list):
        payload = copy.deepcopy(payload)
        for _ in range(chance.randint(1, 3)):
            change_tree(chance, payload, seeds)
        return EventMutant(payload, None, None)
    octets = bytes(payload) if isinstance(payload, bytes | bytearray | memoryview) else as_octets(payload)
    others = [json.dumps(other).encode() for other in chance.sample(seeds, 2)]
    if chance.random() < 0.4:
        between = chance.choice((b"\n", b"", b"\r\n", b" ", b"x", b"\n["))
        octets = between.join([*others, octets][:: chance.choice((1, -1))])
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.5:
            place = chance.randint(0, len(octets))
            octets = octets[:place] + chance.choice(_PIECES) + octets[place + chance.choice((0, 0, 1, 30)) :]
        else:
            octets = mutant(chance, octets, others)
    return EventMutant(octets if chance.random() < 0.7 else octets.decode("utf-8", "surrogateescape"), None, None)


def as_octets(payload: Any) -> bytes:
    """Return a payload as text's octets; what JSON has no form for, as Python writes it."""
    if isinstance(payload, str):
        return payload.encode("utf-8", "surrogatepass")
    return json.dumps(payload, default=repr).encode()


def change_tree(chance: random.Random, tree: Any, seeds: list[Any]) -> None:
    """Change one place in a tree of dicts and lists: another value, another key, none, one more, or part of another."""
    holder: Any = tree
    while True:
        deeper = [
            one for one in (holder.values() if isinstance(holder, dict) else holder) if isinstance(one, dict | list)
        ]
        if not deeper or chance.random() < 0.3:
            break
        holder = chance.choice(deeper)
    value: Any = copy.deepcopy(chance.choice(_VALUES))
    if chance.random() < 0.15:
        value = copy.deepcopy(chance.choice(list(chance.choice(seeds).values())))
    elif chance.random() < 0.05:
        value = [value] * chance.choice((2, 30, 200))
    if isinstance(holder, list):
        place = chance.randint(0, len(holder))
        holder[place : place + chance.choice((0, 1, 1))] = [value]
    elif not holder or chance.random() < 0.2:
        holder[chance.choice(_KEYS)] = value
    else:
        key = chance.choice(list(holder))
        if chance.random() < 0.25:
            del holder[key]
        elif chance.random() < 0.2:
            holder[chance.choice(_KEYS)] = holder.pop(key)
        else:
            holder[key] = value


def check_event(found: EventMutant) -> None:
    """Hold one mutant against the laws of reading events."""
    if found.wrap is None:
        laws.reads_anything(found.payload)
    else:
        laws.reads_in_every_carrier(found.record, found.wrap)
