"""Encoded words where none has a place: in message identifiers and URIs, which are not decoded (RFC 2047 section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.errors import InvalidField
from sesmime.mime.edits import Edit
from sesmime.mime.fields import Field, Span, fold_case
from sesmime.mime.grammar import MAX_LINE
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import ENCODED_WORD, decode_words, encode_words

# RFC 2369 section 2, RFC 8058 section 2; comments in round brackets may hold encoded words.
_URIS: Final = lazy_pattern(
    r"<[A-Za-z][A-Za-z0-9+.-]*+:[!-;=?-~]++>(?:[ \t]*+,[ \t]*+<[A-Za-z][A-Za-z0-9+.-]*+:[!-;=?-~]++>)*+"
)
_POST: Final = lazy_pattern(r"List-Unsubscribe=One-Click")
# RFC 5322 section 3.6.4.
_ID: Final = r"<[!-;=?A-~]++@[!-;=?A-~]++>"
_ONE_ID: Final = lazy_pattern(_ID)
_IDS: Final = lazy_pattern(rf"{_ID}(?:[ \t]*+{_ID})*+")
_CONTENT_ID: Final = lazy_pattern(r"<[!-;=?-~]++>")
# RFC 2919 section 3: a phrase, in which encoded words have a place, and the identifier.
_LIST_ID: Final = lazy_pattern(r"[ -;=?-~]*+<[!-;=?-~]++>")
# What a field holds where nothing has to be decoded, by its name in lower case.
_FORMS: Final = {
    "message-id": _ONE_ID,
    "resent-message-id": _ONE_ID,
    "content-id": _CONTENT_ID,
    "in-reply-to": _IDS,
    "references": _IDS,
    "list-id": _LIST_ID,
    "list-unsubscribe-post": _POST,
} | dict.fromkeys(("list-unsubscribe", "list-help", "list-subscribe", "list-post", "list-owner", "list-archive"), _URIS)
# RFC 822 section 4.6.2, RFC 2919: beside identifiers there may be phrases.
_WITH_PHRASES: Final = ("in-reply-to", "references", "list-id")
_TOKEN: Final = lazy_pattern(rf"[<>()]|{ENCODED_WORD.pattern}(?:[ \t]*+{ENCODED_WORD.pattern})*+")
_WIDTH: Final = 78


class MisplacedWords(NamedTuple):
    """Adjacent encoded words: where they are in the field's body, in characters, and what they say."""

    start: int
    stop: int
    text: str


def misplaced_words(field: Field) -> Iterator[MisplacedWords]:
    """Return the encoded words in a field that have no place there, adjacent ones together."""
    key = fold_case(field.name)
    if key not in _FORMS or b"=?" not in field.raw:
        return
    body = field.body
    has_phrases = key in _WITH_PHRASES
    is_inside, depth = False, 0
    for token in _TOKEN.finditer(body):
        mark = token[0]
        if mark in "()":
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif depth:
            continue
        elif mark in "<>":
            is_inside = mark == "<"
        else:
            text = decode_words(mark)
            if is_inside or not has_phrases or "<" in text or "@" in text:
                yield MisplacedWords(token.start(), token.end(), text)
                is_inside = text.rfind("<") > text.rfind(">") or (is_inside and ">" not in text)


def without_misplaced_words(field: Field) -> list[Edit]:
    """Return the edit that writes a field without misplaced words; none where what they say cannot be there."""
    text = _text_without(field)
    if text is None or not _FORMS[fold_case(field.name)].fullmatch(text):
        return []
    raw = field.raw
    ending = raw[len(raw.rstrip(b"\r\n")) :]
    line_end = (b"\n" if b"\r\n" not in raw and b"\n" in raw else b"\r\n").decode()
    lines = _folded(raw.partition(b":")[0].decode("latin-1") + ":", text)
    if any(len(line) > MAX_LINE for line in lines):
        return []
    return [Edit(Span(*field.span), line_end.join(lines).encode("latin-1") + ending)]


def _text_without(field: Field) -> str | None:
    """Return a field's text without the misplaced words, those in a phrase before an identifier written anew."""
    body = field.body
    pieces: list[str] = []
    last = 0
    for words in misplaced_words(field):
        phrase, mark, rest = words.text.rpartition("<")
        if not phrase.isascii():
            if "\ufffd" in phrase:
                return None
            try:
                phrase = encode_words(phrase.rstrip(" ")) + " "
            except InvalidField:
                return None
        pieces += (body[last : words.start], phrase, mark, rest)
        last = words.stop
    return "".join((*pieces, body[last:])).strip(" \t")


def _folded(name: str, text: str) -> list[str]:
    """Return a field in lines: a blank begins another where the line would be too long."""
    lines = [name]
    for number, word in enumerate(text.split(" ")):
        if number and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += " " + word
    return lines
