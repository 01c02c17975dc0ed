"""Lists in pages, and the texts that many operations share."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from sesmime.local.answers import Refusal


def page_of(
    items: Sequence[Any], parameters: Mapping[str, Any], *, size: str = "PageSize", most: int = 100
) -> tuple[Sequence[Any], dict[str, str]]:
    """Return one page of a list, and the member NextToken where there are more; raises `Refusal` for a false token."""
    token = parameters.get("NextToken")
    try:
        start = int(base64.b64decode(token, validate=True)) if token else 0
    except (ValueError, TypeError):
        raise Refusal(
            "InvalidNextTokenException" if size == "PageSize" else "InvalidParameterValue", "Invalid token"
        ) from None
    count = min(parameters.get(size) or most, 1000)
    stop = start + max(count, 1)
    more = {"NextToken": base64.b64encode(str(stop).encode()).decode()} if stop < len(items) else {}
    return items[start:stop], more


def tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the resource's tags that a request gives."""
    return {tag["Key"]: tag.get("Value", "") for tag in parameters.get("Tags") or ()}


def listed_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a resource's tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
