"""Taking the fields that SES would read out of a header section, however they hide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, Final

from sesmime.errors import LimitExceeded, require
from sesmime.mime.edits import Edit, apply_edits
from sesmime.mime.fields import EMPTY_LINE, HeaderSection, Message, Span, as_source, fold_case, header_section_end
from sesmime.mime.grammar import LONE_CR
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_octets, plain_text

_BLANKS_AND_CONTROLS: Final = bytes(range(0x21)) + b"\x7f"

# Where a line that a lone CR hides ends, for who ends lines at CRLF, LF and CR: at a line end that no blank follows.
# CRs in a row, and the LF after them, are one line end: taken apart, `X-SES-A\r\r : b` would be left, and JavaMail's
# `LineInputStream` reads CR CR LF as one. The lookbehind keeps a row of CRs from being tried at each of them.
_HIDDEN_LINE_END = lazy_pattern(rb"(?<!\r)(?:\r*\n(?![ \t])|\r+(?![\r\n \t]))")


def strip_ses_fields(message: Message, *, keep: Iterable[str] = ()) -> bytes:
    r"""Remove every `X-SES-` field from the top-level header section, known or not, however it is hidden.

    A field goes whole if its name begins with `X-SES-` in any case, blanks and controls round it set aside. A
    lone CR before such a name inside another field goes with the line it hides, so that no such field is
    left for a reader that ends lines at CRLF, at LF or at CR. Nothing else changes: attached messages and bodies
    are not looked at. `keep` names fields that stay; what a lone CR hides goes under any name.

    >>> strip_ses_fields(b"X-SES-TENANT : a\r\nSubject: b\rX-SES-Foo: c\r\n\r\nX-SES-A: d")
    b'Subject: b\r\n\r\nX-SES-A: d'
    """
    return apply_edits(message, strip_edits(message, keep=keep))


def strip_edits(message: Message, *, keep: Iterable[str] = ()) -> list[Edit]:
    """Return the edits of `strip_ses_fields`, in order."""
    source = as_source(message)
    if isinstance(keep, str | bytes):
        raise TypeError(f"keep must be a list of field names, not one {type(keep).__name__}")
    kept = {fold_case(plain_text(name)) for name in keep}
    stop, _ = header_section_end(source)
    section = bytes(source[:stop])
    lowered = section.lower()
    if b"x-ses-" not in lowered:
        return []
    spans: list[Span] = []
    for found in HeaderSection(section, Span(0, stop)).fields:
        name = found.raw[: found.raw.find(b":")].strip(_BLANKS_AND_CONTROLS).lower()
        if name.startswith(b"x-ses-") and name.decode("ascii", "surrogateescape") not in kept:
            spans.append(found.span)
    if LONE_CR.search(section):
        spans = sorted(spans + _hidden_spans(section, lowered, spans))
    return [Edit(span, b"") for span in spans]


def _hidden_spans(section: bytes, lowered: bytes, removed: list[Span]) -> list[Span]:
    """Find what a lone CR hides outside the removed fields: from the CR to the end of the line after it.

    A hidden line never goes on past the field it stands in: there an LF comes before what is no blank. Each search
    goes on where the last one ended, so that time is linear in the section.
    """
    spans: list[Span] = []
    size = len(section)
    waiting = iter([*removed, Span(size, size)])
    gone = next(waiting)
    done = colon = line_end = 0
    place = lowered.find(b"x-ses-")
    while place >= 0:
        while place >= gone.stop and gone.start < size:
            gone = next(waiting)
        if place < gone.start and place >= done:
            if colon < place:
                colon = section.find(b":", place)
                if colon < 0:
                    break
            if line_end < place:
                match = _HIDDEN_LINE_END.search(section, place)
                line_end = match.start() if match else size
            if colon < line_end:
                begin = _hidden_from(section, place, done)
                if begin is not None:
                    done = line_end
                    spans.append(Span(begin, done))
        place = lowered.find(b"x-ses-", place + 6)
    return spans


def _hidden_from(section: bytes, place: int, done: int) -> int | None:
    """Return the first lone CR among the blanks and controls before a name, back to `done` at most.

    None where there is none, and where the name is that of the field itself.
    """
    begin = place
    while begin > done and section[begin - 1] in _BLANKS_AND_CONTROLS:
        begin -= 1
        if section[begin] == 0x0A and section[begin + 1] not in b" \t":
            return None
    hiding = LONE_CR.search(section, begin, place)
    return None if hiding is None else hiding.start()


_PIECE = 1 << 16


def copy_stripped(
    source: BinaryIO, target: BinaryIO, *, keep: Iterable[str] = (), limits: Limits = DEFAULT_LIMITS
) -> None:
    """Copy a message from one binary stream to another, its SES fields stripped, in constant memory.

    Raises LimitExceeded, with nothing written, where the header section is longer than `limits.header_section`
    octets; errors of the streams pass through.
    """
    require(Limits, limits, "limits")
    if not hasattr(source, "read"):
        raise TypeError(f"source must be a binary stream, not {type(source).__name__}")
    head = read_head(source, limits)
    target.write(strip_ses_fields(head, keep=keep))
    del head
    while piece := plain_octets(source.read(_PIECE)):
        target.write(piece)


def read_head(source: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Read a message from a stream up to its first body bytes; raises LimitExceeded as `copy_stripped`."""
    head = bytearray()
    while True:
        seen = len(head)
        piece = plain_octets(source.read(_PIECE))
        head += piece
        if seen < 2:
            stop, body = header_section_end(head)
        else:
            # An empty line may lie across two pieces: look again from a little before the last one.
            found = EMPTY_LINE.search(head, seen - 2)
            stop, body = (found.start() + 1, found.end()) if found else (len(head), len(head))
        if not piece or stop < body:
            break
        if len(head) > limits.header_section + 2:
            raise LimitExceeded("header_section", limits.header_section)
    if stop > limits.header_section:
        raise LimitExceeded("header_section", limits.header_section)
    return bytes(head)
