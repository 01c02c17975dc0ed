"""SES402."""

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
    "SES402",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/go-gomail/gomail/issues/131",
    stage=Stage.MIME,
    order=10,
    triggers=("content-type",),
)
def malformed_content_type(outgoing: Outgoing) -> Iterator[Fault]:
    """A Content-Type field is not of the form type/subtype; name=value.

    SES reads it with a strict grammar: a value with a space, a colon or another special character must be in
    quotes, and a parameter must have a name and `=`. Less strict mail readers see another charset or boundary, or
    none.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for part in outgoing.parts:
        field = part.section.first("Content-Type")
        error = None if field is None else refusal("content-type", field)
        if field is not None and error is not None:
            yield Fault(
                f"{field.name} is not of the form type/subtype; name=value",
                place_of_refusal("content-type", field, error),
                part,
                rejection=error,
                fix=Fix('write it as type/subtype; name="value"', rewriting(outgoing, field)),
            )
