"""What a fix would change, as a unified diff for people: bytes that are no printable ASCII are escaped.

Linear in the size of the message: lines that stand once on either side are what the sides are matched by, as patience
diff does it. `difflib` takes quadratic time on the lines of a large body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from sesmime.errors import printable
from sesmime.mime.edits import line_ending

# The lines shown around a change, the octets shown of a line, and the lines shown of a diff.
_CONTEXT = 3
_MOST_SHOWN = 200
MOST_LINES: Final = 2_000


class Change(NamedTuple):
    """Lines `start` to `stop` of the old side that become lines `new_start` to `new_stop` of the new one."""

    start: int
    stop: int
    new_start: int
    new_stop: int


def unified_diff(before: bytes, after: bytes, name: str, paint: Callable[[str, str], str]) -> Iterator[str]:
    """Return the lines of the diff, the first `MOST_LINES` and how many more there are; none where nothing changes."""
    lines = _every_line(before, after, name, paint)
    yield from islice(lines, MOST_LINES)
    more = sum(1 for _ in lines)
    if more:
        yield paint(f"... {more:,} more lines", "frame")


def _every_line(before: bytes, after: bytes, name: str, paint: Callable[[str, str], str]) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    groups = list(_groups(list(changes(old, new))))
    if groups:
        yield paint(f"--- {printable(name)}", "strong")
        yield paint(f"+++ {printable(name)}", "strong")
    is_crlf = line_ending(before or after) == b"\r\n"
    for group in groups:
        start = max(0, group[0].start - _CONTEXT)
        stop = min(len(old), group[-1].stop + _CONTEXT)
        new_start = group[0].new_start - (group[0].start - start)
        new_stop = group[-1].new_stop + (stop - group[-1].stop)
        yield paint(f"@@ -{_range(start, stop)} +{_range(new_start, new_stop)} @@", "frame")
        for change in group:
            yield from (" " + _shown(line, is_crlf) for line in old[start : change.start])
            yield from (paint("-" + _shown(line, is_crlf), "removed") for line in old[change.start : change.stop])
            yield from (paint("+" + _shown(line, is_crlf), "added") for line in new[change.new_start : change.new_stop])
            start = change.stop
        yield from (" " + _shown(line, is_crlf) for line in old[start:stop])


def _lines(message: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in message.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def changes(old: list[bytes], new: list[bytes]) -> Iterator[Change]:
    """Return what differs between two lists of lines, in order.

    >>> list(changes([b"a", b"b", b"c"], [b"a", b"x", b"y", b"c"]))
    [Change(start=1, stop=2, new_start=1, new_stop=3)]
    """
    anchors = _anchors(old, new)
    at = new_at = 0
    while at < len(old) or new_at < len(new):
        if at < len(old) and new_at < len(new) and old[at] == new[new_at]:
            at, new_at = at + 1, new_at + 1
            continue
        stop, new_stop = next(
            ((place, new_place) for place, new_place in anchors if place >= at and new_place >= new_at),
            (len(old), len(new)),
        )
        next_at, next_new_at = stop, new_stop
        while stop > at and new_stop > new_at and old[stop - 1] == new[new_stop - 1]:
            stop, new_stop = stop - 1, new_stop - 1
        yield Change(at, stop, new_at, new_stop)
        at, new_at = next_at, next_new_at


def _anchors(old: list[bytes], new: list[bytes]) -> Iterator[tuple[int, int]]:
    """Return the places of lines that stand once on either side, in the order of the old one."""
    once, new_once = _once(old), _once(new)
    return ((place, new_once[line]) for line, place in once.items() if line in new_once)


def _once(lines: list[bytes]) -> dict[bytes, int]:
    places: dict[bytes, int] = {}
    for place, line in enumerate(lines):
        places[line] = -1 if line in places else place
    return {line: place for line, place in places.items() if place >= 0}


def _groups(found: list[Change]) -> Iterator[list[Change]]:
    """Return the changes that stand so near each other that the lines shown around them meet."""
    group: list[Change] = []
    for change in found:
        if group and change.start - group[-1].stop > 2 * _CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _range(start: int, stop: int) -> str:
    count = stop - start
    return f"{start + bool(count)}" if count == 1 else f"{start + bool(count)},{count}"


def _shown(line: bytes, is_crlf: bool) -> str:
    """Return a line as it is shown; a line end that is not that of the message is shown too."""
    text, feed, _ = line.partition(b"\n")
    if is_crlf and feed:
        text, feed = (text[:-1], b"") if text.endswith(b"\r") else (text, feed)
    else:
        feed = b""
    shown = printable((text[:_MOST_SHOWN] + feed).decode("ascii", "surrogateescape"))
    if len(text) > _MOST_SHOWN:
        shown += f"... ({len(text):,} octets)"
    return shown if line.endswith(b"\n") else f"{shown}\n\\ No newline at end of file"
