"""The fields that SES itself writes into mail that it sends or receives."""

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
