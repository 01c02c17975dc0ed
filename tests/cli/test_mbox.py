"""mbox files divided into messages, beside `mailbox.mbox`."""

from __future__ import annotations

import doctest
import mailbox
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sesmime.cli.mbox
from sesmime.cli.inputs import Input, read_inputs
from sesmime.cli.mbox import split_mbox
from sesmime.linter.output import Place, Unreadable
from sesmime.mime.fields import is_mbox_line
from sesmime.mime.mbox import FROM_LINE
from tests.conftest import shared


def read(path: Path) -> list[Input]:
    """Read a file, of which all can be read."""
    found = list(read_inputs([str(path)]))
    inputs = [one for one in found if isinstance(one, Input)]
    assert inputs == found
    return inputs


def write(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_doctests() -> None:
    results = doctest.testmod(sesmime.cli.mbox)
    assert results.attempted > 0
    assert results.failed == 0


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


# Lines of bodies: none begins "From ".
lines = st.sampled_from([b"", b"a", b"From", b">From x", b"From: a@b.example", b" From x", b"x From y", b"b" * 1_500])
bodies = st.lists(lines, min_size=1, max_size=6).map(lambda found: b"A: b\n\n" + b"".join(one + b"\n" for one in found))


class TestMbox:
    BOX = (
        b"From a@b.example Mon Jan  1 00:00:00 2024\n"
        b"Subject: one\n\nHi\nFrom here on it is text\n>From too\n\n"
        b"From c@d.example Tue Jan  2 00:00:00 2024\n"
        b"Subject: two\n\nHo\n\n"
    )

    def test_messages_are_numbered_and_know_their_places(self, tmp_path: Path) -> None:
        file = write(tmp_path / "box", self.BOX)
        first, second = read(file)
        assert (first.path, second.path) == (f"{file}#1", f"{file}#2")
        assert first.file == second.file == str(file)
        assert first.message == b"Subject: one\n\nHi\nFrom here on it is text\n>From too\n"
        assert second.message == b"Subject: two\n\nHo\n"
        # The From line of the first has 42 octets; before the second message stand eight lines.
        assert first.place == Place(42, 2)
        assert second.place == Place(self.BOX.index(b"Subject: two"), 9)
        assert not first.is_alone

    def test_lines_may_end_with_crlf(self) -> None:
        box = self.BOX.replace(b"\n", b"\r\n")
        (_, one), (place, two) = split_mbox([box])
        assert one.endswith(b">From too\r\n")
        assert two == b"Subject: two\r\n\r\nHo\r\n"
        assert place == Place(box.index(b"Subject: two"), 9)

    def test_a_field_named_from_with_a_blank_begins_no_message(self, tmp_path: Path) -> None:
        content = b"From : a@b.example\nTo: c@d.example\n\nHi\n\nFrom : x\n"
        (one,) = read(write(tmp_path / "a", content))
        assert (one.message, one.is_alone) == (content, True)
        ((_, message),) = split_mbox([b"From a\n" + content])
        assert message == content

    def test_an_empty_message_is_told_and_the_others_follow(self, tmp_path: Path) -> None:
        file = write(tmp_path / "box", b"From a\n\nFrom b\nA: b\n\nc\n")
        first, second = read_inputs([str(file)])
        assert first == Unreadable(f"{file}#1", f"{file}#1 is empty")
        assert isinstance(second, Input)
        assert (second.path, second.message, second.place) == (f"{file}#2", b"A: b\n\nc\n", Place(15, 4))

    def test_a_file_of_one_line_holds_an_empty_message(self) -> None:
        assert [message for _, message in split_mbox([b"From a"])] == [b""]

    @pytest.mark.property
    @given(messages=st.lists(bodies, min_size=1, max_size=5), size=st.integers(1, 50))
    def test_pieces_of_any_size_give_the_messages_that_were_written(self, messages: list[bytes], size: int) -> None:
        box = b"".join(b"From a@b.example Mon Jan  1 00:00:00 2024\n" + message + b"\n" for message in messages)
        found = list(split_mbox(pieces(box, size)))
        assert [message for _, message in found] == messages
        for (offset, line), message in found:
            assert box[offset : offset + len(message)] == message
            assert line == box.count(b"\n", 0, offset) + 1

    @pytest.mark.property
    @given(messages=st.lists(bodies, min_size=1, max_size=4))
    def test_it_agrees_with_the_standard_library(
        self, messages: list[bytes], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        box = b"".join(b"From a@b.example Mon Jan  1 00:00:00 2024\n" + message + b"\n" for message in messages)
        file = write(tmp_path_factory.mktemp("box") / "box", box)
        theirs = mailbox.mbox(file, create=False)
        try:
            assert [message for _, message in split_mbox([box])] == [theirs.get_bytes(key) for key in theirs.iterkeys()]
        finally:
            theirs.close()

    def test_the_file_is_not_held_in_memory(self) -> None:
        made = 0

        def endless() -> Any:
            nonlocal made
            while True:
                made += 1
                yield b"From a\nA: b\n\n" + b"x" * 2_000 + b"\n\n"

        found = split_mbox(endless())
        assert next(found)[1] == b"A: b\n\n" + b"x" * 2_000 + b"\n"
        assert made <= 3

    @pytest.mark.parametrize(
        "line",
        [
            b"From - Mon Jun  3 12:51:00 1996",
            b"From a@b.example Mon, 3 Jun 1996 12:51:00 +0200",
            b"From a@b.example  tue jun 13 12:51 EST 1996 remote from x",
        ],
    )
    def test_a_date_divides_without_an_empty_line(self, line: bytes) -> None:
        box = b"From a\nA: b\n\nc\n" + line + b"\nno field\n\nd\n"
        assert [message for _, message in split_mbox([box])] == [b"A: b\n\nc\n", b"no field\n\nd\n"]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_a_field_after_the_line_divides_without_an_empty_line(self, end: bytes) -> None:
        box = b"From a\nA: b\n\nc\nFrom d\nX-e : f\n\ng\n".replace(b"\n", end)
        found = [message.replace(end, b"\n") for _, message in split_mbox([box])]
        assert found == [b"A: b\n\nc\n", b"X-e : f\n\ng\n"]

    @pytest.mark.parametrize(
        "line",
        [b"From Monday on, at 12:30, we meet", b"From here", b"From May 3 on", b">From - Mon Jun  3 12:51:00 1996"],
    )
    def test_text_divides_nothing(self, line: bytes) -> None:
        box = b"From a\nA: b\n\nc\n" + line + b"\nmore text, no field\n"
        assert len(list(split_mbox([box]))) == 1

    @pytest.mark.property
    @given(
        chosen=st.lists(
            st.sampled_from(
                [
                    b"",
                    b"text",
                    b"From here",
                    b"From a Mon Jun  3 12:51:00 1996",
                    b"A: b",
                    b"From : c",
                    b">From x",
                    b"x" * 1_200,
                ]
            ),
            max_size=12,
        ),
        size=st.integers(1, 40),
    )
    def test_it_divides_where_the_standard_library_does_or_the_line_is_text(
        self, chosen: list[bytes], size: int, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        box = b"From a\n" + b"".join(line + b"\n" for line in chosen)
        found = list(split_mbox(pieces(box, size)))
        assert found == list(split_mbox([box]))
        begins = [0] + [place.offset - len(box[: place.offset].splitlines(keepends=True)[-1]) for place, _ in found[1:]]
        file = tmp_path_factory.mktemp("box") / "box"
        file.write_bytes(box)
        theirs = mailbox.mbox(file, create=False)
        try:
            expected = [theirs._lookup(key)[0] for key in theirs.iterkeys()]  # type: ignore[attr-defined]
        finally:
            theirs.close()
        every = box.splitlines()
        for begin in expected:
            number = box.count(b"\n", 0, begin)
            line, before, after = every[number], every[number - 1], every[number + 1 : number + 2]
            divides = number == 0 or (
                not line.startswith(b"From :") and (not before or b"Mon" in line or after in ([b"A: b"], [b"From : c"]))
            )
            assert (begin in begins) == divides
        assert set(begins) <= set(expected)


@pytest.mark.shared
class TestSharedFiles:
    def test_the_file_without_an_empty_line_has_two_messages(self) -> None:
        box = shared("cases", "reading", "10-mbox-no-empty-line.mbox").read_bytes()
        _, (_, second) = split_mbox([box])
        assert second.startswith(b"To: c@example.org\n")

    def test_the_corpus_is_divided_as_the_standard_library_divides_it(self) -> None:
        count = 0
        for file in sorted(shared("corpus").rglob("*")):
            if not file.is_file() or not is_mbox_line(file.read_bytes()[:FROM_LINE]):
                continue
            box = file.read_bytes()
            theirs = mailbox.mbox(file, create=False)
            try:
                expected = [theirs.get_bytes(key) for key in theirs.iterkeys()]
            finally:
                theirs.close()
            found = [message for _, message in split_mbox([box])]
            assert [one.rstrip() for one in found] == [one.rstrip() for one in expected], file.name
            count += len(found)
        assert count > 20
