"""Event destinations as people write them, in the spelling of either API."""

from __future__ import annotations

from typing import Any

from sesmime.ses.events.destinations import Api, ValueSource

V1, V2 = Api.V1, Api.V2
_V1_SOURCES = {"MESSAGE_TAG": "messageTag", "EMAIL_HEADER": "emailHeader", "LINK_TAG": "linkTag"}


def dimension(name: str, source: str = "MESSAGE_TAG", default: str = "none", *, api: Api = V2) -> dict[str, Any]:
    """Return a dimension; `source` is spelled as the API has it."""
    spelled = _V1_SOURCES.get(source, source) if api is V1 else source
    return {"DimensionName": name, "DimensionValueSource": spelled, "DefaultDimensionValue": default}


def cloudwatch(*dimensions: dict[str, Any]) -> dict[str, Any]:
    """Return the CloudWatch part of a destination."""
    return {"DimensionConfigurations": list(dimensions)}


def destination(*dimensions: dict[str, Any], api: Api = V2, **changes: Any) -> dict[str, Any]:
    """Return a whole destination for CloudWatch, right in all its parts, and some of them changed (None: removed)."""
    right: dict[str, Any] = {
        "Name": "metrics",
        "Enabled": True,
        "MatchingEventTypes": ["send", "click"] if api is V1 else ["SEND", "CLICK"],
        "CloudWatchDestination": cloudwatch(*(dimensions or (dimension("campaign", api=api),))),
    }
    return {name: value for name, value in (right | changes).items() if value is not None}


SOURCES = tuple(source.value for source in ValueSource)
