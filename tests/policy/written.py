"""Messages built, written and read back under the SES policy."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from sesmime.policy import SES


def built(*fields: tuple[str, Any]) -> EmailMessage:
    """Return a message with these fields."""
    message = EmailMessage(policy=SES)
    for name, value in fields:
        message[name] = value
    return message


def read(body: str, name: str, policy: Any = SES) -> Any:
    """Return a field of a parsed message."""
    raw = f"{name}: {body}\r\n\r\n".encode("utf-8", "surrogateescape")
    return email.message_from_bytes(raw, policy=policy)[name]
