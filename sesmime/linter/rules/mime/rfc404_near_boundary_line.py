"""RFC404."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    boundary_of,
    boundary_place,
    is_leaf,
    quoted,
    rule,
    with_enclosing,
)

# Bodies of more octets are not looked at, nor more lines in all than so many, nor boundaries around a part.
_MAX_BODY: Final = 1 << 20
_MAX_LINES: Final = 1_000
_MAX_AROUND: Final = 16
# Of a line so much is told.
_SHOWN: Final = 120


@rule(
    "RFC404",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=300,
    triggers=(":stray-delimiter",),
)
def near_boundary_line(outgoing: Outgoing) -> Iterator[Fault]:
    """A line begins like a delimiter line of an enclosing multipart but continues.

    By the standard, such a line is a delimiter, because only the beginning of a line is compared; most mail readers
    compare the whole line and so see different parts. If a boundary begins with that of an enclosing multipart,
    each of its delimiter lines is such a line. Bodies in base64 and bodies of more than 1 MiB are not searched.
    """
    if outgoing.root.is_leaf:
        return
    left = _MAX_LINES
    for part, around in with_enclosing(outgoing):
        if not around or part.encoding == "base64":
            continue
        boundaries = [boundary for above in around[-_MAX_AROUND:] if (boundary := boundary_of(above))]
        if part.entity.is_multipart:
            found = _of_boundary(part, boundaries)
        elif is_leaf(part) and boundaries:
            found, seen = _of_lines(outgoing, part, boundaries, left)
            left -= seen
        else:
            continue
        if found is not None:
            yield found
        if left <= 0:
            return


def _of_boundary(part: Part, boundaries: list[str]) -> Fault | None:
    own = boundary_of(part) or ""
    if not any(own.startswith(boundary) and own != boundary for boundary in boundaries):
        return None
    return Fault(
        f"the boundary {quoted(own, 80)} begins with the boundary of an enclosing multipart",
        boundary_place(part),
        part,
        fix=Fix("choose boundaries that do not begin with one another"),
    )


def _of_lines(outgoing: Outgoing, part: Part, boundaries: list[str], most: int) -> tuple[Fault | None, int]:
    """Return the first line that begins with a delimiter, and how many lines were searched, at most `most`."""
    source, (start, stop) = outgoing.source, part.entity.body_span
    if stop - start > _MAX_BODY:
        return None, 0
    octets = [boundary.encode("utf-8", "surrogateescape") for boundary in boundaries]
    begin = b"--" + _common_start(octets)
    later = b"\n" + begin
    place = start
    if bytes(source[start : start + len(begin)]) != begin:
        if source.rfind(later, start, stop) < 0:  # twice as fast as `find`
            return None, 0
        place = source.find(later, start, stop) + 1
    for seen in range(1, most + 1):
        reach = min(place + _SHOWN, stop)
        line = bytes(source[place:reach]).partition(b"\n")[0].rstrip(b"\r")
        if any(line.startswith(boundary, 2) for boundary in octets):
            text = "a line begins like a delimiter line of an enclosing multipart but is not one"
            fix = Fix("choose another boundary, or encode the part")
            return Fault(text, Span(place, place + len(line)), part, fix=fix), seen
        place = source.find(later, place, stop) + 1
        if not place:
            return None, seen
    return None, most


def _common_start(texts: list[bytes]) -> bytes:
    """Return what all texts begin with: what the first and the last of them in order have in common."""
    first, last = min(texts), max(texts)
    if first == last:
        return first
    size = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:size]
