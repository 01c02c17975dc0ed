"""Header sections at their edges: where they end, names across blanks, limits met exactly, sections cut and moved."""

from __future__ import annotations

import pytest

from sesmime import Limits, Span, parse
from sesmime.mime.fields import (
    HeaderSection,
    as_header_section,
    header_section_end,
    is_mbox_line,
    logical_line_end,
    parse_header_section,
    section_at,
    section_of,
    section_without,
)


def shape(section: HeaderSection) -> tuple[object, ...]:
    return section.fields, section.defects, section.span


def test_a_section_that_begins_with_an_empty_line_is_empty() -> None:
    assert header_section_end(b"\nA: b\n\nbody") == (0, 1)
    assert header_section_end(b"\n") == (0, 1)
    assert header_section_end(b"\r\nA: b\r\n\r\nbody") == (0, 2)


def test_a_line_end_that_is_cut_in_two_ends_no_section() -> None:
    assert header_section_end(b"\r\nrest", 0, 1) == (1, 1)
    assert header_section_end(b"\r\nrest", 0, 2) == (0, 2)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"A\t: b\r\n", "A"),
        (b"A \t : b\r\n", "A"),
        (b"A\n : b\n", "A"),
        (b"A\r\n\t: b\r\n", "A"),
        (b"From \t: a@b.example\r\n", "From"),
        (b"A B: c\r\n", "A B"),
        (b"A\x01: b\r\n", "A\x01"),
    ],
)
def test_blanks_and_folds_before_a_colon_are_none_of_the_name(raw: bytes, name: str) -> None:
    section = parse_header_section(raw)
    assert [field.name for field in section] == [name]
    assert section.names == {name.lower()}
    assert section.defects == ()
    assert parse(raw).header_section.first(name) is not None


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        (b"From a@b Mon Jan  1 00:00:00 2024\r\n", True),
        (b"From  a@b 00:00\n", True),
        (b"From :\r\n", False),
        (b"From  : a@b.example\r\n", False),
        (b"From \t: a@b.example\r\n", False),
        (b"From: a@b.example\r\n", False),
    ],
)
def test_a_blank_and_a_colon_after_from_make_a_field(line: bytes, is_one: bool) -> None:
    assert is_mbox_line(line) is is_one
    assert [defect.name for defect in parse_header_section(line).defects] == (["mbox-line"] if is_one else [])


def test_a_logical_line_ends_where_no_blank_follows() -> None:
    assert logical_line_end(b"a\n b\n\tc\nd\n", 0) == 8
    assert logical_line_end(b"a\nb", 0) == 2
    assert logical_line_end(b"a\n", 0) == 2
    assert logical_line_end(b"a\n b", 0) == 4
    assert logical_line_end(b"a", 0) == 1


def test_a_limit_that_is_met_exactly_is_not_passed() -> None:
    raw = b"A: b\r\nC: d\r\n"
    assert parse_header_section(raw, limits=Limits(fields=2, header_section=len(raw))).defects == ()
    told = parse_header_section(raw, limits=Limits(fields=1, header_section=len(raw) - 1)).defects
    assert [(defect.name, defect.span) for defect in told] == [
        ("too-many-fields", Span(12, 12)),
        ("header-section-too-long", Span(12, 12)),
    ]


class TestMoved:
    """A header section with places as if it began elsewhere."""

    def test_every_place_moves(self) -> None:
        section = section_at(b"A: b\r\nno field\r\nC: d\r\n\r\nbody: x\r\n", 10)
        assert [(field.name, field.span) for field in section] == [("A", Span(10, 16)), ("C", Span(26, 32))]
        assert [(defect.name, defect.span) for defect in section.defects] == [("not-a-field", Span(16, 26))]
        assert section.span == Span(10, 32)

    def test_what_stays_of_a_section_is_that_section_read_again(self) -> None:
        for raw in (b"A: b\r\nB: c\r\nA: d\r\n", b"A: b\r\nno field\r\nB: c\r\nA: d\r\n"):
            section = parse_header_section(raw)
            removed = section.all("A")
            head = b"no field\r\nB: c\r\n" if section.defects else b"B: c\r\n"
            assert shape(section_without(section, removed, head, 7)) == shape(section_at(head, 7))

    def test_a_section_is_made_of_its_lines(self) -> None:
        head = b"A: b\r\nB:\r\n c\r\n"
        made = section_of([("A", b"A: b\r\n"), ("B", b"B:\r\n c\r\n")], head, 3)
        assert shape(made) == shape(section_at(head, 3))

    def test_a_section_is_what_it_is_whatever_gives_it(self) -> None:
        section = parse_header_section(b"A: b\r\n\r\n")
        assert as_header_section(section) is section
        assert shape(as_header_section(b"A: b\r\n\r\n")) == shape(section)
        assert as_header_section(None).fields == ()
