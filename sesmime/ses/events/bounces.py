"""The subtypes of bounces, each with what the record says of it unless something else is asked for.

Sources: the tables of bounce types in dg/event-publishing-retrieving-sns-contents and dg/notification-contents; the
texts of suppression are those of published records. The status codes are RFC 3463's for what the subtype means, the
texts of servers ASSUMED.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from sesmime.ses.events.details import BounceSubType


class BounceRow(NamedTuple):
    """What a bounce of one subtype says, where nothing else is asked for; None: there is no such key."""

    bounce_type: str
    status: str | None
    diagnostic_code: str | None
    reporting_mta: str | None = "dsn; a8-70.smtp-out.amazonses.com"
    is_suppressed: bool = False  # whether SES did not even try


_SUPPRESSED: Final = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address. For more information about how to remove an address from the suppression list, see the Amazon SES "
    "Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html "
)
_LISTED: Final = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your {0}. For more "
    "information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/DeveloperGuide/sending-email-suppression-list.html"
)
_OF_SES: Final = "dns; amazonses.com"


def _kept_back(text: str | None) -> BounceRow:
    return BounceRow("Permanent", "5.1.1", text, _OF_SES, is_suppressed=True)


BOUNCES: Final[Mapping[str, BounceRow]] = MappingProxyType(
    {
        BounceSubType.UNDETERMINED: BounceRow("Undetermined", None, None),
        # The mailbox simulator's answer.
        BounceSubType.GENERAL: BounceRow("Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"),
        BounceSubType.NO_EMAIL: BounceRow("Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"),
        BounceSubType.SUPPRESSED: _kept_back(_SUPPRESSED),
        BounceSubType.ON_ACCOUNT_SUPPRESSION_LIST: _kept_back(_LISTED.format("account")),
        BounceSubType.ON_TENANT_SUPPRESSION_LIST: _kept_back(_LISTED.format("tenant")),
        BounceSubType.UNSUBSCRIBED_RECIPIENT: _kept_back(None),
        BounceSubType.EMAIL_VALIDATION_SUPPRESSED: _kept_back(None),
        BounceSubType.MAILBOX_FULL: BounceRow("Transient", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
        BounceSubType.MESSAGE_TOO_LARGE: BounceRow("Transient", "5.3.4", "smtp; 552 5.3.4 message too large"),
        BounceSubType.CUSTOM_TIMEOUT_EXCEEDED: BounceRow("Transient", "4.4.7", None),
        BounceSubType.CONTENT_REJECTED: BounceRow("Transient", "5.7.1", "smtp; 554 5.7.1 content rejected"),
        BounceSubType.ATTACHMENT_REJECTED: BounceRow("Transient", "5.7.1", "smtp; 552 5.7.1 attachment rejected"),
    }
)
# `Transient` with the subtype `General`, as an answer by an absent person makes it.
TRANSIENT_GENERAL: Final = BounceRow("Transient", "4.0.0", "smtp; 450 4.0.0 try again later")
_OTHER: Final = BounceRow("Undetermined", None, None)


def bounce_row(bounce_type: str | None, sub_type: str) -> BounceRow:
    """Return what a bounce says; a type that is given counts, and a subtype nobody knows has no defaults."""
    if bounce_type == "Transient" and sub_type == "General":
        return TRANSIENT_GENERAL
    row = BOUNCES.get(sub_type, _OTHER)
    return row if bounce_type is None else row._replace(bounce_type=bounce_type)
