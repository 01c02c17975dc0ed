"""What an account has: identities, configuration sets, templates, lists, its suppression list; one state for v1 and v2.

SES keeps these by region, so a `Region` holds them. Everything is plain data that the operations in
`sesmime.local.operations` read and change under the state's lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sesmime.ses.events.kinds import EventKind
from sesmime.ses.identities import Identities


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Identity:
    """An address or a domain that mail is sent from."""

    name: str
    verified: bool
    created: datetime = field(default_factory=now)
    configuration_set: str | None = None
    topics: dict[str, str] = field(default_factory=dict)  # "Bounce", "Complaint", "Delivery" to a topic's ARN
    headers_in: set[str] = field(default_factory=set)  # the same kinds: whether notifications hold the headers
    forwarding: bool = True
    mail_from_domain: str | None = None
    mail_from_failure: str = "USE_DEFAULT_VALUE"
    dkim_signing: bool = True
    dkim_tokens: tuple[str, ...] = ()
    policies: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_domain(self) -> bool:
        """Whether it is a domain rather than an address."""
        return "@" not in self.name


@dataclass(slots=True)
class EventDestination:
    """Where a configuration set publishes events.

    `target` is one of "sns", "firehose", "eventbridge", "cloudwatch", "pinpoint"; `details` is its own part of the
    request, as the API that made it wrote it (`is_v2` says which).
    """

    name: str
    enabled: bool
    kinds: tuple[EventKind, ...]
    target: str
    details: dict[str, Any]
    is_v2: bool


@dataclass(slots=True)
class ConfigurationSet:
    """A configuration set; `options` holds the option groups by the API v2's names, as they were put."""

    name: str
    created: datetime = field(default_factory=now)
    sending_enabled: bool = True
    destinations: dict[str, EventDestination] = field(default_factory=dict)
    suppressed_reasons: tuple[str, ...] | None = None  # None: the account's
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Template:
    """A template, shared by v1 and v2."""

    name: str
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    created: datetime = field(default_factory=now)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Suppressed:
    """An address on the account's suppression list; `reason` is BOUNCE or COMPLAINT."""

    address: str
    reason: str
    updated: datetime = field(default_factory=now)


@dataclass(slots=True)
class Contact:
    """A contact of a list."""

    address: str
    topics: dict[str, str] = field(default_factory=dict)  # OPT_IN or OPT_OUT
    unsubscribed: bool = False
    attributes: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


@dataclass(slots=True)
class ContactList:
    """A contact list; `topics` as the API has them."""

    name: str
    description: str | None = None
    topics: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """One quarter of an hour of the sending statistics."""

    start: datetime
    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0


class Sent:
    """How many recipients were sent to: to the minute in the last day, exactly in the last second."""

    def __init__(self) -> None:
        self._minutes: deque[list[int]] = deque()  # the number of the minute, and the recipients in it
        self._recent: deque[tuple[float, int]] = deque()

    def add(self, moment: float, count: int) -> None:
        """Count recipients at a moment of the monotonic clock."""
        minute = int(moment // 60)
        if self._minutes and self._minutes[-1][0] == minute:
            self._minutes[-1][1] += count
        else:
            self._minutes.append([minute, count])
        self._forget(moment)
        self._recent.append((moment, count))

    def in_day(self, moment: float) -> int:
        """Return the recipients in the 24 hours before that moment."""
        self._forget(moment)
        return sum(count for _, count in self._minutes)

    def in_second(self, moment: float) -> int:
        """Return the recipients in the second before that moment."""
        self._forget(moment)
        return sum(count for _, count in self._recent)

    def _forget(self, moment: float) -> None:
        while self._minutes and self._minutes[0][0] <= moment // 60 - 24 * 60:
            self._minutes.popleft()
        while self._recent and self._recent[0][0] <= moment - 1:
            self._recent.popleft()


@dataclass(slots=True)
class Region:
    """All that an account has in one region."""

    name: str
    identities: dict[str, Identity] = field(default_factory=dict)
    configuration_sets: dict[str, ConfigurationSet] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    verification_templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    contact_lists: dict[str, ContactList] = field(default_factory=dict)
    suppressed: dict[str, Suppressed] = field(default_factory=dict)
    suppressed_reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    tenants: dict[str, dict[str, Any]] = field(default_factory=dict)
    sandbox: bool = False
    sending_enabled: bool = True
    account_details: dict[str, Any] = field(default_factory=dict)
    sent: Sent = field(default_factory=Sent)  # for quota and rate
    statistics: deque[Counts] = field(default_factory=lambda: deque(maxlen=14 * 96))  # two weeks

    def identity_of(self, address: str) -> Identity | None:
        """Return the identity that an address sends by."""
        name = Identities.of(self.identities).covering(address)
        return None if name is None else self.identities.get(name)


def count_attempt(region: Region, *, taken: bool) -> None:
    """Count a call in the statistics: an attempt, and a reject where it was refused."""
    moment = now()
    start = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    if not region.statistics or region.statistics[-1].start != start:
        region.statistics.append(Counts(start))
    counts = region.statistics[-1]
    counts.attempts += 1
    counts.rejects += not taken


class State:
    """The regions of the account, made when first used; `lock` is held by whoever reads or changes them."""

    def __init__(self, *, sandbox: bool = False, verified: tuple[str, ...] = ()) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Event()  # set by whoever changes something, cleared by who keeps it
        self.regions: dict[str, Region] = {}
        self._sandbox = sandbox
        self._verified = verified

    def reset(self, *, sandbox: bool = False, verified: tuple[str, ...] = ()) -> None:
        """Begin anew: an account that has nothing but what is given."""
        with self.lock:
            self.regions.clear()
            self._sandbox = sandbox
            self._verified = verified
        self.changed.set()

    def restore(self, regions: Iterable[Region]) -> None:
        """Take up what the account had; of the sandbox and the verified identities the options hold."""
        with self.lock:
            for region in regions:
                region.sandbox = self._sandbox
                for name in self._verified:
                    region.identities.setdefault(name, Identity(name, verified=True)).verified = True
                self.regions[region.name] = region

    def region(self, name: str) -> Region:
        """Return the region of that name."""
        with self.lock:
            if name not in self.regions:
                identities = {one: Identity(one, verified=True) for one in self._verified}
                self.regions[name] = Region(name, identities=identities, sandbox=self._sandbox)
            return self.regions[name]
