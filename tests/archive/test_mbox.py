"""mbox files in ranges: whatever the ranges, the messages are those of the whole file and of `mailbox.mbox`."""

from __future__ import annotations

import doctest
import mailbox
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sesmime.mime.mbox
from sesmime.archive import Piece, messages, pieces, read_piece
from sesmime.cli.mbox import split_mbox
from sesmime.mime.fields import is_mbox_line
from sesmime.mime.mbox import BEFORE, FROM_LINE, MboxMessage, divide_mbox
from tests.conftest import shared

BOX = (
    b"From a@b.example Mon Jan  1 00:00:00 2024\nSubject: one\n\nHi\nFrom here on it is text\n>From too\n\n"
    b"From c@d.example Tue Jan  2 00:00:00 2024\nSubject: two\n\nHo\n\n"
)
# What stands around a line that may divide: every way in which the octets before it and after it matter.
LINES = st.sampled_from(
    [
        b"",
        b"\r",
        b"text",
        b"From here",
        b"From a Mon Jun  3 12:51:00 1996",
        b"From b Mon Jun  3 12:51:00 1996\r",
        b"A: b",
        b"From : c",
        b">From x",
        b"x" * 1_200,
        b"From " + b"y" * 2_500,
    ]
)


def test_doctests() -> None:
    results = doctest.testmod(sesmime.mime.mbox)
    assert results.attempted > 0
    assert results.failed == 0


def in_chunks(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


def in_ranges(box: bytes, cuts: list[int], *, chunk: int, most: int | None = None) -> list[MboxMessage]:
    """Return the messages of a file that is divided at these places, each range read by itself."""
    found = []
    edges = [0, *sorted(set(cuts) - {0}), None]
    for start, stop in pairwise(edges):
        assert start is not None
        rest = box[max(0, start - BEFORE) :]
        found += list(divide_mbox(in_chunks(rest, chunk), start=start, stop=stop, most=most))
    return found


class TestRanges:
    @pytest.mark.property
    @given(
        chosen=st.lists(LINES, max_size=12), cuts=st.lists(st.integers(0, 4_000), max_size=6), chunk=st.integers(1, 90)
    )
    def test_they_hold_the_messages_of_the_whole_file(self, chosen: list[bytes], cuts: list[int], chunk: int) -> None:
        box = b"From a\n" + b"\n".join(chosen)
        cuts = [cut for cut in cuts if cut < len(box)]
        whole = list(divide_mbox([box]))
        assert in_ranges(box, cuts, chunk=chunk) == whole
        assert [(place.offset, message) for place, message in split_mbox([box])] == [
            (one.offset, one.message) for one in whole
        ]

    @pytest.mark.property
    @given(chosen=st.lists(LINES, max_size=5), chunk=st.integers(20, 90))
    def test_a_range_may_begin_at_any_octet(self, chosen: list[bytes], chunk: int) -> None:
        box = b"From a\n" + b"\n".join(chosen)
        whole = list(divide_mbox([box]))
        for cut in range(1, min(len(box), 60)):
            assert in_ranges(box, [cut], chunk=chunk) == whole

    @pytest.mark.property
    @given(
        chosen=st.lists(LINES, max_size=12),
        cuts=st.lists(st.integers(0, 4_000), max_size=3),
        chunk=st.integers(1, 2_000),
        most=st.integers(0, 6_000),
    )
    def test_what_is_too_long_is_told_and_nothing_else_changes(
        self, chosen: list[bytes], cuts: list[int], chunk: int, most: int
    ) -> None:
        box = b"From a\n" + b"\n".join(chosen)
        cuts = [cut for cut in cuts if cut < len(box)]
        expected = [one._replace(message=None) if len(one.message or b"") > most else one for one in divide_mbox([box])]
        assert in_ranges(box, cuts, chunk=chunk, most=most) == expected

    def test_lines_are_counted_past_what_is_not_held(self) -> None:
        box = b"From a\nA: b\n\n" + b"x\n" * 50_000 + b"\nFrom b\nC: d\n"
        first, second = divide_mbox(in_chunks(box, 1_000), most=100, has_lines=True)
        assert (first.line, first.message) == (2, None)
        assert second == MboxMessage(100_014, 100_021, 50_006, b"C: d\n")

    @pytest.mark.parametrize("chunk", [1, 700, 10_000])
    @pytest.mark.parametrize("length", [2_500, 6_000, 9_000])
    def test_a_long_line_before_a_message_does_not_make_it_too_long(self, length: int, chunk: int) -> None:
        box = b"From " + b"y" * length + b"\n\nFrom here on\nA: b\n"
        whole = list(divide_mbox([box]))
        assert [one.message for one in whole] == [b"", b"A: b\n"]
        assert in_ranges(box, [], chunk=chunk, most=5) == whole
        assert in_ranges(box, [], chunk=chunk, most=0) == [whole[0], whole[1]._replace(message=None)]

    def test_a_message_that_is_too_long_is_not_held(self) -> None:
        box = b"From a\nA: b\n\n" + b"x" * 50_000_000
        import tracemalloc

        tracemalloc.start()
        try:
            (one,) = divide_mbox((box[start : start + 65_536] for start in range(0, len(box), 65_536)), most=1_000_000)
            assert one.message is None
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
        finally:
            tracemalloc.stop()


class TestPieces:
    def test_a_message_is_read_by_the_piece_in_which_it_begins(self, tmp_path: Path) -> None:
        file = tmp_path / "box"
        file.write_bytes(BOX)
        second = BOX.index(b"From c")
        first, *rest = pieces(file, piece_size=second)
        assert first == Piece(str(file), "mbox", 0, second, (), second)
        assert [one.id for one in read_piece(first)] == [f"{file}@0"]
        assert [one.id for piece in rest for one in read_piece(piece)] == [f"{file}@{second}"]

    def test_a_message_says_where_it_begins(self, tmp_path: Path) -> None:
        file = tmp_path / "box"
        file.write_bytes(BOX)
        first, second = messages(file)
        assert (first.source, first.offset, first.error) == (str(file), 42, None)
        assert first.message == b"Subject: one\n\nHi\nFrom here on it is text\n>From too\n"
        assert (second.id, second.offset) == (f"{file}@{BOX.index(b'From c')}", BOX.index(b"Subject: two"))

    def test_an_empty_message_and_one_that_is_too_long_are_told_and_the_others_follow(self, tmp_path: Path) -> None:
        file = tmp_path / "box"
        file.write_bytes(b"From a\n\nFrom b\nA: b\n\n" + b"c" * 5_000 + b"\n\nFrom d\nE: f\n")
        empty, long, good = messages(file, max_size=2_000)
        assert empty.error == f"{file}@0 is empty"
        assert (long.error, long.message, long.offset) == (f"{file}@8 has more than 2,000 octets", b"", 15)
        assert (good.message, good.error) == (b"E: f\n", None)


@pytest.mark.shared
@pytest.mark.slow
def test_the_files_of_others_are_divided_as_the_standard_library_does_whatever_the_ranges() -> None:
    chance = random.Random(16)
    files = 0
    for file in sorted(shared("corpus").rglob("*")):
        # A file that is named *.eml is one message, whatever its first line.
        if not file.is_file() or file.suffix == ".eml" or not is_mbox_line(file.read_bytes()[:FROM_LINE]):
            continue
        files += 1
        theirs = mailbox.mbox(file, create=False)
        try:
            expected = [(theirs._lookup(key)[0], theirs.get_bytes(key)) for key in theirs.iterkeys()]  # type: ignore[attr-defined]
        finally:
            theirs.close()
        whole = list(messages(file))
        assert [int(one.id.rpartition("@")[2]) for one in whole] == [begin for begin, _ in expected], file.name
        assert [one.message.rstrip() for one in whole] == [message.rstrip() for _, message in expected], file.name
        assert [(one.offset, one.message) for one in whole] == [
            (place.offset, message) for place, message in split_mbox([file.read_bytes()])
        ]
        for _ in range(4):
            size = chance.randrange(1, max(2, file.stat().st_size)) + file.stat().st_size // 50
            assert [one for piece in pieces(file, piece_size=size) for one in read_piece(piece)] == whole
    assert files > 60
