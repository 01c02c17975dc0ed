"""RFC301."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Source,
    Span,
    Stage,
    is_leaf,
    octet_span,
    part_at,
    rule,
)
from sesmime.mime.agreement import has_wide_characters

# A piece of the message that is written anew.
_PIECE: Final = 1 << 16
# In quoted-printable a CR that is encoded and the LF after it are one line end: with CRLF there would be two.
_ENCODED_CR: Final = re.compile(rb"=0[dD][ \t]*+\n")


@rule(
    "RFC301",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-2.3",
    stage=Stage.MIME,
    order=170,
    triggers=(":mixed-line-ends",),
)
def lone_lf(outgoing: Outgoing) -> Iterator[Fault]:
    """There is an LF without CR in a message that also has lines ending with CRLF.

    A line ends with CRLF. Programs interpret a bare LF differently; servers refuse it, or put a CR before it and so
    break a signature. It does not matter which comes first or is more frequent. A message whose lines all end with LF
    is not reported: SES accepts it.
    """
    if not outgoing.is_mixed:
        return
    head = outgoing.header_octets
    in_head = head.count(b"\n") - head.count(b"\r\n")
    count = in_head + outgoing.lines.lone_lfs
    if in_head:
        start, part = outgoing.head_span(_first(head), len(head)).start, outgoing.root
    else:
        start = outgoing.lines.first_lf
        part = part_at(outgoing, start)
    yield Fault(
        "LF without CR in a message that has CRLF"
        if count == 1
        else f"{count} LFs without CR in a message that has CRLF; this is the first",
        octet_span(start),
        part,
        fix=Fix("end the lines with CRLF", lambda: _edits(outgoing), is_safe=_is_safe(outgoing)),
    )


def _first(head: bytes) -> int:
    place = head.find(b"\n")
    while place > 0 and head[place - 1] == 0x0D:
        place = head.find(b"\n", place + 1)
    return place


def _is_safe(outgoing: Outgoing) -> bool:
    """Whether nobody can tell: line ends are no content of texts and of base64, and no signature covers them."""
    if outgoing.is_signed:
        return False
    for part in outgoing.every_part:
        if part.is_signed or part.is_attached or part.encoding == "binary" or not part.agreement.divides:
            return False
        if is_leaf(part) and not part.content_type.startswith("text/") and part.encoding != "base64":
            return False
        if is_leaf(part) and part.encoding != "base64" and has_wide_characters(part.entity):
            return False
        if is_leaf(part) and _ENCODED_CR.search(outgoing.source, *part.entity.body_span):
            return False
    return True


def _edits(outgoing: Outgoing) -> Iterator[Edit]:
    head = outgoing.header_octets
    for (start, stop), written in _with_crlf(head, 0, len(head)):
        yield Edit(outgoing.head_span(start, stop), written)
    yield from _with_crlf(outgoing.source, outgoing.body_start, len(outgoing.source))


def _with_crlf(source: Source, start: int, stop: int) -> Iterator[Edit]:
    """Return the pieces of a range that hold a lone LF, with CRLF in its place."""
    while start < stop:
        end = min(start + _PIECE, stop)
        end = source.rfind(b"\n", start, end) + 1 or source.find(b"\n", end, stop) + 1 or stop
        piece = bytes(source[start:end])
        written = piece.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if len(written) != len(piece):
            yield Edit(Span(start, end), written)
        start = end
