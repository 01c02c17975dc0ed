"""RFC102."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, quoted, rule
from sesmime.mime.dates import is_date


@rule(
    "RFC102",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.3",
    stage=Stage.SYNTAX,
    order=170,
    triggers=(":odd-date",),
)
def malformed_date(outgoing: Outgoing) -> Iterator[Fault]:
    """The Date field is not a valid date.

    It has another form, or names a day that does not exist, such as 31 Feb. Programs that read it fail, or sort the
    message under another day. SES writes its own Date, so recipients see a valid one; programs that sign, store or
    journal the message before that see this one.
    """
    field = outgoing.section.first("Date")
    if field is not None and not is_date(field.body):
        yield Fault(
            f"{quoted(field.body, 60)} is not a valid date",
            body_span(field),
            fix=Fix("write it as in Mon, 01 Jan 2024 00:00:00 +0000, or remove it: SES writes its own"),
        )
