"""Edits: what is named changes, everything else stays."""

from __future__ import annotations

import email
import email.policy

import pytest

from sesmime import (
    Edit,
    InvalidAddress,
    InvalidField,
    OverlappingEdits,
    SesMimeError,
    Span,
    apply_edits,
    edited_chunks,
    parse,
    prepend_field,
    remove_fields,
    replace_field,
)
from sesmime.mime.edits import format_field

MESSAGE = b"From: a@b.example\r\nSubject: one\r\n two\r\nX-A: 1\r\nsubject: three\r\n\r\nbody\r\n"


def test_inserts_at_one_offset_keep_their_order_and_come_before_a_replacement() -> None:
    edits = [Edit(Span(1, 2), b"X"), Edit(Span(1, 1), b"1"), Edit(Span(1, 1), b"2"), Edit(Span(3, 3), b"3")]
    assert apply_edits(b"abc", edits) == b"a12Xc3"


@pytest.mark.parametrize(
    ("first", "second"),
    [((0, 2), (1, 3)), ((0, 3), (1, 1)), ((0, 2), (0, 2)), ((0, 1), (0, 2))],
)
def test_edits_of_the_same_bytes_are_refused(first: tuple[int, int], second: tuple[int, int]) -> None:
    edits = [Edit(Span(*first), b""), Edit(Span(*second), b"x")]
    with pytest.raises(OverlappingEdits) as caught:
        apply_edits(b"abc", edits)
    assert (caught.value.first, caught.value.second) == tuple(sorted([first, second]))


@pytest.mark.parametrize("span", [(-1, 1), (2, 1), (0, 4), (4, 4)])
def test_edits_outside_the_message_are_refused(span: tuple[int, int]) -> None:
    with pytest.raises(SesMimeError, match="in a message of 3 bytes"):
        apply_edits(b"abc", [Edit(Span(*span), b"")])


def test_the_repr_of_an_edit_shows_no_bytes() -> None:
    assert repr(Edit(Span(3, 5), b"secret")) == "Edit(3..5, 6 bytes)"


def test_neighbouring_edits_do_not_overlap() -> None:
    assert apply_edits(b"abcd", [Edit(Span(2, 4), b"y"), Edit(Span(0, 2), b"x")]) == b"xy"


def test_chunks_hold_what_stays_without_copying_it() -> None:
    chunks = edited_chunks(MESSAGE, [Edit(Span(0, 19), b"")])
    (view,) = chunks
    assert isinstance(view, memoryview)
    assert view.obj is MESSAGE
    assert apply_edits(MESSAGE, []) is MESSAGE


def test_removing_fields_takes_every_name_in_any_case_and_nothing_else() -> None:
    assert remove_fields(MESSAGE, "SUBJECT") == b"From: a@b.example\r\nX-A: 1\r\n\r\nbody\r\n"
    assert remove_fields(MESSAGE, "x-a", "From") == b"Subject: one\r\n two\r\nsubject: three\r\n\r\nbody\r\n"
    assert remove_fields(MESSAGE) is MESSAGE
    assert remove_fields(MESSAGE, "body", "", "X", "\u017fubject", "Subject:", " Subject") is MESSAGE


def test_a_replaced_field_stays_in_its_place_and_repeats_go() -> None:
    assert replace_field(MESSAGE, "Subject", "new") == b"From: a@b.example\r\nSubject: new\r\nX-A: 1\r\n\r\nbody\r\n"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\nX: y\r\n\r\nbody"),
        (b"A: b\n\nbody", b"A: b\nX: y\n\nbody"),
        (b"\r\nbody", b"X: y\r\n\r\nbody"),
        (b"", b"X: y\r\n"),
        (b"A: b", b"A: b\r\nX: y\r\n"),
        (b"A: b\nC: d", b"A: b\nC: d\nX: y\n"),
        (b"A: b\nC: d\r", b"A: b\nC: d\r\r\nX: y\n"),
        (b"A: b\r\njunk\r\n\r\n", b"A: b\r\njunk\r\nX: y\r\n\r\n"),
    ],
)
def test_an_absent_field_is_appended_in_the_message_s_own_line_ending(message: bytes, expected: bytes) -> None:
    assert replace_field(message, "X", "y") == expected
    field = parse(expected).header_section.first("X")
    assert field is not None
    assert field.body == "y"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"A: b\r\n\r\n", b"X: y\r\nA: b\r\n\r\n"),
        (b"A: b\n\n", b"X: y\nA: b\n\n"),
        (b"", b"X: y\r\n"),
        (b"\r\nbody", b"X: y\r\n\r\nbody"),
        (b" blank: first\r\nA: b\r\n\r\n", b" blank: first\r\nX: y\r\nA: b\r\n\r\n"),
        (b"From a@b Mon 00:00\r\nA: b\r\n\r\n", b"From a@b Mon 00:00\r\nX: y\r\nA: b\r\n\r\n"),
        (b"\tonly", b"\tonly\r\nX: y\r\n"),
    ],
)
def test_a_prepended_field_comes_before_all_others_and_swallows_nothing(message: bytes, expected: bytes) -> None:
    assert prepend_field(message, "X", "y") == expected
    before = [(f.name, f.body) for f in parse(message).header_section]
    after = [(f.name, f.body) for f in parse(expected).header_section]
    assert [field for field in after if field != ("X", "y")] == before


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nBcc", "Ä", "A\x00", "A ", "(A)", "A\t"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    for write in (replace_field, prepend_field):
        with pytest.raises(InvalidField):
            write(MESSAGE, name, "v")


@pytest.mark.parametrize("control", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1b", "\x7f", "\r\n "])
def test_controls_are_refused_in_every_field(control: str) -> None:
    for name in ("Subject", "To", "X-SES-TENANT", "Content-Type"):
        for body in (f"a{control}b", control, f"ü{control}"):
            with pytest.raises(InvalidField):
                replace_field(MESSAGE, name, body)


def test_a_tab_is_no_refused_control() -> None:
    assert format_field("Subject", "a\tb") == b"Subject: a\tb\r\n"


def test_a_subclass_of_str_is_taken_as_plain_text() -> None:
    class Evil(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "x\r\nBcc: v@example.net"

        def lstrip(self, chars: str | None = None) -> str:
            return str(self)

        def isascii(self) -> bool:
            return True

        def fold(self, policy: object) -> str:
            return str(self)

        __format__ = __repr__ = None  # type: ignore[assignment]

    assert format_field(Evil("X-A"), Evil("plain")) == b"X-A: plain\r\n"
    with pytest.raises(TypeError):
        format_field("X-A", 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        format_field("X-A", b"bytes")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Subject", "Comments", "X-Custom", "Organization"])
def test_non_ascii_text_becomes_encoded_words_in_unstructured_fields(name: str) -> None:
    text = "Grüße aus Köln, 東京 und " + "übermorgen " * 30 + "Ende"
    message = replace_field(MESSAGE, name, text)
    assert message.isascii()
    assert max(map(len, message.splitlines())) <= 78
    theirs = email.message_from_bytes(message, policy=email.policy.SMTP)
    assert theirs[name] == text


def test_non_ascii_text_becomes_encoded_words_in_display_names_alone() -> None:
    message = replace_field(MESSAGE, "To", '"Müller, Jörg" <j@b.example>, c@d.example')
    theirs = email.message_from_bytes(message, policy=email.policy.SMTP)["To"]
    assert [(a.display_name, a.addr_spec) for a in theirs.addresses] == [
        ("Müller, Jörg", "j@b.example"),
        ("", "c@d.example"),
    ]
    with pytest.raises(InvalidAddress):
        replace_field(MESSAGE, "To", "jörg@b.example")
    with pytest.raises((InvalidAddress, InvalidField)):
        replace_field(MESSAGE, "To", "j@bücher.example")


@pytest.mark.parametrize("name", ["X-SES-MESSAGE-TAGS", "Content-Type", "Message-ID", "DKIM-Signature", "Date"])
def test_non_ascii_text_has_no_place_in_other_fields(name: str) -> None:
    with pytest.raises(InvalidField):
        replace_field(MESSAGE, name, "ü")


@pytest.mark.parametrize(
    "body",
    [
        "word " * 40,
        "a  b\tc " * 30,
        "x" * 200,
        "x" * 70 + " " + "y" * 70,
        '"quoted string with blanks" ' * 8,
        "",
        "   ",
    ],
)
def test_folding_does_not_change_the_value(body: str) -> None:
    raw = format_field("X-Long", body)
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert all(line.strip(b" \t") for line in lines)
    assert all(line.startswith((b" ", b"\t")) for line in lines[1:])
    (field,) = parse(raw).header_section.fields
    assert field.body == body.lstrip(" ")
    if " " in body.strip():
        assert max(map(len, lines)) <= 78 + 30


def test_ses_fields_stay_on_one_line_up_to_998_and_fold_after_a_comma() -> None:
    one = ", ".join(f"name{n}=value{n}" for n in range(50))
    assert format_field("X-SES-MESSAGE-TAGS", one).count(b"\r\n") == 1
    many = ", ".join(f"name{n}=value{n}" for n in range(200))
    raw = format_field("X-SES-MESSAGE-TAGS", many)
    lines = raw.split(b"\r\n")[:-1]
    assert len(lines) > 1
    assert max(map(len, lines)) <= 998
    assert all(line.endswith(b",") for line in lines[:-1])
    assert parse(raw).header_section.fields[0].body == many


def test_a_line_that_cannot_be_folded_under_998_is_refused_where_it_cannot_be_encoded() -> None:
    with pytest.raises(InvalidField, match="998"):
        format_field("X-SES-TENANT", "x" * 1_000)
    with pytest.raises(InvalidField, match="998"):
        format_field("References", "<" + "x" * 1_000 + "@a.example>")
    raw = format_field("Subject", "x" * 5_000)
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    theirs = email.message_from_bytes(raw + b"\r\n", policy=email.policy.SMTP)
    assert theirs["Subject"] == "x" * 5_000
