"""SES003."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    FIELD_NAME,
    ONCE_ONLY,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    fold_case,
    rule,
)
from sesmime.mime.fields import is_mbox_line
from sesmime.ses.once_only import SPELLINGS

_BLANKS = b" \t\r\n"
_REFUSAL = "Empty header names are illegal."


@rule(
    "SES003",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source="https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/123",
    stage=Stage.SYNTAX,
    order=50,
    triggers=(":odd-line",),
)
def line_that_is_no_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A line of the header section is neither a field nor a continuation line.

    Text is among the fields: the empty line before the body is missing, a long field was broken without a space at
    the start of the new line, or a line of an mbox file was kept. Some programs take everything after it for the
    body. Users quote the text that is expected from SES; that such a line causes it is assumed. Where the empty line
    before the first delimiter line is missing, SES has read the fields of that part as those of the message.
    """
    if not outgoing.has_header_section:
        return
    delimiter = _delimiter_line(outgoing)
    if delimiter is not None:
        yield _missing_empty_line(outgoing, delimiter)
        return
    yield from _first_line(outgoing)
    lines = [defect for defect in outgoing.section.defects if defect.name in ("not-a-field", "mbox-line")]
    if not lines:
        return
    fields = outgoing.section.fields
    last = next(field.span.start for field in reversed(fields) if FIELD_NAME.fullmatch(field.name))
    for line in lines:
        octets = outgoing.octets(line.span)
        place = _first_line_of(line.span, octets)
        if is_mbox_line(octets):
            yield Fault(
                "this is the separator line of an mbox file, not a field",
                place,
                severity=Severity.WARNING,
                fix=Fix("remove the line", [Edit(line.span, b"")]),
            )
        elif not octets.strip(_BLANKS):
            yield Fault(
                "the first line contains only spaces or tabs",
                place,
                rejection=_REFUSAL,
                fix=Fix("remove the line", [Edit(line.span, b"")]),
            )
        elif line.span.start < last:
            yield Fault(
                "a line without a colon is not a field",
                place,
                rejection=_REFUSAL,
                fix=Fix("put a space at its start if it continues the field above, or remove it"),
            )
        else:
            yield Fault(
                "text directly follows the fields: the empty line before the body is missing",
                place,
                rejection=_REFUSAL,
                fix=_empty_line_before(outgoing, line.span),
            )
            return


def _delimiter_line(outgoing: Outgoing) -> Span | None:
    """Return the place of a line that begins as the delimiter lines of this message do."""
    head = outgoing.header_octets
    if b"\n--" not in head:
        return None
    boundary = outgoing.root.type_parameters.get("boundary")
    delimiter = b"\n--" + (boundary or "").rstrip().encode("utf-8", "surrogateescape")
    place = head.find(delimiter) if boundary else -1
    if place < 0:
        return None
    line = head[place + 1 :].partition(b"\n")[0].rstrip(b"\r")
    return outgoing.head_span(place + 1, place + 1 + len(line))


def _missing_empty_line(outgoing: Outgoing, line: Span) -> Fault:
    # What follows is the header section of the first part: SES counts its fields with those of the message.
    repeated = next(
        (
            fields[0].name
            for fields in map(outgoing.section.all, (fold_case(field.name) for field in outgoing.section.fields))
            if len(fields) > 1 and fold_case(fields[0].name) in ONCE_ONLY
        ),
        None,
    )
    return Fault(
        "a delimiter line directly follows the fields: the empty line before the body is missing",
        line,
        rejection=_REFUSAL if repeated is None else f"Duplicate header '{SPELLINGS[fold_case(repeated)]}'.",
        evidence=None if repeated is None else Evidence.OBSERVED,
        fix=_empty_line_before(outgoing, line),
        source="https://github.com/xreef/EMailSender/pull/50",
    )


def _first_line(outgoing: Outgoing) -> Iterator[Fault]:
    """Look at a first line that begins with a blank and has a colon; without one it is a defect of the section."""
    head = outgoing.header_octets
    fields = outgoing.section.fields
    if not head.startswith((b" ", b"\t")) or fields[0].span.start != outgoing.span.start:
        return
    blanks = outgoing.head_span(0, len(head) - len(head.lstrip(b" \t")))
    name = fields[0].name.lstrip(" \t")
    if name:
        is_field = FIELD_NAME.fullmatch(name) is not None
        yield Fault(
            "the first line begins with a space or tab, like a continuation line",
            blanks,
            fix=Fix("remove the spaces and tabs at its start", [Edit(blanks, b"")] if is_field else ()),
            source="https://www.rfc-editor.org/rfc/rfc5322#section-2.2",
        )


def _empty_line_before(outgoing: Outgoing, line: Span) -> Fix:
    place = Span(line.start, line.start)
    return Fix("put an empty line before it", [Edit(place, outgoing.ending)])


def _first_line_of(span: Span, octets: bytes) -> Span:
    """Return the place of a logical line without its continuation lines and its line end."""
    size = len(octets.partition(b"\n")[0].rstrip(b"\r"))
    return Span(span.start, span.start + size)
