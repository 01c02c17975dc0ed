"""RFC411."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

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
    boundary_place,
    is_extended_alone,
    multiparts,
    quoted,
    rewriting,
    rule,
    type_place,
)

_FOLDED: Final = re.compile(rb'(?i);[ \t\r\n]*+boundary[ \t]*+=[ \t\r\n]*+(?P<quoted>"[^"\n]*+\n[^"]*+")')
_LINE_END: Final = re.compile(rb"\r?\n")


@rule(
    "RFC411",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    stage=Stage.MIME,
    order=370,
    triggers=(":odd-boundary",),
)
def missing_boundary_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart has no boundary parameter, or one that not all mail readers support.

    The parser that SES appears to use takes the first line that looks like a delimiter line; most mail readers show
    the whole body as text, including everything between the parts. A boundary that is folded inside its quotes
    contains the line ending for some readers, so they find no parts. A boundary written as `boundary*` (RFC 2231)
    does not exist for that parser and others, so they see different parts.
    """
    for part in outgoing.once(multiparts):
        yield from _faults(outgoing, part)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if boundary_of(part) is None:
        yield Fault(
            f"{quoted(part.content_type, 60)} without a boundary parameter",
            type_place(part),
            part,
            fix=Fix("add the boundary of the delimiter lines"),
        )
        return
    field = part.section.first("Content-Type") if part.plain_type is None else None
    if field is not None and (found := _FOLDED.search(field.raw)) is not None:
        start, stop = field.span.start + found.start("quoted"), field.span.start + found.end("quoted")
        yield Fault(
            "the boundary is folded inside its quotes: some readers find no parts",
            Span(start, stop),
            part,
            fix=Fix("write it on one line", [Edit(Span(start, stop), _LINE_END.sub(b"", found["quoted"]))]),
            evidence=Evidence.OBSERVED,
        )
    if field is not None and is_extended_alone(field, part.type_parameters, "boundary"):
        edits = rewriting(field, outgoing.ending)
        is_plain = not any(b"boundary*" in edit.replacement for edit in edits)
        yield Fault(
            "the boundary is given only in the form of RFC 2231, which not all mail readers support",
            boundary_place(part),
            part,
            fix=Fix("write boundary=, without an asterisk", edits if is_plain else ()),
            evidence=Evidence.OBSERVED,
            source="https://github.com/javaee/javamail/blob/JAVAMAIL-1_4_7/mail/src/main/java/javax/mail/internet/ParameterList.java",
        )
