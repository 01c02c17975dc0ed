"""What tests ask of a message that was sent: its texts, its links, its attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from sesmime.mime.entity import Entity

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# What ends a sentence rather than an address that stands in it.
_AFTER_ADDRESS: Final = ".,;:!?'*_"
_BRACKETS: Final = {")": "(", "]": "["}


def text_of(message: Entity, content_type: str) -> str | None:
    """Return the first text of a type that is no attachment, with LF at its line ends; None where there is none."""
    for entity in _shown(message):
        if entity.content_type == content_type and not _is_attachment(entity):
            return entity.text().replace("\r\n", "\n")
    return None


def attachments_of(message: Entity) -> tuple[Entity, ...]:
    """Return the parts that are attached or embedded, in order; an attached message is one, whatever is in it."""
    return tuple(entity for entity in _shown(message) if not entity.is_multipart and _is_attachment(entity))


def links_of(message: Entity) -> tuple[str, ...]:
    """Return the addresses that the texts link to, each once, in the order of the parts."""
    found: dict[str, None] = {}
    for entity in _shown(message):
        if _is_attachment(entity):
            continue
        if entity.content_type == "text/plain":
            found |= dict.fromkeys(_in_text(entity.text()))
        elif entity.content_type == "text/html":
            found |= dict.fromkeys(_in_html(entity.text()))
    return tuple(found)


def _shown(message: Entity) -> Iterator[Entity]:
    """Return the entities of a message, without what is in an attached message."""
    within = [message]
    while within:
        entity = within.pop()
        yield entity
        if entity.is_multipart:
            within += reversed(entity.parts)


def _is_attachment(entity: Entity) -> bool:
    if entity.is_multipart:
        return False
    disposition = entity.disposition
    if disposition == "attachment" or entity.filename is not None:
        return True
    return bool(entity.path) and not entity.content_type.startswith("text/")


def _in_text(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(text):
        address = match[0]
        while address and (
            address[-1] in _AFTER_ADDRESS
            or (address[-1] in _BRACKETS and address.count(address[-1]) > address.count(_BRACKETS[address[-1]]))
        ):
            address = address[:-1]
        yield address


def _in_html(html: str) -> list[str]:
    reader = _Links()
    reader.feed(html)
    reader.close()
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "area"):
            self.found += (value.strip() for name, value in attrs if name == "href" and value and value.strip())
