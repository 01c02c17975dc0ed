"""What an event says about the address: whether to go on sending to it.

The kinds by the guide (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, the
table of bounce types); what follows for a suppression table is inferred, so every row is ASSUMED in the words of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sesmime.ses.events.details import (
    Bounce,
    BounceSubType,
    BounceType,
    Complaint,
    ComplaintFeedbackType,
    Details,
    Reject,
    RenderingFailure,
)


class Advice(StrEnum):
    """What to do with the recipients of an event."""

    STOP = "stop"  # send them nothing more: a hard bounce, a complaint, or SES has stopped by itself
    RETRY = "retry"  # the address is not at fault: the same message may be sent again, later
    NOTHING = "nothing"  # no conclusion: all went well, SES is still trying, or it cannot be told
    FIX_MESSAGE = "fix message"  # the message is at fault and would fail again; the address is not


_TRANSIENT: Final[Mapping[str, Advice]] = MappingProxyType(
    {
        BounceSubType.MESSAGE_TOO_LARGE: Advice.FIX_MESSAGE,
        BounceSubType.CONTENT_REJECTED: Advice.FIX_MESSAGE,
        BounceSubType.ATTACHMENT_REJECTED: Advice.FIX_MESSAGE,
    }
)


def advise(details: Details | None) -> Advice:
    """Return what the details of an event say about its recipients.

    A Subscription says NOTHING: SES keeps the contact list, and which mail a contact still wants stands in the event.
    """
    if isinstance(details, Bounce):
        if details.bounce_type == BounceType.PERMANENT or details.is_stopped_by_ses:
            return Advice.STOP
        if details.bounce_type == BounceType.TRANSIENT:
            return _TRANSIENT.get(details.bounce_sub_type or "", Advice.RETRY)
        return Advice.NOTHING
    if isinstance(details, Complaint):
        is_praise = details.complaint_feedback_type == ComplaintFeedbackType.NOT_SPAM
        return Advice.NOTHING if is_praise and not details.is_stopped_by_ses else Advice.STOP
    return Advice.FIX_MESSAGE if isinstance(details, Reject | RenderingFailure) else Advice.NOTHING
