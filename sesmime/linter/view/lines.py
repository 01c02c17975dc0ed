"""The lines of a body: where a CR or LF stands alone, which are too long, what is no text; without a loop over lines.

The bulk of a large message is base64: lines of one width. A chunk of them is proved regular by looking at the columns
that hold the line ends, taking these out (`del chunk[w-1::w]`) and looking for a CR or LF in the rest, two `memchr`:
6 ms for 40 MB, where one `count` of CRLF takes 48. Chunks grow while lines are regular, and what is regular at the
beginning of one counts, so that no byte is looked at often. The rest is counted piece by piece, and hopped through
from line end to line end, about one backward search a kilobyte. Few places are kept; the rest is counted.
"""

from __future__ import annotations

import re

from sesmime.mime.fields import Source, Span
from sesmime.mime.grammar import LONE_CR, MAX_LINE
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# How much is looked at in one go, in bytes, at first and at most: chunks of regular lines, and pieces of others. It is
# the one copy that is made. Small pieces first, so that regular lines behind them are found soon.
_FIRST_CHUNK: Final = 1 << 15
_CHUNK: Final = 1 << 18
_FIRST_PIECE: Final = 1 << 11
_PIECE: Final = 1 << 13
# Fewer lines are counted: that is cheaper.
_FEW_LINES: Final = 16
# A rule tells of so many places at most.
MOST: Final = 10
# Of the places of a rule that are not told so many are counted: to find them takes time.
MOST_COUNTED: Final = 1_000
# So many long lines are kept, since a fix wants to know all of them, and each is a kilobyte of the message.
MOST_LONG: Final = 1_000

_LONE_LF = lazy_pattern(rb"(?<!\r)\n")


class Lines:
    """What there is to say about the lines of a range of a source: places in bytes of it.

    `lone_crs` and `lone_lfs` are the numbers of CRs without LF after them and of LFs without CR before them, `first_cr`
    and `first_lf` the place of the first (-1 without one), `crlfs` the number of CRLFs; `long` are the first lines of
    more than 998 octets, line end not counted, `long_count` their number. A CR before the range or an LF after it does
    not count. `is_ascii` says that there is no octet beyond 0x7F, `has_nul` that there is a NUL: both are cheap while a
    chunk is at hand.
    """

    __slots__ = ("crlfs", "first_cr", "first_lf", "has_nul", "is_ascii", "lone_crs", "lone_lfs", "long", "long_count")

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.first_cr = self.first_lf = -1
        self.lone_crs = self.lone_lfs = self.crlfs = 0
        self.long: list[Span] = []
        self.long_count = 0
        self.is_ascii = True
        self.has_nul = False
        if stop - start <= _FIRST_PIECE:
            # As most bodies and preambles: too few lines to look whether they are regular.
            if start < stop:
                self._irregular(source, start, stop, stop)
            return
        position, chunk = start, _FIRST_CHUNK
        # What is short is one piece.
        piece = _PIECE if stop - start <= _PIECE else _FIRST_PIECE
        while position < stop:
            end = self._regular(source, position, min(position + chunk, stop))
            if end:
                chunk, piece = min(chunk * 2, _CHUNK), _FIRST_PIECE
                position = end
            else:
                position = self._irregular(source, position, min(position + piece, stop), stop)
                chunk, piece = _FIRST_CHUNK, min(piece * 2, _PIECE)

    def _regular(self, source: Source, start: int, stop: int) -> int:
        """Take in lines of one width, all ended by CRLF; return where they end, 0 if there are few."""
        width = source.find(b"\n", start, min(start + MAX_LINE + 2, stop)) + 1 - start
        if width < 2 or (stop - start) // width < _FEW_LINES:
            return 0
        if source[start + _FEW_LINES * width - 1] != 0x0A:  # most that are not regular are known by this octet
            return 0
        with memoryview(source) as view:  # a slice of the source itself would be one copy more
            chunk = bytearray(view[start : start + (stop - start) // width * width])
        count = min(_leading(chunk[width - 1 :: width], b"\n"), _leading(chunk[width - 2 :: width], b"\r"))
        if count < _FEW_LINES:
            return 0
        del chunk[count * width :]
        del chunk[width - 1 :: width]
        del chunk[width - 2 :: width - 1]
        if b"\n" in chunk or b"\r" in chunk:
            return 0
        self._octets(chunk)
        self.crlfs += count
        return start + count * width

    def _irregular(self, source: Source, start: int, reach: int, stop: int) -> int:
        """Take in a piece up to the last line end within reach, or one line that is longer; return where it ends."""
        end = source.rfind(b"\n", start, reach) + 1 if reach < stop else stop
        if not end:
            return self._longer(source, start, stop)
        chunk = bytes(source[start:end])
        if not chunk.isascii():
            self.is_ascii = False
        if chunk.find(b"\0") >= 0:
            self.has_nul = True
        # The piece ends after an LF or with the range, so that no CRLF is cut in two.
        feeds, returns = chunk.count(b"\n"), chunk.count(b"\r")
        pairs = count_pairs(chunk, returns) if returns else 0
        self.crlfs += pairs
        if feeds > pairs:
            if not self.lone_lfs:
                self.first_lf = _first(_LONE_LF, chunk, start)
            self.lone_lfs += feeds - pairs
        if returns > pairs:
            if not self.lone_crs:
                self.first_cr = _first(LONE_CR, chunk, start)
            self.lone_crs += returns - pairs
        if len(chunk) > MAX_LINE:
            self._long(chunk, start)
        return end

    def _longer(self, source: Source, start: int, stop: int) -> int:
        """Take in one line that is longer than a piece, with its line end, and without a copy of the whole."""
        feed = source.find(b"\n", start, stop)
        end = stop if feed < 0 else feed
        if feed >= 0 and source[feed - 1] == 0x0D:
            end -= 1
            self.crlfs += 1
        elif feed >= 0:
            if not self.lone_lfs:
                self.first_lf = feed
            self.lone_lfs += 1
        self._note_long(start, end)
        for place in range(start, end, _CHUNK):
            chunk = bytes(source[place : min(place + _CHUNK, end)])
            self._octets(chunk)
            if returns := chunk.count(b"\r"):
                if not self.lone_crs:
                    self.first_cr = place + chunk.find(b"\r")
                self.lone_crs += returns
        return stop if feed < 0 else feed + 1

    def _octets(self, chunk: bytes | bytearray) -> None:
        if self.is_ascii and not chunk.isascii():
            self.is_ascii = False
        if not self.has_nul and b"\0" in chunk:
            self.has_nul = True

    def _long(self, chunk: bytes, base: int) -> None:
        """Hop from a line end to the last one within reach; where there is none within reach a line is long."""
        rfind, find, size, start = chunk.rfind, chunk.find, len(chunk), 0
        reach = MAX_LINE + 2
        while size - start > MAX_LINE:
            end = rfind(b"\n", start, start + reach)
            if end >= 0 and (end < start + reach - 1 or chunk[end - 1] == 0x0D or rfind(b"\n", start, end) >= 0):
                start = end + 1
                continue
            end = find(b"\n", start)
            stop = size if end < 0 else end
            if end > start and chunk[end - 1] == 0x0D:
                stop -= 1
            # No line end was within reach, or one that leaves the line too long.
            self._note_long(base + start, base + stop)
            if end < 0:
                return
            start = end + 1

    def _note_long(self, start: int, stop: int) -> None:
        self.long_count += 1
        if len(self.long) < MOST_LONG:
            self.long.append(Span(start, stop))


def count_pairs(octets: bytes, returns: int) -> int:
    """Return how many CRLFs there are among so many CRs; to see that none stands alone takes half of a count."""
    return returns if LONE_CR.search(octets) is None else octets.count(b"\r\n")


def long_lines(octets: bytes) -> Lines:
    """Return the long lines of some octets, and nothing else that `Lines` says: they are hopped to."""
    lines = Lines(octets, 0, 0)
    lines._long(octets, 0)
    return lines


def has_long_line(octets: bytes) -> bool:
    """Whether a line has more than 998 octets, its line end not counted."""
    start = 0
    while len(octets) - start > MAX_LINE:
        end = octets.rfind(b"\n", start, start + MAX_LINE + 1)
        if end < 0:
            if octets[start + MAX_LINE : start + MAX_LINE + 2] != b"\r\n":
                return True
            end = start + MAX_LINE + 1
        start = end + 1
    return False


def _leading(column: bytearray, octet: bytes) -> int:
    return len(column) - len(column.lstrip(octet))


def _first(pattern: re.Pattern[bytes], chunk: bytes, base: int) -> int:
    match = pattern.search(chunk)
    assert match is not None  # they have just been counted
    return base + match.start()
