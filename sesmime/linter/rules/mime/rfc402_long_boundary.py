"""RFC402."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.lines import MOST
from sesmime.linter.view.multiparts import boundary_of, boundary_place, multiparts
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.grammar import MAX_BOUNDARY
from sesmime.ses.evidence import Evidence


@rule(
    "RFC402",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
)
def long_boundary(outgoing: Outgoing) -> Iterator[Fault]:
    """A boundary has more than 70 characters.

    Servers that look into messages compare no more of it, or give up, and see other parts than the reader does: virus
    scanners have been led past an attachment so.
    """
    long = [part for part in outgoing.once(multiparts) if len(boundary_of(part) or "") > MAX_BOUNDARY]
    for part in long[:MOST]:
        yield Fault(
            f"a boundary of {len(boundary_of(part) or '')} characters; {MAX_BOUNDARY} are allowed",
            boundary_place(part),
            part,
            fix=Fix("choose a shorter boundary, here and in the delimiter lines"),
        )
