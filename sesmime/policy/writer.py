"""A message of Python's email to bytes: what was read and not changed byte for byte, all else as the library writes it.

It stands for `email.generator.BytesGenerator`, as `Message.as_bytes` uses it: the same structure, the root's policy for
every part, no part's `policy` nor anything else changed on the way. Its plan:

- Each message that `policy.tree` made keeps what it was made from (`Origin`). One walk finds the messages that are as
  they were, themselves and all in them; each is written as the slice of the source that it was.
- Any other is written in three pieces, of which each is a slice where it can be: its fields one by one, its body, and
  of a multipart the delimiter lines, which stay where they still fit.
- What is new is written in the line ending of the message it came into; a message made elsewhere has its policy's.

Differences to the library, on purpose: a boundary that has to be made follows from the parts, not from chance, and is
not set on the message; under `policy.SES` a multipart that `make_mixed` and its like made has a MIME-Version; line ends
of fields that nobody wrote are refused (CVE-2024-6923, CVE-2026-1299), on every Python; what the library cannot write
raises InvalidField, not UnicodeEncodeError, AttributeError or KeyError.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from email.errors import MessageError
from email.message import Message
from email.policy import EmailPolicy, Policy
from hashlib import blake2b
from itertools import count
from typing import Any, Final, TypeAlias

from sesmime.errors import InvalidField, LimitExceeded, SesMimeError
from sesmime.mime.edits import as_bytes
from sesmime.mime.entity import Entity
from sesmime.mime.fields import Source
from sesmime.mime.grammar import PREFERRED_LINE
from sesmime.mime.parameters import parse_parameters
from sesmime.policy import SesPolicy

# The library's parser and its writer recurse, several frames a level. Postfix and Dovecot stop here as well.
MAX_LEVELS: Final = 100

_LONE_CR_IN_DELIMITER: Final = re.compile(rb"\n--[^\n]*\r(?!\n)")

AnyMessage: TypeAlias = "Message[Any, Any]"
_Pieces: TypeAlias = list[bytes | memoryview]

_ATTRIBUTE: Final = "sesmime_origin"
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_LF: Final = re.compile(rb"\r?\n")
# `email.generator.NEWLINE_WITHOUT_FWSP` of Python 3.13.
_NEW_FIELD: Final = re.compile(rb"\r\n[^ \t]|\r[^ \n\t]|\n[^ \t]")
# What the library raises on values that it cannot write, and on fields that it cannot read.
_CANNOT_WRITE: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, MessageError, AssertionError),
    *(RecursionError, UnboundLocalError),
)


def has_lone_cr_at_delimiter(source: Source, start: int, stop: int) -> bool:
    """Whether there is a line that only who ends lines at a lone CR takes for a delimiter line."""
    # Two searches, each for a beginning: as one pattern they take five times as long.
    return source.find(b"\r--", start, stop) >= 0 or _LONE_CR_IN_DELIMITER.search(source, start, stop) is not None


class Origin:
    """What a message was made from: its entity, its fields (name, value, bytes), its body as the library holds it.

    `rest` is where the source goes on after the fields, at the empty line; -1 where the library saw other fields than
    the span tree has. `fingerprint` is given where the library divides a body otherwise than the span tree: such a
    body is as it was as a whole, or written anew. `is_fixed` says that it may end elsewhere for the library: its bytes
    stand for it only where they are.
    """

    __slots__ = ("entity", "epilogue", "fields", "fingerprint", "is_fixed", "payload", "preamble", "rest")

    def __init__(
        self,
        entity: Entity,
        fields: Sequence[tuple[str, str, bytes]],
        rest: int,
        message: AnyMessage,
        *,
        fingerprint: tuple[Any, ...] | None = None,
        is_fixed: bool = False,
    ) -> None:
        self.entity = entity
        self.fields = tuple(fields)
        self.rest = rest
        self.fingerprint = fingerprint
        self.is_fixed = is_fixed
        payload = payload_of(message)
        self.payload = payload if isinstance(payload, str) else None
        self.preamble = message.preamble
        self.epilogue = message.epilogue

    def __deepcopy__(self, memo: dict[int, Any]) -> Origin:
        return self  # immutable


def keep_origin(message: AnyMessage, origin: Origin) -> None:
    """Note on a message what it was made from."""
    setattr(message, _ATTRIBUTE, origin)


def origin_of(message: AnyMessage) -> Origin | None:
    """Return what a message was made from; None for one that was made elsewhere."""
    return getattr(message, _ATTRIBUTE, None)


def payload_of(message: AnyMessage) -> Any:
    """Return the payload as it is held. `get_payload` decodes what is not ASCII, and looks through it all to know."""
    return vars(message)["_payload"]


def fingerprint_of(message: AnyMessage) -> tuple[Any, ...]:
    """Return all that a message holds but its own fields."""
    found: list[Any] = []
    for part in message.walk():
        fields = () if part is message else tuple(part.raw_items())
        payload = payload_of(part) if isinstance(payload_of(part), str) else len(payload_of(part) or ())
        found.append((fields, payload, part.preamble, part.epilogue))
    return tuple(found)


def message_to_bytes(message: AnyMessage) -> bytes:
    """Write a message; what was read by `message_from_bytes` and not changed comes out byte for byte.

    Every reader reads it as `message.as_bytes()`: changed and new fields are written by the message's policy, parts
    with the delimiter lines of the boundary that Content-Type has, or that is made for it. What is new has the line
    ending of the message. Nothing is set on the message. Raises SesMimeError for what no bytes can say: a field that
    the policy does not write, characters that no charset encodes, parts in a text; LimitExceeded beyond 100 levels.

    >>> from sesmime import message_from_bytes
    >>> raw = b"Subject : odd\\n\\n--\\n"
    >>> message_to_bytes(message_from_bytes(raw)) == raw
    True
    """
    if not isinstance(message, Message):
        raise TypeError(f"a message of Python's email is wanted, not {type(message).__name__}")
    try:
        pieces = _Writer(message).pieces
    except SesMimeError:
        raise
    except _CANNOT_WRITE as error:
        reason = f"Python's email does not read what it says ({type(error).__name__})"
        raise InvalidField("Content-Type", reason) from error
    return pieces[0] if len(pieces) == 1 and type(pieces[0]) is bytes else b"".join(pieces)


# QUIRK: of a parameter whose name leaves no room in a line, `_fold_mime_parameters` of the library cuts nothing off and
# never ends (seen with CPython 3.11 to 3.13).
_WITH_PARAMETERS: Final = ("content-type", "content-disposition")
_LONGEST_FOLDED_NAME: Final = 50


def _is_endless(name: str, value: Any, policy: EmailPolicy[Any]) -> bool:
    """Tell whether the library's folding of a field would not end; shorter names than need be count too."""
    if not _has_endless(parse_parameters(str(value))[1]):
        return False
    # What the library folds are the parameters that it reads, which at a lone CR are fewer.
    try:
        if not hasattr(value, "params"):
            value = policy.header_factory(name, "".join(str(value).splitlines()))
        return _has_endless(value.params)
    except _CANNOT_WRITE:
        return False  # it cannot be folded either, and that is told


def _has_endless(parameters: Mapping[str, str]) -> bool:
    return any(
        len(name) > _LONGEST_FOLDED_NAME and len(name) + len(value) > PREFERRED_LINE - 8
        for name, value in parameters.items()
    )


class _Writer:
    """One writing of one tree."""

    def __init__(self, root: AnyMessage) -> None:
        self.pieces: _Pieces = []
        # The bytes of each payload and field that was read: what moves to another part of the tree keeps them.
        self.sources: dict[int, memoryview] = {}
        self.fields: dict[tuple[str, str], bytes] = {}
        self.unchanged: set[int] = set()
        self.fixed: set[int] = set()  # with something in them whose bytes stand for it only where they are
        self._look_through(root)
        self.line_end = _line_end_of(root)
        self.write(root, root.policy, in_place=True)

    def _look_through(self, root: AnyMessage) -> None:
        """Find what is unchanged, by loop."""
        found: list[AnyMessage] = []
        waiting = [(root, 1)]
        while waiting:
            message, level = waiting.pop()
            if level > MAX_LEVELS:
                raise LimitExceeded("levels", MAX_LEVELS)
            found.append(message)
            waiting.extend((part, level + 1) for part in _parts_of(message))
            origin = origin_of(message)
            for name, value, raw in origin.fields if origin is not None else ():
                self.fields.setdefault((name, value), raw)
            if origin is not None and origin.payload is not None and origin.fingerprint is None:
                source, place = origin.entity.source, origin.entity.body_span
                if not has_lone_cr_at_delimiter(source, *place):
                    self.sources[id(origin.payload)] = memoryview(source)[slice(*place)]
        for message in reversed(found):  # those inside before those that hold them
            if self._is_unchanged(message):
                self.unchanged.add(id(message))
            origin = origin_of(message)
            if (origin is not None and origin.is_fixed) or any(id(part) in self.fixed for part in _parts_of(message)):
                self.fixed.add(id(message))

    def _is_unchanged(self, message: AnyMessage) -> bool:
        origin = origin_of(message)
        if origin is None or [(n, v) for n, v, _ in origin.fields] != list(message.raw_items()):
            return False
        if origin.fingerprint is not None:
            return origin.fingerprint == fingerprint_of(message)
        return self._has_same_body(message, origin)

    def _has_same_body(self, message: AnyMessage, origin: Origin) -> bool:
        """Tell whether a body, all parts in it too, is as it was read."""
        entity, payload = origin.entity, payload_of(message)
        if isinstance(payload, str):
            return payload is origin.payload or payload == origin.payload
        if not isinstance(payload, list) or not payload or len(payload) != len(entity.parts):
            return False
        for part, place in zip(payload, entity.parts, strict=True):
            if id(part) not in self.unchanged:
                return False
            its_origin = origin_of(part)
            assert its_origin is not None
            if its_origin.entity.span != place.span or its_origin.entity.source is not entity.source:
                return False
        return not entity.is_multipart or (message.preamble, message.epilogue) == (origin.preamble, origin.epilogue)

    # One message

    def write(self, message: AnyMessage, policy: Policy[Any], *, in_place: bool = False) -> None:
        """Write a message, and all in it, by `policy`; `in_place` says that it stands between the bytes as before."""
        origin = origin_of(message)
        in_place = in_place or id(message) not in self.fixed
        if in_place and id(message) in self.unchanged:
            assert origin is not None
            entity = origin.entity
            whole = entity.span == (0, len(entity.source))
            self.pieces.append(as_bytes(entity.source) if whole else entity.raw)
            return
        if message.policy is not policy:
            # The library sets the root's policy on every part while it writes.
            message = copy.copy(message)
            message.policy = policy
        at = len(self.pieces)
        self.pieces.append(b"")
        message = self.body(message, origin, policy, in_place=in_place)
        self.pieces[at] = self.header_section(message, origin, policy)
        if at == 0 and isinstance(policy, SesPolicy) and self._lacks_version(message):
            self.pieces[at] = bytes(self.pieces[at]) + b"MIME-Version: 1.0" + self.line_end

    def _lacks_version(self, message: AnyMessage) -> bool:
        """Tell whether a multipart was made that has no MIME-Version (RFC 2045 section 4), as `make_mixed` does."""
        if "MIME-Version" in message or message.get_content_maintype() != "multipart":
            return False
        types = [(name, value) for name, value in message.raw_items() if name.lower() == "content-type"]
        return not any(type(value) is str and (name, value) in self.fields for name, value in types)

    def header_section(self, message: AnyMessage, origin: Origin | None, policy: Policy[Any]) -> bytes:
        """Write the fields: those that stand as they were read from their bytes, the others by the policy."""
        standing: dict[tuple[str, str], list[bytes]] = {}
        for name, value, raw in origin.fields if origin else ():
            standing.setdefault((name, value), []).append(raw)
        lines: list[bytes] = []
        for name, value in message.raw_items():
            is_read = type(value) is str and (name, value) in self.fields
            raw = b""
            if is_read:
                own = standing.get((name, value))
                raw = own.pop(0) if own else self.fields[name, value]
            if not raw:
                raw = self.field(name, value, policy)
            lines.append(raw if raw.endswith(b"\n") else raw + self.line_end)
        return b"".join(lines)

    def field(self, name: str, value: Any, policy: Policy[Any]) -> bytes:
        if (
            isinstance(policy, EmailPolicy)
            and not isinstance(policy, SesPolicy)
            and name.lower() in _WITH_PARAMETERS
            and _is_endless(name, value, policy)
        ):
            raise InvalidField(name, "a parameter has a name so long that the library's folding does not end")
        try:
            folded = policy.fold_binary(name, value)
        except SesMimeError:
            raise
        except _CANNOT_WRITE as error:
            raise InvalidField(str(name), f"the policy does not write it ({type(error).__name__})") from error
        ending = policy.linesep.encode("ascii")
        lines = folded.removesuffix(ending)
        if not folded.endswith(ending) or _NEW_FIELD.search(lines):
            raise InvalidField(name, "its body holds a line end that no blank follows")
        return _LF.sub(lambda _: self.line_end, lines) + self.line_end

    def body(self, message: AnyMessage, origin: Origin | None, policy: Policy[Any], *, in_place: bool) -> AnyMessage:
        """Write the empty line and the body; return the message whose fields are to be written, a copy or itself."""
        payload = payload_of(message)
        if origin is not None and origin.rest >= 0 and in_place:
            entity = origin.entity
            if self._stands(message, origin):
                self.pieces.append(memoryview(entity.source)[origin.rest : entity.span.stop])
                return message
        self.pieces.append(self.line_end)
        kind = message.get_content_maintype()
        if kind == "multipart" and not isinstance(payload, str):
            return self.multipart(message, origin, policy)
        if isinstance(payload, list):
            if kind != "message":
                raise InvalidField("Content-Type", f"a body of {kind} holds parts")
            self.attached(message, payload, policy)
        elif payload is not None:
            return self.text(message, payload, policy)
        return message

    def _stands(self, message: AnyMessage, origin: Origin) -> bool:
        """Tell whether the body can be left as it stands in the source, behind other fields."""
        payload = payload_of(message)
        if origin.fingerprint is not None:
            had = [(name, value) for name, value, _ in origin.fields if _is_content_field(name)]
            has = [(name, value) for name, value in message.raw_items() if _is_content_field(name)]
            return had == has and origin.fingerprint == fingerprint_of(message)
        if not self._has_same_body(message, origin):
            return False
        if isinstance(payload, str):
            return True
        kind = message.get_content_maintype()
        return self._delimiters_fit(message, origin) if origin.entity.is_multipart else kind == "message"

    def text(self, message: AnyMessage, payload: Any, policy: Policy[Any]) -> AnyMessage:
        """Write the body of a leaf."""
        if not isinstance(payload, str):
            raise InvalidField("Content-Type", f"its body is neither text nor parts, but {type(payload).__name__}")
        source = self.sources.get(id(payload))
        if source is not None and policy.cte_type != "7bit":
            self.pieces.append(source)
            return message
        octets = _octets(payload)
        if policy.cte_type == "7bit" and not octets.isascii() and message.get_content_maintype() != "multipart":
            charset = message.get_param("charset")
            if isinstance(charset, str):
                message = _recoded(message, charset)
                octets = _octets(payload_of(message))
        if message.get_content_maintype() not in ("multipart", "message"):
            octets = _LINE_END.sub(lambda _: self.line_end, octets)
        self.pieces.append(octets)
        return message

    def attached(self, message: AnyMessage, payload: list[Any], policy: Policy[Any]) -> None:
        """Write an attached message, or the blocks of fields of a delivery status (RFC 3464 section 2.1)."""
        parts = _checked(payload)
        if message.get_content_type() != "message/delivery-status":
            if not parts:
                raise InvalidField("Content-Type", "a body of message holds no message")
            self.write(parts[0], policy)
            return
        for number, part in enumerate(parts):
            if number:
                self.pieces.append(self.line_end)
            at = len(self.pieces)
            self.write(part, policy)
            # Every block ends in an empty line, which stands between two of them only.
            block = b"".join(self.pieces[at:])
            self.pieces[at:] = [block.removesuffix(self.line_end)]

    # Multiparts

    def multipart(self, message: AnyMessage, origin: Origin | None, policy: Policy[Any]) -> AnyMessage:
        """Write preamble, parts between their delimiter lines, epilogue (RFC 2046 section 5.1.1)."""
        payload = payload_of(message)
        parts = _checked(payload if isinstance(payload, list) else [] if payload is None else [payload])
        if message.get_content_subtype() == "signed":
            policy = policy.clone(max_line_length=0)
        if origin is not None and len(parts) == len(origin.entity.parts) and self._has_same_frame(message, origin):
            self._keep_delimiters(parts, origin, policy)
            return message
        end = self.line_end
        if message.preamble is not None:
            self.pieces += [self._around(message.preamble), end]
        places: list[int] = []
        at = len(self.pieces)
        for part in parts:
            places.append(len(self.pieces))
            self.pieces.append(b"")
            self.write(part, policy)
        if not parts:
            places.append(at)
            self.pieces.append(b"")
        boundary = message.get_boundary() or ""
        if not boundary:
            boundary = _new_boundary(self.pieces[at:])
            message = _with_boundary(message, boundary)
        try:
            delimiter = b"--" + boundary.encode("ascii", "surrogateescape")
        except UnicodeEncodeError:
            raise InvalidField("Content-Type", "its boundary holds characters beyond ASCII") from None
        for number, place in enumerate(places):
            self.pieces[place] = (end if number else b"") + delimiter + end
        self.pieces.append(end + delimiter + b"--" + end)
        if message.epilogue is not None:
            self.pieces.append(self._around(message.epilogue))
        return message

    def _around(self, text: str) -> bytes:
        return _LINE_END.sub(lambda _: self.line_end, text.encode("utf-8", "surrogateescape"))

    def _has_same_frame(self, message: AnyMessage, origin: Origin) -> bool:
        entity = origin.entity
        if origin.fingerprint is not None or not entity.is_multipart or not entity.parts:
            return False
        if not bytes(entity.source[_delimiters(entity)[-1]]).strip():
            return False  # the last part ends where the message ends: it has to be closed
        around = (message.preamble, message.epilogue) == (origin.preamble, origin.epilogue)
        return around and self._delimiters_fit(message, origin)

    def _delimiters_fit(self, message: AnyMessage, origin: Origin) -> bool:
        """Tell whether the delimiter lines that stand in the source are those of the boundary that a message has."""
        if message.get_content_maintype() != "multipart" or not origin.entity.parts or not message.get_boundary():
            return False
        had = [(name, value) for name, value, _ in origin.fields if name.lower() == "content-type"]
        if had[:1] == [(name, value) for name, value in message.raw_items() if name.lower() == "content-type"][:1]:
            return True
        first = bytes(origin.entity.source[_delimiters(origin.entity)[0]]).strip(b"\r\n \t")
        return first == b"--" + (message.get_boundary() or "\n").encode("utf-8", "surrogatepass")

    def _keep_delimiters(self, parts: list[AnyMessage], origin: Origin, policy: Policy[Any]) -> None:
        """Write parts, some of them changed, between the delimiter lines that stand in the source."""
        entity = origin.entity
        assert entity.preamble_span is not None
        assert entity.epilogue_span is not None
        view = memoryview(entity.source)
        self.pieces.append(view[slice(*entity.preamble_span)])
        *before, last = _delimiters(entity)
        has_changed = False
        for place, part in zip(before, parts, strict=True):
            self._delimiter(view[place], after_change=has_changed)
            self.write(part, policy, in_place=True)
            has_changed = id(part) not in self.unchanged
        self._delimiter(view[last], after_change=has_changed)
        self.pieces.append(view[slice(*entity.epilogue_span)])

    def _delimiter(self, line: memoryview, *, after_change: bool) -> None:
        # After an empty part the line end before a delimiter line is that of the one before it.
        if after_change and bytes(line[:2]) == b"--":
            self.pieces.append(self.line_end)
        self.pieces.append(line)


def _delimiters(entity: Entity) -> list[slice]:
    """Return what stands before each part and after the last, up to the epilogue."""
    assert entity.preamble_span is not None
    assert entity.epilogue_span is not None
    starts = [entity.preamble_span.stop, *(part.span.stop for part in entity.parts)]
    stops = [*(part.span.start for part in entity.parts), entity.epilogue_span.start]
    return [slice(*place) for place in zip(starts, stops, strict=True)]


def _parts_of(message: AnyMessage) -> list[AnyMessage]:
    payload = payload_of(message)
    parts = payload if isinstance(payload, list) else [payload]
    return [part for part in parts if isinstance(part, Message)]


def _checked(parts: Sequence[Any]) -> list[AnyMessage]:
    for part in parts:
        if not isinstance(part, Message):
            raise InvalidField("Content-Type", f"a part is a message, not {type(part).__name__}")
    return list(parts)


def _line_end_of(root: AnyMessage) -> bytes:
    origin = origin_of(root)
    found = _LF.search(origin.entity.source) if origin is not None else None
    return found[0] if found else root.policy.linesep.encode("ascii")


def _is_content_field(name: str) -> bool:
    return name.lower() in ("content-type", "content-transfer-encoding")


def _octets(payload: str) -> bytes:
    try:
        return payload.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        reason = "the body holds characters beyond ASCII that no charset encodes; `set_content` does"
        raise InvalidField("Content-Type", reason) from None


def _recoded(message: AnyMessage, charset: str) -> AnyMessage:
    """Return a copy of a leaf without its 8-bit octets, for a policy whose `cte_type` is "7bit"."""
    made = copy.copy(message)
    vars(made)["_headers"] = [*vars(message)["_headers"]]
    del made["Content-Transfer-Encoding"]
    made.set_charset(charset)
    return made


def _with_boundary(message: AnyMessage, boundary: str) -> AnyMessage:
    """Return a copy of a multipart that has a boundary."""
    made = copy.copy(message)
    made.set_boundary(boundary)  # which puts another list of fields in place of the one there is
    return made


def _new_boundary(pieces: _Pieces) -> str:
    """Return a boundary that stands nowhere in the parts, the same for the same parts."""
    digest = blake2b(digest_size=12)
    for piece in pieces:
        digest.update(piece)
    parts = b"\n".join(pieces)
    for attempt in count():
        # Neither quoted-printable nor base64 can hold "=_" (RFC 2045 section 6.7).
        boundary = f"=_{digest.hexdigest()}{f'_{attempt}' if attempt else ''}"
        if boundary.encode("ascii") not in parts:  # pragma: no branch, no parts are known that hold their own digest
            return boundary
    raise AssertionError  # pragma: no cover, the loop has no end
