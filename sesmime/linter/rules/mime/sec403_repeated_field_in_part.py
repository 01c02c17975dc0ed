"""SEC403."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Part, Severity, Stage, name_span, rule

_NAMES: Final = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")


@rule(
    "SEC403",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-3",
    stage=Stage.MIME,
    order=160,
    triggers=(":odd-part",),
)
def repeated_field_in_part(outgoing: Outgoing) -> Iterator[Fault]:
    """A part has Content-Type, Content-Transfer-Encoding or Content-Disposition twice.

    Some programs use the first, some the last: a text for one is a program for another, and virus scanners see only
    one of them.
    """
    for part in outgoing.every_part:
        yield from _faults(outgoing, part)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if part.is_root or part.has_labels_alone or len(part.names) == len(part.section):
        return
    for name in _NAMES:
        found = part.section.all(name)
        for field in found[1:]:
            first = found[0]
            is_same = first.body.rstrip(" \t") == field.body.rstrip(" \t")
            is_safe = is_same and not (outgoing.is_signed or part.is_signed or part.is_attached)
            yield Fault(
                f"{field.name} is repeated with {'the same value' if is_same else 'a different value'}",
                name_span(field),
                part,
                fix=Fix("remove this field and keep the first", [Edit(field.span, b"")], is_safe=is_safe),
            )
