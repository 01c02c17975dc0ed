"""SES407."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    boundary_of,
    has_defect,
    multiparts,
    quoted,
    rule,
    type_place,
)
from sesmime.ses.pages import RAW_EMAIL


@rule(
    "SES407",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=RAW_EMAIL,
    stage=Stage.MIME,
    order=40,
    triggers=(":odd-division",),
)
def boundary_of_parent(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart has the same boundary as an enclosing multipart.

    A delimiter line could then belong to either of them, so mail readers see different parts, or none. AWS
    requires different boundaries; what SES does otherwise is not documented.
    """
    reused = [part for part in outgoing.once(multiparts) if has_defect(part, "boundary-reused")]
    for part in reused:
        yield Fault(
            f"the boundary {quoted(boundary_of(part) or '', 80)} is also the boundary of an enclosing multipart",
            type_place(part),
            part,
            fix=Fix("give each multipart its own boundary"),
        )
