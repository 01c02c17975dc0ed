"""The messages of an mbox file, one after the other, from a file, a pipe, or a range of a file.

It stands for `mailbox.mbox`, which cannot read a pipe and divides at every line that begins "From ". A message's own
text may have such lines: without an empty line before it, one divides only where it has a date, or a field after it.

Whether a line divides is seen from the three octets before it and the 2,000 from it on, wherever a reader began: so
ranges can be read one without the other, and their messages are those of the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from sesmime.mime.fields import is_mbox_line

# How much of a line is looked at to tell whether it begins a message.
FROM_LINE: Final = 1_000
# How many octets before a line say whether an empty one precedes it: those of LF and CRLF.
BEFORE: Final = 3

_DIVIDER: Final = b"\nFrom "
# RFC 4155 appendix A: the time as `asctime` has it. Real files have it with a comma, the day before the month, a zone.
_DATE: Final = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+"
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]+\d{1,2}"
    rb"|\d{1,2}[ \t]+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))\b",
    re.IGNORECASE,
)
# RFC 5322 section 3.6.8, with the blanks before the colon that section 4.5 has.
_FIELD: Final = re.compile(rb"[!-9;-~]+[ \t]*:")


class MboxMessage(NamedTuple):
    """A message of an mbox file.

    `begin` is where the line begins that stands before it, `offset` where it begins itself, in octets of the file.
    `line` is the number of its first line, counted from 1 (0 where lines are not counted). A message of more octets
    than were asked for is None.
    """

    begin: int
    offset: int
    line: int
    message: bytes | None


def divide_mbox(
    pieces: Iterable[bytes],
    *,
    start: int = 0,
    stop: int | None = None,
    most: int | None = None,
    has_lines: bool = False,
) -> Iterator[MboxMessage]:
    r"""Return the messages that begin at `start` or later and before `stop`, byte for byte as they stand in the file.

    A line that begins "From " begins a message where it follows an empty line (or nothing), has a date, or comes
    before a field; neither it nor the empty line is part of a message. Nothing is undone of what a writer may have
    quoted (">From ").

    `pieces` are the octets of the file from `BEFORE` octets before `start` on (from its beginning where there are
    fewer); they are taken only as far as they are needed. A message of more than `most` octets is not held. With
    `has_lines` lines are counted, from `start` 0. Linear; a message and a piece in memory.

    >>> box = b"From a\nA: b\n\nc\n\nFrom b\nD: e\n"
    >>> [one.message for one in divide_mbox([box])]
    [b'A: b\n\nc\n', b'D: e\n']
    >>> list(divide_mbox([box[7:]], start=10))
    [MboxMessage(begin=16, offset=23, line=0, message=b'D: e\n')]
    """
    held = bytearray()  # from the line that begins a message on
    base = max(0, start - BEFORE)  # where in the file `held` begins
    is_inside = start == 0
    begin, first, cut, seen = 0, 0, 0, 0
    line = begin_line = 1
    for piece in chain(pieces, (b"",)):
        held += piece
        while (feed := held.find(_DIVIDER, seen)) >= 0:
            if piece and len(held) - feed < 2 * FROM_LINE:
                break
            seen = feed + 1
            if base + feed + 1 < start or (end := _division(held, feed, is_first=base == 0)) is None:
                continue
            if is_inside:
                yield _message(held, base, begin, first, end, cut, begin_line if has_lines else 0, most)
                if has_lines:
                    line += held.count(b"\n", 0, feed + 1)
                    begin_line = line
            begin, first, cut, is_inside = base + feed + 1, 0, 0, True
            if stop is not None and begin >= stop:
                return
            base += feed + 1
            del held[: feed + 1]
            seen = 0
        else:
            seen = max(seen, len(held) - len(_DIVIDER) + 1, 0)
        # What is before `kept` is looked at no more: it is not asked for, or belongs to a message that is too long.
        kept = max(0, min(seen, len(held)) - BEFORE)
        if kept and (not is_inside or (most is not None and len(held) > most + 4 * FROM_LINE)):
            if is_inside and not cut:
                head = held.find(b"\n", 0, kept) + 1
                if most is not None and head and kept - head <= most:
                    continue  # much of it is the line before the message
                first = base + head
                cut = kept if head else 0  # nothing of the message is lost while that line goes on
            else:
                cut += kept
            if has_lines:
                line += held.count(b"\n", 0, kept)
            base += kept
            del held[:kept]
            seen -= kept
    if is_inside:
        end = len(held)
        if held.endswith(b"\n\n"):
            end -= 1
        elif held.endswith(b"\n\r\n"):
            end -= 2
        yield _message(held, base, begin, first, end, cut, begin_line if has_lines else 0, most)


def begins_as_mbox(start: bytes) -> bool:
    """Tell whether a file begins with a line that divides an mbox file and has its date: no other text begins so.

    >>> begins_as_mbox(b"From a@b.example Sat Nov 21 08:30:00 2026\\n"), begins_as_mbox(b"From here on\\n")
    (True, False)
    """
    line, _, _ = start[:FROM_LINE].partition(b"\n")
    return is_mbox_line(line) and _DATE.search(line) is not None


def _division(held: bytearray, feed: int, *, is_first: bool) -> int | None:
    """Return where the message ends before the line after the LF at `feed`; None if that line begins no message.

    `is_first`: the file begins where `held` begins, and an empty line there has nothing before it.
    """
    begin = bytes(held[feed + 1 : feed + 2 * FROM_LINE])
    if not is_mbox_line(begin[:FROM_LINE]):
        return None
    before = bytes(held[max(0, feed - 2) : feed])
    if before.endswith(b"\n") or (is_first and not before):
        return feed
    if before.endswith(b"\n\r") or (is_first and before == b"\r"):
        return feed - 1
    from_line, _, after = begin.partition(b"\n")
    return feed + 1 if _DATE.search(from_line[:FROM_LINE]) or _FIELD.match(after) else None


def _message(
    held: bytearray, base: int, begin: int, first: int, end: int, cut: int, line: int, most: int | None
) -> MboxMessage:
    """Return what follows the first line; `cut` octets of it are gone from `held`, and it is too long then."""
    number = line + 1 if line else 0
    if cut:
        return MboxMessage(begin, first, number, None)
    start = held.find(b"\n", 0, end) + 1 or end
    if most is not None and end - start > most:
        return MboxMessage(begin, base + start, number, None)
    with memoryview(held) as view:
        return MboxMessage(begin, base + start, number, bytes(view[start:end]))
