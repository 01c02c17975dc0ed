"""SEC203."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    boundary_of,
    first_glued_delimiter,
    multiparts,
    rule,
)

# So much of a preamble and an epilogue is looked at.
_MOST: Final = 1 << 16
# Fields of a part, or the first line of a file in uuencode.
_BEGINNING: Final = re.compile(
    rb"\n(?:Content-(?:Type|Transfer-Encoding|Disposition)[ \t]*:|begin [0-7]{3,4} [!-~])", re.IGNORECASE
)


@rule(
    "SEC203",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=130,
    triggers=(":text-around-parts",),
)
def part_in_epilogue(outgoing: Outgoing) -> Iterator[Fault]:
    """Text that looks like a part is before the first or after the closing delimiter line of a multipart.

    Both places must be ignored, but some mail readers show such text as a part, and virus scanners may have ignored
    it.
    """
    for part in outgoing.once(multiparts):
        preamble, epilogue = part.entity.preamble_span, part.entity.epilogue_span
        # Without any delimiter line it is the whole body, and SES401 tells of it.
        has_start = preamble is not None and preamble.stop < part.entity.span.stop
        place = _part_in(outgoing, preamble) if preamble is not None and has_start else None
        # Of a first delimiter in the middle of a line RFC414 tells.
        if preamble is not None and place is not None and first_glued_delimiter(outgoing, preamble) is None:
            yield Fault(
                "text that looks like a body part before the first delimiter line",
                place,
                part,
                fix=Fix("put it after a delimiter line, or remove it"),
            )
        delimiter = b"\n--" + (boundary_of(part) or "").encode("utf-8", "surrogateescape")
        if epilogue is not None and (place := _part_in(outgoing, epilogue, delimiter)) is not None:
            yield Fault(
                "text that looks like a body part after the closing delimiter line",
                place,
                part,
                fix=Fix("put it before the closing delimiter line, or remove it"),
            )


def _part_in(outgoing: Outgoing, span: Span, delimiter: bytes | None = None) -> Span | None:
    """Return the line with which something begins that looks like a part; of a preamble no delimiter line is one."""
    start, end = span
    if end - start < 5:
        return None
    text = b"\n" + bytes(outgoing.source[start : min(end, start + _MOST)])
    place = -1 if delimiter is None else text.find(delimiter)
    if place < 0:
        beginning = _BEGINNING.search(text)
        place = -1 if beginning is None else beginning.start()
    if place < 0:
        return None
    # The line end that was put before the text stands for the one at the place.
    line_end = text.find(b"\n", place + 1)
    stop = start + (line_end if line_end >= 0 else len(text)) - 1
    return Span(start + place, max(stop, start + place))
