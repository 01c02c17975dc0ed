"""A request of each interface with every parameter there is."""

from __future__ import annotations

from typing import Any

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    ListManagement,
    MessageTag,
)

ARN = "arn:aws:ses:us-east-1:123456789012:identity/a.example"
MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
# A request with every parameter of each interface, and what it says.
V1_SETTINGS: dict[str, Any] = {
    "source": "Joe <a@b.example>",
    "destination": Destination(to=("c@d.example", "Joe <e@f.example>"), cc=("g@h.example",), bcc=("i@j.example",)),
    "reply_to": ("r@b.example",),
    "return_path": "bounce@b.example",
    "source_arn": ARN,
    "return_path_arn": ARN,
    "message_tags": (MessageTag("campaign", "spring"), MessageTag("b", "2")),
    "configuration_set": "shop",
}
V2_SETTINGS = V1_SETTINGS | {
    "list_management": ListManagement("Weekly", "Offers"),
    "tenant": "acme",
    "endpoint_id": "abc.def",
}
RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW)
SETTINGS = [
    "source",
    "destination",
    "reply_to",
    "return_path",
    "source_arn",
    "from_arn",
    "return_path_arn",
    "message_tags",
    "configuration_set",
    "list_management",
    "tenant",
    "endpoint_id",
    "extra",
]
FULL = ApiParameters(**(V2_SETTINGS | {"from_arn": ARN, "extra": (("ConfigurationOverrides", {"a": 1}),)}))
