"""SES005."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, name_span, quoted, rule

# dg/event-publishing-retrieving-sns-contents: beyond 10 KB the headers of the event record are cut.
_MOST: Final = 10 * 1024


@rule(
    "SES005",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html",
    stage=Stage.SYNTAX,
    order=100,
)
def long_header_section(outgoing: Outgoing) -> Iterator[Fault]:
    """The header section has more than 10 KB.

    The event records of SES then hold only the first fields (`headersTruncated`), so that what is looked for there may
    be missing. At some size that is not documented SES refuses the message: `Header section too long.`
    """
    if len(outgoing.header_octets) <= _MOST:
        return
    start, stop = outgoing.section.span
    if stop - start <= _MOST or not outgoing.has_header_section:
        return
    longest = max(outgoing.section.fields, key=lambda field: len(field.raw))
    yield Fault(
        f"the header section has {stop - start} octets, {quoted(longest.name, 60)} alone {len(longest.raw)};"
        f" event records are cut at {_MOST}",
        name_span(longest),
        fix=Fix("write less into the fields, or remove some that nobody reads"),
    )
