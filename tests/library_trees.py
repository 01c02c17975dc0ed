"""Law 8: where `email` finds no defect, it and the Entity tree agree."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from sesmime import Entity, parse
from sesmime.mime.words import ENCODED_WORD

_LONE_CR = re.compile(rb"\r(?!\n)")


def library_defects(message: Message) -> list[object]:
    """Return all defects that the library found, in fields and parts too. May raise what the library raises."""
    found: list[object] = []
    for part in message.walk():
        found += part.defects
        for _, value in part.items():
            found += getattr(value, "defects", ())
    return found


def differences(theirs: Any, ours: Entity) -> Iterator[tuple[str, object, object]]:
    """Compare a message of the library with an entity."""
    fields = [(name, value) for name, value in theirs.raw_items()]
    yield "names", [name for name, _ in fields], [field.name for field in ours.header_section]
    # The library's value decodes; its raw source is compared where it is kept as it came.
    kind = _without_comments(theirs.get_content_type())
    if not set("()") & set(kind):  # a comment that does not end, or one with quoted pairs
        yield "type", kind, ours.content_type
    # The library takes the blanks around a file name away (`Message.get_filename`); here it stays as it was sent. It
    # leaves an encoded word that does not begin after a blank as it is; here it is decoded, as programs for mail do.
    name = theirs.get_filename()
    if not ENCODED_WORD.search(name or ""):
        yield "file name", name, None if ours.filename is None else ours.filename.strip()
    if theirs.get_content_maintype() == "message":
        # The library looks into what is encoded, too, which RFC 2045 section 6.4 has no reader do.
        is_encoded = ours.content_transfer_encoding not in ("7bit", "8bit", "binary")
        if is_encoded or ours.content_type not in ("message/rfc822", "message/global"):
            return
    if theirs.get_content_maintype() == "multipart":
        for name, span in (("preamble", ours.preamble_span), ("epilogue", ours.epilogue_span)):
            assert span is not None
            text = (getattr(theirs, name) or "").encode("ascii", "surrogateescape")
            yield name, text, bytes(ours.source[slice(*span)])
    if theirs.is_multipart():
        yield "parts", len(theirs.get_payload()), len(ours.parts)
        for one, other in zip(theirs.get_payload(), ours.parts, strict=True):
            yield from differences(one, other)
    else:
        yield "body", theirs._payload.encode("ascii", "surrogateescape"), bytes(ours.body)


def _without_comments(kind: str) -> str:
    """Return a type without what the library takes for a piece of it: "text/(a comment) plain" (RFC 2045, 5.1)."""
    plain = kind
    while (shorter := re.sub(r"\([^()\\]*\)", "", plain)) != plain:
        plain = shorter
    return kind if plain == kind else "".join(plain.split())


def source_bodies(message: bytes) -> list[str]:
    """Return the unfolded bodies of the top-level fields as compat32 has them."""
    values = [str(value) for _, value in email.message_from_bytes(message).raw_items()]
    return [re.sub(r"\r?\n", "", value).lstrip(" \t") for value in values]


def _ends_in_mbox_line(entity: Entity) -> bool:
    """Whether the last line of the header section is "From …", which the library guesses to be the body's first."""
    section = bytes(entity.source[slice(*entity.header_section.span)])
    return section.rstrip(b"\r\n").rpartition(b"\n")[2].startswith(b"From ")


def reads_as_the_library(message: bytes) -> bool:
    """Law 8 for one message; False where the library's reading is no measure."""
    if message.startswith(b"From ") or _LONE_CR.search(message):
        return False
    try:
        theirs = email.message_from_bytes(message, policy=email.policy.SMTP)
        if library_defects(theirs):
            return False
    except Exception:  # noqa: BLE001, the library raises on what it cannot read
        return False
    ours = parse(message)
    if any(_ends_in_mbox_line(entity) for entity in ours.walk()):
        return False
    for what, one, other in differences(theirs, ours):
        assert one == other, what
    if message.isascii():
        assert source_bodies(message) == [field.body for field in ours.header_section]
    return True
