"""Full: each finding with the lines it is about, the text expected from SES and the remedy.

Lines of the message are shown byte for byte: whatever is no printable ASCII is escaped, and the marks stand below what
they mark. Of a long line is shown what stands around the place; of bodies and of fields that are no known ones only
the shape (`veil`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from functools import cache

from sesmime.errors import is_printable, printable
from sesmime.linter.findings import Finding
from sesmime.linter.output import Examined, Result, Style, expected, remedy
from sesmime.linter.output.capped import more_of, untold
from sesmime.linter.output.concise import heading
from sesmime.linter.output.veil import Veil
from sesmime.mime.fields import Span

# The lines that are shown of a place, and the columns for what stands before it in a line that is cut.
_SHOWN_LINES = 3
_BEFORE = 24
_CUT = "..."


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return a block for each finding, an empty line after it."""
    for result in results:
        if isinstance(result, Examined):
            veil = Veil(result.message or b"", is_redacted=style.is_redacted)
            for finding in result.findings:
                yield "\n".join([*_block(result, finding, style, veil), "", ""])
            for code, count in untold(result.findings).items():
                yield f"{style.paint(printable(result.path), 'strong')}: {more_of(code, count)}\n\n"


def _block(examined: Examined, finding: Finding, style: Style, veil: Veil) -> Iterator[str]:
    yield heading(examined.path, finding, style)
    yield from _wrapped(printable(finding.message), "  ", style.width)
    margin = 1
    if finding.span is not None and finding.line is not None and examined.message is not None:
        margin = len(str(finding.line + _SHOWN_LINES)) + 1
        edge = style.paint(" " * margin + " |", "frame")
        yield edge
        for number, text, marks in _marked_lines(examined.message, finding, style.width - margin - 3, veil):
            yield f"{style.paint(f'{number:>{margin}} |', 'frame')} {text}"
            yield f"{edge} {style.paint(marks, finding.severity.name.lower())}"
    note_edge = f"{' ' * margin} {style.paint('=', 'frame')} "
    for note in _notes(examined, finding):
        first, *others = _wrapped(note, " " * (margin + 3), style.width)
        yield note_edge + first.lstrip()
        yield from others
    if finding.rejection is None:
        yield f"{note_edge}{finding.evidence.name}, {printable(finding.url)}"


def _notes(examined: Examined, finding: Finding) -> Iterator[str]:
    line = examined.file_line(finding)
    if line is not None and line != finding.line:
        yield f"line {line} of {printable(examined.file or 'standard input')}"
    if finding.part:
        yield f"part {finding.part}"
    if finding.parameter is not None:
        yield f"parameter {printable(finding.parameter)}"
    if (answer := expected(finding)) is not None:
        yield answer
    if finding.fix is not None:
        yield f"fix: {remedy(finding.fix)}"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


# The lines of the message


def _marked_lines(message: bytes, finding: Finding, room: int, veil: Veil) -> Iterator[tuple[int, str, str]]:
    """Return the first lines of the place: the number, the text in so many columns, and the marks to stand below."""
    assert finding.span is not None
    assert finding.line is not None
    assert finding.column is not None
    start, stop = finding.span
    line_start = start - finding.column + 1
    for number in range(finding.line, finding.line + _SHOWN_LINES):
        feed = message.find(b"\n", start)
        line_end = len(message) if feed < 0 else feed
        if feed > start and message[feed - 1] == 0x0D:
            line_end -= 1
        yield number, *_marked(veil, Span(line_start, line_end), Span(start, max(start, min(stop, line_end))), room)
        start = line_start = feed + 1
        if feed < 0 or start >= stop:
            return


def _marked(veil: Veil, line: Span, place: Span, room: int) -> tuple[str, str]:
    """Return a line with what is marked in it; what finds no room in front and behind is cut."""
    # An octet is shown in a column or more: one beyond the room is enough to know that not all finds room.
    lead = _shown(veil.octets(max(line.start, place.start - room - 1), place.start))
    marked = _shown(veil.octets(place.start, min(place.stop, place.start + room + 1)))
    tail = _shown(veil.octets(place.stop, min(line.stop, place.stop + room + 1)))
    is_whole = sum(map(len, lead + marked + tail)) <= room
    before = "".join(lead)
    if not is_whole and len(before) > _BEFORE:
        kept = _fitting(lead[::-1], _BEFORE - len(_CUT))
        before = _CUT + "".join(lead[len(lead) - kept :])
    room -= len(before)
    inside, behind = _cut(marked, room), ""
    if inside == "".join(marked):
        behind = _cut(tail, room - len(inside))
    return f"{before}{inside}{behind}", " " * len(before) + "^" * max(1, len(inside))


def _cut(pieces: list[str], room: int) -> str:
    """Return pieces of text, those that find no room left out for three dots."""
    if _fitting(pieces, room) == len(pieces):
        return "".join(pieces)
    return "".join(pieces[: _fitting(pieces, room - len(_CUT))]) + _CUT


def _fitting(pieces: list[str], room: int) -> int:
    """Return how many of the pieces find room."""
    for count, piece in enumerate(pieces):
        room -= len(piece)
        if room < 0:
            return count
    return len(pieces)


def _shown(octets: bytes) -> list[str]:
    """Return each octet as it is shown; a character that nobody sees, by its code point."""
    pieces = _pieces()
    if octets.isascii():
        return [pieces[octet] for octet in octets]
    shown: list[str] = []
    for character in octets.decode("utf-8", "surrogateescape"):
        if character.isascii() or is_printable(character) or "\udc80" <= character <= "\udcff":
            shown += (pieces[octet] for octet in character.encode("utf-8", "surrogateescape"))
        else:
            shown.append(f"<U+{ord(character):04X}>")
    return shown


@cache
def _pieces() -> tuple[str, ...]:
    return tuple(printable(bytes([octet]).decode("ascii", "surrogateescape")) for octet in range(256))
