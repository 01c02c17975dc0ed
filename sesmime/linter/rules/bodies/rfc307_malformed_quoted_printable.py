"""RFC307."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Source,
    Span,
    Stage,
    eight_bit_leaves,
    is_leaf,
    octet_span,
    recoding,
    rule,
)

# An equals sign that begins neither an escape nor a soft line break; the last octet begins none. Lower-case digits and
# blanks before the line end are no fault here: readers agree on them.
_FAULT: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?\n)")
_LAST: Final = re.compile(rb"=[ \t]*+\Z")


@rule(
    "RFC307",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-6.7",
    stage=Stage.MIME,
    order=230,
    triggers=(":quoted-printable",),
)
def malformed_quoted_printable(outgoing: Outgoing) -> Iterator[Fault]:
    """A quoted-printable body contains an equals sign that does not start an escape, or non-ASCII octets.

    Mail readers show the sign, drop it, or drop the text after it. Usually a body was labelled quoted-printable but
    never encoded, so links with `=` are broken.
    """
    eight_bit = {bit.part: bit.place for bit in outgoing.once(eight_bit_leaves)}
    for part in outgoing.parts:
        if part.encoding != "quoted-printable" or not is_leaf(part):
            continue
        start, stop = part.entity.body_span
        sign = _FAULT.search(outgoing.source, start, stop)
        if sign is not None and (last := _LAST.match(outgoing.source, sign.start(), stop)) is not None:
            # Nobody shows it, and nobody knows whether a character or the next line was to follow.
            fix = Fix("write =3D for the equals sign, or remove it", [Edit(Span(*last.span()), b"")])
            yield Fault(
                "an equals sign at the end of the body does not start an escape", Span(*sign.span()), part, fix=fix
            )
        elif sign is not None:
            edits = partial(_escapes, outgoing.source, start, stop)
            fix = Fix("write =3D for the equals sign, or encode the body again", edits)
            yield Fault("an equals sign that does not start an escape", Span(*sign.span()), part, fix=fix)
        elif part in eight_bit:
            place = octet_span(eight_bit[part])
            yield Fault("8-bit octets in quoted-printable", place, part, fix=recoding(outgoing, part))


def _escapes(source: Source, start: int, stop: int) -> list[Edit]:
    return [Edit(Span(*sign.span()), b"=3D") for sign in _FAULT.finditer(source, start, stop)]
