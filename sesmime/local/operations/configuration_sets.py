"""Configuration sets and their event destinations, made by either API and seen by both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations.paging import listed_tags, page_of, tags_of
from sesmime.local.state import ConfigurationSet, EventDestination
from sesmime.ses.events.kinds import KINDS, EventKind

_Result = Mapping[str, Any]
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The targets of events, by the member that holds them in each API; v1 has the first three.
_V1_TARGETS: Final = {
    "SNSDestination": "sns",
    "KinesisFirehoseDestination": "firehose",
    "CloudWatchDestination": "cloudwatch",
}
_V2_TARGETS: Final = {
    "SnsDestination": "sns",
    "KinesisFirehoseDestination": "firehose",
    "CloudWatchDestination": "cloudwatch",
    "EventBridgeDestination": "eventbridge",
    "PinpointDestination": "pinpoint",
}
# Members that the two APIs spell differently, v1 to v2.
_SPELLED: Final = {"TopicARN": "TopicArn", "IAMRoleARN": "IamRoleArn", "DeliveryStreamARN": "DeliveryStreamArn"}
_SOURCES: Final = {"messageTag": "MESSAGE_TAG", "emailHeader": "EMAIL_HEADER", "linkTag": "LINK_TAG"}
# What a set may be given when v2 makes it, or later by an operation of its own; the last by UpdateConfigurationSet.
OPTION_GROUPS: Final = (
    "TrackingOptions",
    "DeliveryOptions",
    "ReputationOptions",
    "SendingOptions",
    "SuppressionOptions",
    "VdmOptions",
    "ArchivingOptions",
    "MessageSecurityOptions",
)
MAX_DESTINATIONS: Final = 10  # dg/quotas


def found_set(desk: Desk, call: Call) -> ConfigurationSet:
    """Return the set that a call names; raises the refusal of either API where there is none."""
    name = call.parameters["ConfigurationSetName"]
    found = desk.state.region(call.region).configuration_sets.get(name)
    if found is None:
        code = "ConfigurationSetDoesNotExist" if call.service == "ses" else "NotFoundException"
        raise Refusal(code, f"Configuration set <{name}> does not exist.")
    return found


def _create(desk: Desk, call: Call, name: str) -> ConfigurationSet:
    sets = desk.state.region(call.region).configuration_sets
    is_v2 = call.service == "sesv2"
    if _NAME.fullmatch(name) is None:
        text = f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        raise Refusal("BadRequestException" if is_v2 else "InvalidConfigurationSet", text)
    if name in sets:
        code = "AlreadyExistsException" if is_v2 else "ConfigurationSetAlreadyExists"
        raise Refusal(code, f"Configuration set <{name}> already exists.")
    sets[name] = ConfigurationSet(name)
    return sets[name]


# Sets


def create_v1(desk: Desk, call: Call) -> _Result:
    """v1 CreateConfigurationSet."""
    _create(desk, call, call.parameters["ConfigurationSet"]["Name"])
    return {}


def create_v2(desk: Desk, call: Call) -> _Result:
    """v2 CreateConfigurationSet."""
    made = _create(desk, call, call.parameters["ConfigurationSetName"])
    made.tags = tags_of(call.parameters)
    for group in OPTION_GROUPS:
        if group in call.parameters:
            _put(made, group, call.parameters[group])
    return {}


def delete(desk: Desk, call: Call) -> _Result:
    """v1 and v2 DeleteConfigurationSet."""
    del desk.state.region(call.region).configuration_sets[found_set(desk, call).name]
    return {}


def list_v1(desk: Desk, call: Call) -> _Result:
    """v1 ListConfigurationSets."""
    names = list(desk.state.region(call.region).configuration_sets)
    page, more = page_of(names, call.parameters, size="MaxItems", most=1000)
    return {"ConfigurationSets": [{"Name": name} for name in page], **more}


def list_v2(desk: Desk, call: Call) -> _Result:
    """v2 ListConfigurationSets."""
    page, more = page_of(list(desk.state.region(call.region).configuration_sets), call.parameters)
    return {"ConfigurationSets": page, **more}


def describe(desk: Desk, call: Call) -> _Result:
    """v1 DescribeConfigurationSet: the attributes that are asked for."""
    found = found_set(desk, call)
    asked = call.parameters.get("ConfigurationSetAttributeNames") or ()
    result: dict[str, Any] = {"ConfigurationSet": {"Name": found.name}}
    if "eventDestinations" in asked:
        result["EventDestinations"] = [_as_v1(one) for one in found.destinations.values()]
    if "trackingOptions" in asked and "TrackingOptions" in found.options:
        result["TrackingOptions"] = {"CustomRedirectDomain": found.options["TrackingOptions"]["CustomRedirectDomain"]}
    if "deliveryOptions" in asked and "DeliveryOptions" in found.options:
        policy = found.options["DeliveryOptions"].get("TlsPolicy", "OPTIONAL")
        result["DeliveryOptions"] = {"TlsPolicy": policy.capitalize()}
    if "reputationOptions" in asked:
        reputation = found.options.get("ReputationOptions", {})
        result["ReputationOptions"] = {
            "SendingEnabled": found.sending_enabled,
            "ReputationMetricsEnabled": reputation.get("ReputationMetricsEnabled", False),
        }
    return result


def get(desk: Desk, call: Call) -> _Result:
    """v2 GetConfigurationSet."""
    found = found_set(desk, call)
    return {
        "ConfigurationSetName": found.name,
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        **found.options,
        "SendingOptions": {"SendingEnabled": found.sending_enabled},
        "Tags": listed_tags(found.tags),
    }


def _put(found: ConfigurationSet, group: str, given: Mapping[str, Any]) -> None:
    found.options[group] = dict(given)
    if group == "TrackingOptions" and "CustomRedirectDomain" not in given:
        del found.options[group]  # the default domain again
    if group == "SendingOptions":
        found.sending_enabled = bool(given.get("SendingEnabled"))
    elif group == "SuppressionOptions":
        found.suppressed_reasons = tuple(given.get("SuppressedReasons") or ())


def put_options(group: str) -> Callable[[Desk, Call], _Result]:
    """Return the v2 operation that puts one group of options."""

    def put(desk: Desk, call: Call) -> _Result:
        given = {name: value for name, value in call.parameters.items() if name != "ConfigurationSetName"}
        if group in given:  # some hold the group itself as a member
            given = given[group]
        _put(found_set(desk, call), group, given)
        return {}

    return put


def update(desk: Desk, call: Call) -> _Result:
    """v2 UpdateConfigurationSet."""
    found = found_set(desk, call)
    if "MessageSecurityOptions" in call.parameters:
        _put(found, "MessageSecurityOptions", call.parameters["MessageSecurityOptions"])
    return {}


def set_sending(desk: Desk, call: Call) -> _Result:
    """v1 UpdateConfigurationSetSendingEnabled."""
    _put(found_set(desk, call), "SendingOptions", {"SendingEnabled": call.parameters["Enabled"]})
    return {}


def set_reputation(desk: Desk, call: Call) -> _Result:
    """v1 UpdateConfigurationSetReputationMetricsEnabled."""
    _put(found_set(desk, call), "ReputationOptions", {"ReputationMetricsEnabled": call.parameters["Enabled"]})
    return {}


def set_delivery(desk: Desk, call: Call) -> _Result:
    """v1 PutConfigurationSetDeliveryOptions."""
    given = call.parameters.get("DeliveryOptions") or {}
    _put(found_set(desk, call), "DeliveryOptions", {name: str(value).upper() for name, value in given.items()})
    return {}


def create_tracking(desk: Desk, call: Call) -> _Result:
    """v1 CreateConfigurationSetTrackingOptions."""
    found = found_set(desk, call)
    if "TrackingOptions" in found.options:
        raise Refusal("TrackingOptionsAlreadyExistsException", f"Tracking options exist for <{found.name}>.")
    _put(found, "TrackingOptions", call.parameters["TrackingOptions"])
    return {}


def update_tracking(desk: Desk, call: Call) -> _Result:
    """v1 UpdateConfigurationSetTrackingOptions."""
    _put(_tracked(desk, call), "TrackingOptions", call.parameters["TrackingOptions"])
    return {}


def delete_tracking(desk: Desk, call: Call) -> _Result:
    """v1 DeleteConfigurationSetTrackingOptions."""
    del _tracked(desk, call).options["TrackingOptions"]
    return {}


def _tracked(desk: Desk, call: Call) -> ConfigurationSet:
    found = found_set(desk, call)
    if "TrackingOptions" not in found.options:
        raise Refusal("TrackingOptionsDoesNotExistException", f"<{found.name}> has no tracking options.")
    return found


# Event destinations


def create_destination(desk: Desk, call: Call) -> _Result:
    """v1 and v2 CreateConfigurationSetEventDestination."""
    found, made = found_set(desk, call), _destination(desk, call)
    if made.name in found.destinations:
        code = "EventDestinationAlreadyExists" if call.service == "ses" else "AlreadyExistsException"
        raise Refusal(code, f"An event destination with name <{made.name}> already exists.")
    if len(found.destinations) >= MAX_DESTINATIONS:
        code = "LimitExceeded" if call.service == "ses" else "LimitExceededException"
        raise Refusal(code, f"A configuration set has at most {MAX_DESTINATIONS} event destinations.")
    found.destinations[made.name] = made
    if made.target == "sns":
        desk.publisher.validated(call.region, made.details.get("TopicArn") or made.details["TopicARN"])
    return {}


def update_destination(desk: Desk, call: Call) -> _Result:
    """v1 and v2 UpdateConfigurationSetEventDestination."""
    found, made = found_set(desk, call), _destination(desk, call)
    _existing(found, made.name, call)
    found.destinations[made.name] = made
    return {}


def delete_destination(desk: Desk, call: Call) -> _Result:
    """v1 and v2 DeleteConfigurationSetEventDestination."""
    found = found_set(desk, call)
    del found.destinations[_existing(found, call.parameters["EventDestinationName"], call)]
    return {}


def get_destinations(desk: Desk, call: Call) -> _Result:
    """v2 GetConfigurationSetEventDestinations."""
    return {"EventDestinations": [_as_v2(one) for one in found_set(desk, call).destinations.values()]}


def _existing(found: ConfigurationSet, name: str, call: Call) -> str:
    if name not in found.destinations:
        code = "EventDestinationDoesNotExist" if call.service == "ses" else "NotFoundException"
        raise Refusal(code, f"No EventDestination found for {name}")
    return name


def _destination(desk: Desk, call: Call) -> EventDestination:
    given: Mapping[str, Any] = call.parameters["EventDestination"]
    is_v2 = call.service == "sesv2"
    name = call.parameters["EventDestinationName"] if is_v2 else given["Name"]
    invalid = "BadRequestException" if is_v2 else "InvalidParameterValue"
    if _NAME.fullmatch(name) is None:
        text = f"Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        raise Refusal(invalid, text)
    targets = [member for member in (_V2_TARGETS if is_v2 else _V1_TARGETS) if given.get(member)]
    if len(targets) != 1:
        raise Refusal(invalid, "An event destination must have exactly one destination.")
    target, details = targets[0], dict(given[targets[0]])
    kind = (_V2_TARGETS if is_v2 else _V1_TARGETS)[target]
    if kind == "sns":
        _refuse_unknown_topic(call, details.get("TopicArn") or details.get("TopicARN") or "")
    kinds = tuple(_kind_of(text, invalid) for text in given.get("MatchingEventTypes") or ())
    return EventDestination(name, bool(given.get("Enabled", False)), kinds, kind, details, is_v2)


def _kind_of(text: str, invalid: str) -> EventKind:
    for kind, row in KINDS.items():
        if text in (row.v1, row.v2):
            return kind
    raise Refusal(invalid, f"Invalid event type {text}.")


def _refuse_unknown_topic(call: Call, arn: str) -> None:
    """SES publishes a message to a topic when it is given: one that is not there is refused."""
    from moto.sns.models import sns_backends

    account, region = arn.split(":")[4:5], arn.split(":")[3:4]
    known = bool(account and region) and account[0].isdigit() and arn in sns_backends[account[0]][region[0]].topics
    if not known:
        raise Refusal(
            "InvalidSNSDestination" if call.service == "ses" else "BadRequestException", f"SNS topic <{arn}> not found."
        )


def _as_v2(destination: EventDestination) -> dict[str, Any]:
    member = next(name for name, target in _V2_TARGETS.items() if target == destination.target)
    details = {_SPELLED.get(name, name): value for name, value in destination.details.items()}
    if destination.target == "cloudwatch":
        details["DimensionConfigurations"] = [
            one | {"DimensionValueSource": _SOURCES.get(one["DimensionValueSource"], one["DimensionValueSource"])}
            for one in details["DimensionConfigurations"]
        ]
    return {
        "Name": destination.name,
        "Enabled": destination.enabled,
        "MatchingEventTypes": [KINDS[kind].v2 for kind in destination.kinds],
        member: details,
    }


def _as_v1(destination: EventDestination) -> dict[str, Any]:
    """As v1 has it: what v1 does not know (EventBridge, two kinds) is left out."""
    spelled = {new: old for old, new in _SPELLED.items()}
    sources = {new: old for old, new in _SOURCES.items()}
    shown: dict[str, Any] = {
        "Name": destination.name,
        "Enabled": destination.enabled,
        "MatchingEventTypes": [KINDS[kind].v1 for kind in destination.kinds if KINDS[kind].v1 is not None],
    }
    for member, target in _V1_TARGETS.items():
        if target == destination.target:
            shown[member] = {spelled.get(name, name): value for name, value in destination.details.items()}
    if destination.target == "cloudwatch":
        shown["CloudWatchDestination"]["DimensionConfigurations"] = [
            one | {"DimensionValueSource": sources.get(one["DimensionValueSource"], one["DimensionValueSource"])}
            for one in shown["CloudWatchDestination"]["DimensionConfigurations"]
        ]
    return shown


_V1: Final[Mapping[str, Callable[[Desk, Call], _Result]]] = {
    "CreateConfigurationSet": create_v1,
    "DeleteConfigurationSet": delete,
    "ListConfigurationSets": list_v1,
    "DescribeConfigurationSet": describe,
    "UpdateConfigurationSetSendingEnabled": set_sending,
    "UpdateConfigurationSetReputationMetricsEnabled": set_reputation,
    "PutConfigurationSetDeliveryOptions": set_delivery,
    "CreateConfigurationSetTrackingOptions": create_tracking,
    "UpdateConfigurationSetTrackingOptions": update_tracking,
    "DeleteConfigurationSetTrackingOptions": delete_tracking,
    "CreateConfigurationSetEventDestination": create_destination,
    "UpdateConfigurationSetEventDestination": update_destination,
    "DeleteConfigurationSetEventDestination": delete_destination,
}
_V2: Final[Mapping[str, Callable[[Desk, Call], _Result]]] = {
    "CreateConfigurationSet": create_v2,
    "DeleteConfigurationSet": delete,
    "ListConfigurationSets": list_v2,
    "GetConfigurationSet": get,
    "UpdateConfigurationSet": update,
    "CreateConfigurationSetEventDestination": create_destination,
    "UpdateConfigurationSetEventDestination": update_destination,
    "DeleteConfigurationSetEventDestination": delete_destination,
    "GetConfigurationSetEventDestinations": get_destinations,
    **{
        f"PutConfigurationSet{group}": put_options(group)
        for group in OPTION_GROUPS
        if group != "MessageSecurityOptions"
    },
}
OPERATIONS: Final = {("ses", name): operation for name, operation in _V1.items()} | {
    ("sesv2", name): operation for name, operation in _V2.items()
}
