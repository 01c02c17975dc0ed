"""What readers of MIME do at their edges: texts and octets of subclasses, odd lines, what no library helps with."""

from __future__ import annotations

import binascii
import sys
from typing import Any
from unittest import mock

import pytest

from sesmime import Edit, Mailbox, Span, apply_edits, parse, parse_addresses
from sesmime.errors import InvalidField, OverlappingEdits, SesMimeError
from sesmime.mime.address_names import encode_names
from sesmime.mime.agreement import is_plainly_divided
from sesmime.mime.decoding import BLOCK, _clean_decoder, decoded
from sesmime.mime.entity import parse_below
from sesmime.mime.fields import parse_header_section
from sesmime.mime.parameters import decoded_value, format_parameters, parse_parameters
from sesmime.mime.plain import plain_value
from sesmime.mime.words import ENCODED_WORD, encode_words, is_whole


class Text(str):
    pass


class Octets(bytes):
    pass


class TestSubclasses:
    """Of a text and of octets that a caller's class holds the value is taken, and none of its methods."""

    def test_a_field_body(self) -> None:
        assert parse_addresses(Text("Joe <joe@a.example>")) == parse_addresses("Joe <joe@a.example>")
        wrong: Any = b"joe@a.example"
        with pytest.raises(TypeError, match=r"^a field body must be a str, not bytes$"):
            parse_addresses(wrong)

    def test_a_message(self) -> None:
        section = parse_header_section(Octets(b"Subject: Hi\r\n\r\n"))
        assert section.first("subject") == parse_header_section(b"Subject: Hi\r\n\r\n").first("subject")

    def test_a_value_of_a_request(self) -> None:
        given = {Text("Data"): [Octets(b"x"), Text("y"), (1, Text("z"))]}
        made = plain_value(given)
        assert made == {"Data": [b"x", "y", (1, "z")]}
        (name,), (octets, text, (_, inner)) = made, made["Data"]
        assert [type(one) for one in (name, octets, text, inner)] == [str, bytes, str, str]


class TestEdits:
    @pytest.mark.parametrize("kind", [bytes, Octets, bytearray, memoryview])
    def test_the_replacement_may_be_any_octets(self, kind: Any) -> None:
        assert apply_edits(b"abc", [Edit(Span(1, 2), kind(b"xyz"))]) == b"axyzc"

    @pytest.mark.parametrize(
        "wrong", [1, (), (Span(0, 1), b"x", b"y"), (0, b"x"), ((0, 1, 2), b"x"), [Span(0, 1), b"x"]]
    )
    def test_what_is_no_edit_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^an edit must be an Edit: a span and its replacement$"):
            apply_edits(b"abc", [wrong])

    def test_edits_outside_or_of_the_same_bytes_are_refused(self) -> None:
        with pytest.raises(SesMimeError, match=r"^an edit of bytes 2\.\.4 in a message of 3 bytes$"):
            apply_edits(b"abc", [Edit(Span(2, 4), b"")])
        with pytest.raises(OverlappingEdits):
            apply_edits(b"abc", [Edit(Span(0, 2), b""), Edit(Span(1, 3), b"")])


class TestNames:
    def test_a_name_in_a_comment_is_left_where_it_is_ascii(self) -> None:
        assert encode_names("joe@a.example (Joe), zoe@a.example (Zoë)") == (
            "joe@a.example (Joe), =?utf-8?q?Zo=C3=AB?= <zoe@a.example>"
        )

    @pytest.mark.parametrize(
        ("word", "whole"),
        [
            ("=?utf-8?q?Zo=C3=AB?=", True),
            ("=?utf-8?q?Zo=C3?=", False),
            ("=?no-such-charset?q?Zo?=", False),
            ("=?utf-8?b?A?=", False),
            ("=?utf-8*de?q?Zo=C3=AB?=", True),
        ],
    )
    def test_a_word_is_whole_where_it_can_be_read_by_itself(self, word: str, whole: bool) -> None:
        match = ENCODED_WORD.fullmatch(word)
        assert match is not None
        assert is_whole(match) is whole

    def test_a_field_name_that_leaves_no_room_is_refused(self) -> None:
        with pytest.raises(InvalidField, match="leaves no room for the body in a line of 998 octets"):
            encode_words("Hello", name="X" * 994)
        assert encode_words("Hello", name="X" * 991) == "Hello"

    @pytest.mark.parametrize("length", [1, 996, 997, 1_200])
    def test_an_empty_text_needs_no_room(self, length: int) -> None:
        assert encode_words("", name="X" * length) == ""


class TestParameters:
    @pytest.mark.parametrize(
        ("body", "value"),
        [
            ('attachment; filename="=?utf-8?q?Zo=C3=AB?="', "Zoë"),
            ("attachment; filename*=utf-8''%3D?utf-8?q?Zo?%3D", "=?utf-8?q?Zo?="),
            ("attachment; other*=utf-8''x; filename=\"=?utf-8?q?Zo=C3=AB?=\"", "Zoë"),
            ('attachment; filename*0="=?utf-8?q?Zo"; filename*1="=C3=AB?="', "Zoë"),
            ("attachment", None),
        ],
    )
    def test_encoded_words_are_decoded_but_in_the_extended_form(self, body: str, value: str | None) -> None:
        assert decoded_value(parse_parameters(body)[1], "filename") == value

    @pytest.mark.parametrize("wrong", ["ab", ("name",), ("name", "value", "more"), 1])
    def test_what_is_no_pair_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^parameters must be pairs of a name and a value$"):
            format_parameters("text/plain", [wrong])


class TestDecoding:
    def test_base64_is_the_same_without_a_faster_library(self) -> None:
        with mock.patch.dict(sys.modules, {"pybase64": None}):
            assert _clean_decoder.__wrapped__() is binascii.a2b_base64

    def test_a_soft_line_break_alone_is_nothing(self) -> None:
        assert decoded(memoryview(b"=\r\n"), "quoted-printable") == b""
        assert decoded(memoryview(b"=\n=\n=\n"), "quoted-printable") == b""

    @pytest.mark.parametrize("line", [b"a", b"=41", b"a ", b"=\n", b"a=\r\n", b"a b\n"])
    def test_a_text_of_several_stretches_is_decoded_as_one(self, line: bytes) -> None:
        body = line * (BLOCK * 2 // len(line) + 7)
        noted: list[str] = []
        found = decoded(memoryview(body), "quoted-printable", lambda name, *_: noted.append(name))
        assert found == binascii.a2b_qp(body)
        assert noted == (["blanks-at-line-end"] if line == b"a " else [])

    def test_the_word_begin_inside_a_line_begins_no_data(self) -> None:
        body = b"to begin 644 is no line\nbegin 644 a\n#86)C\n`\nend\n"
        assert decoded(memoryview(body), "x-uuencode") == b"abc"


class TestEntities:
    def test_a_field_whose_name_begins_like_the_type_is_another(self) -> None:
        message = b"X: y\nContent-Type-Old: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"
        assert len(parse(message).parts) == 1
        assert parse(b"X: y\nContent-Types: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n").parts == ()

    def test_a_section_that_was_read_is_taken_and_another_is_not(self) -> None:
        message = b"Subject: Hi\r\n\r\nHello\r\n"
        section = parse_header_section(message)
        assert parse_below(message, section).header_section is section
        other = parse_header_section(b"Subject: Hi\r\nTo: a@b.example\r\n\r\n")
        assert parse_below(message, other).header_section is not other

    @pytest.mark.parametrize(
        ("lines", "plain"),
        [
            (b"--b\r\n\r\nx\r\n--b--\r\n", True),
            (b"--b\r\n\r\nx\r\n--bx\r\n--b--\r\n", False),
            (b"--b\r\n\r\nx\r\n--bx\r\n--bx\r\n--bx\r\n--b--\r\n", False),
            (b"--b\r\n\r\nx\r--b\r\n--b--\r\n", False),
        ],
    )
    def test_a_line_that_others_take_for_a_delimiter_is_no_plain_division(self, lines: bytes, plain: bool) -> None:
        head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        assert is_plainly_divided(parse(head + lines)) is plain

    def test_a_mailbox_is_what_it_says(self) -> None:
        assert str(Mailbox("Joe", "joe@a.example")) == "Joe <joe@a.example>"
