"""RFC108."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator

from sesmime.linter.kit import (
    FIELD_NAME,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    name_span,
    quoted,
    rule,
)
from sesmime.mime.hints import Final


@rule(
    "RFC108",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-2.2",
    stage=Stage.SYNTAX,
    order=110,
    triggers=(":odd-field-name",),
)
def malformed_field_name(outgoing: Outgoing) -> Iterator[Fault]:
    """A field name contains a space, a control character or a non-ASCII octet.

    Some programs drop the field, others take the line for the beginning of the body, so all fields after it are
    lost. Usually the line is text among the fields; in a body part it may have no name at all.
    """
    for part in outgoing.parts:
        yield from _of_part(outgoing, part)


def _of_part(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if not part.is_root and any(defect.name == "not-a-field" for defect in part.section.defects):
        yield from _lines(part)
    if not part.is_root or outgoing.has_header_section:
        yield from _faults(part)


def _lines(part: Part) -> Iterator[Fault]:
    """Tell of the lines of a part without any name; those of the message are SES003's."""
    for defect in part.section.defects:
        if defect.name == "not-a-field":
            start, stop = defect.span
            line_end = part.entity.source.find(b"\n", start, stop)
            yield Fault(
                "a line without a colon is not a field",
                Span(start, stop if line_end < 0 else line_end),
                part,
                fix=Fix("put an empty line before it, or a space at its start if it continues the field above"),
            )


def _faults(part: Part) -> Iterator[Fault]:
    for field in part.section.fields:
        name = field.name
        if (
            (part.is_root and not name)
            or FIELD_NAME.fullmatch(name)
            or (part.is_root and _is_told_elsewhere(part, field))
        ):
            continue
        if field.raw.startswith(BOM_UTF8) and field.span.start == part.section.span.start:
            start = field.span.start
            mark = Span(start, start + len(BOM_UTF8))
            fix = Fix("remove it", [Edit(mark, b"")])
            yield Fault("a byte order mark (U+FEFF) before the first field makes its name invalid", mark, part, fix=fix)
        else:
            yield Fault(
                f"{quoted(name, 60)} is not a field name",
                name_span(field),
                part,
                fix=Fix("use letters, digits and hyphens, or put an empty line before it if it is text"),
            )


# As a name has it.
_MARK: Final = BOM_UTF8.decode("ascii", "surrogateescape")


def _is_told_elsewhere(part: Part, field: Field) -> bool:
    """Tell the fields that SEC302 tells of, and a first line that begins with a blank (SES003)."""
    name = field.name.removeprefix(_MARK).strip("".join(map(chr, range(0x21))) + "\x7f")
    if name[:6].lower() == "x-ses-":
        return True
    is_first = field.span.start == part.section.span.start
    return is_first and FIELD_NAME.fullmatch(field.name.lstrip(" \t")) is not None
