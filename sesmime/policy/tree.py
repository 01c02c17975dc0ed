"""Python's own tree of messages from spans; `policy.writer` has the way back to the bytes it came from.

`message_from_bytes` replaces `email.message_from_bytes`: same classes, fields, payloads, preambles, epilogues
and defects. A message that both readers divide alike (all but broken ones: `_is_plain`) is made from the span tree,
by loop; any other is given to the library's own parser, so that its reading of broken mail, defects and all, is its
own. That parser recurses, and so does the library's writer: depth is bounded for both.

Each message made here keeps what it was made from (`writer.Origin`); what is as it was is written from there.
"""

from __future__ import annotations

import re
from email.message import EmailMessage, Message
from email.policy import Compat32, EmailPolicy, Policy
from typing import Any, Final

from sesmime.errors import LimitExceeded, require
from sesmime.mime.edits import as_bytes
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Message as MessageBytes
from sesmime.mime.fields import Source
from sesmime.mime.grammar import LONE_CR
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.policy import SES, SesPolicy
from sesmime.policy.library import PLAIN_TYPE, end_reading, parsed_by_library
from sesmime.policy.writer import (
    MAX_LEVELS,
    Origin,
    fingerprint_of,
    has_lone_cr_at_delimiter,
    keep_origin,
    payload_of,
)

# What both readers take for the same: a name right before its colon, lines that end at CRLF or LF, a type that leaves
# no room for two readings (`PLAIN_TYPE`).
(_COLON,) = b":"
_IDENTITY_ENCODINGS: Final = ("7bit", "8bit", "binary")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLANK_LINE = re.compile(rb"\n\r?(?=\n)")


def message_from_bytes(message: MessageBytes, *, policy: Policy[Any] = SES) -> EmailMessage:
    """Return the tree that `email.message_from_bytes(message, policy=policy)` gives, faster and without its recursion.

    The class of the messages is the policy's. Raises LimitExceeded beyond 100 levels or 10,000 parts, and what the
    policy raises: where it is told to (`raise_on_defect`), and those of the library for a few broken parameters besides
    (IndexError for `Content-Type:;a*`); `SES` does not.

    >>> message_from_bytes(b"Subject: Hi\\r\\n\\r\\nHello\\r\\n")["Subject"]
    'Hi'
    """
    require(Policy, policy, "policy")
    root = parse(message)
    _check_limits(root)
    make = _made_from_spans if _is_plain(root) else _made_by_library
    # The class is `policy.message_factory`: EmailMessage, but for compat32 and policies of others.
    return make(root, policy)  # type: ignore[return-value]


def _check_limits(root: Entity) -> None:
    """Raise LimitExceeded where the library's objects would be too many or too deep."""
    waiting = [(root, 1)]
    count = 0
    while waiting:
        entity, level = waiting.pop()
        count += 1
        if level > MAX_LEVELS:
            raise LimitExceeded("levels", MAX_LEVELS)
        waiting.extend((part, level + 1) for part in entity.parts)
        if not entity.parts and entity.content_type == "message/delivery-status":
            # The library makes a message of every block of lines.
            count += sum(1 for _ in _BLANK_LINE.finditer(entity.body))
        if count > DEFAULT_LIMITS.parts or any(defect.name == "too-many-parts" for defect in entity.defects):
            raise LimitExceeded("parts", DEFAULT_LIMITS.parts)


# Reading


def _is_plain(root: Entity) -> bool:
    """Tell whether the library is sure to divide a message as the span tree does."""
    source = root.source
    if not all(_is_plain_entity(entity, source) for entity in root.walk()):
        return False
    return LONE_CR.search(source) is None or not has_lone_cr_at_delimiter(source, 0, len(source))


def _is_plain_entity(entity: Entity, source: Source) -> bool:
    section = entity.header_section
    if entity.defects or LONE_CR.search(source, *section.span) is not None:
        return False
    for name, raw, _ in section.fields:
        # RFC 5322 section 3.6.8: printable ASCII; and the colon right after it.
        if not name or not name.isascii() or not name.isprintable() or " " in name or raw[len(name)] != _COLON:
            return False
    content_type = section.first("Content-Type")
    if content_type is not None and not (content_type.body.isascii() and PLAIN_TYPE.fullmatch(content_type.body)):
        return False
    if not entity.parts:
        return not entity.content_type.startswith(("message/", "multipart/"))
    if not entity.is_multipart:
        return True
    encoding = section.first("Content-Transfer-Encoding")
    if encoding is not None and encoding.body.lower() not in _IDENTITY_ENCODINGS:
        return False
    # The library takes a closing delimiter line right after another delimiter line for a repeated one.
    assert entity.epilogue_span is not None
    closing = bytes(source[entity.parts[-1].span.stop : entity.epilogue_span.start])
    return b"\n" not in closing.strip(b"\r\n")


def _made_by_library(root: Entity, policy: Policy[Any]) -> Message[Any, Any]:
    text = as_bytes(root.source).decode("ascii", "surrogateescape")
    try:
        message = parsed_by_library(text, policy)
    except RecursionError:
        raise LimitExceeded("levels", MAX_LEVELS) from None
    waiting = [(message, 1)]
    while waiting:
        part, level = waiting.pop()
        if level > MAX_LEVELS:
            raise LimitExceeded("levels", MAX_LEVELS)
        end_reading(part)
        if part.is_multipart():
            waiting.extend((inner, level + 1) for inner in payload_of(part))
    _align(message, root, text)
    return message


def _align(root: Message[Any, Any], entity: Entity, text: str) -> None:
    """Note on each message of the library's tree the entity it is, as far down as both trees divide alike.

    `text` is the source, one character a byte.
    """
    waiting = [(root, entity, True)]
    while waiting:
        message, entity, is_closed = waiting.pop()
        fields, rest = _aligned_fields(message, entity)
        parts = _aligned_parts(message, entity, text) if rest in (-1, entity.header_section.span.stop) else None
        if parts is None:
            print_ = fingerprint_of(message)
            keep_origin(message, Origin(entity, fields, rest, message, fingerprint=print_, is_fixed=not is_closed))
            continue
        keep_origin(message, Origin(entity, fields, rest, message))
        # What is not closed ends, for the library, before the last line end.
        is_closed = is_closed and all(defect.name != "no-closing-boundary" for defect in entity.defects)
        waiting.extend((part, inner, is_closed) for part, inner in zip(parts, entity.parts, strict=True))


def _aligned_fields(message: Message[Any, Any], entity: Entity) -> tuple[list[tuple[str, str, bytes]], int]:
    """Return the fields of a message with their bytes, and where they end.

    Both see these first; what is no field to the library ends its header section.
    """
    fields: list[tuple[str, str, bytes]] = []
    source, rest = entity.source, entity.span.start
    items = list(message.raw_items())
    if message.get_unixfrom() is not None:
        rest = source.find(b"\n", rest) + 1 or entity.span.stop  # the line of an mbox file
    is_same = LONE_CR.search(source, entity.span.start, rest) is None
    section = [field for field in entity.header_section if field.span.start >= rest]
    for (name, value), field in zip(items, section, strict=False):
        if not is_same or field.span.start != rest or (name, value) != _parsed(field.raw, message.policy):
            break
        fields.append((name, value, field.raw))
        rest = field.span.stop
    if not is_same or len(fields) < len(items):
        return [*fields, *((name, value, b"") for name, value in items[len(fields) :])], -1
    return fields, rest


def _parsed(raw: bytes, policy: Policy[Any]) -> tuple[str, str] | None:
    """Return the name and value that a policy makes of a field; None of what is no field to the library."""
    text = raw.decode("ascii", "surrogateescape")
    if "\r\r" in text or text.endswith("\r"):
        return None  # a lone CR ends a line for the library, here the header section
    lines = _LINE.findall(text)
    if ":" not in lines[0]:
        return None  # a first line that begins with a blank and has no colon
    name, value = policy.header_source_parse(lines)
    return name, value


def _aligned_parts(message: Message[Any, Any], entity: Entity, text: str) -> list[Message[Any, Any]] | None:
    """Return the parts of a message, () of a leaf, if its body is divided as the entity is; None where it is not."""
    payload = payload_of(message)
    if isinstance(payload, str):
        return [] if not entity.parts and payload == text[slice(*entity.body_span)] else None
    if not isinstance(payload, list) or not entity.parts or len(payload) != len(entity.parts):
        return None
    if entity.is_multipart:
        places = [(message.preamble, entity.preamble_span), (message.epilogue, entity.epilogue_span)]
        if any(place is None or (said or "") != text[slice(*place)] for said, place in places):
            return None
    return payload


def _made_from_spans(root: Entity, policy: Policy[Any]) -> Message[Any, Any]:
    factory = policy.message_factory or Message
    source_parse = policy.header_source_parse
    # These join the lines anyway.
    joins = getattr(source_parse, "__func__", None) in (
        SesPolicy.header_source_parse,
        EmailPolicy.header_source_parse,
        Compat32.header_source_parse,
    )
    source = root.source
    view = memoryview(source)
    top: Message[Any, Any] | None = None
    waiting: list[tuple[Entity, Message[Any, Any] | None, bool, bool]] = [(root, None, False, False)]
    while waiting:
        entity, above, in_digest, is_divided = waiting.pop()
        message: Message[Any, Any] = factory(policy=policy)
        if in_digest:
            message.set_default_type("message/rfc822")
        if above is None:
            top = message
        else:
            above.attach(message)
        fields: list[tuple[str, str, bytes]] = []
        for field in entity.header_section:
            text = field.raw.decode("ascii", "surrogateescape")
            name, value = source_parse([text] if joins else _LINE.findall(text))
            message.set_raw(name, value)
            fields.append((name, value, field.raw))
        if entity.is_multipart:
            message.preamble = _preamble(entity, view)
            message.epilogue = _epilogue(entity, view, is_divided)
            is_divided = True
        elif not entity.parts:
            message.set_payload(str(view[slice(*entity.body_span)], "ascii", "surrogateescape"))
        keep_origin(message, Origin(entity, fields, entity.header_section.span.stop, message))
        is_digest = entity.content_type == "multipart/digest"
        waiting.extend((part, message, is_digest, is_divided) for part in reversed(entity.parts))
    assert top is not None
    return top


def _preamble(entity: Entity, view: memoryview) -> str | None:
    assert entity.preamble_span is not None
    start, stop = entity.preamble_span
    if start == stop and bytes(view[stop : stop + 2]) == b"--":
        return None  # the first delimiter line is the first of the body
    return str(view[start:stop], "ascii", "surrogateescape")


def _epilogue(entity: Entity, view: memoryview, is_divided: bool) -> str | None:
    assert entity.epilogue_span is not None
    start, stop = entity.epilogue_span
    if start == stop and is_divided and bytes(view[stop - 1 : stop]) != b"\n":
        return None  # the line end of the closing delimiter line belongs to an enclosing multipart
    return str(view[start:stop], "ascii", "surrogateescape")
