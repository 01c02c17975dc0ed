"""The contents of a message, as the library reads them."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from typing import Any


def library_contents(message: bytes) -> list[tuple[str, Any]] | None:
    """Return what the standard library reads of each leaf; None where it finds a defect."""
    read: Message[str, str] = email.message_from_bytes(message, policy=email.policy.compat32)
    parts = list(read.walk())
    if any(part.defects for part in parts):
        return None
    return [(part.get_content_type(), part.get_payload(decode=True)) for part in parts if not part.is_multipart()]
