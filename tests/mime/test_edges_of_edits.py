"""Edits at their edges: last lines without an end, lines of exactly the limit, shared line endings, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import Edit, InvalidField, Span, apply_edits, edited_chunks, parse, prepend_field, replace_field
from sesmime.mime.edits import fold, format_field, line_ending


def test_no_chunk_is_empty() -> None:
    assert list(map(bytes, edited_chunks(b"ab", [Edit(Span(1, 2), b"")]))) == [b"a"]
    assert edited_chunks(b"ab", [Edit(Span(0, 2), b"")]) == []


def test_a_last_line_without_its_end_stays_without_one() -> None:
    assert replace_field(b"Subject: a", "Subject", "b") == b"Subject: b"
    assert replace_field(b"To: c\nSubject: a", "subject", "b") == b"To: c\nsubject: b"


def test_what_has_no_edits_is_bytes_whatever_it_was() -> None:
    for given in (bytearray(b"A: b\n"), memoryview(b"xA: b\n")[1:]):
        made = apply_edits(given, [])
        assert type(made) is bytes
        assert made == b"A: b\n"


@pytest.mark.parametrize(
    ("message", "ending"),
    [
        (b"A: 1\nB: 2\nC: 3\r\n", b"\n"),
        (b"A: 1\nB: 2\r\n", b"\r\n"),
        (b"A: 1\r\nB: 2\r\nC: 3\n", b"\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_a_line_ending_is_that_of_most_lines(message: bytes, ending: bytes) -> None:
    assert line_ending(message) == ending


def test_blanks_before_a_body_are_none_of_it() -> None:
    assert format_field("X-A", " \t v ") == b"X-A: v \r\n"


class TestFolding:
    """RFC 5322 section 2.1.1: "SHOULD be no more than 78 characters", "MUST be no more than 998"."""

    def test_a_line_of_78_is_whole_and_one_of_79_is_folded(self) -> None:
        body = "a" * 36 + " " + "b" * 36
        assert format_field("X-A", body) == b"X-A: " + body.encode() + b"\r\n"
        assert format_field("X-A", body + "b") == b"X-A: " + b"a" * 36 + b"\r\n " + b"b" * 37 + b"\r\n"
        assert format_field("X-A", "a" * 36 + " " + "b" * 40).count(b"\r\n") == 2

    def test_a_line_is_filled_to_78(self) -> None:
        raw = format_field("X-A", "aa " + "b" * 70 + " cc dd")
        assert raw.split(b"\r\n") == [b"X-A: aa " + b"b" * 70, b" cc dd", b""]

    def test_there_is_no_fold_between_the_name_and_a_long_word(self) -> None:
        # Some readers take a field whose first line is empty for one without a body.
        assert format_field("X-A", "x" * 100 + " y").startswith(b"X-A: xxx")
        assert format_field("X-" + "n" * 60, "é" * 60).split(b": ")[1].startswith(b"=?utf-8?")
        assert format_field("Subject", "x" * 5_000).startswith(b"Subject: =?")
        assert format_field("X-" + "n" * 60, "x" * 5_000).split(b"\r\n")[0].count(b"=?") == 1

    def test_a_word_of_998_octets_stays_and_a_longer_one_is_encoded(self) -> None:
        assert format_field("X-A", "x" * 993) == b"X-A: " + b"x" * 993 + b"\r\n"
        raw = format_field("X-A", "x" * 994)
        assert b"=?utf-8?" in raw
        assert parse(raw).header_section.fields[0].body.startswith("=?utf-8?")


class TestRefused:
    """What cannot be written says what it is."""

    @pytest.mark.parametrize("body", ["Grüße: a@b.example, c@d.example;", "Grüße: ;", "team: Zoë <z@y.example>;"])
    def test_a_group_in_other_letters_has_no_form(self, body: str) -> None:
        for name in ("To", "Cc", "Reply-To"):
            with pytest.raises(InvalidField, match="not a simple list of addresses"):
                replace_field(b"To: a@b.example\r\n\r\n", name, body)
        assert b"team: z@y.example;" in replace_field(b"\r\n", "To", "team: z@y.example;")

    def test_other_letters_among_addresses_that_are_none_have_no_form(self) -> None:
        with pytest.raises(InvalidField, match="not a simple list of addresses"):
            replace_field(b"\r\n", "To", "Zoë <z@y.example> <b@c.example>, (")

    @pytest.mark.parametrize("text", ["\ud800", "a\udc0ab", "caf\udcc3\udca9", "Grüße \udfff"])
    def test_half_of_a_pair_is_no_character(self, text: str) -> None:
        for name in ("Subject", "X-Note", "Comments"):
            for write in (replace_field, prepend_field):
                with pytest.raises(InvalidField) as refused:
                    write(b"A: b\r\n\r\n", name, text)
                assert refused.value.name == name
                assert str(refused.value).isprintable()
                assert str(refused.value).isascii()

    @pytest.mark.parametrize(
        ("control", "shown"),
        [("\x1b[2J", r"'\x1b'"), ("\0", r"'\x00'"), ("\r\nBcc: v", r"'\r'"), ("\x7f", r"'\x7f'"), ("\x0b", r"'\x0b'")],
    )
    def test_a_control_is_named_by_its_escape(self, control: str, shown: str) -> None:
        with pytest.raises(InvalidField) as refused:
            format_field("X-A", f"a{control}b")
        assert str(refused.value).endswith(f"the control character {shown}")
        assert str(refused.value).isprintable()

    @pytest.mark.parametrize("value", [3, b"octets", None, ["a"]])
    def test_what_is_no_text_is_told_by_its_type(self, value: Any) -> None:
        with pytest.raises(TypeError, match=rf"must be a str, not {type(value).__name__}"):
            format_field("X-A", value)
        with pytest.raises(TypeError, match=rf"must be a str, not {type(value).__name__}"):
            format_field(value, "v")


class TestMboxLines:
    """QUIRK: the line that mbox files put before a message is no field, and stays the first."""

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            (b"From a@b 00:00\r\n folded\r\nA: b\r\n\r\n", b"From a@b 00:00\r\n folded\r\nX: y\r\nA: b\r\n\r\n"),
            (b"From a@b 00:00\n\tone\n two\nA: b\n\n", b"From a@b 00:00\n\tone\n two\nX: y\nA: b\n\n"),
            (b"From a@b 00:00\r\n", b"From a@b 00:00\r\nX: y\r\n"),
            (b"From a@b 00:00\r\n folded", b"From a@b 00:00\r\n folded\r\nX: y\r\n"),
            (b"From \t: a@b.example\r\n\r\n", b"X: y\r\nFrom \t: a@b.example\r\n\r\n"),
            (b"From :\r\n\r\n", b"X: y\r\nFrom :\r\n\r\n"),
        ],
    )
    def test_a_prepended_field_comes_after_it_and_all_that_is_folded_to_it(
        self, message: bytes, expected: bytes
    ) -> None:
        assert prepend_field(message, "X", "y") == expected
        before = parse(message).header_section
        after = parse(expected).header_section
        assert [(f.name, f.body) for f in after if f.name != "X"] == [(f.name, f.body) for f in before]


class TestFold:
    """Every line is filled as far as it goes, and none is divided that fits."""

    def test_each_line_is_filled(self) -> None:
        line = " ".join(["w" * 7] * 12)
        lines = fold(line, 23, range(7, len(line), 8))
        assert lines == ["wwwwwww wwwwwww wwwwwww"[:23], *[" wwwwwww wwwwwww"] * 4, " wwwwwww"]
        assert "".join(lines) == line

    def test_a_line_of_exactly_the_width_is_whole(self) -> None:
        assert fold("aaaaa bbbb", 10, [5]) == ["aaaaa bbbb"]
        assert fold("aaaaa bbbb cccc dddd", 10, [5, 10, 15]) == ["aaaaa bbbb", " cccc dddd"]
        assert fold("aaaaa", 2, []) == ["aaaaa"]
