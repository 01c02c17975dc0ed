r"""Encoded words (RFC 2047): non-ASCII text in header fields.

Reading stands for `email._header_value_parser.get_unstructured` and `email.header.decode_header`, in linear
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
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from sesmime.errors import InvalidField, quoted
from sesmime.mime.grammar import CONTROLS

# RFC 2047 section 2: "=?" charset "?" encoding "?" encoded-text "?=".
# QUIRK: blanks in the encoded text, and raw 8-bit there, are read as `get_encoded_word` reads them
# (https://github.com/python/cpython/blob/3.11/Lib/email/_header_value_parser.py#L1041).
ENCODED_WORD: Final = re.compile(r"=\?([!->@-~]+)\?([BbQq])\?([\t ->@-~\udc80-\udcff]*)\?=")

# RFC 2047 section 2: an encoded word has at most 75 characters.
MAX_WORD: Final = 75

# The first of several words leaves room for a field name before it in a line of 78 columns.
_MAX_FIRST_WORD: Final = 62

# An ASCII word longer than this has no blank at which its line could be kept under 998 characters.
MAX_UNBROKEN: Final = 900

# The codecs of the charsets that mail has, and the other names they bear there. Letters count in either case;
# "-", "_", ".", ":" and blanks do not count. Left out on purpose: whatever else Python can decode.
# QUIRK: euc-kr and ks_c_5601-1987 are read as their superset cp949, gbk as gb18030: that is what is sent
# under these names (https://encoding.spec.whatwg.org/#names-and-labels), and what both have decodes alike.
_CODECS: Final = """
    utf-8        unicode-1-1-utf-8
    ascii        us-ascii ansi_x3.4-1968 ansi_x3.4-1986 iso646-us iso_646.irv:1991 iso-ir-6 us 646 cp367
    utf-16       ucs-2 iso-10646-ucs-2 csunicode
    utf-16-le    utf-16le
    utf-16-be    utf-16be
    utf-32       ucs-4 iso-10646-ucs-4
    utf-32-le    utf-32le
    utf-32-be    utf-32be
    utf-7        unicode-1-1-utf-7
    iso8859-1    iso-8859-1 iso_8859-1:1987 latin1 latin-1 l1 iso-ir-100 cp819 ibm819 csisolatin1
    iso8859-2    iso-8859-2 iso_8859-2:1987 latin2 l2 iso-ir-101 csisolatin2
    iso8859-3    iso-8859-3 iso_8859-3:1988 latin3 l3 iso-ir-109 csisolatin3
    iso8859-4    iso-8859-4 iso_8859-4:1988 latin4 l4 iso-ir-110 csisolatin4
    iso8859-5    iso-8859-5 iso_8859-5:1988 cyrillic iso-ir-144 csisolatincyrillic
    iso8859-6    iso-8859-6 iso_8859-6:1987 arabic iso-ir-127 ecma-114 asmo-708 iso-8859-6-e iso-8859-6-i
    iso8859-7    iso-8859-7 iso_8859-7:1987 greek greek8 iso-ir-126 ecma-118 elot_928
    iso8859-8    iso-8859-8 iso_8859-8:1988 hebrew iso-ir-138 iso-8859-8-e iso-8859-8-i logical visual
    iso8859-9    iso-8859-9 iso_8859-9:1989 latin5 l5 iso-ir-148 csisolatin5
    iso8859-10   iso-8859-10 iso_8859-10:1992 latin6 l6 iso-ir-157 csisolatin6
    iso8859-11   iso-8859-11
    iso8859-13   iso-8859-13 latin7 l7
    iso8859-14   iso-8859-14 iso_8859-14:1998 latin8 l8 iso-ir-199 iso-celtic
    iso8859-15   iso-8859-15 latin9 latin-9 l9
    iso8859-16   iso-8859-16 iso_8859-16:2001 latin10 l10 iso-ir-226
    cp1250       windows-1250 x-cp1250 win-1250
    cp1251       windows-1251 x-cp1251 win-1251
    cp1252       windows-1252 x-cp1252 win-1252 x-ansi
    cp1253       windows-1253 x-cp1253 win-1253
    cp1254       windows-1254 x-cp1254 win-1254
    cp1255       windows-1255 x-cp1255 win-1255
    cp1256       windows-1256 x-cp1256 win-1256
    cp1257       windows-1257 x-cp1257 win-1257
    cp1258       windows-1258 x-cp1258 win-1258
    cp874        windows-874 dos-874 x-windows-874
    tis-620      tis620.2533 iso-ir-166
    koi8-r       koi koi8 cskoi8r
    koi8-u       koi8-ru
    koi8-t
    kz1048       strk1048-2002 rk1048
    ptcp154      pt154 cp154 cyrillic-asian
    gb2312       gb_2312-80 x-gb2312 csgb2312 csiso58gb231280 gb2312-80 euc-cn euccn iso-ir-58 chinese
    gb18030      gb18030-2000 gbk x-gbk cp936 ms936 windows-936
    hz           hz-gb-2312 hz-gb hzgb
    big5         big5-tw cn-big5 x-x-big5 x-big5 csbig5
    big5hkscs    big5-hkscs hkscs
    cp950        ms950 windows-950
    shift_jis    shift-jis sjis s-jis x-sjis csshiftjis
    cp932        ms_kanji windows-31j cswindows31j ms932 windows-932 mskanji932 x-ms-cp932
    shift_jisx0213  sjisx0213
    shift_jis_2004  sjis-2004
    euc_jp       euc-jp eucjp x-euc-jp x-eucjp ujis cseucpkdfmtjapanese
    euc_jis_2004    eucjis2004
    iso2022_jp   iso-2022-jp csiso2022jp
    iso2022_jp_1    iso-2022-jp-1
    iso2022_jp_2    iso-2022-jp-2 csiso2022jp2
    iso2022_jp_3    iso-2022-jp-3
    iso2022_jp_2004 iso-2022-jp-2004
    iso2022_jp_ext  iso-2022-jp-ext
    cp949        euc-kr euckr x-euc-kr cseuckr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601
                 ks_x_1001 ksx1001 korean iso-ir-149 csksc56011987 uhc ms949 windows-949 x-windows-949
    johab        cp1361 ms1361
    iso2022_kr   iso-2022-kr csiso2022kr
    mac-roman    macintosh mac x-mac-roman csmacintosh
    mac-cyrillic x-mac-cyrillic x-mac-ukrainian
    mac-greek    x-mac-greek
    mac-turkish  x-mac-turkish
    mac-iceland  x-mac-icelandic
    mac-latin2   x-mac-ce x-mac-centraleurroman
    cp037        ibm037
    cp437        ibm437
    cp737        ibm737
    cp775        ibm775
    cp850        ibm850
    cp852        ibm852
    cp855        ibm855
    cp857        ibm857
    cp858        ibm858 ibm00858
    cp860        ibm860
    cp861        ibm861
    cp862        ibm862 dos-862
    cp863        ibm863
    cp864        ibm864
    cp865        ibm865
    cp866        ibm866
    cp869        ibm869
    cp1125       ibm1125
"""

_UNCOUNTED: Final = re.compile(r"[-_.: ]+")
_CHARSET_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._: -]{0,39}")


def _codecs() -> Iterator[tuple[str, str]]:
    codec = ""
    for line in _CODECS.split("\n"):
        if line[4:5].strip():  # a line that begins further in goes on with the names of the codec above
            codec = line.split()[0]
        for name in line.split():
            yield _UNCOUNTED.sub("", name), codec


_CODEC_BY_NAME: Final[Mapping[str, str]] = dict(_codecs())

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_RAW_8BIT: Final = re.compile("[\udc80-\udcff]+")
_HEX_PAIR: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]*")
_BETWEEN_WORDS: Final = " \t\r\n"

# RFC 2047 section 5 (3): the characters that stand for themselves in the Q encoding within a phrase.
_Q_SAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q: Final = tuple(chr(o) if o in _Q_SAFE else "_" if o == 0x20 else f"={o:02X}" for o in range(256))
_Q_SIZES: Final = tuple(map(len, _Q))

_UNFOLDABLE: Final = re.compile(r"[ \t]*[^ \t]+")
_LOOKS_ENCODED: Final = re.compile(r"=\?|\?=")
# RFC 5322 section 3.2.3: atext. The dot is none: a display name with a dot is quoted.
_ATOM: Final = re.compile(r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~]+")
_PLAIN_WORD: Final = re.compile(r"[!-~]+")


def charset_codec(name: str) -> str | None:
    """Give the Python codec for a charset as mail names it, or None for a charset that mail does not have.

    >>> charset_codec("ISO_8859-1"), charset_codec("KS_C_5601-1987"), charset_codec("unicode_escape")
    ('iso8859-1', 'cp949', None)
    """
    name = name.strip(" \t")
    if _CHARSET_NAME.fullmatch(name) is None:
        return None
    return _CODEC_BY_NAME.get(_UNCOUNTED.sub("", name.lower()))


def decode_raw(text: str) -> str:
    r"""Give `text` with raw 8-bit bytes (surrogates) read as UTF-8; what is not UTF-8 becomes U+FFFD.

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
    """Give an unfolded field body as people read it: its encoded words and its raw 8-bit bytes decoded.

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
    if not isinstance(body, str):
        raise TypeError(f"a field body is str, not {type(body).__name__}")
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
        parts = [octets for _, octets in group]
        try:
            # Each by itself first: a stateful charset begins anew with each word (RFC 2047 section 3).
            text = "".join([part.decode(codec) for part in parts])
        except UnicodeDecodeError:
            text = b"".join(parts).decode(codec, "replace")
        # UTF-7 can hold lone surrogates.
        yield text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def encode_words(text: str, *, name: str = "text") -> str:
    r"""Give `text` as the body of an unstructured field: ASCII as it is where that is safe, or encoded words.

    `decode_words` gives `text` back, and so does the library. Fold only at the blanks there are; keep them.
    Raises InvalidField, bearing `name`, for controls other than TAB, and for lone surrogates.

    >>> encode_words("No. 1 = 100 %")
    'No. 1 = 100 %'
    >>> encode_words("Your visit to Zürich is booked")
    'Your visit to =?utf-8?q?Z=C3=BCrich?= is booked'
    >>> encode_words("a\r\nBcc: b@example.com")
    Traceback (most recent call last):
    sesmime.errors.InvalidField: field 'text' cannot be written: it holds the control character '\r'
    """
    text = str.__str__(text)  # a subclass's own methods are not to be trusted with what is written
    if (control := CONTROLS.search(text)) is not None:
        raise InvalidField(name, f"it holds the control character {quoted(control[0])}")
    if _SURROGATES.search(text) is not None:
        raise InvalidField(name, "it holds a lone surrogate, which is no character")
    if text.isascii() and _stands_as_it_is(text):
        return text
    # The words at both ends that can stay readable do; a run of blanks counts as what cannot.
    tokens = text.split(" ")
    stays = [_stays_readable(token) for token in tokens]
    first = stays.index(False)
    stop = len(stays) - stays[::-1].index(False)
    if not tokens[0]:
        stop = max(stop, 2)  # a blank at the edge goes with the token next to it: no word may be empty
    if not tokens[-1]:
        first = min(first, len(tokens) - 2)
    run = " ".join(tokens[first:stop])
    return " ".join([*tokens[:first], *words_for(run), *tokens[stop:]])


def _stands_as_it_is(text: str) -> bool:
    """Say whether ASCII text reads back as written, folded or not; outer blanks do not."""
    start = text.find("=?")
    if start >= 0 and text.find("?=", start + 2) >= 0:
        return False
    if text[:1] in (" ", "\t") or text[-1:] in (" ", "\t"):
        return False
    return len(text) <= MAX_UNBROKEN or all(len(piece) <= MAX_UNBROKEN for piece in _UNFOLDABLE.findall(text))


def _stays_readable(token: str, pattern: re.Pattern[str] = _PLAIN_WORD) -> bool:
    """Say whether a token can stand among encoded words: of plain characters, and no part of something like one."""
    plain = pattern.fullmatch(token) is not None and len(token) < MAX_UNBROKEN
    return plain and _LOOKS_ENCODED.search(token) is None


def encode_phrase(text: str) -> str:
    r"""Give `text`, which is not empty and holds neither controls nor surrogates, as a phrase (RFC 5322 section 3.2.5).

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
    """Give encoded words for `text`: the first has at most `first` characters, each other at most 75.

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
