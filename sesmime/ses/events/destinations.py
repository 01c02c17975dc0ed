"""Event destinations of a configuration set, read from the JSON of the API v1 or v2, and checked before AWS does.

What is read is what people have: the request that makes a destination (`--cli-input-json`), the answer that describes
one or all of a set, the destination by itself, or its CloudWatch part only. The two APIs differ in spelling (`linkTag`,
`LINK_TAG`; `SNSDestination`, `SnsDestination`), in the kinds of events and in lengths by one; which API it is, is told
by the spelling.

Sources: the service models `ses/2010-12-01` and `sesv2/2019-09-27`; the guide's pages on event destinations and quotas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sesmime.errors import InvalidSetting
from sesmime.ses.events.kinds import KINDS


class Api(StrEnum):
    """Which API a configuration is spelled for."""

    V1 = "v1"
    V2 = "v2"


class ValueSource(StrEnum):
    """Where SES finds the value of a dimension, as the API v2 spells it."""

    MESSAGE_TAG = "MESSAGE_TAG"
    EMAIL_HEADER = "EMAIL_HEADER"
    LINK_TAG = "LINK_TAG"


# Spellings of a value source: the API v1's and the API v2's.
VALUE_SOURCES: Final[Mapping[str, tuple[ValueSource, Api]]] = {
    "messageTag": (ValueSource.MESSAGE_TAG, Api.V1),
    "emailHeader": (ValueSource.EMAIL_HEADER, Api.V1),
    "linkTag": (ValueSource.LINK_TAG, Api.V1),
    **{source.value: (source, Api.V2) for source in ValueSource},
}
# The kinds of destination by member, and the API that spells it so (None: both).
KIND_APIS: Final[Mapping[str, Api | None]] = {
    "CloudWatchDestination": None,
    "KinesisFirehoseDestination": None,
    "SNSDestination": Api.V1,
    "SnsDestination": Api.V2,
    "EventBridgeDestination": Api.V2,
    "PinpointDestination": Api.V2,
}
V1_EVENTS: Final = frozenset(row.v1 for row in KINDS.values() if row.v1 is not None)
V2_EVENTS: Final = frozenset(row.v2 for row in KINDS.values())


class Dimension(NamedTuple):
    """One dimension of a CloudWatch destination, as it is written; `source` is None where the spelling is unknown."""

    name: str
    source: ValueSource | None
    default: str
    written_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDestination:
    """An event destination as it is configured; None and () where the JSON does not say.

    `path` is where it stands in what was read, "" for the whole; `api` is None where no spelling tells it. `kinds` are
    the members that say where events go, such as `CloudWatchDestination`; `dimensions` are those of CloudWatch.
    """

    path: str = ""
    configuration_set: str | None = None
    name: str | None = None
    is_enabled: bool | None = None
    events: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    api: Api | None = None
    raw: Mapping[str, Any]
    is_whole: bool = True

    def publishes(self, kind: str) -> bool:
        """Whether it publishes a kind of event, named as either API names it; True where no kinds are given."""
        names = {name for row in KINDS.values() if kind in (row.v1, row.v2) for name in (row.v1, row.v2)}
        return not self.events or any(event in names for event in self.events)


# Reading


def read_destinations(given: Mapping[str, Any] | EventDestination) -> tuple[EventDestination, ...]:
    """Return the event destinations that some JSON holds; never raises on what is in them.

    Takes a request that makes or changes a destination, the answer that describes one set (v1
    `describe-configuration-set`, v2 `get-configuration-set-event-destinations`), a destination, or the CloudWatch part
    of one. Raises InvalidSetting for JSON that is none of these, TypeError for what is no mapping.

    >>> dimension = {"DimensionName": "campaign", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "none"}
    >>> (one,) = read_destinations({"DimensionConfigurations": [dimension]})
    >>> one.api.value, one.dimensions[0].source.value, one.dimensions[0].default
    ('v1', 'MESSAGE_TAG', 'none')
    """
    if isinstance(given, EventDestination):
        return (given,)
    if not isinstance(given, Mapping):
        raise TypeError(f"an event destination must be a mapping, not {type(given).__name__}")
    set_name = _text(given.get("ConfigurationSetName", _members(given.get("ConfigurationSet")).get("Name")))
    if isinstance(listed := given.get("EventDestinations"), list | tuple):
        many = enumerate(map(_members, listed))
        return tuple(_destination(one, f"EventDestinations[{at}]", set_name) for at, one in many)
    if isinstance(one := given.get("EventDestination"), Mapping):
        return (_destination(one, "EventDestination", set_name, _text(given.get("EventDestinationName"))),)
    if "DimensionConfigurations" in given:
        return (_destination({"CloudWatchDestination": given}, "", set_name, is_whole=False),)
    if any(kind in given for kind in KIND_APIS) or "MatchingEventTypes" in given:
        return (_destination(given, "", set_name),)
    raise InvalidSetting(
        "destination",
        sorted(map(str, given))[:10],
        "it holds no EventDestination, EventDestinations, CloudWatchDestination or DimensionConfigurations",
    )


def _destination(
    one: Mapping[str, Any],
    path: str,
    configuration_set: str | None,
    name: str | None = None,
    *,
    is_whole: bool = True,
) -> EventDestination:
    events = one.get("MatchingEventTypes")
    dimensions = tuple(_dimensions(one))
    kinds = tuple(kind for kind in KIND_APIS if one.get(kind) is not None)
    is_enabled = one.get("Enabled")
    texts = tuple(event for event in events if isinstance(event, str)) if isinstance(events, list | tuple) else ()
    return EventDestination(
        path=path,
        configuration_set=configuration_set,
        name=_text(one.get("Name")) if name is None else name,
        is_enabled=is_enabled if isinstance(is_enabled, bool) else None,
        events=texts,
        kinds=kinds,
        dimensions=dimensions,
        api=_api(texts, kinds, dimensions),
        raw=one,
        is_whole=is_whole,
    )


def _dimensions(one: Mapping[str, Any]) -> Iterator[Dimension]:
    configured = _members(one.get("CloudWatchDestination")).get("DimensionConfigurations")
    for given in map(_members, configured if isinstance(configured, list | tuple) else ()):
        written = _text(given.get("DimensionValueSource")) or ""
        source, _ = VALUE_SOURCES.get(written, (None, None))
        name, default = _text(given.get("DimensionName")), _text(given.get("DefaultDimensionValue"))
        yield Dimension(name or "", source, default or "", written)


def _api(events: tuple[str, ...], kinds: tuple[str, ...], dimensions: tuple[Dimension, ...]) -> Api | None:
    """Return the API by the first spelling that tells it."""
    for dimension in dimensions:
        if dimension.written_source in VALUE_SOURCES:
            return VALUE_SOURCES[dimension.written_source][1]
    for event in events:
        if event in V1_EVENTS or event in V2_EVENTS:
            return Api.V1 if event in V1_EVENTS else Api.V2
    return next((api for kind in kinds if (api := KIND_APIS[kind]) is not None), None)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return str.__str__(value) if isinstance(value, str) else None
