"""Two messages compared field by field and part by part: what differs for a reader, not how it is written.

Set aside are boundaries, folds, encoded words and the encoding of parameters, the order of fields of different names,
line ends of texts, preambles and epilogues, and the fields that are named. Linear in the size of both messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, AnyStr, Final, NamedTuple, TypeAlias

from sesmime.errors import MAX_QUOTED, quoted
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Field, Message, fold_case
from sesmime.mime.parameters import parse_parameters
from sesmime.mime.words import decode_words

# What every message has anew.
VOLATILE: Final = ("Date", "Message-ID")

# The fields with parameters (RFC 2045 section 5.1, RFC 2183 section 2).
_WITH_PARAMETERS: Final = ("content-type", "content-disposition")
_MOST_TOLD: Final = 20
_UNDECODED: Final = "\ufffd"
# Octets of a content that are shown before the place where two differ.
_BEFORE: Final = 20


class Difference(NamedTuple):
    """One thing in which two messages differ.

    `part` is the part path, "" for the root. `what` is a field's name, "part", "type" or "content". `one` and `other`
    are how it reads in each, None where it is absent; contents are shown from shortly before the first octet that
    differs.
    """

    part: str
    what: str
    one: str | None
    other: str | None

    @property
    def place(self) -> str:
        """Where it is, as people read it."""
        where = f"part {self.part}" if self.part else ""
        if self.what == "part":
            return where
        return f"{where}, {self.what}" if where else self.what


def compare_messages(one: Message, other: Message, *, ignore: Iterable[str] = VOLATILE) -> tuple[Difference, ...]:
    r"""Say in what two messages differ, in the order of the parts; () where they say the same.

    `ignore` names fields that are not looked at in any part, in any case. Never raises on content;
    TypeError for what does not hold bytes.

    >>> compare_messages(b"Subject: one\r\nDate: now\r\n\r\nHi\r\n", b"Subject: two\r\n\r\nHi\r\n")
    (Difference(part='', what='Subject', one="'one'", other="'two'"),)
    """
    if isinstance(ignore, str):
        raise TypeError("ignore must be a list of field names, not str")
    ignored = frozenset(map(fold_case, ignore))
    mine, yours = ({entity.path: entity for entity in parse(message).walk()} for message in (one, other))
    return tuple(_differences(mine, yours, ignored))


def difference_text(differences: tuple[Difference, ...]) -> str:
    """Return the differences as people read them: a line for each place, and one for each of the two messages."""
    count = len(differences)
    lines = [f"the messages differ in {count} {'place' if count == 1 else 'places'}"]
    for difference in differences[:_MOST_TOLD]:
        lines.append(f"  {quoted(difference.place)[1:-1]}")
        lines.append(f"    one:   {difference.one or 'not there'}")
        lines.append(f"    other: {difference.other or 'not there'}")
    if count > _MOST_TOLD:
        lines.append(f"  and {count - _MOST_TOLD} more")
    return "\n".join(lines)


def _differences(
    mine: Mapping[str, Entity], yours: Mapping[str, Entity], ignored: frozenset[str]
) -> Iterator[Difference]:
    for path, entity in mine.items():
        twin = yours.get(path)
        if twin is None:
            yield Difference(path, "part", _described(entity), None)
        else:
            yield from _of_fields(path, entity, twin, ignored)
            yield from _of_bodies(path, entity, twin)
    for path, entity in yours.items():
        if path not in mine:
            yield Difference(path, "part", None, _described(entity))


def _described(entity: Entity) -> str:
    name = entity.filename
    shown = quoted(entity.content_type, 60)[1:-1]
    return shown if name is None else f"{shown} {quoted(name, 80)}"


# Fields


def _of_fields(path: str, one: Entity, other: Entity, ignored: frozenset[str]) -> Iterator[Difference]:
    sections = one.header_section, other.header_section
    names = {fold_case(field.name): field.name for section in reversed(sections) for field in reversed(section.fields)}
    for name in dict.fromkeys(fold_case(field.name) for section in sections for field in section.fields):
        if name in ignored:
            continue
        # RFC 5322 section 3.6: the order of fields says nothing, but for those of one name.
        for mine, yours in zip_longest(*(section.all(name) for section in sections)):
            if mine is None or yours is None or _reading(mine) != _reading(yours):
                yield Difference(path, names[name], _shown_field(mine), _shown_field(yours))


_Reading: TypeAlias = tuple[Any, ...]


def _reading(field: Field) -> _Reading:
    """Return what a field says, however it is written."""
    if fold_case(field.name) in _WITH_PARAMETERS:
        value, parameters = parse_parameters(field.body)
        return (value.lower(), {name: text for name, text in parameters.items() if name != "boundary"})
    return (_text(field),)


def _text(field: Field) -> str:
    # A fold may stand before a tab as well as before a space.
    return decode_words(field.body).replace("\t", " ").rstrip(" ")


def _shown_field(field: Field | None) -> str | None:
    return None if field is None else quoted(_text(field))


# Bodies


def _of_bodies(path: str, one: Entity, other: Entity) -> Iterator[Difference]:
    has_type = any("Content-Type" in entity.header_section for entity in (one, other))
    if not has_type and one.content_type != other.content_type:
        # In a multipart/digest the default is another (RFC 2046 section 5.1.5).
        yield Difference(path, "type", one.content_type, other.content_type)
    if one.parts or other.parts:
        if bool(one.parts) != bool(other.parts):
            counts = (len(entity.parts) for entity in (one, other))
            yield Difference(path, "content", *(f"{count} {'part' if count == 1 else 'parts'}" for count in counts))
        return
    mine, yours = one.content(), other.content()
    if mine == yours:
        return
    if one.content_type.startswith("text/") and other.content_type.startswith("text/"):
        # RFC 2046 section 4.1.1: the line ends of a text are CRLF, whatever it was kept with.
        texts = one.text().replace("\r\n", "\n"), other.text().replace("\r\n", "\n")
        place = first_difference(*texts)
        if texts[0] != texts[1]:
            yield Difference(path, "content", *(_shown_text(text, place) for text in texts))
            return
        if _UNDECODED not in texts[0]:
            return
    place = first_difference(mine, yours)
    yield Difference(path, "content", *(_shown_octets(content, place) for content in (mine, yours)))


def first_difference(one: AnyStr, other: AnyStr) -> int:
    """Return the first place where two contents differ; each step compares half of what the last one did."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shown_text(text: str, place: int) -> str:
    start = max(0, place - _BEFORE, text.rfind("\n", 0, place) + 1)
    stop = text.find("\n", place)
    line = text.count("\n", 0, place) + 1
    shown = quoted(text[start : len(text) if stop < 0 else stop + 1])
    return f"{shown} (line {line})"


def _shown_octets(content: bytes, place: int) -> str:
    start = max(0, place - _BEFORE)
    return f"{quoted(content[start : start + MAX_QUOTED])} (from octet {start} of {len(content)})"
