"""SES401."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    body_span,
    has_defect,
    multiparts,
    rule,
    strict_value,
)

_REJECTION: Final = "Missing start boundary"
# So many octets of bodies the strict parser is asked about, which may lie in each other; of others ours is believed.
_MAX_BODY: Final = 1 << 20


@rule(
    "SES401",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/nodemailer/nodemailer/issues/1440",
    stage=Stage.MIME,
    order=30,
    triggers=(":odd-division", ":odd-boundary"),
)
def missing_start_boundary(outgoing: Outgoing) -> Iterator[Fault]:
    """A multipart has no delimiter line, so it has no parts.

    Its body is empty, or the boundary in Content-Type is not the one in the body, often because a library wrote the
    field twice or the body was written by hand. SES refuses it, and mail readers show nothing.
    """
    left = _MAX_BODY
    for part in outgoing.once(multiparts):
        field = part.section.first("Content-Type")
        if field is None or not _may_be_missing(outgoing, part, field.raw):
            continue
        body = part.entity.body
        ours = has_defect(part, "no-start-boundary")
        if len(body) > left:
            error = _REJECTION if ours else None
        else:
            left -= len(body)
            error = _REJECTION if _lacks_delimiter(outgoing, part) else _verdict(field, body)
        if error == _REJECTION:
            is_named = part.boundary is not None
            yield Fault(
                "this multipart has no delimiter line (two hyphens followed by the boundary)"
                if is_named
                else "a multipart without a boundary parameter and without a line that looks like a delimiter",
                body_span(field),
                part,
                rejection=_REJECTION,
                fix=Fix("put a delimiter line with the boundary of Content-Type before each part and after the last"),
            )
        elif ours and error is None:
            yield Fault(
                "this multipart has no delimiter line that all mail readers recognize",
                body_span(field),
                part,
                fix=Fix("put each delimiter line on a line of its own"),
                severity=Severity.WARNING,
                evidence=Evidence.ASSUMED,
            )


def _lacks_delimiter(outgoing: Outgoing, part: Part) -> bool:
    """Whether the boundary is plain, and stands nowhere in the body with two hyphens before it."""
    plain = part.plain_type
    if plain is None or plain.boundary is None:
        return False
    return outgoing.source.rfind(b"--" + plain.boundary.encode("ascii"), *part.body_span) < 0


def _verdict(field: Field, body: memoryview) -> str | None:
    from sesmime.ses.javamail import verdict  # here, because few messages need it

    return verdict("count-parts", str(body, "latin-1"), content_type=strict_value(field)).error


def _may_be_missing(outgoing: Outgoing, part: Part, raw: bytes) -> bool:
    """Whether the strict parser may find no start: we found none, or it may read boundary or lines otherwise."""
    entity = part.entity
    if not entity.is_multipart or not entity.parts:
        return True
    if part.plain_type is not None:
        return outgoing.lines.lone_crs > 0
    boundary = part.type_parameters.get("boundary", "")
    if boundary != boundary.rstrip() or part.type_parameters.defects:
        return True
    return outgoing.lines.lone_crs > 0 or b"\\" in raw or b"*" in raw or not raw.isascii()
