"""What became of a message that was handed to SES; the names are those of anymail's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class RecipientStatus(NamedTuple):
    """What became of the message to one recipient: `status` is "queued" or "failed"; None for what has no identifier.

    >>> RecipientStatus("0100-1", "queued").message_id
    '0100-1'
    """

    message_id: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStatus:
    """What SES answered: each recipient's address with its status, and the response of boto3, or the last of several.

    >>> status = SendStatus(recipients={"c@d.example": RecipientStatus("0100-1", "queued")})
    >>> status.message_id, status.status
    ('0100-1', {'queued'})
    """

    recipients: Mapping[str, RecipientStatus]
    esp_response: Any = field(default=None, repr=False)

    @property
    def message_id(self) -> str | set[str | None] | None:
        """The identifier; a set where recipients have different ones, None where there is no recipient."""
        found = {one.message_id for one in self.recipients.values()}
        return next(iter(found)) if len(found) == 1 else found or None

    @property
    def status(self) -> set[str]:
        """The statuses that recipients have."""
        return {one.status for one in self.recipients.values()}
