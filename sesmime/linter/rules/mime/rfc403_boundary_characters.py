"""RFC403."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.errors import quoted
from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.lines import MOST
from sesmime.linter.view.multiparts import boundary_place, multiparts
from sesmime.linter.view.outgoing import Outgoing
from sesmime.ses.evidence import Evidence

# RFC 2046 section 5.1.1: bchars, the last of them no blank.
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]")


@rule(
    "RFC403",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
)
def boundary_characters(outgoing: Outgoing) -> Iterator[Fault]:
    """A boundary is empty, ends in a blank, or holds a character that a boundary has not.

    Readers read such a boundary in different ways, or not at all, and so see different parts, or none.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for part in outgoing.once(multiparts):
        boundary = part.type_parameters.get("boundary")
        if boundary is None or _BOUNDARY.fullmatch(boundary) is not None:
            continue
        if not boundary:
            text = "the boundary is empty"
        elif boundary != boundary.rstrip():
            text = "the boundary ends in a blank, which readers leave out or not"
        else:
            text = f"the boundary {quoted(boundary, 80)} holds a character that a boundary has not"
        fix = Fix("choose a boundary of letters, digits and hyphens, here and in the delimiter lines")
        yield Fault(text, boundary_place(part), part, fix=fix)
