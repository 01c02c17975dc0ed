"""RFC414."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    GluedDelimiter,
    Outgoing,
    Severity,
    Span,
    Stage,
    glued_delimiters,
    rule,
)


@rule(
    "RFC414",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=265,
    triggers=(":odd-division", ":stray-delimiter"),
)
def delimiter_inside_line(outgoing: Outgoing) -> Iterator[Fault]:
    """A delimiter of a multipart is not at the beginning of its line.

    Delimiters are recognized only at the beginning of a line. The part before it then contains the delimiter, and the
    fields and the content of the next part as text; after the last part, the multipart is not closed. Often content
    that does not end with a line ending, such as base64 on one line, was put directly before the delimiter.
    """
    for glued in outgoing.once(glued_delimiters):
        _, line, _ = outgoing.place(glued.span)
        yield Fault(
            f"the delimiter stands in the middle of line {line}, so it is not recognized",
            glued.span,
            glued.part,
            fix=Fix("put the delimiter on a line of its own", partial(_edits, outgoing, glued)),
        )


def _edits(outgoing: Outgoing, glued: GluedDelimiter) -> Iterator[Edit]:
    start, stop = glued.span
    yield Edit(Span(start, start), outgoing.ending)
    if glued.lacks_hyphens:
        yield Edit(Span(stop, stop), b"--")
