"""BULK107."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, decode_words, name_span, rule
from sesmime.ses.pages import SCORED_SUBJECT


@rule(
    "BULK107",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source=SCORED_SUBJECT,
    stage=Stage.BULK,
    order=70,
)
def missing_subject(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no Subject field, or it is empty.

    Spam filters penalize it (MISSING_SUBJECT of rspamd and SpamAssassin), and few people open such a message.
    """
    field = outgoing.section.first("Subject")
    if field is None or not decode_words(field.body).strip():
        yield Fault(
            "there is no Subject field" if field is None else f"{field.name} is empty",
            None if field is None else name_span(field),
            fix=Fix("add a subject"),
        )
