"""The account: quota, statistics, the sandbox, sending switched on and off, the suppression list, tags of resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final

from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations.paging import listed_tags, page_of, tags_of
from sesmime.local.state import Region, Suppressed

_Result = Mapping[str, Any]
# What a new account in the sandbox, and one out of it, commonly has (dg/quotas, dg/request-production-access).
_SANDBOX: Final = (200.0, 1.0)
_PRODUCTION: Final = (50_000.0, 14.0)


def quota_of(desk: Desk, region: Region) -> dict[str, float]:
    """Return the quota: what the options say, else what is common."""
    day, second = _SANDBOX if region.sandbox else _PRODUCTION
    return {
        "Max24HourSend": float(desk.options.quota) if desk.options.quota is not None else day,
        "MaxSendRate": float(desk.options.rate) if desk.options.rate is not None else second,
        "SentLast24Hours": float(region.sent.in_day(monotonic())),
    }


def get_quota(desk: Desk, call: Call) -> _Result:
    """v1 GetSendQuota."""
    return quota_of(desk, desk.state.region(call.region))


def get_statistics(desk: Desk, call: Call) -> _Result:
    """v1 GetSendStatistics."""
    return {
        "SendDataPoints": [
            {
                "Timestamp": counts.start.replace(tzinfo=None),
                "DeliveryAttempts": counts.attempts,
                "Bounces": counts.bounces,
                "Complaints": counts.complaints,
                "Rejects": counts.rejects,
            }
            for counts in desk.state.region(call.region).statistics
        ]
    }


def get_sending(desk: Desk, call: Call) -> _Result:
    """v1 GetAccountSendingEnabled."""
    return {"Enabled": desk.state.region(call.region).sending_enabled}


def put_sending(desk: Desk, call: Call) -> _Result:
    """v1 UpdateAccountSendingEnabled, v2 PutAccountSendingAttributes."""
    given = call.parameters
    desk.state.region(call.region).sending_enabled = bool(given.get("Enabled", given.get("SendingEnabled", False)))
    return {}


def get_account(desk: Desk, call: Call) -> _Result:
    """v2 GetAccount."""
    region = desk.state.region(call.region)
    result = {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": not region.sandbox,
        "SendQuota": quota_of(desk, region),
        "SendingEnabled": region.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": list(region.suppressed_reasons)},
    }
    if region.account_details:
        result["Details"] = dict(region.account_details)
    return result


def put_details(desk: Desk, call: Call) -> _Result:
    """v2 PutAccountDetails: asking for production access ends the sandbox at once."""
    region = desk.state.region(call.region)
    given = dict(call.parameters)
    if given.pop("ProductionAccessEnabled", False):
        region.sandbox = False
    region.account_details = given
    return {}


def put_suppression(desk: Desk, call: Call) -> _Result:
    """v2 PutAccountSuppressionAttributes."""
    reasons = tuple(call.parameters.get("SuppressedReasons") or ())
    desk.state.region(call.region).suppressed_reasons = reasons
    return {}


def put_suppressed(desk: Desk, call: Call) -> _Result:
    """v2 PutSuppressedDestination."""
    address = call.parameters["EmailAddress"]
    desk.state.region(call.region).suppressed[_key(address)] = Suppressed(address, call.parameters["Reason"])
    return {}


def get_suppressed(desk: Desk, call: Call) -> _Result:
    """v2 GetSuppressedDestination."""
    found = _found(desk, call)
    return {
        "SuppressedDestination": {
            "EmailAddress": found.address,
            "Reason": found.reason,
            "LastUpdateTime": found.updated.replace(tzinfo=None),
        }
    }


def delete_suppressed(desk: Desk, call: Call) -> _Result:
    """v2 DeleteSuppressedDestination."""
    del desk.state.region(call.region).suppressed[_key(_found(desk, call).address)]
    return {}


def list_suppressed(desk: Desk, call: Call) -> _Result:
    """v2 ListSuppressedDestinations."""
    given = call.parameters
    reasons, start, end = given.get("Reasons"), given.get("StartDate"), given.get("EndDate")
    listed = [
        {"EmailAddress": one.address, "Reason": one.reason, "LastUpdateTime": one.updated.replace(tzinfo=None)}
        for one in desk.state.region(call.region).suppressed.values()
        if (not reasons or one.reason in reasons)
        and (start is None or one.updated.replace(tzinfo=None) >= start)
        and (end is None or one.updated.replace(tzinfo=None) < end)
    ]
    page, more = page_of(listed, given)
    return {"SuppressedDestinationSummaries": page, **more}


def _found(desk: Desk, call: Call) -> Suppressed:
    address = call.parameters["EmailAddress"]
    found = desk.state.region(call.region).suppressed.get(_key(address))
    if found is None:
        raise Refusal("NotFoundException", f"Email address {address} does not exist on your suppression list.")
    return found


def _key(address: str) -> str:
    return address.lower()


# Tags of resources


def _tagged(desk: Desk, call: Call) -> dict[str, str]:
    """Return the tags of what an ARN names."""
    arn = call.parameters["ResourceArn"]
    kind, _, name = arn.rpartition(":")[2].partition("/")
    region = desk.state.region(call.region)
    kinds: dict[str, dict[str, Any]] = {
        "identity": region.identities,
        "configuration-set": region.configuration_sets,
        "contact-list": region.contact_lists,
        "template": region.templates,
    }
    found = kinds.get(kind, {}).get(name)
    if found is None:
        raise Refusal("NotFoundException", f"Resource {arn} does not exist.")
    tags: dict[str, str] = found.tags
    return tags


def tag(desk: Desk, call: Call) -> _Result:
    """v2 TagResource."""
    _tagged(desk, call).update(tags_of(call.parameters))
    return {}


def untag(desk: Desk, call: Call) -> _Result:
    """v2 UntagResource."""
    tags = _tagged(desk, call)
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(desk: Desk, call: Call) -> _Result:
    """v2 ListTagsForResource."""
    return {"Tags": listed_tags(_tagged(desk, call))}


def passed(desk: Desk, call: Call) -> _Result:
    """Settings that change nothing here: taken, and forgotten."""
    return {}


OPERATIONS: Final[Mapping[tuple[str, str], Callable[[Desk, Call], _Result]]] = {
    ("ses", "GetSendQuota"): get_quota,
    ("ses", "GetSendStatistics"): get_statistics,
    ("ses", "GetAccountSendingEnabled"): get_sending,
    ("ses", "UpdateAccountSendingEnabled"): put_sending,
    ("sesv2", "GetAccount"): get_account,
    ("sesv2", "PutAccountSendingAttributes"): put_sending,
    ("sesv2", "PutAccountDetails"): put_details,
    ("sesv2", "PutAccountSuppressionAttributes"): put_suppression,
    ("sesv2", "PutAccountVdmAttributes"): passed,
    ("sesv2", "PutAccountDedicatedIpWarmupAttributes"): passed,
    ("sesv2", "PutSuppressedDestination"): put_suppressed,
    ("sesv2", "GetSuppressedDestination"): get_suppressed,
    ("sesv2", "DeleteSuppressedDestination"): delete_suppressed,
    ("sesv2", "ListSuppressedDestinations"): list_suppressed,
    ("sesv2", "TagResource"): tag,
    ("sesv2", "UntagResource"): untag,
    ("sesv2", "ListTagsForResource"): list_tags,
}
