"""SES005."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, name_span, quoted, rule
from sesmime.ses.quotas import MAX_RECORDED_HEADER


@rule(
    "SES005",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html",
    stage=Stage.SYNTAX,
    order=100,
    triggers=(":long-header-section",),
)
def long_header_section(outgoing: Outgoing) -> Iterator[Fault]:
    """The header section has more than 10 KB.

    The event records of SES then contain only the first fields (`headersTruncated`), so fields that you look for
    may be missing. Above a size that is not documented, SES refuses the message: `Header section too long.`
    """
    if len(outgoing.header_octets) <= MAX_RECORDED_HEADER:
        return
    start, stop = outgoing.section.span
    if stop - start <= MAX_RECORDED_HEADER or not outgoing.has_header_section:
        return
    longest = max(outgoing.section.fields, key=lambda field: len(field.raw))
    yield Fault(
        f"the header section has {stop - start} octets, {len(longest.raw)} of them in {quoted(longest.name, 60)};"
        f" SES truncates event records at {MAX_RECORDED_HEADER}",
        name_span(longest),
        fix=Fix("shorten the fields, or remove those that nobody reads"),
    )
