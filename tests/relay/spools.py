"""A spool to test, its clock, and messages to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sesmime import ApiParameters, MessageTag
from sesmime.relay.holding import read_calls
from sesmime.relay.spool import Call, Mail, Spool, State
from sesmime.ses.fields import ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import Destination

SECRET = b"the parcel is on its way"
PARAMETERS = ApiParameters(
    source="joe@a.example",
    reply_to=("r@a.example",),
    configuration_set="shop",
    message_tags=(MessageTag("campaign", "spring"),),
    list_management=ListManagement("friends", None),
    tenant="",
    extra=(("Other", ["x", {"y": 1}]),),
)
DESTINATIONS = (Destination(("c@d.example",), ("e@f.example",)), Destination(bcc=("\udce9@h.example",)))


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_600_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(file: Path, clock: Clock) -> Iterator[Spool]:
    made = Spool(str(file), clock=clock)
    yield made
    made.close()


def mail(word: bytes = b"one", destinations: tuple[Destination, ...] = DESTINATIONS, octets: bytes = SECRET) -> Mail:
    return Mail(
        octets=octets,
        parameters=PARAMETERS,
        interface=Interface.SEND_RAW_EMAIL,
        destinations=destinations,
        digest=word,
        sender="joe@a.example",
        peer="127.0.0.1:9",
        message_id="<1@a.example>",
    )


def claimed(spool: Spool, limit: int) -> tuple[list[Call], float | None]:
    """Pick calls and begin them."""
    calls, due = spool.pick(limit)
    assert [spool.begin(call) for call in calls] == [True] * len(calls)
    return calls, due


def states(file: Path) -> list[State]:
    return [one.state for one in read_calls(str(file))]
