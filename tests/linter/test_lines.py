"""The lines of a range: lone CR, lone LF and long lines, against a splitter that loops over octets."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.linter.view.lines import MOST_LONG, Lines, has_long_line, long_lines
from sesmime.mime.fields import Source

LONGEST = 998


def facts(source: Source, start: int, stop: int) -> tuple[object, ...]:
    """Return all that `Lines` has found, as `naively` gives it."""
    found = Lines(source, start, stop)
    numbers = (found.crlfs, found.lone_crs, found.lone_lfs, found.long_count)
    return (*numbers, found.first_cr, found.first_lf, [tuple(span) for span in found.long])


def naively(source: bytes, start: int, stop: int) -> tuple[object, ...]:
    """Return the same octet by octet: how many there are of each, and the first place of all but CRLFs."""
    crlfs = 0
    lone_cr, lone_lf, long = [], [], []
    line = start
    for place in range(start, stop):
        if source[place] == 0x0D and source[place : min(place + 2, stop)] != b"\r\n":
            lone_cr.append(place)
        if source[place] == 0x0A:
            has_cr = place > start and source[place - 1] == 0x0D
            crlfs += has_cr
            if not has_cr:
                lone_lf.append(place)
            if place - has_cr - line > LONGEST:
                long.append((line, place - has_cr))
            line = place + 1
    if stop - line > LONGEST:
        long.append((line, stop))
    first_cr, first_lf = (next(iter(places), -1) for places in (lone_cr, lone_lf))
    return crlfs, len(lone_cr), len(lone_lf), len(long), first_cr, first_lf, long[:MOST_LONG]


@pytest.mark.parametrize(
    ("text", "crlfs", "first_cr", "first_lf"),
    [
        (b"", 0, -1, -1),
        (b"one\r\ntwo\r\n", 2, -1, -1),
        (b"one\ntwo\r\n", 1, -1, 3),
        (b"one\rtwo\r\n", 1, 3, -1),
        (b"one\r\r\n", 1, 3, -1),
        (b"\n\r", 0, 1, 0),
        (b"one\r", 0, 3, -1),
        (b"\r\n\n\r\n", 2, -1, 2),
    ],
)
def test_line_ends_are_told_apart(text: bytes, crlfs: int, first_cr: int, first_lf: int) -> None:
    lines = Lines(text, 0, len(text))
    assert (lines.crlfs, lines.first_cr, lines.first_lf) == (crlfs, first_cr, first_lf)
    assert (lines.lone_crs, lines.lone_lfs) == (first_cr >= 0, first_lf >= 0)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b""])
@pytest.mark.parametrize(("size", "is_long"), [(997, False), (998, False), (999, True), (1000, True), (5000, True)])
def test_a_line_is_long_from_999_octets_on_its_end_not_counted(size: int, is_long: bool, ending: bytes) -> None:
    text = b"first\r\n" + b"x" * size + ending
    lines = Lines(text, 0, len(text))
    assert [tuple(span) for span in lines.long] == ([(7, 7 + size)] if is_long else [])
    assert lines.long_count == is_long


def test_a_lone_cr_counts_as_an_octet_of_its_line() -> None:
    text = b"x" * 998 + b"\r\r\n"
    lines = Lines(text, 0, len(text))
    assert [tuple(span) for span in lines.long] == [(0, 999)]
    assert lines.first_cr == 998


def test_what_stands_outside_the_range_does_not_count() -> None:
    lines = Lines(b"a\rb\nc\rd", 2, 5)
    assert (lines.first_cr, lines.first_lf) == (-1, 3)
    cut = Lines(b"a\r\nb", 2, 4)
    assert (cut.crlfs, cut.first_lf) == (0, 2)


def test_the_first_place_is_kept_and_all_are_counted() -> None:
    text = b"a\rb\n" * 50
    lines = Lines(text, 0, len(text))
    assert (lines.first_cr, lines.first_lf) == (1, 3)
    assert (lines.lone_crs, lines.lone_lfs) == (50, 50)


@pytest.mark.parametrize("width", [2, 3, 78, 1000])
def test_a_fault_behind_many_regular_lines_is_found(width: int) -> None:
    line = b"x" * (width - 2) + b"\r\n"
    regular = line * (700_000 // width)
    for fault in (b"\n", b"\r", b"y" * 999):
        text = regular + fault + b"\r\n" + regular
        lines = Lines(text, 0, len(text))
        assert lines.crlfs == 2 * (700_000 // width) + 1
        assert lines.first_lf == (len(regular) if fault == b"\n" else -1)
        assert lines.first_cr == (len(regular) if fault == b"\r" else -1)
        assert [tuple(span) for span in lines.long] == (
            [(len(regular), len(regular) + 999)] if fault.startswith(b"y") else []
        )


def test_a_line_of_megabytes_is_one_long_line_and_its_crs_are_counted() -> None:
    text = (b"x" * 300_000 + b"\r") * 4 + b"x\nend\n"
    lines = Lines(text, 0, len(text))
    assert [tuple(span) for span in lines.long] == [(0, len(text) - 5)]
    assert (lines.first_cr, lines.lone_crs) == (300_000, 4)
    assert (lines.first_lf, lines.lone_lfs) == (len(text) - 5, 2)


@pytest.mark.parametrize("octet", [b"\0", b"\xff"])
def test_an_octet_in_a_line_of_megabytes_is_seen(octet: bytes) -> None:
    lines = Lines(b"x" * 600_000 + octet + b"x" * 600_000, 0, 1_200_001)
    assert (lines.has_nul, lines.is_ascii) == (octet == b"\0", octet == b"\0")


PIECES = st.one_of(
    st.text("ab\r\n", max_size=30).map(str.encode),
    st.tuples(
        st.sampled_from((0, 1, 76, 996, 997, 998, 999, 1000, 2047, 8191, 8192)),
        st.sampled_from((b"\r\n", b"\n", b"\r", b"")),
        st.sampled_from((1, 2, 15, 16, 17, 64, 400)),
    ).map(lambda drawn: (b"x" * drawn[0] + drawn[1]) * min(drawn[2], 1 + 60_000 // (drawn[0] + 1))),
)


class TestAgainstANaiveSplitter:
    """RFC 5322 section 2.3: CR and LF MUST only occur together as CRLF; section 2.1.1: at most 998 characters."""

    @given(st.lists(PIECES, max_size=6).map(b"".join), st.integers(0, 3), st.integers(0, 3))
    def test_every_number_and_every_place_is_the_same(self, text: bytes, before: int, after: int) -> None:
        start, stop = min(before, len(text)), max(len(text) - after, min(before, len(text)))
        assert facts(text, start, stop) == naively(text, start, stop)

    @given(st.lists(PIECES, max_size=6).map(b"".join))
    def test_a_long_line_is_seen_without_a_place(self, text: bytes) -> None:
        assert has_long_line(text) == bool(Lines(text, 0, len(text)).long)

    @given(st.lists(PIECES, max_size=6).map(b"".join))
    def test_the_long_lines_alone_are_the_same(self, text: bytes) -> None:
        found, wanted = long_lines(text), naively(text, 0, len(text))
        assert (found.long_count, [tuple(span) for span in found.long]) == (wanted[3], wanted[6])


def test_other_sources_give_the_same(tmp_path: Path) -> None:
    text = (b"x" * 76 + b"\r\n") * 2_000 + b"y" * 999 + b"\n\rz"
    wanted = naively(text, 0, len(text))
    assert facts(bytearray(text), 0, len(text)) == wanted
    file = tmp_path / "message"
    file.write_bytes(text)
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert facts(mapped, 0, len(text)) == wanted
