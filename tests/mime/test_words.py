"""Encoded words: reading them, the charsets of mail, and writing them."""

from __future__ import annotations

import codecs
import doctest
import email
import itertools
import json
import re
from email import policy
from typing import Any

import pytest

import sesmime.mime.words
from sesmime.errors import InvalidField
from sesmime.mime.charsets import charset_codec
from sesmime.mime.words import MAX_WORD, decode_raw, decode_words, encode_words, words_for
from tests.conftest import shared


class Twisted(str):
    """A str whose methods lie."""

    def __str__(self) -> str:
        return "x\r\nBcc: y"

    def isascii(self) -> bool:
        return True

    def split(self, *_: Any, **__: Any) -> list[str]:
        return ["x\r\nBcc:", "y"]


def test_the_examples_of_the_module_hold() -> None:
    assert doctest.testmod(sesmime.mime.words).failed == 0


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # RFC 2047 section 8
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=\t=?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        ("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo"),
        ("=?US-ASCII*EN?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        # adjacent words, whatever is between
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        # without blanks around
        ("a=?utf-8?q?b?=c", "abc"),
        ("[SPAM]=?utf-8?q?b?=", "[SPAM]b"),
        # a character divided between words
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?b?5p2x5Lqs?= =?UTF-8?q?=E9?= =?utf8?b?g70=?=", "東京都"),
        ("=?shift_jis?q?=93?= =?shift_jis?q?=8C?=", "東"),
        ("=?iso-2022-jp?b?GyRCRWw=?= =?iso-2022-jp?b?GyRCNX4bKEI=?=", "東京"),
        # sloppy, but readable
        ("=?utf-8?q?a b?=", "a b"),
        ("=?utf-8?b?w6k?=", "é"),
        ("=?utf-8?b?w6k===?=", "é"),
        ("=?utf-8?q??=", ""),
        ("=?utf-8?q?=zz=c3=a9=?=", "=zzé="),
        ("=?utf-8?q?\udcc3\udca9?=", "é"),
        # undecodable bytes, and bytes of another charset
        ("=?utf-8?q?a=FFb?=", "a\ufffdb"),
        ("=?us-ascii?q?=E9?=", "\ufffd"),
        ("=?utf-7?q?+2AA-?=", "\ufffd"),
        # no words, and words that cannot be decoded
        ("=?no-such?q?a?=", "=?no-such?q?a?="),
        ("=?no-such?q?a?= =?no-such?q?b?=", "=?no-such?q?a?= =?no-such?q?b?="),
        ("=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        ("=?utf-8?b?YWJjZ?=", "=?utf-8?b?YWJjZ?="),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a?b?=", "=?utf-8?q?a?b?="),
        ("=?utf-8?q?é?=", "=?utf-8?q?é?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ("=??q?a?=", "=??q?a?="),
        ("=?utf-8?q?a?= =?no-such?q?b?= =?utf-8?q?c?=", "a =?no-such?q?b?= c"),
        # raw 8-bit
        ("caf\udcc3\udca9 \udce9", "café \ufffd"),
        ("=?utf-8?q?a?= \udcc3\udca9", "a é"),
        ("\ud800 \udc00", "\ufffd \ufffd"),
        # controls are for the one who writes them again
        ("=?utf-8?q?x=0D=0ABcc:_y=00?=", "x\r\nBcc: y\x00"),
        ("", ""),
    ],
)
def test_encoded_words_are_read(body: str, text: str) -> None:
    assert decode_words(body) == text


@pytest.mark.parametrize(
    "body",
    ["a=?utf-8?q?b?=", "a=?utf-8?q?b?=c", "(=?utf-8?q?b?=)", "=?utf-8?q?a?==?utf-8?q?b?=", "=?utf-8?q?a b?= c"],
)
def test_words_without_blanks_around_read_as_the_policies_read_them(body: str) -> None:
    message = email.message_from_string(f"Subject: {body}\n\n", policy=policy.SMTP)
    assert decode_words(body) == str(message["Subject"])


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        (" Utf_8 ", "utf-8"),
        ("ANSI_X3.4-1968", "ascii"),
        ("iso-8859-1", "iso8859-1"),
        ("ISO_8859-15", "iso8859-15"),
        ("latin1", "iso8859-1"),
        ("Windows-1252", "cp1252"),
        ("cp-1251", "cp1251"),
        ("KOI8-U", "koi8-u"),
        ("GB2312", "gb2312"),
        ("gbk", "gb18030"),
        ("Big5", "big5"),
        ("Shift_JIS", "shift_jis"),
        ("iso-2022-jp", "iso2022_jp"),
        ("euc-kr", "cp949"),
        ("ks_c_5601-1987", "cp949"),
        ("macintosh", "mac-roman"),
        ("ibm850", "cp850"),
        ("TIS-620", "tis-620"),
        ("utf-16le", "utf-16-le"),
        ("unicode-1-1-utf-7", "utf-7"),
    ],
)
def test_charsets_go_by_the_names_that_mail_gives_them(name: str, codec: str) -> None:
    assert charset_codec(name) == codec


PYTHONS_OWN = """
    unicode_escape raw_unicode_escape idna punycode rot13 hex zlib bz2 base64 quopri uu undefined mbcs oem charmap
    utf-8-sig
"""


@pytest.mark.parametrize(
    "name",
    [
        *PYTHONS_OWN.split(),
        *("", "utf-8\0", "\0", "\udcff", "é", "\u212aoi8-r", "utf\n8", "unknown-8bit", "x" * 1000, "utf;8", ";;"),
    ],
)
def test_what_is_no_charset_of_mail_has_no_codec(name: str) -> None:
    assert charset_codec(name) is None


def test_each_codec_exists_and_is_the_one_python_gives_unless_a_superset_is_meant() -> None:
    supersets = {("gbk", "gb18030"), ("euc_kr", "cp949")}
    for name, codec in sesmime.mime.charsets._codecs():
        mine = codecs.lookup(codec).name
        try:
            python = codecs.lookup(name).name
        except LookupError:
            continue
        assert python == mine or (python, mine) in supersets, name


@pytest.mark.parametrize(("part", "whole"), [("euc_kr", "cp949"), ("gbk", "gb18030")])
def test_a_superset_decodes_what_both_have_alike(part: str, whole: str) -> None:
    for pair in itertools.product(range(0x80, 0x100), range(0x40, 0x100)):
        octets = bytes(pair)
        try:
            text = octets.decode(part)
        except UnicodeDecodeError:
            continue
        assert octets.decode(whole) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "Hello, world",
        "two  blanks\tand a tab",
        "100 % = 1?",
        "=?",
        "?= =?",
        "a=?b",
        '"quoted" <x@y>',
        "x" * 900,
    ],
)
def test_plain_ascii_stays_as_it_is(text: str) -> None:
    assert encode_words(text) == text


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("é", "=?utf-8?b?w6k=?="),
        ("Zürich 8", "=?utf-8?q?Z=C3=BCrich?= 8"),
        ("日本", "=?utf-8?b?5pel5pys?="),
        ("a é b", "a =?utf-8?b?w6k=?= b"),
        ("a  é  b", "a =?utf-8?q?_=C3=A9_?= b"),
        (" a", "=?utf-8?q?_a?="),
        ("a ", "=?utf-8?q?a_?="),
        (" ", "=?utf-8?q?_?="),
        ("\t", "=?utf-8?q?=09?="),
        ("x =?utf-8?q?a?= y", "x =?utf-8?b?PT91dGYtOD9xP2E/PQ==?= y"),
        ("é, but", "=?utf-8?b?w6ks?= but"),
        ("=? é", "=?utf-8?b?PT8gw6k=?="),
    ],
)
def test_what_is_not_plain_ascii_becomes_encoded_words(text: str, body: str) -> None:
    assert encode_words(text) == body
    assert decode_words(body) == text


@pytest.mark.parametrize(
    "text", ["é" * 200, "日" * 200, "😀" * 100, "a" * 901, "é " * 100, "x" + " " * 950 + "y", "aé" * 99]
)
def test_long_text_is_divided_between_characters(text: str) -> None:
    words = encode_words(text).split(" ")
    encoded = [word for word in words if word.startswith("=?")]
    assert len(encoded) > 1
    assert all(len(word) <= MAX_WORD for word in encoded)
    assert all("\ufffd" not in decode_words(word) for word in encoded)
    assert decode_words(" ".join(words)) == text


def test_the_first_of_several_words_leaves_room_for_a_field_name() -> None:
    first, second, *_ = words_for("é" * 50)
    assert len("Subject: " + first) <= 78
    assert len(second) > len(first)


def test_text_that_one_word_can_hold_becomes_one() -> None:
    (word,) = words_for("é" * 21)
    assert len(word) > len(words_for("é" * 50)[0])


@pytest.mark.parametrize("control", [*map(chr, range(0x09)), *map(chr, range(0x0A, 0x20)), "\x7f"])
def test_controls_are_refused(control: str) -> None:
    with pytest.raises(InvalidField, match="control character"):
        encode_words(f"a{control}b")


@pytest.mark.parametrize("text", ["\ud800", "caf\udcc3\udca9", "é\udfff"])
def test_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="lone surrogate"):
        encode_words(text)


def test_the_refusal_bears_the_name_of_the_field() -> None:
    with pytest.raises(InvalidField, match="field 'Subject' cannot be written") as refusal:
        encode_words("a\r\nBcc: b", name="Subject")
    assert refusal.value.name == "Subject"


def test_a_subclass_of_str_is_taken_as_plain_text() -> None:
    body = encode_words(Twisted("é"))
    assert type(body) is str
    assert body == "=?utf-8?b?w6k=?="
    assert type(encode_words(Twisted("plain"))) is str


def test_raw_8_bit_is_read_as_utf_8_where_it_is() -> None:
    assert decode_raw("a\udcc3\udca9\udcff\udce2\udc82") == "aé\ufffd\ufffd"


@pytest.mark.shared
def test_subjects_of_the_attacks_are_read_and_written_without_a_line_of_their_own() -> None:
    entries = json.loads(shared("attacks", "index.json").read_text(encoding="utf-8"))["entries"]
    subjects = [
        body
        for entry in entries
        if entry["surface"] == "build" and (entry["generator"] or "").startswith("{")
        for name, body in re.findall(r'\["(Subject)","((?:[^"\\]|\\.)*)"\]', entry["generator"])
    ]
    assert subjects
    for subject in (json.loads(f'"{subject}"'.replace("\\x", "\\u00")) for subject in subjects):
        assert "\n" in decode_words(subject) or decode_words(subject)
        try:
            body = encode_words(subject)
        except InvalidField:
            assert re.search(r"[\r\n\0]", subject)
        else:
            assert re.fullmatch(r"[ -~]*", body)
            assert decode_words(body) == subject
