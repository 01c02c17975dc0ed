"""RFC111."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from sesmime.linter.kit import (
    ADDRESS_FIELDS,
    Evidence,
    Fault,
    FieldWithWords,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fields_with_words,
    fold_case,
    is_text,
    quoted,
    rewritten,
    rule,
    span_in_body,
)
from sesmime.mime.charsets import charset_codec
from sesmime.mime.words import MAX_WORD, is_whole

# The beginning of an encoded word, whether or not its end is there.
_OPENING: Final = re.compile(r"=\?([!->@-~]{1,40})\?[BbQq]\?")
# What would be an encoded word if there were such an encoding.
_OTHER: Final = re.compile(r"=\?([!->@-~]{1,40})\?(?![BbQq]\?)([!->@-~]{0,10})\?[ ->@-~]*+\?=")
_LONE_EQUALS: Final = re.compile("=(?![0-9A-Fa-f]{2})")


@rule(
    "RFC111",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2047#section-2",
    stage=Stage.SYNTAX,
    order=150,
    triggers=(":encoded-word",),
)
def malformed_encoded_word(outgoing: Outgoing) -> Iterator[Fault]:
    """An encoded word is malformed, or cannot be decoded.

    Its charset or encoding is unknown, its octets are not text, it is cut off, contains a space, has more than 75
    characters, or is not separated by spaces. Mail readers then show `=?utf-8?...?=` undecoded, or other
    characters.
    """
    for one in outgoing.once(fields_with_words):
        field = one.field
        is_free = is_text(field)
        if not is_free and fold_case(field.name) not in ADDRESS_FIELDS:
            continue
        flaw = next(_flaws(one, is_free=is_free), None)
        if flaw is not None:
            yield Fault(
                f"{quoted(field.name, 60)}: {flaw.message}",
                span_in_body(field, flaw.start, flaw.stop),
                one.part,
                fix=Fix("write the text again", partial(rewritten, field)),
            )


class _Flaw(NamedTuple):
    start: int
    stop: int
    message: str


def _flaws(field: FieldWithWords, *, is_free: bool) -> Iterator[_Flaw]:
    """Return what is wrong with the encoded words of a field; those that are `is_free` may be next to spaces only."""
    body = field.body
    end = 0  # of the encoded word before
    for word, decoded in field.words:
        if body.find("=?", end, word.start()) >= 0:
            yield from _cut_off(body, end, word.start())
        message = _fault_of(word, decoded)
        if message is None and is_free:
            before, after = body[word.start() - 1 : word.start()], body[word.end() : word.end() + 1]
            if before.strip(" \t") or after.strip(" \t"):
                message = "an encoded word is not separated by a space"
        if message is not None:
            yield _Flaw(word.start(), word.end(), message)
        end = word.end()
    if body.find("=?", end) >= 0:
        yield from _cut_off(body, end, len(body))


def _cut_off(body: str, start: int, stop: int) -> Iterator[_Flaw]:
    for opening in _OPENING.finditer(body, start, stop):
        if charset_codec(opening[1].partition("*")[0]) is not None:
            yield _Flaw(opening.start(), opening.end(), "an encoded word has no end")
    for other in _OTHER.finditer(body, start, stop):
        if charset_codec(other[1].partition("*")[0]) is not None:
            text = f"an encoded word has the encoding {quoted(other[2], 20)}, not B or Q"
            yield _Flaw(other.start(), other.end(), text)


def _fault_of(word: re.Match[str], decoded: str) -> str | None:
    charset, encoding, text = word.groups()
    if len(word[0]) > MAX_WORD:
        return f"an encoded word has {len(word[0])} characters; at most {MAX_WORD} are allowed"
    # Of a known charset is what is decoded to something else, unless that are octets beyond ASCII.
    if (decoded == word[0] or not word[0].isascii()) and charset_codec(charset.partition("*")[0]) is None:
        return f"an encoded word has the unknown charset {quoted(charset, 60)}"
    if " " in text or "\t" in text:
        return "an encoded word contains a space"
    if encoding in "Qq" and _LONE_EQUALS.search(text):
        return "an encoded word contains an equals sign that does not start an escape"
    if decoded == word[0]:
        return "an encoded word is not valid base64"
    if "\ufffd" in decoded and not is_whole(word):
        return "an encoded word contains incomplete or invalid characters"
    return None
