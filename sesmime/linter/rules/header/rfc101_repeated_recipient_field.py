"""RFC101."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    body_span,
    line_ending,
    name_span,
    parse_addresses,
    rule,
)

_NAMES: Final = ("To", "Cc", "Bcc")


@rule(
    "RFC101",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.6",
    stage=Stage.REPEATS,
    order=20,
    triggers=(":once-only-repeat",),
)
def repeated_recipient_field(outgoing: Outgoing) -> Iterator[Fault]:
    """To, Cc or Bcc is repeated.

    Each may occur once. SES is not known to refuse repeated fields, but programs differ: some read the first, some
    the last, some all. Recipients may be missed, and a reply to all does not reach everybody.
    """
    if len(outgoing.names) == len(outgoing.section):
        return
    for name in _NAMES:
        fields = outgoing.section.all(name)
        if len(fields) > 1:
            yield Fault(
                f"{fields[1].name} is repeated with different recipients"
                if fields[1].body.strip(" \t") != fields[0].body.strip(" \t")
                else f"{fields[1].name} is repeated",
                name_span(fields[1]),
                fix=Fix("put all recipients into the first field", _joined(outgoing, fields)),
            )


def _joined(outgoing: Outgoing, fields: tuple[Field, ...]) -> list[Edit]:
    """Return the edits that put the lists of all fields into the first; none where a list cannot be read whole."""
    filled = [field for field in fields if field.body.strip(" \t")]
    if not all(_is_whole(field) for field in filled):
        return []
    first, *others = fields
    between = b"," + line_ending(outgoing.header_octets) + b" "
    lists: dict[bytes, None] = {}
    for field in filled:
        lists.setdefault(outgoing.octets(body_span(field)))
    start, stop = body_span(first)
    if not filled or filled[0] is not first:
        start = stop = first.span.start + first.raw.index(b":") + 1
        joined = b" " + between.join(lists)
    else:
        joined = between.join(lists)
    return [Edit(Span(start, stop), joined), *(Edit(field.span, b"") for field in others)]


def _is_whole(field: Field) -> bool:
    found = parse_addresses(field.body)
    ends_open = field.body.rstrip(" \t").endswith(",")
    return bool(found or found.groups) and not found.defects and not ends_open
