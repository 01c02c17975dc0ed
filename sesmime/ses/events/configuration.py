"""What AWS is expected to refuse in the configuration of event destinations, and what of it counts nothing.

Sources: the service models `ses/2010-12-01` and `sesv2/2019-09-27`; the guide's pages on event destinations and quotas;
the text about names as floci-io/floci has it (OBSERVED).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sesmime.errors import quoted
from sesmime.mime.fields import fold_case
from sesmime.ses.events.destinations import (
    KIND_APIS,
    V1_EVENTS,
    V2_EVENTS,
    VALUE_SOURCES,
    Api,
    Dimension,
    EventDestination,
    ValueSource,
    read_destinations,
)
from sesmime.ses.evidence import Evidence
from sesmime.ses.pages import QUOTAS

V1_DESTINATION: Final = "https://docs.aws.amazon.com/ses/latest/APIReference/API_EventDestination.html"
V2_DESTINATION: Final = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestinationDefinition.html"
V1_DIMENSION: Final = "https://docs.aws.amazon.com/ses/latest/APIReference/API_CloudWatchDimensionConfiguration.html"
V2_DIMENSION: Final = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CloudWatchDimensionConfiguration.html"
CONFIGURATION_SET: Final = "https://docs.aws.amazon.com/ses/latest/APIReference/API_ConfigurationSet.html"
CLOUDWATCH_GUIDE: Final = (
    "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html"
)
SNS_GUIDE: Final = "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html"
EVENTBRIDGE: Final = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventBridgeDestination.html"

# dg/quotas: dimensions of a destination, destinations of a set.
MAX_DIMENSIONS: Final = 10
MAX_DESTINATIONS: Final = 10
MAX_NAME: Final = 64
# dg/event-publishing-add-event-destination-cloudwatch: fields that cannot be dimensions, in lower case.
UNUSABLE_FIELDS: Final = frozenset(("received", "to", "from", "dkim-signature", "cc", "message-id", "return-path"))

_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_V1_DIMENSION_NAME: Final = re.compile(r"[A-Za-z0-9_:-]+")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.@-]+")
_DEFAULT_BUS: Final = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/default")
_BAD_NAME: Final = "Invalid event destination name <{}>: only alphanumeric ASCII characters, '_', and '-' are allowed."


class ConfigurationProblem(NamedTuple):
    """What is wrong with a configuration: where in the JSON, a sentence, what to do, and how sure that is.

    `expected` is the text expected from SES, None where it is not known.
    """

    path: str
    message: str
    remedy: str
    evidence: Evidence
    source: str
    expected: str | None = None


def configuration_problems(given: Mapping[str, Any] | EventDestination) -> tuple[ConfigurationProblem, ...]:
    """Return what AWS is expected to refuse in a configuration, and what of it counts nothing.

    Takes and raises what `read_destinations` does; never raises on what is in it.

    >>> topic = {"TopicARN": "arn:aws:sns:us-east-1:123456789012:t"}
    >>> made = {"Name": "my metrics", "MatchingEventTypes": ["send"], "SNSDestination": topic}
    >>> print(configuration_problems(made)[0].expected)
    Invalid event destination name <my metrics>: only alphanumeric ASCII characters, '_', and '-' are allowed.
    """
    destinations = read_destinations(given)
    problems: list[ConfigurationProblem] = []
    if destinations and (name := destinations[0].configuration_set) is not None:
        problems += _of_set_name(name, _set_path(given))
    if len(destinations) > MAX_DESTINATIONS:
        told = f"{len(destinations)} event destinations; a configuration set has at most {MAX_DESTINATIONS}"
        problems.append(_documented("EventDestinations", told, f"use at most {MAX_DESTINATIONS}", QUOTAS))
    for destination in destinations:
        problems += _of_destination(destination)
    return tuple(problems)


def _set_path(given: Mapping[str, Any] | EventDestination) -> str:
    is_described = isinstance(given, Mapping) and "ConfigurationSetName" not in given
    return "ConfigurationSet.Name" if is_described else "ConfigurationSetName"


def _documented(path: str, message: str, remedy: str, source: str, expected: str | None = None) -> ConfigurationProblem:
    return ConfigurationProblem(path, message, remedy, Evidence.DOCUMENTED, source, expected)


def _of_set_name(name: str, path: str) -> Iterator[ConfigurationProblem]:
    fault = _fault(name, _NAME, MAX_NAME)
    if fault is not None:
        remedy = f"use 1 to {MAX_NAME} characters of A-Z a-z 0-9 _ and -"
        yield _documented(path, f"the name of the configuration set {fault}", remedy, CONFIGURATION_SET)


def _fault(text: str, allowed: re.Pattern[str], most: int) -> str | None:
    """Say in what way a name is not as it must be."""
    if not text:
        return "is empty"
    if not allowed.fullmatch(text):
        odd = next(character for character in text if not allowed.fullmatch(character))
        return f"{quoted(text, 60)} contains {quoted(odd, 10)}"
    return f"has {len(text)} characters, more than {most}" if len(text) > most else None


def _of_destination(one: EventDestination) -> Iterator[ConfigurationProblem]:
    page = V2_DESTINATION if one.api is Api.V2 else V1_DESTINATION
    base = f"{one.path}." if one.path else ""
    if one.is_whole:
        yield from _of_name(one, base)
        yield from _of_events(one, base, page)
        yield from _of_kinds(one, base, page)
        if one.is_enabled is False or (one.is_enabled is None and one.api is Api.V1 and "Enabled" not in one.raw):
            why = "Enabled is false" if one.is_enabled is False else "Enabled is missing, which means false"
            yield _documented(f"{base}Enabled", f"{why}: nothing is published", "set it to true", page)
    if "CloudWatchDestination" in one.kinds:
        yield from _of_cloudwatch(one, f"{base}CloudWatchDestination." if one.is_whole else base)


def _of_name(one: EventDestination, base: str) -> Iterator[ConfigurationProblem]:
    if one.name is None:
        return  # the API v2 has it outside the destination, and so may be what was read
    fault = _fault(one.name, _NAME, MAX_NAME)
    if fault is not None:
        is_odd = bool(one.name) and _NAME.fullmatch(one.name) is None
        yield _documented(
            f"{base}Name" if "Name" in one.raw else "EventDestinationName",
            f"the name of the event destination {fault}",
            f"use 1 to {MAX_NAME} characters of A-Z a-z 0-9 _ and -",
            V1_DESTINATION,
            _BAD_NAME.format(one.name) if is_odd else None,
        )


def _of_events(one: EventDestination, base: str, page: str) -> Iterator[ConfigurationProblem]:
    path = f"{base}MatchingEventTypes"
    if not one.events:
        yield _documented(path, "no event type is given: nothing is published", "give at least one", page)
    known = V2_EVENTS if one.api is Api.V2 else V1_EVENTS
    others = V1_EVENTS | {_lower_camel(name) for name in V2_EVENTS - {"RENDERING_FAILURE"}} | V2_EVENTS
    for at, event in enumerate(one.events):
        if event in known:
            continue
        api = (one.api or Api.V1).value
        if event in others and _as_v2(event) in ("DELIVERY_DELAY", "SUBSCRIPTION") and one.api is not Api.V2:
            told, remedy = f"the API v1 has no event type {event}", "use the API v2"
        else:
            told = f"the API {api} has no event type {quoted(event, 40)}"
            remedy = f"use {', '.join(sorted(known))}"
        yield _documented(f"{path}[{at}]", told, remedy, page)


def _as_v2(event: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", event).upper()


def _lower_camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _of_kinds(one: EventDestination, base: str, page: str) -> Iterator[ConfigurationProblem]:
    if len(one.kinds) != 1:
        told = f"{len(one.kinds)} destinations: {', '.join(one.kinds)}" if one.kinds else "no destination"
        yield _documented(
            one.path or "EventDestination", f"it has {told}; each has one, and only one", "give exactly one", page
        )
    for kind in one.kinds:
        api = KIND_APIS[kind]
        if api is not None and one.api is not None and api is not one.api:
            told = f"the API {one.api.value} has no {kind}"
            yield _documented(f"{base}{kind}", told, f"use the names of the API {one.api.value}", page)
    for kind, member in (("SNSDestination", "TopicARN"), ("SnsDestination", "TopicArn")):
        topic = _member(one.raw.get(kind), member)
        if topic.endswith(".fifo"):
            told = "the topic is a FIFO topic; SES publishes to standard topics only"
            yield _documented(f"{base}{kind}.{member}", told, "use a standard topic", SNS_GUIDE)
    bus = _member(one.raw.get("EventBridgeDestination"), "EventBusArn")
    if bus and _DEFAULT_BUS.fullmatch(bus) is None:
        told = "SES publishes to the default bus of EventBridge only"
        yield _documented(
            f"{base}EventBridgeDestination.EventBusArn", told, "use the ARN of event-bus/default", EVENTBRIDGE
        )


def _member(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _of_cloudwatch(one: EventDestination, base: str) -> Iterator[ConfigurationProblem]:
    page = V1_DIMENSION if one.api is Api.V1 else V2_DIMENSION
    path = f"{base}DimensionConfigurations"
    if not one.dimensions:
        yield _documented(path, "there is no dimension", "give at least one", page)
    if len(one.dimensions) > MAX_DIMENSIONS:
        told = f"{len(one.dimensions)} dimensions; a destination has at most {MAX_DIMENSIONS}"
        yield _documented(path, told, f"use at most {MAX_DIMENSIONS}", QUOTAS)
    seen: set[str] = set()
    for at, dimension in enumerate(one.dimensions):
        yield from _of_dimension(dimension, one, f"{path}[{at}]", page)
        if dimension.name in seen:
            yield ConfigurationProblem(
                f"{path}[{at}].DimensionName",
                f"the dimension {quoted(dimension.name, 60)} is configured twice",
                "use each name once",
                Evidence.ASSUMED,
                page,
            )
        seen.add(dimension.name)


def _of_dimension(one: Dimension, of: EventDestination, path: str, page: str) -> Iterator[ConfigurationProblem]:
    is_v1 = of.api is not Api.V2
    most = 256 if is_v1 else 255
    # QUIRK: by the model of v2 no name has a colon, but the guide tells to use auto-tags by their full name.
    allowed = _V1_DIMENSION_NAME if is_v1 or one.name.startswith("ses:") else _NAME
    fault = _fault(one.name, allowed, most)
    if fault is not None:
        remedy = f"use 1 to {most} characters of A-Z a-z 0-9 _ {': ' if is_v1 else ''}and -"
        yield _documented(f"{path}.DimensionName", f"the name of the dimension {fault}", remedy, page)
    fault = _fault(one.default, _VALUE, most)
    if fault is not None:
        remedy = f"use 1 to {most} characters of A-Z a-z 0-9 _ - @ and ."
        yield _documented(f"{path}.DefaultDimensionValue", f"the default value {fault}", remedy, page)
    written, (_, api) = one.written_source, VALUE_SOURCES.get(one.written_source, (None, None))
    if one.source is None or (of.api is not None and api is not of.api):
        known = [name for name, (_, its) in VALUE_SOURCES.items() if its is (of.api or Api.V2)]
        told = f"the API {(of.api or Api.V2).value} has no value source {quoted(written, 40)}"
        yield _documented(f"{path}.DimensionValueSource", told, f"use {', '.join(known)}", page)
    if one.source is ValueSource.EMAIL_HEADER and fold_case(one.name) in UNUSABLE_FIELDS:
        told = f"the field {one.name} cannot be a dimension"
        yield _documented(f"{path}.DimensionName", told, "use a field of your own, or a message tag", CLOUDWATCH_GUIDE)
    if one.source is ValueSource.LINK_TAG and of.events and not of.publishes("CLICK"):
        yield ConfigurationProblem(
            f"{path}.DimensionValueSource",
            "link tags come with clicks, and the destination publishes none: the dimension has its default value only",
            "add the event type of clicks",
            Evidence.ASSUMED,
            CLOUDWATCH_GUIDE,
        )
