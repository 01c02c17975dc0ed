"""The fields that SES itself writes into mail that it sends or receives, and those that it writes anew."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DG = "https://docs.aws.amazon.com/ses/latest/dg/"
RECEIVED = _DG + "receiving-email-action-lambda-event.html"

# In lower case, each with the page that shows it.
FIELDS_OF_SES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "feedback-id": _DG + "monitor-using-event-publishing.html",
        "x-ses-outgoing": _DG + "receiving-email-notifications-examples.html",
        "x-ses-spam-verdict": RECEIVED,
        "x-ses-virus-verdict": RECEIVED,
        "x-ses-receipt": RECEIVED,
        "x-ses-dkim-signature": RECEIVED,
    }
)

# Fields of the sender that SES writes anew, in lower case, as they are written (dg/header-fields).
REWRITTEN_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"date": "Date", "message-id": "Message-ID", "return-path": "Return-Path"}
)
# A signature over these will not hold (dg/send-email-authentication-dkim-manual).
UNSIGNABLE_FIELDS: Final[Mapping[str, str]] = MappingProxyType({**REWRITTEN_FIELDS, "bounces-to": "Bounces-To"})
# What SES adds to each message.
ADDED_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"feedback-id": "Feedback-ID", "x-ses-outgoing": "X-SES-Outgoing"}
)
# What list management writes anew (dg/sending-email-subscription-management).
LIST_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"list-unsubscribe": "List-Unsubscribe", "list-unsubscribe-post": "List-Unsubscribe-Post"}
)
