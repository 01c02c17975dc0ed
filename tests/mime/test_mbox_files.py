"""mbox files divided: in pieces of any size, in ranges, with lines counted, with messages that are too long."""

from __future__ import annotations

import pytest

from sesmime.mime.mbox import BEFORE, FROM_LINE, MboxMessage, begins_as_mbox, divide_mbox

DATED = b"From a@b.example Sat Nov 21 08:30:00 2026\n"
BOX = (
    DATED + b"Subject: one\n\nHi\nFrom here on it is text\n>From too\n\n"
    b"From c@d.example Sun, 22 Nov 2026\nSubject: two\n\nHo\n"  # no empty line: the date divides
     + DATED + b"Subject: three\r\n\r\nHa\r\n\r\nFrom e\r\nSubject: four\r\n\r\nHe\r\n\r\n"
)
MESSAGES = [
    b"Subject: one\n\nHi\nFrom here on it is text\n>From too\n",
    b"Subject: two\n\nHo\n",
    b"Subject: three\r\n\r\nHa\r\n",
    b"Subject: four\r\n\r\nHe\r\n",
]


def pieces(box: bytes, size: int, start: int = 0) -> list[bytes]:
    rest = box[max(0, start - BEFORE) :]
    return [rest[at : at + size] for at in range(0, len(rest), size)]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1_000])
def test_the_pieces_do_not_matter(size: int) -> None:
    found = list(divide_mbox(pieces(BOX, size), has_lines=True))
    assert [one.message for one in found] == MESSAGES
    for one, message in zip(found, MESSAGES, strict=True):
        assert BOX[one.offset : one.offset + len(message)] == message
        assert BOX[one.begin : one.offset].startswith(b"From ")
        assert one.line == BOX.count(b"\n", 0, one.offset) + 1


@pytest.mark.parametrize("size", [5, 1_000])
def test_ranges_have_the_messages_that_begin_in_them(size: int) -> None:
    whole = list(divide_mbox([BOX]))
    for cut in range(len(BOX) + 1):
        first = list(divide_mbox(pieces(BOX, size), stop=cut)) if cut else []
        second = list(divide_mbox(pieces(BOX, size, cut), start=cut))
        assert [*first, *second] == whole, cut


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_file_that_begins_with_an_empty_line_has_a_message_of_nothing_first(ending: bytes) -> None:
    found = [one.message for one in divide_mbox([ending + b"From a\nA: b\n\nc\n"])]
    assert found[-1] == b"A: b\n\nc\n"
    assert b"".join(one or b"" for one in found[:-1]).strip() == b""


def test_a_line_without_a_date_before_a_field_begins_a_message_and_before_text_none() -> None:
    box = DATED + b"A: b\n\ntext\nFrom c\nD: e\n\ntext\nFrom here\nno field\n"
    assert [one.message for one in divide_mbox([box])] == [b"A: b\n\ntext\n", b"D: e\n\ntext\nFrom here\nno field\n"]


@pytest.mark.parametrize("has_lines", [True, False])
@pytest.mark.parametrize("size", [100, 3_000, 1_000_000])
def test_a_message_that_is_too_long_is_not_held(size: int, has_lines: bool) -> None:
    long = b"A: b\n\n" + b"text and more\n" * 2_000
    box = DATED + long + b"\n" + DATED + b"C: d\n\ne\n\n" + DATED + long
    found = list(divide_mbox(pieces(box, size), most=1_000, has_lines=has_lines))
    assert [one.message for one in found] == [None, b"C: d\n\ne\n", None]
    begins = [0, len(DATED + long) + 1, len(DATED + long) + 1 + len(DATED) + 9]
    assert [one.begin for one in found] == begins
    assert [one.offset for one in found] == [begin + len(DATED) for begin in begins]
    lines = [box.count(b"\n", 0, one.offset) + 1 if has_lines else 0 for one in found]
    assert [one.line for one in found] == lines


def test_a_long_line_before_a_short_message_costs_it_nothing() -> None:
    first = b"From a " + b"x" * 20_000 + b"\n"
    box = first + b"A: b\n\nc\n\n" + DATED + b"D: e\n"
    found = list(divide_mbox(pieces(box, 500), most=1_000))
    assert [one.message for one in found] == [b"A: b\n\nc\n", b"D: e\n"]
    assert found[0] == MboxMessage(0, len(first), 0, b"A: b\n\nc\n")


def test_no_more_pieces_are_taken_than_are_needed() -> None:
    taken = []

    def given() -> list[bytes]:
        return [BOX, b"x" * 3 * FROM_LINE, b"y"]

    def counted() -> object:
        for one in given():
            taken.append(len(one))
            yield one

    assert next(iter(divide_mbox(counted(), stop=1))).message == MESSAGES[0]  # type: ignore[arg-type]
    assert len(taken) < 3


@pytest.mark.parametrize(
    ("start", "begins"),
    [(DATED, True), (DATED[:-1], True), (b"From a\n" + DATED, False), (b"To a Sat Nov 21\n", False), (b"", False)],
)
def test_what_begins_as_a_file_of_messages(start: bytes, begins: bool) -> None:
    assert begins_as_mbox(start) is begins


def test_a_line_that_is_no_shorter_than_its_message_costs_it_nothing() -> None:
    first = b"From a " + b"x" * 4_800 + b"\n"
    message = b"A: b\n\n" + b"c" * 700 + b"\n"
    box = first + message + b"\n" + DATED + b"D: e\n"
    found = list(divide_mbox(pieces(box, 100), most=1_000))
    assert [one.message for one in found] == [message, b"D: e\n"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_the_empty_line_at_the_end_is_no_part_of_the_last_message(ending: bytes) -> None:
    box = DATED + b"A: b" + ending * 2 + b"c" + ending * 2
    assert [one.message for one in divide_mbox([box])] == [b"A: b" + ending * 2 + b"c" + ending]


def test_a_field_of_that_name_divides_nothing() -> None:
    box = DATED + b"A: b\n\ntext\n\nFrom : a\nmore\n"
    assert [one.message for one in divide_mbox([box])] == [b"A: b\n\ntext\n\nFrom : a\nmore\n"]
