"""Readings that are held while a call lasts (`sesmime.mime.held`)."""

from __future__ import annotations

from sesmime.mime.held import LEAST_HELD, MOST_HELD, held, holding


class Reader:
    """A reading that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> int:
        self.asked.append(text)
        return len(text)


def texts(count: int) -> list[str]:
    return [f"{number:04}" + "x" * LEAST_HELD for number in range(count)]


def test_a_long_text_is_read_once_while_a_call_lasts_and_again_after_it() -> None:
    read, (text,) = Reader(), texts(1)

    @holding
    def outer() -> int:
        return held("length", text, read) + inner()

    @holding
    def inner() -> int:
        return held("length", text, read)

    assert outer() == 2 * len(text)
    assert read.asked == [text]
    assert inner() == len(text)
    assert read.asked == [text] * 2
    assert held("length", text, read) == len(text)
    assert held("length", text, read) == len(text)
    assert read.asked == [text] * 4


def test_a_short_text_is_read_each_time_and_readings_of_two_names_are_two() -> None:
    read, (text,) = Reader(), texts(1)
    short = text[: LEAST_HELD - 1]

    @holding
    def looked() -> None:
        for what in ("one", "one", "other"):
            held(what, short, read)
        for what in ("one", "one", "other"):
            held(what, text, read)

    looked()
    assert read.asked == [short] * 3 + [text] * 2


def test_of_many_texts_the_last_are_held() -> None:
    read, many = Reader(), texts(MOST_HELD + 1)

    @holding
    def looked() -> None:
        for text in many:
            held("length", text, read)
        held("length", many[-1], read)
        held("length", many[1], read)
        held("length", many[0], read)

    looked()
    assert read.asked == [*many, many[0]]
