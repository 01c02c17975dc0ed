"""Who is named in a message: the display names, group names and comments of its address fields, for texts without them.

A name is looked for as its words in their order, with any blanks, quotes and escapes between them, so that it is found
as it stands in the message, decoded, escaped, and cut by a quotation of ours. Every reading of a field that some text
of ours might follow gives names: with quoted strings and without, with encoded words decoded and as they stand. One
that is a word of the reports themselves, such as ERROR or Subject, is none, and neither is a single letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sesmime.errors import quoted
from sesmime.linter.findings import Severity
from sesmime.mime.entity import parse
from sesmime.mime.fields import fold_case
from sesmime.mime.grammar import ADDRESS_FIELDS
from sesmime.mime.words import decode_raw, decode_words
from sesmime.ses.evidence import Evidence

HIDDEN_NAME: Final = "***"
# Those of RFC 5322, and those that mail programs write and read as addresses.
_FIELDS: Final = ADDRESS_FIELDS | {
    "apparently-to",
    "delivered-to",
    "envelope-to",
    "mail-followup-to",
    "mail-reply-to",
    "return-receipt-to",
    "x-envelope-from",
    "x-envelope-to",
    "x-forwarded-to",
    "x-original-from",
    "x-original-sender",
    "x-original-to",
    "x-sender",
}
# Members of requests and of records of events that hold addresses, by their names without hyphens in small letters.
_MEMBERS: Final = frozenset(name.replace("-", "") for name in _FIELDS) | {
    "bccaddresses",
    "ccaddresses",
    "destination",
    "destinations",
    "emailaddress",
    "feedbackforwardingemailaddress",
    "fromemailaddress",
    "recipients",
    "replytoaddresses",
    "source",
    "toaddresses",
}
_DEEPEST: Final = 50  # levels of JSON in which names are looked for
# Of characters; a number that is shorter may be any.
_SHORTEST: Final = 2
_SHORTEST_NUMBER: Final = 5
_NOBODY: Final = ("undisclosed", "recipients")
_CODE: Final = re.compile(r"(?:SES|RFC|SEC|BULK)[0-9]{3}")
_OWN: Final = frozenset(
    ("From", "To", "Cc", "Bcc", "Sender", "Subject", "Date", *(one.name for one in (*Severity, *Evidence)))
)
# What stands between words is every other character, and every escape that `quoted` writes.
_WORD: Final = re.compile(
    r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[abtnvfr\\])|([0-9A-Za-z\u00a1-\ud7ff\ue000-\U0010ffff]+)"
)
_CUT: Final = "..."
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|<[^<>]*+>?|[(),;:]|[^"<(),;:]++', re.DOTALL)
_ADDRESS: Final = re.compile(r"""<[^<>]*+>|[^\s<>()\[\],:;"@]*+@[^\s<>()\[\],:;"]*+""")
_SPECIAL: Final = re.compile(r'[()<>\[\]:;@,"]')
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ENDS: Final = "<(),;:"
_ENCODED: Final = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*+\?=")


class People:
    """The names in the address fields of messages, and of records; messages given here are read when it is asked."""

    def __init__(self, *messages: bytes) -> None:
        self._waiting = list(messages)
        self._names: dict[str, set[tuple[str, ...]]] = {}

    def __repr__(self) -> str:
        return "People()"

    def __reduce__(self) -> Any:
        # For a log that hands its records to another process: no message goes with them.
        self._read()
        return _with_names, (self._names,)

    def note(self, value: Any) -> None:
        """Take note of who is named in a message (bytes), an address list (str), or a value of JSON."""
        self._take(value)

    def hidden(self, text: str) -> str:
        r"""Return a text with the names hidden.

        >>> people = People(b"From: =?utf-8?q?J=C3=A9r=C3=B4me?= Doe <j@b.example>\r\n\r\n")
        >>> people.hidden("the name 'J\xe9r\xf4me Doe' is long; so is '=?utf-8?q?J=C3=A9...'")
        "the name '***' is long; so is '=?***...'"
        """
        self._read()
        if not self._names:
            return text
        pieces: list[str] = []
        place = 0
        for start, stop in self._found(text):
            pieces += (text[place:start], HIDDEN_NAME)
            place = stop
        return "".join([*pieces, text[place:]]) if pieces else text

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        words = [(word[1], word.start(), word.end()) for word in _WORD.finditer(text) if word[1]]
        number = 0
        while number < len(words):
            length = self._length(text, words, number)
            if length:
                yield words[number][1], words[number + length - 1][2]
            number += length or 1

    def _length(self, text: str, words: list[tuple[str, int, int]], number: int) -> int:
        """Return how many words from one on are the longest name that stands there, whole or cut; 0 for none."""
        first, _, stop = words[number]
        if text.startswith(_CUT, stop):
            return int(len(first) > 1 and any(one.startswith(first) for one in self._names))
        most = 0
        for name in self._names.get(first, ()):
            length = 1
            for wanted, (word, _, stop) in zip(name[1:], words[number + 1 : number + len(name)], strict=False):
                is_cut = text.startswith(_CUT, stop)
                if word != wanted and not (is_cut and wanted.startswith(word)):
                    break
                length += 1
                if is_cut:
                    most = max(most, length)
            if length == len(name):
                most = max(most, length)
        return most

    def _read(self) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._take(message)

    def _take(self, value: Any) -> None:
        for body in _bodies(value):
            for name in _names_of(body):
                self._names.setdefault(name[0], set()).add(name)


def _with_names(names: dict[str, set[tuple[str, ...]]]) -> People:
    made = People()
    made._names = names
    return made


def _bodies(value: Any, depth: int = 0) -> Iterator[str]:
    """Return the address lists of a message or of a value of JSON."""
    if isinstance(value, bytes | bytearray | memoryview):
        for entity in parse(value).walk():
            for field in entity.header_section.fields:
                if fold_case(field.name.strip()) in _FIELDS:
                    yield field.body
    elif isinstance(value, str) and not depth:
        yield value
    elif isinstance(value, list | tuple) and depth < _DEEPEST:
        for one in value:
            yield from _bodies(one, depth + 1)
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        yield from _of_members(value, depth)


def _of_members(value: Mapping[Any, Any], depth: int) -> Iterator[str]:
    name, body = value.get("name"), value.get("value")
    if isinstance(name, str) and isinstance(body, str) and fold_case(name.strip()) in _FIELDS:
        yield body
    for name, one in value.items():
        if isinstance(name, str) and fold_case(name.replace("-", "")) in _MEMBERS:
            yield from filter(lambda text: isinstance(text, str), one if isinstance(one, list | tuple) else (one,))
        yield from _bodies(one, depth + 1)


def _names_of(body: str) -> Iterator[tuple[str, ...]]:
    """Return the names of an address list, each as its words."""
    readings = {body, decode_raw(body)}
    pieces = {piece for reading in readings for piece in _pieces(reading)}
    for piece in pieces:
        texts = {piece, decode_words(piece)}
        for text in texts | {quoted(text, 10 * len(text) + 2) for text in texts}:
            words = tuple(filter(None, _WORD.findall(text)))
            if _is_name(words):
                yield words


def _is_name(words: tuple[str, ...]) -> bool:
    letters = "".join(words)
    if len(letters) < (_SHORTEST_NUMBER if letters.isascii() and letters.isdigit() else _SHORTEST):
        return False
    return words != _NOBODY and not (len(words) == 1 and (words[0] in _OWN or _CODE.fullmatch(words[0])))


def _pieces(body: str) -> Iterator[str]:
    """Return what may be a name, by the grammar, with no quoted strings, and word by word."""
    phrase: list[str] = []
    for piece in _PIECE.findall(body):
        if piece[0] in _ENDS:
            yield _ADDRESS.sub(" ", "".join(phrase))
            phrase.clear()
        elif piece[0] == '"':
            yield (text := _ESCAPED.sub(r"\1", piece.strip('"')))
            phrase.append(text)
        else:
            phrase.append(piece)
    yield _ADDRESS.sub(" ", "".join(phrase))
    yield from _SPECIAL.split(_ADDRESS.sub(",", body))
    yield from _ENCODED.findall(body)
