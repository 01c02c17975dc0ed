"""SES002."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Severity, Span, Stage, rule


@rule(
    "SES002",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/galtzo-floss/sanitize_email/pull/14",
    stage=Stage.SYNTAX,
    order=40,
    triggers=("",),
)
def empty_field_name(outgoing: Outgoing) -> Iterator[Fault]:
    """A line of the header section begins with a colon: a field without a name.

    It occurs when a field was written with an empty name, or when text was cut off before its colon. SES refuses
    the message; other programs drop the line, or take it for the first line of the body.
    """
    if "" not in outgoing.names or not outgoing.has_header_section:
        return
    for field in outgoing.section.all(""):
        colon = field.span.start + field.raw.index(b":")
        yield Fault(
            "a field without a name",
            Span(field.span.start, colon + 1),
            rejection="Empty header names are illegal.",
            fix=Fix("remove the line", [Edit(field.span, b"")]),
        )
