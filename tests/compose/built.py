"""Built messages, and what is read of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from sesmime import (
    Entity,
    parse,
)
from sesmime.compose.build import build

DATE = datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=1)))
FIXED: dict[str, Any] = {"sender": "a@example.com", "date": DATE, "message_id": "<1@example.com>"}
OCTETS = bytes(range(256)) * 400  # 102,400, which is more than a block of base64


def built(**arguments: Any) -> Entity:
    return parse(build(**(FIXED | arguments)))


def body_of(message: Entity, name: str) -> str:
    field = message.header_section.first(name)
    assert field is not None
    return field.body


def outline(entity: Entity) -> Any:
    """Return the types of a tree."""
    kind = entity.content_type
    return (kind, [outline(part) for part in entity.parts]) if entity.is_multipart else kind
