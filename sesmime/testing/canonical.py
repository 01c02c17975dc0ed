"""A message as a text that stays the same from run to run: for snapshots, and for the diff of two messages.

What is new in every message is set aside (dates, Message-ID, boundaries, signatures, the names of embedded parts), and
how it is written: folds, encoded words, transfer encodings, line ends, the order of fields of different names. What a
reader gets stands there decoded, texts line by line, other contents by their size and digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from sesmime.errors import printable
from sesmime.mime.entity import Entity
from sesmime.mime.fields import Field, fold_case
from sesmime.mime.parameters import parse_parameters
from sesmime.mime.words import decode_words

# What every message has anew, or what is put to it on its way; with what says only how it is written.
VOLATILE_FIELDS: Final = (
    *("Date", "Message-ID", "Resent-Date", "Resent-Message-ID", "Received", "Return-Path"),
    *("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"),
)
_WRITING: Final = ("mime-version", "content-transfer-encoding")
_VOLATILE_PARAMETERS: Final = ("boundary", "creation-date", "modification-date", "read-date")
# These first, in this order, as people read a message; all others by their names.
_FIRST: Final = {name: place for place, name in enumerate(("from", "sender", "reply-to", "to", "cc", "bcc", "subject"))}
_WITH_PARAMETERS: Final = ("content-type", "content-disposition")
_UNDECODED: Final = "\ufffd"
_DIGEST: Final = 16


def canonical_text(message: Entity, *, ignore: Iterable[str] = VOLATILE_FIELDS) -> str:
    """Return the text of a message that is read; see `sesmime.testing.canonical`."""
    if isinstance(ignore, str):
        raise TypeError("ignore must be a list of field names, not str")
    ignored = frozenset((*map(fold_case, ignore), *_WRITING))
    entities = tuple(message.walk())
    names = _embedded(entities)
    lines: list[str] = []
    for entity in entities:
        if entity.path:
            lines += ["", f"=== part {entity.path}"]
        lines += (_with_names(line, names) for line in _fields(entity, ignored))
        lines += (_with_names(line, names) for line in _body(entity))
    return "\n".join(lines) + "\n"


# The names of embedded parts, which programs make anew for each message


def _embedded(entities: Iterable[Entity]) -> Mapping[str, str]:
    """Return the names by Content-ID, which follow from the places of the parts."""
    found: dict[str, str] = {}
    for entity in entities:
        field = entity.header_section.first("Content-ID")
        name = "" if field is None else field.body.strip().strip("<>")
        if name and name not in found:
            found[name] = f"cid-{len(found) + 1}"
    return found


def _with_names(line: str, names: Mapping[str, str]) -> str:
    if not names:
        return line
    # Longer ones first: one may begin with another.
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<=cid:)(?:{either})|(?<=<)(?:{either})(?=>)", lambda match: names[match[0]], line)


# Fields


def _fields(entity: Entity, ignored: frozenset[str]) -> Iterator[str]:
    fields = [field for field in entity.header_section.fields if fold_case(field.name) not in ignored]
    for field in sorted(fields, key=_rank):
        yield f"{printable(field.name)}: {_shown(_value(field))}".rstrip(" ")
    if "Content-Type" not in entity.header_section:
        yield f"Content-Type: {printable(entity.content_type)} (not said)"


def _rank(field: Field) -> tuple[int, str]:
    name = fold_case(field.name)
    return _FIRST.get(name, len(_FIRST)), name


def _value(field: Field) -> str:
    if fold_case(field.name) not in _WITH_PARAMETERS:
        return decode_words(field.body).replace("\t", " ").rstrip(" ")
    value, parameters = parse_parameters(field.body)
    said = sorted((name, text) for name, text in parameters.items() if name not in _VOLATILE_PARAMETERS)
    return "; ".join((value.lower(), *(f'{name}="{text}"' for name, text in said)))


# Contents


def _body(entity: Entity) -> Iterator[str]:
    if entity.parts:
        return
    content = entity.content()
    if not content:
        return
    yield ""
    if entity.content_type.startswith("text/"):
        text = entity.text()
        if _UNDECODED not in text:
            # RFC 2046 section 4.1.1: the line ends of a text are CRLF, whatever it was kept with.
            lines = text.replace("\r\n", "\n").split("\n")
            yield from map(_shown, lines[:-1] if lines[-1] == "" else lines)
            return
    yield f"[{len(content)} octets, sha256 {sha256(content).hexdigest()[:_DIGEST]}]"


def _shown(line: str) -> str:
    return "\t".join(map(printable, line.split("\t")))
