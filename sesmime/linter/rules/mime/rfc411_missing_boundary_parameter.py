"""RFC411."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.linter.kit import (
    MOST,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
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
    triggers=(":multipart",),
)
def missing_boundary_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart names no boundary, or not as all readers read it.

    The parser behind SES's refusals takes the first line that looks like a delimiter line; most readers show the whole
    body as text, with all that stands between the parts. One that is folded inside its quotes has the line end in it to
    some, so that they find no parts. One written as `boundary*` (RFC 2231) is none to that parser
    and to others, so that they see other parts than those who read it.
    """
    yield from islice((fault for part in outgoing.once(multiparts) for fault in _faults(outgoing, part)), MOST)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if "boundary" not in part.type_parameters:
        yield Fault(
            f"{quoted(part.content_type, 60)} without boundary",
            type_place(part),
            part,
            fix=Fix("name the boundary of the delimiter lines"),
        )
        return
    field = part.section.first("Content-Type")
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
        edits = rewriting(outgoing, field)
        is_plain = not any(b"boundary*" in edit.replacement for edit in edits)
        yield Fault(
            "the boundary stands in the form of RFC 2231 alone, which not all readers read",
            boundary_place(part),
            part,
            fix=Fix("write boundary=, without an asterisk", edits if is_plain else ()),
            evidence=Evidence.OBSERVED,
            source="https://github.com/javaee/javamail/blob/JAVAMAIL-1_4_7/mail/src/main/java/javax/mail/internet/ParameterList.java",
        )
