"""RFC402."""

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
    boundary_place,
    multiparts,
    rule,
)
from sesmime.mime.grammar import MAX_BOUNDARY


@rule(
    "RFC402",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=280,
    triggers=(":odd-boundary",),
)
def long_boundary(outgoing: Outgoing) -> Iterator[Fault]:
    """A boundary has more than 70 characters.

    Servers that scan messages compare only that many characters, or give up, and see other parts than the mail
    reader does: attachments have bypassed virus scanners in this way.
    """
    long = [part for part in outgoing.once(multiparts) if len(boundary_of(part) or "") > MAX_BOUNDARY]
    for part in long:
        yield Fault(
            f"a boundary of {len(boundary_of(part) or '')} characters; at most {MAX_BOUNDARY} are allowed",
            boundary_place(part),
            part,
            fix=Fix("choose a shorter boundary, here and in the delimiter lines"),
        )
