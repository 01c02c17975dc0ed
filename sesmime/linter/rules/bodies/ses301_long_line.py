"""SES301."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    MAX_LINE,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Interface,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    fold_case,
    long_lines,
    part_at,
    recoding,
    rule,
)
from sesmime.mime.edits import fold
from sesmime.mime.grammar import PREFERRED_LINE, UNFOLDED_FIELDS

# A line may end before a blank that stands between other characters: it begins the next line, the value stays the same.
_BLANKS: Final = re.compile(r"(?<=[^ \t])[ \t]+(?=[^ \t])")
_AFTER_COMMA: Final = re.compile(r"(?<=,)[ \t]+(?=[^ \t])")
# Words and gaps that leave room in a line for one more.
_SHORT: Final = 80
_GAP: Final = b" " * _SHORT
_SIGNATURES: Final = ("dkim-", "domainkey-", "arc-")


@rule(
    "SES301",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.MIME,
    order=90,
    triggers=(":long-line",),
)
def long_line(outgoing: Outgoing) -> Iterator[Fault]:
    """A line has more than 998 octets.

    SES requires at most 1,000 bytes including CRLF (RFC 5322 section 2.1.1). It has passed longer lines on; the
    receiving server refuses them, or breaks them anywhere, even in the middle of a word or a link.
    """
    head = outgoing.header_octets
    in_head, in_body = long_lines(head), outgoing.lines
    not_kept = in_head.long_count - len(in_head.long) + in_body.long_count - len(in_body.long)
    for start, stop in in_head.long:
        span = outgoing.head_span(start, stop)
        yield Fault(_length(span), span, outgoing.root, fix=_folding(outgoing, outgoing.root, span), further=not_kept)
    fixes: dict[str, Fix] = {}  # one for each part that is encoded anew
    for span in in_body.long:
        part = part_at(outgoing, span.start)
        if span.start < part.entity.body_span.start:
            fix = _folding(outgoing, part, span)
        else:
            fix = fixes.setdefault(part.path, recoding(outgoing, part))
        yield Fault(_length(span), span, part, fix=fix, further=not_kept)


def _length(span: Span) -> str:
    return f"a line of {span.stop - span.start} octets; at most {MAX_LINE} are allowed"


def _folding(outgoing: Outgoing, part: Part, line: Span) -> Fix:
    """Return the remedy for a long line of a header section."""
    field = next((field for field in part.section.fields if field.span.start <= line.start < field.span.stop), None)
    if field is None or not _can_be_folded(outgoing, field, line):
        return Fix("shorten the field: it has no space where it can be folded")
    name = fold_case(field.name)
    if part.is_root:
        is_signed = name in outgoing.signed_fields or name.startswith(_SIGNATURES)
    else:
        is_signed = outgoing.is_signed or part.is_signed or part.is_attached
    return Fix("fold the field", lambda: _folds(outgoing, field, line), is_safe=not is_signed)


def _can_be_folded(outgoing: Outgoing, field: Field, line: Span) -> bool:
    """Whether a line can be folded; the places are looked for when it is, unless only they can tell."""
    text = field.raw[line.start - field.span.start : line.stop - field.span.start].replace(b"\t", b" ")
    is_usual = UNFOLDED_FIELDS.match(field.name) is None and len(field.name) <= _SHORT and text.rfind(_GAP) < 0
    if is_usual and not _has_longer_word(text, MAX_LINE - 2 * _SHORT - 1):
        return True  # it has blanks enough
    return not _has_longer_word(text, MAX_LINE) and bool(_folds(outgoing, field, line))


def _has_longer_word(text: bytes, size: int) -> bool:
    """Whether more octets than `size` stand between two blanks; from blank to blank, the last within reach."""
    start, left = 0, len(text) - size
    while start < left:
        blank = text.rfind(b" ", start, start + size + 1)
        if blank < 0:
            return True
        start = blank + 1
    return False


def _folds(outgoing: Outgoing, field: Field, line: Span) -> list[Edit]:
    """Return the line ends to insert before blanks of a line; none if some piece stays too long."""
    base = line.start
    text = field.raw[base - field.span.start : line.stop - field.span.start].decode("latin-1")
    # Not right after the colon: a line of nothing but a name is misread.
    first = text.find(":") + 2 if base == field.span.start else 0
    if UNFOLDED_FIELDS.match(field.name):
        pattern, width = _AFTER_COMMA, MAX_LINE
    else:
        pattern, width = _BLANKS, PREFERRED_LINE
    pieces = fold(text, width, (match.start() for match in pattern.finditer(text, first)))
    if max(map(len, pieces)) > MAX_LINE:
        return []
    edits = []
    for piece in pieces[:-1]:
        base += len(piece)
        edits.append(Edit(Span(base, base), outgoing.ending))
    return edits
