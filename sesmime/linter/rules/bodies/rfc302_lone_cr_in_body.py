"""RFC302."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, octet_span, part_at, rule


@rule(
    "RFC302",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-2.3",
    stage=Stage.MIME,
    order=180,
    triggers=(":cr-in-body",),
)
def lone_cr_in_body(outgoing: Outgoing) -> Iterator[Fault]:
    """There is a CR without LF in the body.

    Programs disagree whether a line ends there; servers refuse it, or turn it into a line ending, which breaks a
    signature. Usually line endings were converted to CRLF twice.
    """
    count = outgoing.lines.lone_crs
    if count:
        start = outgoing.lines.first_cr
        yield Fault(
            "CR without LF in the body" if count == 1 else f"{count} CRs without LF in the body; this is the first",
            octet_span(start),
            part_at(outgoing, start),
            fix=Fix("end lines with CRLF, and encode content that needs a CR"),
        )
