"""SEC202."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    octet_span,
    part_at,
    recoding,
    rule,
)


@rule(
    "SEC202",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-2.7",
    stage=Stage.MIME,
    order=120,
    triggers=(":nul",),
)
def nul_in_body(outgoing: Outgoing) -> Iterator[Fault]:
    """The body contains a NUL octet.

    Programs take it for the end of a text, drop it or stop at it, so they see different contents. A body may
    contain NUL octets only if it is encoded.
    """
    if not outgoing.has_nul:
        return
    source = outgoing.source
    place = source.find(b"\0", outgoing.body_start)
    while place >= 0:
        part = part_at(outgoing, place)
        fix = Fix("encode the content again") if part.encoding == "base64" else recoding(outgoing, part)
        yield Fault("a NUL octet (U+0000) in the body", octet_span(place), part, fix=fix)
        # One for each part; of what stands between parts each.
        place = source.find(b"\0", part.entity.span.stop if part.is_leaf else place + 1)
