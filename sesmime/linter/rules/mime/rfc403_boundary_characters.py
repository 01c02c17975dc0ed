"""RFC403."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    boundary_place,
    multiparts,
    quoted,
    rule,
)
from sesmime.mime.grammar import BCHARS_NO_SPACE

_BOUNDARY: Final = re.compile(rf"(?:{BCHARS_NO_SPACE}| )*{BCHARS_NO_SPACE}")


@rule(
    "RFC403",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=290,
    triggers=(":odd-boundary",),
)
def boundary_characters(outgoing: Outgoing) -> Iterator[Fault]:
    """A boundary is empty, ends with a space, or contains a character that is not allowed.

    Mail readers interpret such a boundary differently, or ignore it, so they see different parts, or none.
    """
    for part in outgoing.once(multiparts):
        boundary = None if part.plain_type is not None else part.type_parameters.get("boundary")
        if boundary is None or _BOUNDARY.fullmatch(boundary) is not None:
            continue
        if not boundary:
            text = "the boundary is empty"
        elif boundary != boundary.rstrip():
            text = "the boundary ends with a space, which only some mail readers ignore"
        else:
            text = f"the boundary {quoted(boundary, 80)} contains a character that is not allowed in a boundary"
        fix = Fix("choose a boundary of letters, digits and hyphens, here and in the delimiter lines")
        yield Fault(text, boundary_place(part), part, fix=fix)
