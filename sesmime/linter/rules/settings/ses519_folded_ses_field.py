"""SES519."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    SES_FIELDS,
    SETTING_FIELDS,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    body_span,
    is_unsigned,
    on_one_line,
    rule,
)
from sesmime.ses.pages import EVENTS


@rule(
    "SES519",
    severity=Severity.INFO,
    evidence=Evidence.ASSUMED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=100,
    triggers=SETTING_FIELDS,
)
def folded_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """An X-SES- field is folded over several lines.

    All of AWS's examples are on one line, and it is not documented whether SES unfolds such a field. Mail libraries
    fold at 78 columns, which an identity ARN or a list of a few tags exceeds.
    """
    for row in SES_FIELDS.values():
        field = outgoing.section.first(row.name)
        if field is not None and b"\n" in field.raw.rstrip(b"\r\n") and field.body.strip():
            yield Fault(
                f"{field.name} is folded; it is not documented that SES unfolds it",
                body_span(field),
                fix=Fix(
                    "write it on one line",
                    on_one_line(field, field.body.strip(" \t")),
                    is_safe=is_unsigned(outgoing, field),
                ),
            )
