"""The header scanner."""

from __future__ import annotations

import mmap
import pickle
import tempfile

import pytest

from sesmime import Field, Limits, Span, parse
from sesmime.mime.fields import (
    as_source,
    fields_named,
    fold_case,
    header_section_end,
    parse_header_section,
    unfolded,
)
from tests.lying import LyingText


@pytest.mark.parametrize(
    ("raw", "name", "body"),
    [
        (b"Subject: Hi\r\n", "Subject", "Hi"),
        (b"Subject: Hi\n", "Subject", "Hi"),
        (b"Subject:Hi", "Subject", "Hi"),
        (b"Subject : Hi\r\n", "Subject", "Hi"),
        (b"Subject:\r\n Hi\r\n", "Subject", "Hi"),
        (b"Subject: one\r\n\ttwo\r\n", "Subject", "one\ttwo"),
        (b"Subject: one \n two\n", "Subject", "one  two"),
        (b"Subject: trailing \t\r\n", "Subject", "trailing \t"),
        (b"Subject: a\rb\r\n", "Subject", "a\rb"),
        (b"Subject: a\r\r\n", "Subject", "a\r"),
        (b"Subject: a: b\r\n", "Subject", "a: b"),
        (b"Subject\r\n : Hi\r\n", "Subject", "Hi"),
        (b"Odd name: v\r\n", "Odd name", "v"),
        (b"caf\xe9: \xff\r\n", "caf\udce9", "\udcff"),
        (b": v\r\n", "", "v"),
        (b" Subject: v\r\n", " Subject", "v"),
        (b"Subject:\r\n", "Subject", ""),
        (b"Subject: a\r\n \r\n b\r\n", "Subject", "a  b"),
        (b"Subject\r: v\r\n", "Subject\r", "v"),
    ],
)
def test_a_field_has_its_name_its_unfolded_body_and_every_byte(raw: bytes, name: str, body: str) -> None:
    (field,) = parse_header_section(raw).fields
    assert (field.name, field.body, field.raw, field.span) == (name, body, raw, (0, len(raw)))


@pytest.mark.parametrize(
    "unusual", [b"Odd name: v\r\n", b"no field\r\n", b": v\r\n", b"caf\xe9: v\r\n", b"A\r\n : v\r\n"]
)
def test_a_line_that_is_unusual_moves_no_field_around_it(unusual: bytes) -> None:
    before, after = b"To: a@b.example\r\nX-Own: b\r\n", b"Subject: c\r\n d\r\nDate: e"
    fields = parse_header_section(before + unusual + after).fields
    assert [field.raw for field in fields if field.raw != unusual] == [
        *(b"To: a@b.example\r\n", b"X-Own: b\r\n", b"Subject: c\r\n d\r\n", b"Date: e")
    ]
    assert all((before + unusual + after)[slice(*field.span)] == field.raw for field in fields)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r\n\r\n", "\n\r\n", "\r\n\n", "\r\r\n", "\r"])
def test_the_body_of_a_field_made_by_hand_is_its_octets_unfolded(end: str) -> None:
    raw = b"A: b" + end.encode()
    assert Field("A", raw, Span(0, len(raw))).body == unfolded(b"b" + end.encode())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", []),
        (b"To: a@b.example\r\nSubject:\r\n one\r\n\ttwo\r\n", [("To", "a@b.example"), ("Subject", "one\ttwo")]),
        (b"A:b\nC: d \n e\n", [("A", "b"), ("C", "d  e")]),
        (b"A: b\r\nC: d", [("A", "b"), ("C", "d")]),
        (b"A: b\r\nC: d\r", [("A", "b"), ("C", "d\r")]),
        (b"A: b\rc\r\nD: e\r\r\n", [("A", "b\rc"), ("D", "e\r")]),
        (b"A : b\r\nC\t: d\r\n", [("A", "b"), ("C", "d")]),
        (b"A\r\n : b\r\nno field\r\n: c\r\n", [("A", "b"), ("", "c")]),
        (b"A\r\r\n b\r\n : c\r\r\n d\r\n", [("A\r b", "c\r d")]),
        (b":\r\nno field\r\n :\r\nA: b\r\n\tc", [("", ""), ("no field", ""), ("A", "b\tc")]),
        (b":\nno field\nA: b\n", [("", ""), ("A", "b")]),
        (b"From a@b.example 00:00:00\r\nA: b\r\n", [("A", "b")]),
        (b" A: b\r\nC: d\r\n", [(" A", "b"), ("C", "d")]),
        (b"\xe4: \xf6\r\nC: \xf6\r\n", [("\udce4", "\udcf6"), ("C", "\udcf6")]),
    ],
)
def test_items_are_name_and_body_of_every_field(raw: bytes, expected: list[tuple[str, str]]) -> None:
    section = parse_header_section(raw)
    assert section.items() == expected
    assert section.items() == [(field.name, field.body) for field in section]


def test_the_scanner_goes_on_to_the_first_empty_line_whatever_it_meets() -> None:
    message = (
        b"To: a@b.example\r\nno field at all\r\nFrom a@b Mon Jan  1 00:00:00 2024\r\nSubject : x\r\n\r\nbody: no\r\n"
    )
    section = parse_header_section(message)
    assert [field.name for field in section] == ["To", "Subject"]
    assert [(defect.name, message[slice(*defect.span)]) for defect in section.defects] == [
        ("not-a-field", b"no field at all\r\n"),
        ("mbox-line", b"From a@b Mon Jan  1 00:00:00 2024\r\n"),
    ]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"", (0, 0)),
        (b"\r\n", (0, 2)),
        (b"\n", (0, 1)),
        (b"A: b", (4, 4)),
        (b"A: b\r\n", (6, 6)),
        (b"A: b\r\n\r\nc\r\n\r\n", (6, 8)),
        (b"A: b\n\nc", (5, 6)),
        (b"A: b\n\r\nc", (5, 7)),
        (b"A: b\r\n\nc", (6, 7)),
        (b"A: b\r\r\n\r\n", (7, 9)),
        (b"A: b\r\rc", (7, 7)),
        (b"A: b\r\n \r\n\r\n", (9, 11)),
    ],
)
def test_the_section_ends_at_the_first_line_that_is_empty_under_crlf_or_lf(
    message: bytes, expected: tuple[int, int]
) -> None:
    assert header_section_end(message) == expected


def test_fields_of_one_name_stand_together_in_their_order() -> None:
    text = b"Key: 1\r\nX: 2\r\nKEY: 3\r\nkey: 4\r\nx: 5\r\n"
    section = parse_header_section(text)
    assert fields_named(parse_header_section(text), "key") == section.all("Key")
    assert [field.body for field in section.all("Key")] == ["1", "3", "4"]
    assert fields_named(section, "key") == section.all("KEY")
    assert [field.body for field in fields_named(section, "x")] == ["2", "5"]
    assert fields_named(section, "none") == ()


def test_a_name_that_is_a_text_of_another_kind_is_taken_as_what_it_holds() -> None:
    section = parse_header_section(b"Key: 1\r\nX: 2\r\n")
    assert section.all(LyingText("key")) == section.all("Key") != ()


def test_names_compare_by_ascii_case_alone() -> None:
    section = parse_header_section(b"KEY: 1\r\nkey: 2\r\n\xe9: 3\r\n")
    assert [field.body for field in section.all("Key")] == ["1", "2"]
    assert section.all("\u212aey") == ()  # the Kelvin sign, whose lower case is k
    assert section.first("\udce9") is not None
    assert "KEY" in section
    assert "none" not in section
    assert 3 not in section
    assert section.first("none") is None
    assert fold_case("\u0130X") == "\u0130x"
    assert fold_case("@AZ[\u0130") == "@az[\u0130"


def test_what_follows_a_colon_is_unfolded_less_the_blanks_before_it() -> None:
    assert unfolded(b" \t one\r\n two\n\tthree \xe9\r\n") == "one two\tthree \udce9"
    assert unfolded(b"\r\n one") == "one"


class Octets(bytes):
    """No plain bytes."""


def test_a_source_is_the_octets_themselves_where_they_are_plain() -> None:
    octets = b"To: a@b.example"
    assert as_source(octets) is octets
    assert as_source(memoryview(octets)) is octets
    assert type(as_source(Octets(octets))) is bytes
    assert as_source(Octets(octets)) == octets
    mutable = bytearray(octets)
    assert as_source(mutable) is mutable
    for view in (
        memoryview(mutable),
        memoryview(octets)[::-1][::-1],
        memoryview(octets)[:4],
        memoryview(Octets(octets)),
    ):
        assert type(as_source(view)) is bytes
        assert as_source(view) == bytes(view)


def test_a_separator_line_of_an_mbox_file_is_one_folded_too() -> None:
    section = parse_header_section(b"From \r\n : x\r\nTo: y\r\n")
    assert section.items() == [(field.name, field.body) for field in section.fields] == [("To", "y")]


def test_limits_are_defects_and_never_stop_the_scan() -> None:
    message = b"A: b\r\n" * 12 + b"\r\n"
    section = parse_header_section(message, limits=Limits(fields=10, header_section=30))
    assert len(section) == 12
    assert [defect.name for defect in section.defects] == ["too-many-fields", "header-section-too-long"]
    assert all(defect.span == Span(72, 72) for defect in section.defects)
    assert parse_header_section(message).defects == ()


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda m: memoryview(b"__" + m)[2:]])
def test_messages_are_taken_from_every_kind_of_buffer(wrap: type[bytes]) -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n"
    entity = parse(wrap(message))
    assert bytes(entity) == message
    assert bytes(entity.parts[0].body) == b"Hi"
    assert [field.name for field in entity.header_section] == ["Content-Type"]
    assert type(entity.header_section.fields[0].raw) is bytes


def test_a_mapped_file_is_read_in_place() -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n"
    with tempfile.TemporaryFile() as file:
        file.write(message)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            entity = parse(mapped)
            assert [bytes(part.body) for part in entity.parts] == [b"Hi"]
            assert entity.header_section.first("content-type") is not None
            del entity


@pytest.mark.parametrize("wrong", ["text", 3, None, ["a"]])
def test_what_does_not_hold_bytes_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="a message must be bytes"):
        parse(wrong)  # type: ignore[arg-type]


def test_sections_and_fields_pickle_without_the_body() -> None:
    message = b"A: b\r\nno field\r\n\r\n" + b"x" * 100_000
    section = pickle.loads(pickle.dumps(parse_header_section(message)))
    assert len(pickle.dumps(section)) < 1_000
    assert section.fields == parse_header_section(message).fields
    assert section.defects == parse_header_section(message).defects
    assert section.span == Span(0, 16)


def test_reprs_show_no_bodies() -> None:
    section = parse_header_section(b"Subject: secret\r\n")
    assert "secret" not in repr(section)
    assert repr(section.fields[0]) == "Field(name='Subject', span=0..17)"
