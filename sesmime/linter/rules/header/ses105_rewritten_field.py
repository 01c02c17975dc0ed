"""SES105."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Outgoing, Severity, Stage, name_span, rule
from sesmime.ses.fields_of_ses import REWRITTEN_FIELDS
from sesmime.ses.pages import HEADER_FIELDS


@rule(
    "SES105",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=HEADER_FIELDS,
    stage=Stage.SYNTAX,
    order=190,
    triggers=REWRITTEN_FIELDS,
)
def rewritten_field(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has a field that SES replaces: Date, Message-ID or Return-Path.

    Recipients see the time at which SES accepted the message, a message ID from SES, and SES's own address for
    bounces. To match replies and bounces, store the message ID that SES returns, not your own.
    """
    fields = [field for name in REWRITTEN_FIELDS if (field := outgoing.section.first(name)) is not None]
    fields.sort(key=lambda field: field.span)
    if not fields:
        return
    names = [field.name for field in fields]
    told = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    yield Fault(f"SES writes its own {told}", name_span(fields[0]))
