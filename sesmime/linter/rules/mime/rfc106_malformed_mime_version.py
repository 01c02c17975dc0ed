"""RFC106."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    body_span,
    quoted,
    rule,
    tokens_of,
)

_PASSED_OVER = ("blank", "comment", "deep-comment")


@rule(
    "RFC106",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-4",
    stage=Stage.MIME,
    order=400,
    triggers=(":odd-mime-version",),
)
def malformed_mime_version(outgoing: Outgoing) -> Iterator[Fault]:
    """MIME-Version is something other than 1.0.

    There is no other version. Mail readers handle such a message in their own ways: they may show the source, or
    take the extra text for a parameter. A comment in parentheses is allowed.
    """
    field = outgoing.section.first("MIME-Version")
    if field is None:
        return
    body = field.body
    if body.rstrip(" \t") == "1.0":
        return
    if "".join([body[start:stop] for kind, start, stop in tokens_of(body) if kind not in _PASSED_OVER]) == "1.0":
        return
    raw, start = field.raw, field.span.start
    body_place = Span(start + raw.index(b":") + 1, start + len(raw.rstrip(b"\r\n")))
    yield Fault(
        f"{quoted(body, 60)} is not a MIME version; the only one is 1.0"
        if body.strip(" \t")
        else "MIME-Version is empty",
        body_span(field),
        fix=Fix("write 1.0", [Edit(body_place, b" 1.0")]),
    )
