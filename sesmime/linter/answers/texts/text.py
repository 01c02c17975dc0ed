"""What is known of one text that SES answers with: how to find it in what was pasted, and what causes it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import unquote, unquote_plus

from sesmime.ses.evidence import Evidence

_GITHUB: Final = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")


class Cause(NamedTuple):
    """One thing that makes SES answer with a text, and what to do about it.

    `rules` are the codes of the rules that say so. Where they do not tell this cause from its neighbours, `shown_by`
    are rules that find something only here, and `place` is a pattern for what stands at the place found. `said` is a
    pattern for the part of the text that changes: where that is another, it is not this cause.
    """

    cause: str
    remedy: str
    rules: tuple[str, ...]
    shown_by: tuple[str, ...]
    place: str
    evidence: Evidence
    source: str
    said: str = ""


def cause(
    text: str,
    remedy: str,
    rules: str = "",
    *,
    source: str,
    shown_by: str = "",
    place: str = "",
    evidence: Evidence = Evidence.OBSERVED,
    said: str = "",
) -> Cause:
    """Make a cause; a source is `owner/name#N` (a GitHub issue) or an address."""
    issue = _GITHUB.fullmatch(source)
    address = f"https://github.com/{issue[1]}/issues/{issue[2]}" if issue else source
    return Cause(text, remedy, tuple(rules.split()), tuple(shown_by.split()), place, evidence, address, said)


class Carried(NamedTuple):
    """What a text comes in: the error codes of the first API and of the second, the beginning of the SMTP reply."""

    v1: str = "InvalidParameterValue"
    v2: str = "BadRequestException"
    reply: str = "554 Transaction failed: "


class KnownText(NamedTuple):
    """A text of SES as it is printed, its causes, and what it comes in.

    `start` is its beginning in small letters, up to what may be written otherwise. A general text is a carrier: it
    explains only where no other is found.
    """

    title: str
    text: str
    start: str
    causes: tuple[Cause, ...]
    carried: Carried
    is_general: bool

    def search(self, text: str, lowered: str) -> re.Match[str] | None:
        """Find it in what `plain` gives, and that in small letters; a group `value` is the part that changes."""
        # Of a hundred texts few begin anywhere here; the patterns of the others are never made.
        return _pattern(self.text).search(text) if self.start in lowered else None


def known(
    text: str,
    *causes: Cause,
    carried: Carried = Carried(),
    is_general: bool = False,
) -> KnownText:
    """Make a known text: what stands between tildes changes, before ^ or behind | it need not be there."""
    title = text.translate({ord(mark): None for mark in "~^|"})
    text = text.rpartition("^")[2]
    return KnownText(title, text, re.split("['<>~|]", plain(text))[0].lower(), causes, carried, is_general)


_MOST_CHARACTERS: Final = 20_000
# What log viewers, JSON and shells make of quotes and angle brackets.
_OTHER_FORMS: Final = (
    ("&quot;", "'"),
    ("&#34;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
    ("\\u0027", "'"),
    ("\\u0022", "'"),
    ("\\u003c", "<"),
    ("\\u003e", ">"),
)
_QUOTES: Final = str.maketrans(dict.fromkeys('"`´‘’‚‛“”„‟«»′″', "'"))
_ESCAPED_QUOTE: Final = re.compile(r"\\{1,8}'")
# smtplib prints a reply as (554, b'...'), PHPMailer writes its code behind it, other programs an enhanced code in it.
_REPLY: Final = re.compile(r"(?<!\w)([245]\d\d)(?:, ?b?'| #?[245]\.\d{1,3}\.\d{1,3} )", re.ASCII)
_PHPMAILER: Final = re.compile(r"Detail: ([^\n]{0,600}?),? ?SMTP code: ([245]\d\d)", re.ASCII)
# A reply of several lines has its code in each.
_CONTINUED: Final = re.compile(r"(?<!\w)([245]\d\d)-([^\r\n]{0,600}?)(?:\\r\\n|\\n|\r?\n)\1([ -])", re.ASCII)
_MOST_LINES: Final = 8
# A mail that somebody answered has a mark before each line; other programs break lines behind a hyphen.
_ANSWERED: Final = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_BROKEN_WORD: Final = re.compile(r"(?<=\w)-\r?\n[ \t]*(?=\w)", re.ASCII)
_BLANKS: Final = re.compile(r"(?:\s|\\r|\\n)+")


def plain(text: str) -> str:
    r"""Return a text with one kind of quote, and one blank for several and for line breaks.

    Of more than 20,000 characters the first and the last half of so many are read.

    >>> plain('Message: \\"Expected  &quot;=&quot;\n')
    "Message: 'Expected '=' "
    """
    if len(text) > _MOST_CHARACTERS:
        text = f"{text[: _MOST_CHARACTERS // 2]}\n{text[-_MOST_CHARACTERS // 2 :]}"
    text = _unquoted(text)
    if text.lstrip().startswith(">"):
        text = _ANSWERED.sub("", text)
    for form, character in _OTHER_FORMS:
        text = text.replace(form, character)
    text = _BROKEN_WORD.sub("-", text)
    for _ in range(_MOST_LINES):
        text, count = _CONTINUED.subn(r"\1\3\2 ", text)
        if not count:
            break
    text = _BLANKS.sub(" ", _ESCAPED_QUOTE.sub("'", text.translate(_QUOTES)))
    text = _REPLY.sub(r"\1 ", _PHPMAILER.sub(r"\2 \1", text))
    # JSON is written with a blank after the colon, and without.
    return text.replace("': ", "':")


def _unquoted(text: str) -> str:
    """Return the text of an address of the web without its escapes."""
    blanks = text.count(" ")
    if text.count("+") > blanks:
        return unquote_plus(text)
    return unquote(text) if text.count("%") > blanks else text


# What changes in a text: up to so many characters, to the words behind it or, at the end, to a blank or a quote.
_CHANGING: Final = r"(?P<value>.{0,600}?)"
_CHANGING_AT_THE_END: Final = r"(?P<value>[^' ]{0,300})"
_OPTIONAL: Final = "'<>"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    text, bar, _ = text.partition("|")
    pieces = re.split(r"~[^~]*~", plain(text).rstrip(" ."))
    shown = [_literal(piece, number > 0, number < len(pieces) - 1) for number, piece in enumerate(pieces)]
    pattern = shown[0]
    for number, piece in enumerate(shown[1:], 1):
        is_last = not pieces[number].strip(_OPTIONAL + ". ")
        changing = _CHANGING_AT_THE_END if is_last else _CHANGING
        pattern += (changing if number == 1 else changing.replace("?P<value>", "?:")) + piece
    start = r"(?<![0-9A-Za-z_])" if pieces[0][:1].isalnum() else ""
    stop = r"(?![0-9A-Za-z_])" if not bar and pieces[-1][-1:].isalnum() else ""
    return re.compile(start + pattern + stop, re.IGNORECASE)


def _literal(piece: str, is_after: bool, is_before: bool) -> str:
    """Quote a piece; quotes round words and brackets round what changes may be missing."""
    shown: list[str] = []
    last = len(piece) - 1
    for place, character in enumerate(piece):
        at_edge = (place == 0 and is_after) or (place == last and is_before)
        is_by_word = character == "'" and _is_word(piece[place - 1 : place] + piece[place + 1 : place + 2])
        shown.append(re.escape(character) + ("?" if character in _OPTIONAL and (at_edge or is_by_word) else ""))
    return "".join(shown)


def _is_word(neighbours: str) -> bool:
    return any(character.isalnum() or character == "@" for character in neighbours)
