"""SEC302."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    FIELD_NAME,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    rule,
)
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.pages import AUTHORIZATION
from sesmime.ses.strip import strip_edits

# Inside a field that goes whole: a line that begins at a lone CR, to the next line end that no blank follows.
_HIDDEN: Final = lazy_pattern(rb"\r(?!\n)[\x00-\x20\x7f]*+(?=[Xx]-[Ss][Ee][Ss]-)")
_AFTER_MARK: Final = lazy_pattern(BOM_UTF8 + rb"[\x00-\x20\x7f]*+[Xx]-[Ss][Ee][Ss]-")
_LINE_END: Final = lazy_pattern(rb"[\r\n](?![ \t])")


@rule(
    "SEC302",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=AUTHORIZATION,
    stage=Stage.SYNTAX,
    order=60,
    triggers=(":ses-mark",),
)
def hidden_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """An X-SES- field is written so that some programs see it and others do not.

    There is a space, a control character or a byte order mark around its name, its name is folded, or only a lone CR
    begins its line. Filters that look for the name miss it; if SES reads it as a setting, somebody else decides how the
    message is sent.
    """
    if b"\n" not in outgoing.header_octets:
        return  # CR ends all its lines, so that none is hidden more than the others: SES001 tells of that
    count = outgoing.folded_head.count(b"x-ses-")
    named = [field for name in outgoing.names if name[:6] == "x-ses-" for field in outgoing.section.all(name)]
    # Nothing is hidden where it is the names of plain fields that begin so, and nothing else.
    if count and count != sum(map(_is_plain, named)):
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for marked in outgoing.section.fields:
        if _AFTER_MARK.match(marked.raw):
            start = marked.span.start
            yield _fault(marked.span, "behind a byte order mark", Span(start, start + len(BOM_UTF8)))
    fields = {field.span.start: field for field in outgoing.section.fields}
    for gone, _ in strip_edits(outgoing.header_octets):
        span = outgoing.head_span(*gone)
        field = fields.get(span.start)
        if field is None or field.span.stop != span.stop:
            yield _fault(span, "after a lone CR")
        elif not _is_plain(field):
            name = Span(field.span.start, field.span.start + field.raw.index(b":") + 1)
            yield _fault(field.span, "with something in or around its name", name)
        else:
            yield from _behind_its_text(field)


def _behind_its_text(field: Field) -> Iterator[Fault]:
    """Look for lines that a lone CR begins inside a field that is itself plain."""
    place = field.span.start
    for hidden in _HIDDEN.finditer(field.raw):
        end = _LINE_END.search(field.raw, hidden.end())
        stop = end.start() if end else len(field.raw)
        yield _fault(Span(place + hidden.start(), place + stop), "after a lone CR")


def _is_plain(field: Field) -> bool:
    name = field.name
    return field.raw[len(name) : len(name) + 1] == b":" and FIELD_NAME.fullmatch(name) is not None


def _fault(span: Span, how: str, shown: Span | None = None) -> Fault:
    return Fault(
        f"an X-SES- field {how}: some programs read it as a setting, others do not see it",
        shown or span,
        fix=Fix("remove it", [Edit(span, b"")]),
    )
