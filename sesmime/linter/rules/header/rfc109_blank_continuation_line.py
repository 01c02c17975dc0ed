"""RFC109."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    fold_case,
    rule,
)

_BLANK_LINES: Final = re.compile(rb"(?<=\n)(?:[ \t]++(?:\r?\n|\Z))++")
_BLANKS: Final = b" \t\r\n"


@rule(
    "RFC109",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.2.2",
    stage=Stage.SYNTAX,
    order=130,
    triggers=(":blank-line",),
)
def blank_continuation_line(outgoing: Outgoing) -> Iterator[Fault]:
    """A line of the header section contains only spaces or tabs.

    It is a continuation of the field above. Some programs still take it for the empty line that ends the header
    section, so all fields after it are shown as text.
    """
    for part in outgoing.screening.blank_lines:
        for field in part.section.fields:
            for lines in _BLANK_LINES.finditer(field.raw):
                start, stop = field.span.start + lines.start(), field.span.start + lines.end()
                first = lines[0].partition(b"\n")[0].rstrip(b"\r")
                is_safe = _is_safe(outgoing, part, field, lines)
                yield Fault(
                    "a line with only spaces or tabs, which some mail readers take for the end of the header section",
                    Span(start, start + len(first)),
                    part,
                    fix=Fix("remove the line", [Edit(Span(start, stop), b"")], is_safe=is_safe),
                )


def _is_safe(outgoing: Outgoing, part: Part, field: Field, lines: re.Match[bytes]) -> bool:
    """Tell lines at the field's end, where blanks mean nothing; no signature may cover them."""
    if field.raw[lines.end() :].strip(_BLANKS):
        return False
    if field.raw.count(b'"') % 2 or b"\\" in field.raw:
        return False  # a string without an end: the blanks are in it
    if part.is_root:
        return fold_case(field.name) not in outgoing.signed_fields and not field.name.lower().endswith("-signature")
    return not (part.is_signed or outgoing.is_signed)
