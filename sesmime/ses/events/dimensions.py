"""What a CloudWatch destination will count of a submission: the value of each dimension, or why its metric is lost.

A metric bears all the dimensions of its destination; where one has a value that CloudWatch does not take, SES sends
the message and publishes no metric, and nobody is told. Values come from message tags (those that count, see
`resolve`; SES's own by their full names), from fields of the message, and from the tags of the link that is clicked.

Sources: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sesmime.errors import InvalidSetting, quoted
from sesmime.mime.fields import fold_case
from sesmime.ses.events.configuration import CLOUDWATCH_GUIDE, UNUSABLE_FIELDS
from sesmime.ses.events.destinations import Dimension, EventDestination, ValueSource, read_destinations
from sesmime.ses.events.one_message import OneMessage, all_named
from sesmime.ses.evidence import Evidence
from sesmime.ses.links import LINK_TAGS, Link
from sesmime.ses.origin import Origin
from sesmime.ses.pages import EVENTS, OVERRIDES, RECORDED_TAGS, TRACKING
from sesmime.ses.quotas import MAX_TRACKED_LINKS
from sesmime.ses.requests import Submission
from sesmime.ses.sent_texts import sent_texts
from sesmime.ses.tags import FEEDBACK_ID_TAGS, MessageTag, read_message_tags, tag_fault

_AUTO_TAGS_PAGE: Final = "https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html"
# SES's own tags whose values are known when it has taken the message, or sent it.
_LATER_TAGS: Final = frozenset(
    (
        "ses:caller-identity",
        "ses:source-ip",
        "ses:source-tls-version",
        "ses:outgoing-ip",
        "ses:outgoing-tls-version",
        "ses:recipient-isp",
        "ses:sender-identity",
    )
)
_TAG_TEXT: Final = re.compile(r"[A-Za-z0-9_-]+")
_FIELD_TEXT: Final = re.compile(r"[A-Za-z0-9_.@-]+")
# CloudWatchDimensionConfiguration: a default value has at most 256 characters; no other value is known to have more.
_MAX_VALUE: Final = 256


class ValueOrigin(StrEnum):
    """Where the value of a dimension comes from."""

    MESSAGE_TAG = "a message tag"
    AUTO_TAG = "a tag that SES adds"
    FIELD = "a field of the message"
    LINK_TAG = "the tags of links"
    DEFAULT = "the default value"


class DimensionValue(NamedTuple):
    """The value that a dimension will have, and why.

    `lost` says why no metric is published, None where one is. A `value` of None that is not lost is one that SES alone
    will know. `reason` says in one sentence where the value is from.
    """

    name: str
    value: str | None
    origin: ValueOrigin
    reason: str
    lost: str | None
    evidence: Evidence
    source: str


def dimension_values(
    submission: Submission[Any], destination: Mapping[str, Any] | EventDestination
) -> tuple[DimensionValue, ...]:
    r"""Say which value each dimension of a CloudWatch destination will have for a submission, or why none is counted.

    `destination` is spelled as the API v1 or v2 has it: the whole event destination, a request that makes one, or only
    its CloudWatch part; `read_destinations` reads more. A dimension has several values where links have different tags,
    and where the entries of a bulk call have. Whether the configuration is right, `configuration_problems` says.

    Raises InvalidSetting where there is not one CloudWatch destination, TypeError for other types; never raises on
    content.

    >>> message = b"X-SES-MESSAGE-TAGS: campaign=spring\r\nX-Shop: Z\xc3\xbcrich\r\n\r\n"
    >>> def dimension(name, source):
    ...     return {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": "none"}
    >>> dimensions = [dimension("campaign", "MESSAGE_TAG"), dimension("X-Shop", "EMAIL_HEADER")]
    >>> for one in dimension_values(Submission(message), {"DimensionConfigurations": dimensions}):
    ...     print(one.name, one.value, one.lost)
    campaign spring None
    X-Shop None the value 'Z\xfcrich' is not ASCII
    """
    if not isinstance(submission, Submission):
        raise TypeError(f"submission must be a Submission, not {type(submission).__name__}")
    found = [one for one in read_destinations(destination) if "CloudWatchDestination" in one.kinds]
    if len(found) != 1:
        told = "it has no CloudWatchDestination" if not found else "it has several; choose one by read_destinations"
        raise InvalidSetting("destination", len(found), told)
    (one,) = found
    messages = [OneMessage(submission, entry=entry) for entry in range(max(1, OneMessage(submission).entry_count))]
    values: dict[tuple[str, str | None, str | None, ValueOrigin], DimensionValue] = {}
    for dimension in one.dimensions:
        for message in messages:
            for value in _values(dimension, message, one, submission):
                values.setdefault((value.name, value.value, value.lost, value.origin), value)
    return tuple(values.values())


def _values(
    dimension: Dimension, message: OneMessage, destination: EventDestination, submission: Submission[Any]
) -> Iterator[DimensionValue]:
    source = dimension.source or ValueSource.MESSAGE_TAG
    origin = _ORIGINS[source]
    named = message.resolution.configuration_set
    if destination.configuration_set and named and named != destination.configuration_set:
        told = f"the message names the configuration set {quoted(named, 64)}, and the destination belongs to another"
        yield _lost(dimension, origin, told, Evidence.DOCUMENTED, EVENTS)
    elif dimension.source is None:
        told = f"{quoted(dimension.written_source, 40)} is no source of values"
        yield _lost(dimension, origin, told, Evidence.DOCUMENTED, CLOUDWATCH_GUIDE)
    elif (fault := _name_fault(dimension.name, source)) is not None:
        yield _lost(dimension, origin, fault, Evidence.DOCUMENTED, EVENTS if "ASCII" in fault else CLOUDWATCH_GUIDE)
    elif source is ValueSource.EMAIL_HEADER:
        yield _of_field(dimension, message)
    elif source is ValueSource.LINK_TAG:
        yield from _of_links(dimension, message, destination, submission)
    elif dimension.name.startswith("ses:") and dimension.name not in FEEDBACK_ID_TAGS:
        yield _of_auto_tag(dimension, message, destination)
    else:
        yield _of_tag(dimension, message)


_ORIGINS: Final[Mapping[ValueSource, ValueOrigin]] = {
    ValueSource.MESSAGE_TAG: ValueOrigin.MESSAGE_TAG,
    ValueSource.EMAIL_HEADER: ValueOrigin.FIELD,
    ValueSource.LINK_TAG: ValueOrigin.LINK_TAG,
}


def _lost(
    dimension: Dimension, origin: ValueOrigin, lost: str, evidence: Evidence, source: str, reason: str = ""
) -> DimensionValue:
    return DimensionValue(dimension.name, None, origin, reason or "no metric is published", lost, evidence, source)


def _default(dimension: Dimension, reason: str, evidence: Evidence, source: str) -> DimensionValue:
    if not dimension.default:
        lost = "there is no value, and no default value"
        return DimensionValue(dimension.name, None, ValueOrigin.DEFAULT, reason, lost, Evidence.ASSUMED, source)
    return DimensionValue(dimension.name, dimension.default, ValueOrigin.DEFAULT, reason, None, evidence, source)


def _name_fault(name: str, source: ValueSource) -> str | None:
    """Say what is wrong with the name that a tag or a field must have for a dimension."""
    if not name.isascii():
        return f"the name {quoted(name, 60)} is not ASCII"
    if source is ValueSource.EMAIL_HEADER:
        if fold_case(name) in UNUSABLE_FIELDS:
            return f"the field {name} cannot be a dimension"
        allowed, characters = _FIELD_TEXT, "A-Z a-z 0-9 _ - @ and ."
    else:
        allowed, characters = _TAG_TEXT, "A-Z a-z 0-9 _ and -"
        if source is ValueSource.MESSAGE_TAG:
            name = name.removeprefix("ses:")
    return None if allowed.fullmatch(name) else f"the name {quoted(name, 60)} has other characters than {characters}"


# Message tags


def _of_tag(dimension: Dimension, message: OneMessage) -> DimensionValue:
    decision = message.resolution.decision("message_tags")
    tags, is_parameter = message.tags, decision.origin is Origin.API_PARAMETER
    evidence, source = decision.evidence, decision.source
    if decision.origin is Origin.UNSET and decision.field is not None:
        # The field is malformed; what it holds beside the fault is expected to be read.
        tags, evidence = read_message_tags(decision.field.body).tags, Evidence.ASSUMED
    found = [tag for tag in tags if tag.name == dimension.name]
    if not found:
        told = f"no message tag {quoted(dimension.name, 60)} counts"
        overruled = [read_message_tags(field.body) for field in decision.overruled]
        if any(tag.name == dimension.name for others in overruled for tag in others):
            told += "; the one in a field is overruled"
        return _default(dimension, told, Evidence.DOCUMENTED, CLOUDWATCH_GUIDE)
    where = "a parameter" if is_parameter or not message.interface.is_raw else "the field X-SES-MESSAGE-TAGS"
    lost = _lost_tag(dimension, found[0], is_parameter=is_parameter)
    if lost is not None:
        return lost
    reason = f"the message tag in {where}"
    if len(found) > 1:
        reason, evidence = f"the first of {len(found)} message tags of that name in {where}", Evidence.ASSUMED
    return DimensionValue(dimension.name, found[0].value, ValueOrigin.MESSAGE_TAG, reason, None, evidence, source)


def _lost_tag(dimension: Dimension, tag: MessageTag, *, is_parameter: bool) -> DimensionValue | None:
    fault = tag_fault(tag)
    if fault is None:
        return None
    origin = ValueOrigin.MESSAGE_TAG
    shown = quoted(_readable(tag.value), 60)
    if is_parameter and fault.expected is not None:
        told = f"SES is expected to refuse the message: {fault.expected}"
        return _lost(dimension, origin, told, Evidence.OBSERVED, RECORDED_TAGS, "the request is refused")
    if not tag.value.isascii():
        return _lost(dimension, origin, f"the value {shown} is not ASCII", Evidence.DOCUMENTED, EVENTS)
    if not tag.value:
        return _lost(dimension, origin, "the tag has no value", Evidence.ASSUMED, CLOUDWATCH_GUIDE)
    if _TAG_TEXT.fullmatch(tag.value) is None:
        told = f"the value {shown} has other characters than A-Z a-z 0-9 _ and -"
        return _lost(dimension, origin, told, Evidence.DOCUMENTED, CLOUDWATCH_GUIDE)
    return _lost(dimension, origin, f"the tag has {fault.reason}", Evidence.ASSUMED, RECORDED_TAGS)


def _of_auto_tag(dimension: Dimension, message: OneMessage, destination: EventDestination) -> DimensionValue:
    name, resolution = dimension.name, message.resolution
    known: dict[str, tuple[str | None, str]] = {
        "ses:configuration-set": (
            resolution.configuration_set or destination.configuration_set,
            "the name of the configuration set",
        ),
        "ses:from-domain": (message.from_domain, "the domain of From"),
        "ses:operation": (message.interface.row.operation or "SendRawEmail", "the name of the operation"),
        "ses:tenant-name": (resolution.tenant, "the tenant"),
        "ses:multi-region-endpoint-id": (resolution.endpoint_id, "the endpoint"),
    }
    origin, page = ValueOrigin.AUTO_TAG, _AUTO_TAGS_PAGE
    if name in known:
        value, what = known[name]
        if value:
            return DimensionValue(name, value, origin, what, None, Evidence.DOCUMENTED, page)
        if name == "ses:configuration-set":
            told = "the name of the identity's default configuration set; the message names none"
            return DimensionValue(name, None, origin, told, None, Evidence.DOCUMENTED, page)
        return _default(dimension, f"the message does not tell {what}", Evidence.ASSUMED, page)
    if name in _LATER_TAGS:
        told = "SES adds it when it has taken the message, or sent it"
        return DimensionValue(name, None, origin, told, None, Evidence.DOCUMENTED, page)
    return _default(dimension, "SES is not known to add such a tag", Evidence.ASSUMED, page)


# Fields


def _of_field(dimension: Dimension, message: OneMessage) -> DimensionValue:
    found = all_named(message.fields(is_rendered=True), dimension.name)
    made = [] if found else message.template_fields(dimension.name)
    if not found and not made:
        return _default(dimension, f"the message has no field {dimension.name}", Evidence.DOCUMENTED, CLOUDWATCH_GUIDE)
    value = (found or made)[0].strip(" \t")
    evidence = Evidence.ASSUMED if len(found or made) > 1 else Evidence.DOCUMENTED
    reason = "the field of the message" if len(found or made) == 1 else f"the first of {len(found or made)} fields"
    origin = ValueOrigin.FIELD
    if made and "{{" in value:
        return DimensionValue(
            dimension.name, None, origin, "the template's data make it", None, Evidence.ASSUMED, CLOUDWATCH_GUIDE
        )
    if not value:
        return _default(dimension, "the field is empty", Evidence.ASSUMED, CLOUDWATCH_GUIDE)
    shown = quoted(_readable(value), 60)
    if not value.isascii():
        return _lost(dimension, origin, f"the value {shown} is not ASCII", Evidence.DOCUMENTED, EVENTS)
    if _FIELD_TEXT.fullmatch(value) is None:
        told = f"the value {shown} has other characters than A-Z a-z 0-9 _ - @ and ."
        return _lost(dimension, origin, told, Evidence.DOCUMENTED, CLOUDWATCH_GUIDE)
    if len(value) > _MAX_VALUE:
        told = f"the value has {len(value)} characters, more than {_MAX_VALUE}"
        return _lost(dimension, origin, told, Evidence.ASSUMED, CLOUDWATCH_GUIDE)
    return DimensionValue(dimension.name, value, origin, reason, None, evidence, CLOUDWATCH_GUIDE)


# Links


def _of_links(
    dimension: Dimension, message: OneMessage, destination: EventDestination, submission: Submission[Any]
) -> Iterator[DimensionValue]:
    if not destination.publishes("CLICK"):
        yield _default(dimension, "the destination publishes no clicks", Evidence.ASSUMED, CLOUDWATCH_GUIDE)
        return
    if _is_click_tracking_off(message.extra):
        yield _default(dimension, "the request turns click tracking off", Evidence.DOCUMENTED, OVERRIDES)
        return
    links = [link for text in sent_texts(submission) for link in text.directives.links if link.is_trackable]
    counts: dict[str, int] = {}
    malformed: dict[str, int] = {}
    without = 0
    for link in links[:MAX_TRACKED_LINKS]:
        value, bad = _tag_of(link, dimension.name)
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
        elif bad is not None:
            malformed[bad] = malformed.get(bad, 0) + 1
        else:
            without += 1
    for value, count in counts.items():
        told = f"a click on {_links(count)}"
        yield DimensionValue(dimension.name, value, ValueOrigin.LINK_TAG, told, None, Evidence.DOCUMENTED, TRACKING)
    for bad, count in malformed.items():
        told = f"the link tag {quoted(bad, 60)} has other characters than A-Z a-z 0-9 _ and -"
        yield _lost(dimension, ValueOrigin.LINK_TAG, told, Evidence.ASSUMED, TRACKING, f"a click on {_links(count)}")
    others = [event for event in destination.events if fold_case(event) != "click"]
    reasons = [f"a click on {_links(without)} without the tag"] if without else []
    if others or not destination.events:
        reasons.append("every event that is no click")
    if reasons or not links:
        yield _default(
            dimension, " and ".join(reasons) or "there is no link to click", Evidence.ASSUMED, CLOUDWATCH_GUIDE
        )


def _tag_of(link: Link, name: str) -> tuple[str | None, str | None]:
    """Return the value of a link's tag, or what stands in its place; neither where the link has no such tag."""
    value = next((tag.value for tag in link.tags if tag.name == name), None)
    if value is not None or link.directive(LINK_TAGS) is None:
        return value, None
    return None, next((pair for pair in link.malformed_tags if pair.partition(":")[0] == name), None)


def _links(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"


def _is_click_tracking_off(request: Mapping[str, Any]) -> bool:
    value: Any = request
    for name in ("ConfigurationOverrides", "Tracking", "ClickTrackingEnabled"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return bool(value == "DISABLED")


def _readable(text: str) -> str:
    """Return text with octets beyond ASCII read as UTF-8 where they are."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text
