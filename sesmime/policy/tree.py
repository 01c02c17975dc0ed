"""Python's own tree of messages from spans, and back to the bytes it came from.

`message_from_bytes` replaces `email.message_from_bytes`: same classes, fields, payloads, preambles, epilogues
and defects. A message that both readers divide alike (all but broken ones: `_is_plain`) is made from the span tree,
by loop; any other is given to the library's own parser, so that its reading of broken mail, defects and all, is its
own. That parser recurses, and so does the library's writer: depth is bounded for both.

`message_to_bytes` replaces `Message.as_bytes`, which changes what it never was asked to change. Each message made
here keeps what it was made from (`_Origin`); what is as it was is written from there.
"""

from __future__ import annotations

import email
import re
from email.message import EmailMessage, Message
from email.policy import Compat32, EmailPolicy, Policy
from typing import Any, Final

from sesmime.errors import LimitExceeded
from sesmime.mime.edits import as_bytes
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Message as MessageBytes
from sesmime.mime.fields import Source
from sesmime.mime.grammar import LONE_CR
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.policy import SES, SesPolicy

# The library's parser and its writer recurse, several frames a level. Postfix and Dovecot stop here as well.
MAX_LEVELS: Final = 100

# What both readers take for the same: a name right before its colon, lines that end at CRLF or LF, a type that leaves
# no room for two readings.
(_COLON,) = b":"
_LONE_CR_AT_DELIMITER = re.compile(rb"\r--|\n--[^\n]*\r(?!\n)")
_PLAIN_TYPE = re.compile(
    r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    r"(?:[ \t]*;[ \t]*[!#$&+.^_`|~0-9A-Za-z-]+=(?:\"[^\"\\]*\"|[!#$%&'*+.^_`|~0-9A-Za-z-]+))*[ \t]*;?"
)
_IDENTITY_ENCODINGS: Final = ("7bit", "8bit", "binary")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLANK_LINE = re.compile(rb"\n\r?(?=\n)")

_ATTRIBUTE: Final = "sesmime_origin"


def message_from_bytes(message: MessageBytes, *, policy: Policy[Any] = SES) -> EmailMessage:
    """Return the tree that `email.message_from_bytes(message, policy=policy)` gives, faster and without its recursion.

    The class of the messages is the policy's. Raises LimitExceeded beyond 100 levels or 10,000 parts, and what the
    policy raises where it is told to (`raise_on_defect`).

    >>> message_from_bytes(b"Subject: Hi\\r\\n\\r\\nHello\\r\\n")["Subject"]
    'Hi'
    """
    root = parse(message)
    _check_limits(root)
    make = _made_from_spans if _is_plain(root) else _made_by_library
    # The class is `policy.message_factory`: EmailMessage, but for compat32 and policies of others.
    return make(root, policy)  # type: ignore[return-value]


def message_to_bytes(message: Message[Any, Any]) -> bytes:
    """Write a message; what was read by `message_from_bytes` and not changed comes out byte for byte.

    Changed and new fields are written by the message's policy, new parts by `as_bytes`.

    >>> raw = b"Subject : odd\\n\\n--\\n"
    >>> message_to_bytes(message_from_bytes(raw)) == raw
    True
    """
    if not isinstance(message, Message):
        raise TypeError(f"message must be an email.message.Message, not {type(message).__name__}")
    pieces: list[bytes | memoryview] = []
    _write(message, pieces)
    return pieces[0] if len(pieces) == 1 and type(pieces[0]) is bytes else b"".join(pieces)


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
    if LONE_CR.search(source) is not None and _LONE_CR_AT_DELIMITER.search(source) is not None:
        return False
    return all(_is_plain_entity(entity, source) for entity in root.walk())


def _is_plain_entity(entity: Entity, source: Source) -> bool:
    section = entity.header_section
    if entity.defects or LONE_CR.search(source, *section.span) is not None:
        return False
    for name, raw, _ in section.fields:
        # RFC 5322 section 3.6.8: printable ASCII; and the colon right after it.
        if not name or not name.isascii() or not name.isprintable() or " " in name or raw[len(name)] != _COLON:
            return False
    content_type = section.first("Content-Type")
    if content_type is not None and not _PLAIN_TYPE.fullmatch(content_type.body):
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
    message: Message[Any, Any]
    try:
        message = email.message_from_bytes(as_bytes(root.source), policy=policy)
    except RecursionError:
        raise LimitExceeded("levels", MAX_LEVELS) from None
    waiting = [(message, 1)]
    while waiting:
        part, level = waiting.pop()
        if level > MAX_LEVELS:
            raise LimitExceeded("levels", MAX_LEVELS)
        if part.is_multipart():
            waiting.extend((inner, level + 1) for inner in _payload(part))
    # The fields that both see first; what is no field to the library ends its header section.
    fields: list[tuple[str, str, bytes]] = []
    rest = 0
    items = list(message.raw_items())
    for (name, value), field in zip(items, root.header_section, strict=False):
        if name != field.name or field.span.start != rest:
            break
        fields.append((name, value, field.raw))
        rest = field.span.stop
    if len(fields) < len(items):
        fields, rest = [(name, value, b"") for name, value in items], -1
    setattr(message, _ATTRIBUTE, _Origin(root, fields, rest, fingerprint=_fingerprint(message)))
    return message


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
        payload: str | None = None
        if entity.is_multipart:
            message.preamble = _preamble(entity, view)
            message.epilogue = _epilogue(entity, view, is_divided)
            is_divided = True
        elif not entity.parts:
            payload = str(view[slice(*entity.body_span)], "ascii", "surrogateescape")
            message.set_payload(payload)
        setattr(message, _ATTRIBUTE, _Origin(entity, fields, entity.header_section.span.stop, payload=payload))
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


# Writing


class _Origin:
    """What a message was made from: its entity, its fields (name, value, bytes), and where the rest begins.

    `payload` is that of a leaf. `fingerprint` is given for messages that the library divided: their bodies are as they
    were, or written anew. `rest` is -1 where the library saw other fields than the span tree has.
    """

    __slots__ = ("entity", "fields", "fingerprint", "payload", "rest")

    def __init__(
        self,
        entity: Entity,
        fields: list[tuple[str, str, bytes]],
        rest: int,
        *,
        payload: str | None = None,
        fingerprint: tuple[Any, ...] | None = None,
    ) -> None:
        self.entity = entity
        self.fields = tuple(fields)
        self.rest = rest
        self.fingerprint = fingerprint
        self.payload = payload

    def __deepcopy__(self, memo: dict[int, Any]) -> _Origin:
        return self  # immutable


def _payload(message: Message[Any, Any]) -> Any:
    """Return the payload as it is held. `get_payload` decodes what is not ASCII, and looks through it all to know."""
    return vars(message)["_payload"]


def _fingerprint(message: Message[Any, Any]) -> tuple[Any, ...]:
    """Return all that a message holds but its own fields."""
    found: list[Any] = []
    for part in message.walk():
        fields = () if part is message else tuple(part.raw_items())
        payload = _payload(part) if isinstance(_payload(part), str) else len(_payload(part) or ())
        found.append((fields, payload, part.preamble, part.epilogue, part.get_unixfrom(), part.get_default_type()))
    return tuple(found)


def _write(message: Message[Any, Any], pieces: list[bytes | memoryview]) -> None:
    origin: _Origin | None = getattr(message, _ATTRIBUTE, None)
    if origin is None:
        pieces.append(message.as_bytes())
        return
    entity = origin.entity
    source = entity.source
    if _is_unchanged(message):
        pieces.append(as_bytes(source) if entity.span == (0, len(source)) else entity.raw)
        return
    if origin.rest < 0 or (origin.fingerprint is not None and origin.fingerprint != _fingerprint(message)):
        pieces.append(message.as_bytes())
        return
    _write_fields(message, origin, pieces)
    view = memoryview(source)
    if origin.fingerprint is not None or _has_same_body(message, origin):
        pieces.append(view[origin.rest : entity.span.stop])
        return
    pieces.append(bytes(view[origin.rest : entity.body_span.start]) or _line_end(message))
    children = _payload(message)
    if not isinstance(children, list):
        pieces.append(_body_of(message))
    elif entity.is_multipart and _keeps_delimiters(message, origin, children):
        _write_parts(message, origin, children, pieces)
    elif entity.parts and not entity.is_multipart and len(children) == 1:
        _write(children[0], pieces)
    else:
        pieces.append(_body_of(message))


def _is_unchanged(message: Message[Any, Any]) -> bool:
    """Tell whether a message and all in it are as they were read."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        origin: _Origin | None = getattr(part, _ATTRIBUTE, None)
        if origin is None or [(n, v) for n, v, _ in origin.fields] != list(part.raw_items()):
            return False
        if origin.fingerprint is not None:
            if origin.fingerprint != _fingerprint(part):
                return False
            continue
        if not _has_same_own_body(part, origin):
            return False
        if isinstance(_payload(part), list):
            waiting.extend(_payload(part))
    return True


def _has_same_body(message: Message[Any, Any], origin: _Origin) -> bool:
    if not _has_same_own_body(message, origin):
        return False
    children = _payload(message)
    return not isinstance(children, list) or all(_is_unchanged(child) for child in children)


def _has_same_own_body(message: Message[Any, Any], origin: _Origin) -> bool:
    """Tell whether payload, preamble and epilogue of one message, and the places of its parts, are as they were."""
    entity, payload = origin.entity, _payload(message)
    if isinstance(payload, list):
        origins = [getattr(child, _ATTRIBUTE, None) for child in payload]
        if [o.entity.span if o else None for o in origins] != [part.span for part in entity.parts]:
            return False
        if any(o is None or o.entity.source is not entity.source for o in origins):
            return False
        if not entity.is_multipart:
            return True
        view = memoryview(entity.source)
        divided = message.epilogue is None
        return (message.preamble, message.epilogue) == (_preamble(entity, view), _epilogue(entity, view, divided))
    return isinstance(payload, str) and payload == origin.payload


def _write_fields(message: Message[Any, Any], origin: _Origin, pieces: list[bytes | memoryview]) -> None:
    """Write the fields: those that stand as they were read from their bytes, the others by the policy."""
    standing: dict[tuple[str, str], list[bytes]] = {}
    for name, value, raw in origin.fields:
        standing.setdefault((name, value), []).append(raw)
    for name, value in message.raw_items():
        kept = standing.get((name, value)) if type(value) is str else None
        if kept:
            raw = kept.pop(0)
            pieces.append(raw if raw.endswith(b"\n") else raw + _line_end(message))
        else:
            pieces.append(message.policy.fold_binary(name, value))


def _line_end(message: Message[Any, Any]) -> bytes:
    return message.policy.linesep.encode("ascii")


def _keeps_delimiters(message: Message[Any, Any], origin: _Origin, children: list[Any]) -> bool:
    """Tell whether the delimiter lines that stand in the source still fit."""
    boundary = message.get_boundary()
    if boundary is None or len(children) != len(origin.entity.parts):
        return False
    first = bytes(origin.entity.source[_delimiters(origin.entity)[0]]).lstrip(b"\r\n")
    return first.rstrip(b"\r\n \t") == b"--" + boundary.encode("utf-8", "surrogateescape")


def _delimiters(entity: Entity) -> list[slice]:
    """Return what stands before each part and after the last, up to the epilogue."""
    assert entity.preamble_span is not None
    assert entity.epilogue_span is not None
    starts = [entity.preamble_span.stop, *(part.span.stop for part in entity.parts)]
    stops = [*(part.span.start for part in entity.parts), entity.epilogue_span.start]
    return [slice(*place) for place in zip(starts, stops, strict=True)]


def _write_parts(
    message: Message[Any, Any], origin: _Origin, children: list[Any], pieces: list[bytes | memoryview]
) -> None:
    """Write changed parts between the delimiter lines that stand in the source."""
    entity = origin.entity
    view = memoryview(entity.source)
    before, after = message.preamble, message.epilogue
    pieces.append((before or "").encode("utf-8", "surrogateescape"))
    delimiters = _delimiters(entity)
    for place, child in zip(delimiters, children, strict=False):
        pieces.append(view[place])
        _write(child, pieces)
    pieces.append(view[delimiters[-1]])
    pieces.append((after or "").encode("utf-8", "surrogateescape"))


def _body_of(message: Message[Any, Any]) -> bytes:
    """Return the body of a message as the library writes it."""
    written = message.as_bytes()
    end = _SECTION_END.search(written)
    return written[end.end() :] if end else b""


_SECTION_END = re.compile(rb"\r?\n\r?\n")
