"""Charsets by allow-list: which codec a label names, and text decoded by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from sesmime.errors import quoted
from sesmime.mime.fields import Defect, Span
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")
_C1_OCTET: Final = lazy_pattern(rb"[\x80-\x9f]")
_C1: Final = lazy_pattern("[\x80-\x9f]")


def decode_octets(octets: bytes, codec: str, errors: str = "strict") -> str:
    r"""Decode by a codec of `charset_codec`; C1 octets in iso-8859-1 are the characters of windows-1252.

    QUIRK: what is sent as iso-8859-1 and has them is windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels).

    >>> decode_octets(b"\x93caf\xe9\x94", "iso8859-1")
    '“café”'
    """
    text = octets.decode(codec, errors)
    return text.translate(_c1_of_windows()) if codec == "iso8859-1" and _C1.search(text) is not None else text


@cache
def _c1_of_windows() -> dict[int, str]:
    return {octet: bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in range(0x80, 0xA0)}


def mislabelled_windows_1252(octets: bytes, charset: str | None) -> Defect | None:
    """Return where octets labelled iso-8859-1 have characters of windows-1252 alone, None where they have none.

    `decode_octets` reads them as they are meant, and so do browsers; others see control characters.

    >>> mislabelled_windows_1252(b"a \x93b\x94", "latin1").span
    Span(start=2, stop=3)
    """
    if octets.isascii() or charset_codec(charset or "") != "iso8859-1":
        return None
    found = _C1_OCTET.search(octets)
    if found is None:
        return None
    return Defect("mislabelled-windows-1252", Span(*found.span()), "an octet that only windows-1252 has as a character")


def decode_text(octets: bytes, charset: str | None) -> tuple[str, Defect | None]:
    r"""Read octets as text in `charset`: the text, and what is wrong, with its place in the octets.

    Line ends stay as they are. What cannot be decoded is U+FFFD. Octets beyond ASCII that no charset explains
    (none is given, it is US-ASCII, or it is none of mail's: `words.charset_codec`) are read as UTF-8, as raw 8-bit
    bytes are everywhere in sesmime; that is what they mostly are, and no other charset can be told from its octets.

    >>> decode_text(b"caf\xe9\r\n", "latin1")
    ('café\r\n', None)
    >>> decode_text(b"caf\xc3\xa9", None)[0]
    'café'
    """
    codec, text, defect = _read_text(octets, charset)
    if text is None:
        text = decode_octets(octets, codec, "replace")
    if not text.isascii() and _SURROGATE.search(text) is not None:  # UTF-7 can hold them
        defect = defect or Defect(
            "undecodable-text", Span(0, len(octets)), "a lone surrogate, which is not a character"
        )
        text = _SURROGATE.sub("\ufffd", text)
    return text, defect


def text_defect(octets: bytes, charset: str | None) -> Defect | None:
    """Return what is wrong with octets as text in `charset`, as `decode_text` does, at less cost."""
    if charset_codec(charset or "") != "utf-7":
        return _read_text(octets, charset)[2]
    return decode_text(octets, charset)[1]


def _read_text(octets: bytes, charset: str | None) -> tuple[str, str | None, Defect | None]:
    """Return the codec to read with, the text if it is decodable in its charset, and what is wrong."""
    shown = quoted(charset or "", 60)
    codec = "ascii" if charset is None else charset_codec(charset)
    if codec is None:
        message = f"the charset {shown} is unknown; read as UTF-8"
        return "utf-8", None, Defect("unknown-charset", Span(0, len(octets)), message)
    try:
        return codec, decode_octets(octets, codec), None
    except UnicodeDecodeError as error:
        place = Span(error.start, error.end)
    if codec == "ascii":
        message = "non-ASCII octets without a charset that allows them; read as UTF-8"
        return "utf-8", None, Defect("undeclared-8bit", place, message)
    return codec, None, Defect("undecodable-text", place, f"octets that are invalid in the charset {shown}")


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
_UNCOUNTED: Final = dict.fromkeys(map(ord, "-_.: "))
# QUIRK: marks around a label are met (`"iso-8859-1;"`), and Python's email reads such a one too, without a defect.
_AROUND: Final = r"[ -/:-@\[-`{-~]{0,9}"
_CHARSET_NAME: Final = re.compile(rf"{_AROUND}([0-9A-Za-z](?:[0-9A-Za-z._: -]{{0,38}}[0-9A-Za-z])?){_AROUND}")


def _codecs() -> Iterator[tuple[str, str]]:
    codec = ""
    for line in _CODECS.split("\n"):
        if line[4:5].strip():  # a line that begins further in goes on with the names of the codec above
            codec = line.split()[0]
        for name in line.split():
            yield name.translate(_UNCOUNTED), codec


_CODEC_BY_NAME: Final[Mapping[str, str]] = dict(_codecs())


def charset_codec(name: str) -> str | None:
    """Return the Python codec for a charset as mail names it, or None for a charset that mail does not have.

    >>> charset_codec("ISO_8859-1"), charset_codec("KS_C_5601-1987"), charset_codec("unicode_escape")
    ('iso8859-1', 'cp949', None)
    """
    return _short_codec(name) if len(name) <= _SHORT else _codec(name)


def _codec(name: str) -> str | None:
    label = _CHARSET_NAME.fullmatch(name.strip(" \t"))
    return _CODEC_BY_NAME.get(label[1].lower().translate(_UNCOUNTED)) if label is not None else None


# Most mail names one of a few: what is short is kept.
_SHORT: Final = 40
_short_codec: Final = lru_cache(maxsize=64)(_codec)
