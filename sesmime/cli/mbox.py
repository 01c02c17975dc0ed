"""The messages of an mbox file, one after the other, from a file or a pipe.

It stands for `mailbox.mbox`, which cannot read a pipe and divides at every line that begins "From ". A message's own
text may have such lines: without an empty line before it, one divides only where it has a date, or a field after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from sesmime.linter.output import Place
from sesmime.mime.fields import is_mbox_line

# How much of a line is looked at to tell whether it begins a message.
FROM_LINE: Final = 1_000

# RFC 4155 appendix A: the time as `asctime` has it. Real files have it with a comma, the day before the month, a zone.
_DATE: Final = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+"
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]+\d{1,2}"
    rb"|\d{1,2}[ \t]+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))\b",
    re.IGNORECASE,
)
# RFC 5322 section 3.6.8, with the blanks before the colon that section 4.5 has.
_FIELD: Final = re.compile(rb"[!-9;-~]+[ \t]*:")


def split_mbox(pieces: Iterable[bytes]) -> Iterator[tuple[Place, bytes]]:
    r"""Return the messages of an mbox file, each with its place, byte for byte as they stand in it.

    A line that begins "From " begins a message where it follows an empty line (or nothing), has a date, or comes
    before a field; neither it nor the empty line is part of a message. Nothing is undone of what a writer may have
    quoted (">From "). Linear, one message and a piece in memory.

    >>> list(split_mbox([b"From a\nA: b\n\nc\n\nFrom b\nD: e\n"]))
    [(Place(offset=7, line=2), b'A: b\n\nc\n'), (Place(offset=23, line=7), b'D: e\n')]
    """
    held = bytearray()  # from the line that begins a message on
    offset, line, seen = 0, 1, 0
    for piece in chain(pieces, (b"",)):
        held += piece
        while (feed := held.find(b"\nFrom ", seen)) >= 0:
            if piece and len(held) - feed < 2 * FROM_LINE:
                break
            seen = feed + 1
            stop = _division(held, feed)
            if stop is None:
                continue
            yield _held_message(held, stop, offset, line)
            line += held.count(b"\n", 0, feed + 1)
            offset += feed + 1
            del held[: feed + 1]
            seen = 0
        else:
            seen = max(0, len(held) - len(b"\nFrom "))
    stop = len(held)
    if held.endswith(b"\n\n"):
        stop -= 1
    elif held.endswith(b"\n\r\n"):
        stop -= 2
    yield _held_message(held, stop, offset, line)


def begins_as_mbox(start: bytes) -> bool:
    """Tell whether a file begins with a line that divides an mbox file and has its date: no other text begins so.

    >>> begins_as_mbox(b"From a@b.example Sat Nov 21 08:30:00 2026\\n"), begins_as_mbox(b"From here on\\n")
    (True, False)
    """
    line, _, _ = start[:FROM_LINE].partition(b"\n")
    return is_mbox_line(line) and _DATE.search(line) is not None


def _division(held: bytearray, feed: int) -> int | None:
    """Return where the message ends before the line after the LF at `feed`; None if that line begins no message."""
    begin = bytes(held[feed + 1 : feed + 2 * FROM_LINE])
    if not is_mbox_line(begin[:FROM_LINE]):
        return None
    if held[feed - 1] == 0x0A:
        return feed
    if held[feed - 1] == 0x0D and held[feed - 2] == 0x0A:
        return feed - 1
    from_line, _, after = begin.partition(b"\n")
    return feed + 1 if _DATE.search(from_line[:FROM_LINE]) or _FIELD.match(after) else None


def _held_message(held: bytearray, stop: int, offset: int, line: int) -> tuple[Place, bytes]:
    """Return what follows the first line."""
    start = held.find(b"\n", 0, stop) + 1 or stop
    return Place(offset + start, line + 1), bytes(held[start:stop])
