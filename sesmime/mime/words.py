r"""Encoded words (RFC 2047): non-ASCII text in header fields.

Reading replaces `email._header_value_parser.get_unstructured` and `email.header.decode_header`, in linear
time and for any text. Each word is found by one pattern in which no part can run past the next `?`. What
cannot be decoded stays as it is written, or becomes U+FFFD. A charset is looked up in the list below, never
in Python's registry, where idna, unicode_escape and others wait that no mail has.

Writing gives words that every reader takes alike: UTF-8, Q or B by which is shorter, at most 75 characters
each, no character divided between two, one space between them, and in Q the characters alone that RFC 2047
section 5 (3) allows in a phrase, so that one way of writing serves unstructured fields and display names.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from itertools import groupby

from sesmime.errors import InvalidField, quoted
from sesmime.mime.charsets import charset_codec, decode_octets
from sesmime.mime.grammar import CONTROLS, MAX_LINE
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_text

# RFC 2047 section 2: "=?" charset "?" encoding "?" encoded-text "?=".
# QUIRK: blanks in the encoded text, and raw 8-bit there, are read as `get_encoded_word` reads them
# (https://github.com/python/cpython/blob/3.11/Lib/email/_header_value_parser.py#L1041).
ENCODED_WORD: Final = lazy_pattern(r"=\?([!->@-~]+)\?([BbQq])\?([\t ->@-~\udc80-\udcff]*)\?=")

# RFC 2047 section 2: an encoded word has at most 75 characters.
MAX_WORD: Final = 75

# The first of several words leaves room for a field name before it in a line of 78 columns.
_MAX_FIRST_WORD: Final = 62

# An ASCII word longer than this may have no place in a line of 998 characters, beside what stands before it.
MAX_UNBROKEN: Final = 900


# The name of a text that goes into a field which is not known.
_TEXT: Final = "text"

_SURROGATES: Final = lazy_pattern("[\ud800-\udfff]")
_RAW_8BIT: Final = lazy_pattern("[\udc80-\udcff]+")
_HEX_PAIR: Final = lazy_pattern(rb"=([0-9A-Fa-f]{2})")
_BASE64: Final = lazy_pattern(rb"[A-Za-z0-9+/]*")
_BETWEEN_WORDS: Final = " \t\r\n"

# RFC 2047 section 5 (3): the characters that stand for themselves in the Q encoding within a phrase.
_Q_SAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q: Final = tuple(chr(o) if o in _Q_SAFE else "_" if o == 0x20 else f"={o:02X}" for o in range(256))
_Q_SIZES: Final = tuple(map(len, _Q))

_UNFOLDABLE: Final = lazy_pattern(r"[ \t]*[^ \t]+")
_LOOKS_ENCODED: Final = lazy_pattern(r"=\?|\?=")
# RFC 5322 section 3.2.3: atext. The dot is none: a display name with a dot is quoted.
_ATOM: Final = lazy_pattern(r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~]+")
_PLAIN_WORD: Final = lazy_pattern(r"[!-~]+")


def decode_raw(text: str) -> str:
    r"""Return `text` with raw 8-bit bytes (surrogates) read as UTF-8; what is not UTF-8 becomes U+FFFD.

    >>> decode_raw("caf\udcc3\udca9 \udcff")
    'café \ufffd'
    """
    if text.isascii():
        return text
    text = _RAW_8BIT.sub(_decoded_run, text)
    return _SURROGATES.sub("\ufffd", text)


def _decoded_run(run: re.Match[str]) -> str:
    return run[0].encode("ascii", "surrogateescape").decode("utf-8", "replace")


def decode_words(body: str) -> str:
    """Return an unfolded field body as people read it: its encoded words and its raw 8-bit bytes decoded.

    Blanks between adjacent words vanish; a character divided between two words of one charset is put together
    again (RFC 2047 section 6.2). A word in no known charset, or not decodable, stays as it is written. Never
    raises. The text may hold any character, CR, LF and NUL too: `encode_words` or an escape must come before
    it is written anywhere.

    QUIRK: a word need not have blanks around it, for which RFC 2047 section 5 (1) asks: what adds a mark to a
    subject leaves them out, and `email.policy.SMTP` and others read such a word all the same
    (https://github.com/python/cpython/pull/13425, https://github.com/stalwartlabs/mail-parser/issues/29).

    >>> decode_words("=?utf-8?q?Caf=C3=A9?= =?utf-8*fr?b?IMOgIDgh?= (=?utf-8?q?oui?=)")
    'Café à 8! (oui)'
    """
    body = plain_text(body, "a field body")
    if "=?" not in body:
        return decode_raw(body)
    pieces: list[str] = []
    words: list[tuple[str, bytes]] = []  # codec and bytes of the adjacent words not yet decoded
    last = 0
    for match in ENCODED_WORD.finditer(body):
        charset, encoding, text = match.groups()
        codec = charset_codec(charset.partition("*")[0])  # RFC 2231 section 5: "utf-8*en" names a language
        octets = _decoded_octets(encoding, text) if codec else None
        if codec is None or octets is None:
            continue
        between = body[last : match.start()]
        if not words or between.strip(_BETWEEN_WORDS):
            pieces += _decoded_words(words)
            pieces.append(decode_raw(between))
            words = []
        words.append((codec, octets))
        last = match.end()
    pieces += _decoded_words(words)
    pieces.append(decode_raw(body[last:]))
    return "".join(pieces)


def decode_word(word: re.Match[str]) -> str:
    """Return what `decode_words` gives for one encoded word, a match of ENCODED_WORD."""
    charset, encoding, text = word.groups()
    codec = charset_codec(charset.partition("*")[0])
    octets = _decoded_octets(encoding, text) if codec else None
    return decode_raw(word[0]) if codec is None or octets is None else _decoded_text([octets], codec)


def is_whole(word: re.Match[str]) -> bool:
    """Tell whether an encoded word (a match of ENCODED_WORD) holds whole characters of its charset and nothing else.

    U+FFFD may be one of them: who wrote it had lost a character before.
    """
    charset, encoding, text = word.groups()
    codec = charset_codec(charset.partition("*")[0])
    octets = _decoded_octets(encoding, text) if codec else None
    if codec is None or octets is None:
        return False
    try:
        return _SURROGATES.search(octets.decode(codec)) is None
    except UnicodeDecodeError:
        return False


def _decoded_octets(encoding: str, text: str) -> bytes | None:
    """Undo the B or Q encoding of one word (RFC 2047 section 4); None where B cannot be undone."""
    octets = text.encode("ascii", "surrogateescape")
    if encoding in "Qq":
        octets = octets.replace(b"_", b" ")
        if b"=" not in octets:
            return octets
        return _HEX_PAIR.sub(lambda pair: bytes((int(pair[1], 16),)), octets)
    # QUIRK: padding that is missing or wrong is repaired, as the library and other readers do.
    octets = octets.translate(None, b" \t").rstrip(b"=")
    if len(octets) % 4 == 1 or _BASE64.fullmatch(octets) is None:
        return None
    return binascii.a2b_base64(octets + b"=" * (-len(octets) % 4))


def _decoded_words(words: list[tuple[str, bytes]]) -> Iterator[str]:
    for codec, group in groupby(words, key=lambda word: word[0]):
        yield _decoded_text([octets for _, octets in group], codec)


def _decoded_text(parts: list[bytes], codec: str) -> str:
    try:
        # Each by itself first: a stateful charset begins anew with each word (RFC 2047 section 3).
        text = "".join([decode_octets(part, codec) for part in parts])
    except UnicodeDecodeError:
        text = decode_octets(b"".join(parts), codec, "replace")
    # UTF-7 can hold lone surrogates.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def encode_words(text: str, *, name: str = _TEXT) -> str:
    r"""Return `text` as the body of an unstructured field: ASCII as it is where that is safe, or encoded words.

    `decode_words` gives `text` back, and so does the library. Fold only at the blanks there are; keep them.
    ASCII that no line holds becomes encoded words, beside the field `name` if it is given.
    Raises InvalidField, bearing `name`, for controls other than TAB, and for lone surrogates.

    >>> encode_words("No. 1 = 100 %")
    'No. 1 = 100 %'
    >>> encode_words("Your visit to Zürich is booked")
    'Your visit to =?utf-8?q?Z=C3=BCrich?= is booked'
    >>> encode_words("a\r\nBcc: b@example.com")
    Traceback (most recent call last):
    sesmime.errors.InvalidField: field 'text' cannot be written: it contains the control character '\r'
    """
    text = plain_text(text, "a text")
    if (control := CONTROLS.search(text)) is not None:
        raise InvalidField(name, f"it contains the control character {quoted(control[0])}")
    if _SURROGATES.search(text) is not None:
        raise InvalidField(name, "it contains a lone surrogate, which is not a character")
    if text.isascii() and _stands_as_it_is(text, name):
        return text
    # The words at both ends that can stay readable do; a run of blanks counts as what cannot.
    tokens = text.split(" ")
    stays = [_stays_readable(token) for token in tokens]
    if all(stays):
        raise InvalidField(name, f"its name leaves no room for the body in a line of {MAX_LINE} octets")
    first = stays.index(False)
    stop = len(stays) - stays[::-1].index(False)
    if not tokens[0]:
        stop = max(stop, 2)  # a blank at the edge goes with the token next to it: no word may be empty
    if not tokens[-1]:
        first = min(first, len(tokens) - 2)
    run = " ".join(tokens[first:stop])
    return " ".join([*tokens[:first], *words_for(run), *tokens[stop:]])


def _stands_as_it_is(text: str, name: str) -> bool:
    """Say whether ASCII text reads back as written, folded or not; outer blanks do not."""
    start = text.find("=?")
    if start >= 0 and text.find("?=", start + 2) >= 0:
        return False
    if text[:1] in (" ", "\t") or text[-1:] in (" ", "\t"):
        return False
    room, rest = (MAX_UNBROKEN, MAX_UNBROKEN) if name == _TEXT else (MAX_LINE - len(name) - 2, MAX_LINE)
    if not text or len(text) <= room:
        return True
    pieces = _UNFOLDABLE.findall(text)
    return len(pieces[0]) <= room and max(map(len, pieces)) <= rest


def _stays_readable(token: str, pattern: re.Pattern[str] = _PLAIN_WORD) -> bool:
    """Say whether a token can stand among encoded words: of plain characters, and no part of something like one."""
    plain = pattern.fullmatch(token) is not None and len(token) < MAX_UNBROKEN
    return plain and _LOOKS_ENCODED.search(token) is None


def encode_phrase(text: str) -> str:
    r"""Return `text`, not empty, without controls and surrogates, as a phrase (RFC 5322 section 3.2.5).

    It becomes atoms, else a quoted string, else an encoded word, else encoded words with atoms between them. A quoted
    string never stands beside an encoded word: Gmail and Outlook then show its quotes
    (https://github.com/jstedfast/MimeKit/issues/1093). Fold only at blanks outside quoted strings.

    >>> print(encode_phrase("Ada Ek"), encode_phrase("Ek, Ada"), encode_phrase("Jörgen Ek"))
    Ada Ek "Ek, Ada" =?utf-8?q?J=C3=B6rgen_Ek?=
    """
    tokens = text.split(" ")
    if text.isascii() and "=?" not in text:
        if all(_ATOM.fullmatch(token) and len(token) <= MAX_UNBROKEN for token in tokens):
            return text
        quoted_string = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if len(quoted_string) <= MAX_UNBROKEN:
            return quoted_string
    words = words_for(text)
    if len(words) == 1:
        return words[0]
    # QUIRK: Python's policies take a blank between two encoded words for a blank of the display name
    # (https://github.com/python/cpython/issues/128110). So all that can be atoms between them is.
    stays = [_stays_readable(token, _ATOM) for token in tokens]
    for at, token in enumerate(tokens):
        if not token:  # blanks that stand together, or at an end, go into one encoded word with their neighbours
            stays[max(at - 1, 0)] = stays[min(at + 1, len(tokens) - 1)] = False
    parts: list[str] = []
    for stay, run in groupby(zip(stays, tokens, strict=True), key=lambda pair: pair[0]):
        part = " ".join([token for _, token in run])
        parts += [part] if stay else words_for(part)
    return " ".join(parts)


def words_for(text: str, *, first: int = _MAX_FIRST_WORD) -> list[str]:
    """Return encoded words for `text`: the first has at most `first` characters, each other at most 75.

    Text that one word of 75 can hold becomes one word.

    >>> words_for("Grüße")
    ['=?utf-8?b?R3LDvMOfZQ==?=']
    """
    octets = text.encode()
    in_q, in_b = sum(map(_Q_SIZES.__getitem__, octets)), -(-len(octets) // 3) * 4
    opening = "=?utf-8?q?" if in_q <= in_b else "=?utf-8?b?"
    most = MAX_WORD - len(opening) - len("?=")
    room = most if min(in_q, in_b) <= most else first - len(opening) - len("?=")
    words: list[str] = []
    start = 0
    while start < len(octets):
        stop = start
        if in_q <= in_b:
            taken = 0
            while stop < len(octets) and taken + _Q_SIZES[octets[stop]] <= room:
                taken += _Q_SIZES[octets[stop]]
                stop += 1
        else:
            stop = min(start + room // 4 * 3, len(octets))
        while stop < len(octets) and octets[stop] & 0xC0 == 0x80:
            stop -= 1  # back to where a character begins
        words.append(_encoded(octets[start:stop], opening))
        start, room = stop, most
    return words


def _encoded(octets: bytes, opening: str) -> str:
    if "q" in opening:
        return opening + "".join([_Q[octet] for octet in octets]) + "?="
    return opening + binascii.b2a_base64(octets, newline=False).decode("ascii") + "?="
