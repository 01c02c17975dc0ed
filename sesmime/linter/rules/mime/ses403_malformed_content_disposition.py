"""SES403."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.linter.kit import (
    MOST,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    place_of_refusal,
    refusal,
    rewriting,
    rule,
)


@rule(
    "SES403",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/snoyberg/mime-mail/issues/54",
    stage=Stage.MIME,
    order=20,
    triggers=("content-type", "content-disposition"),
)
def malformed_content_disposition(outgoing: Outgoing) -> Iterator[Fault]:
    """A Content-Disposition field is not of the form attachment; filename=value.

    SES reads it with a strict grammar: a file name with a space, a bracket or another special character must be in
    quotes, and encoded words are not allowed anywhere in the field. Less strict mail readers see only part of the
    file name.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for part in outgoing.parts:
        field = part.section.first("Content-Disposition")
        error = None if field is None else refusal("content-disposition", field)
        if field is not None and error is not None:
            yield Fault(
                f"{field.name} is not of the form attachment; filename=value",
                place_of_refusal("content-disposition", field, error),
                part,
                rejection=error,
                fix=Fix('write it as attachment; filename="name"', rewriting(outgoing, field)),
            )
