"""What the rules about multiparts share: which there are, their boundaries, and what encloses them."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.view.mime_fields import parameter_place
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.linter.view.places import body_span
from sesmime.mime.fields import Span


def multiparts(outgoing: Outgoing) -> tuple[Part, ...]:
    """Return the parts whose type is multipart, divided or not; attached messages are not searched."""
    return tuple([part for part in outgoing.parts if part.content_type.startswith("multipart/")])


def content_types(outgoing: Outgoing) -> frozenset[str]:
    """Return the types of all parts; attached messages are not searched."""
    return frozenset(part.content_type for part in outgoing.parts)


def boundary_of(part: Part) -> str | None:
    """Return the boundary of a multipart less the blanks at its end, as delimiter lines show it; None without one."""
    return part.boundary


def type_place(part: Part) -> Span:
    """Return the place of what Content-Type says, or of the header section where there is none."""
    field = part.section.first("Content-Type")
    return part.section.span if field is None else body_span(field)


def boundary_place(part: Part) -> Span:
    """Return the place of the boundary parameter of a multipart."""
    field = part.section.first("Content-Type")
    return part.section.span if field is None else parameter_place(field, part.type_parameters, "boundary")


def has_defect(part: Part, name: str) -> bool:
    """Whether the parser met this defect when it divided the part."""
    defects = part.structure_defects
    return bool(defects) and any(defect.name == name for defect in defects)


def with_enclosing(outgoing: Outgoing) -> Iterator[tuple[Part, list[Part]]]:
    """Return every part with the multiparts around it, the outermost first, in a list that changes with the next."""
    around: list[Part] = []
    for part in outgoing.every_part:
        start, stop = part.entity.span
        while around:
            above = around[-1].entity.span
            if above.start <= start and stop <= above.stop:
                break
            around.pop()
        yield part, around
        if part.entity.is_multipart:
            around.append(part)
