"""Fields of text: which ones they are, and one written anew."""

from __future__ import annotations

import re

from sesmime.errors import SesMimeError
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.addresses import format_addresses, parse_addresses
from sesmime.mime.edits import Edit, format_field, line_ending
from sesmime.mime.fields import Field, fold_case
from sesmime.mime.grammar import ADDRESS_FIELDS, STRUCTURED_FIELDS
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import ENCODED_WORD, decode_word, decode_words


class FieldWithWords(NamedTuple):
    """A field that may hold encoded words: its unfolded body, and the words in it, each with what it stands for."""

    part: Part
    field: Field
    body: str
    words: tuple[tuple[re.Match[str], str], ...]


def fields_with_words(outgoing: Outgoing) -> tuple[FieldWithWords, ...]:
    """Return the fields that may hold encoded words; those of attached messages are left out."""
    return tuple(
        [
            FieldWithWords(part, field, body, tuple([(word, decode_word(word)) for word in words]))
            for part in outgoing.screening.encoded_words
            for field in part.section.fields
            if b"=?" in field.raw
            for body in (field.body,)
            for words in (ENCODED_WORD.finditer(body),)
        ]
    )


def is_text(field: Field) -> bool:
    """Whether a field holds text as people read it, so that encoded words have a place anywhere in it."""
    name = fold_case(field.name)
    return name not in STRUCTURED_FIELDS and not name.startswith("x-ses-")


def rewritten(field: Field, *, instead: re.Pattern[str] | None = None) -> list[Edit]:
    """Return the edit that writes a field anew in ASCII, what `instead` finds in its text replaced by a blank.

    No edit for a field whose text cannot be read whole, that is no list of plain mailboxes, or that has another form.
    """
    text = decode_words(field.body)
    # What cannot be decoded stays as it stands, and would be taken for text; U+FFFD stands for what is lost.
    if "=?" in text or "\ufffd" in text:
        return []
    if instead is not None:
        text = instead.sub(" ", text)
    ending = line_ending(field.raw)
    try:
        if fold_case(field.name) in ADDRESS_FIELDS:
            found = parse_addresses(field.body)
            if found.defects or found.groups:
                return []
            text = format_addresses(found.mailboxes)
        elif not is_text(field):
            return []
        raw = format_field(field.name, text, ending)
    except SesMimeError:
        return []
    return [Edit(field.span, raw if field.raw.endswith(b"\n") else raw.removesuffix(ending))]
