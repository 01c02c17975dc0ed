"""RFC310."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Lines,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    is_leaf,
    octet_span,
    recoding,
    rule,
)


@rule(
    "RFC310",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc3030#section-3",
    stage=Stage.MIME,
    order=260,
    triggers=(":binary",),
)
def binary_encoding(outgoing: Outgoing) -> Iterator[Fault]:
    """A part labelled binary contains data that is not lines: NUL, a bare CR or LF, or very long lines.

    Only servers that announce BINARYMIME transmit such a part, and SES does not announce it: line endings are
    changed on the way, and with them the content.
    """
    for part in outgoing.parts:
        yield from _faults(outgoing, part)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if part.encoding != "binary" or not is_leaf(part):
        return
    start, stop = part.entity.body_span
    place = _first_of_no_line(outgoing, start, stop)
    if place is None:
        return
    has_edits = place.stop - place.start > 1 or outgoing.source[place.start] == 0
    title = "encode the part as base64"
    yield Fault(
        "a part labelled binary that does not consist of lines: SMTP will change it",
        place,
        part,
        fix=recoding(outgoing, part, title) if has_edits else Fix(title),
    )


def _first_of_no_line(outgoing: Outgoing, start: int, stop: int) -> Span | None:
    nul = outgoing.source.find(b"\0", start, stop)
    if nul >= 0:
        return octet_span(nul)
    lines = Lines(outgoing.source, start, stop)
    if lines.long:
        return lines.long[0]
    alone = (lines.first_cr, lines.first_lf if outgoing.is_crlf or lines.crlfs else -1)
    first = min((place for place in alone if place >= 0), default=None)
    return None if first is None else octet_span(first)
