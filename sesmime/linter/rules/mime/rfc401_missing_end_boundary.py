"""RFC401."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    boundary_of,
    glued_delimiters,
    has_defect,
    multiparts,
    rule,
)


@rule(
    "RFC401",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=270,
    triggers=(":odd-division",),
)
def missing_end_boundary(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart has no closing delimiter line.

    Most mail readers treat the end of the message, or the next delimiter line of an enclosing multipart, as its
    end. Often the message was truncated, and its last part is incomplete.
    """
    # RFC414 tells of those whose closing delimiter stands in the middle of a line.
    closed_in_line = {glued.part for glued in outgoing.once(glued_delimiters) if glued.is_closing}
    open_ones = [
        part
        for part in outgoing.once(multiparts)
        if has_defect(part, "no-closing-boundary") and part not in closed_in_line
    ]
    # Those that end at one place are closed from the inside out: the fix is one for all of them.
    by_end: dict[int, list[Part]] = {}
    for part in open_ones:
        by_end.setdefault(part.entity.span.stop, []).append(part)
    fixes = {
        stop: Fix("add the closing delimiter line", _closing(outgoing, stop, parts)) for stop, parts in by_end.items()
    }
    for part in open_ones:
        stop = part.entity.span.stop
        yield Fault(
            "this multipart has no closing delimiter line (the boundary followed by two hyphens)",
            Span(stop, stop),
            part,
            fix=fixes[stop],
        )


def _closing(outgoing: Outgoing, place: int, parts: list[Part]) -> tuple[Edit, ...]:
    # The line end before a delimiter line belongs to it: the content of the last part stays as it is.
    lines = [outgoing.ending + b"--" + _octets(part) + b"--" for part in reversed(parts)]
    if place == len(outgoing.source):
        lines.append(outgoing.ending)
    return (Edit(Span(place, place), b"".join(lines)),)


def _octets(part: Part) -> bytes:
    return (boundary_of(part) or "").encode("utf-8", "surrogateescape")
