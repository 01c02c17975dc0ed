"""RFC411."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.errors import quoted
from sesmime.lint.findings import Fix, Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.structure import multiparts, type_place
from sesmime.ses.settings import Evidence


@rule(
    "RFC411",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
)
def missing_boundary_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart names no boundary.

    The parser behind SES's refusals takes the first line that looks like a delimiter line; most readers show the whole
    body as text, with all that stands between the parts.
    """
    unnamed = [part for part in outgoing.once(multiparts) if "boundary" not in part.type_parameters]
    for part in unnamed[:MOST]:
        yield Fault(
            f"{quoted(part.content_type, 60)} without boundary",
            type_place(part),
            part,
            fix=Fix("name the boundary of the delimiter lines"),
        )
