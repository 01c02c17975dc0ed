"""RFC110."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from sesmime.linter.kit import (
    ADDRESS_FIELDS,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    fold_case,
    may_hold_mailbox,
    quoted,
    reading_of,
    rewritten,
    rule,
)

_8BIT: Final = re.compile(rb"[\x80-\xff]+")


@rule(
    "RFC110",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-2.2",
    stage=Stage.SYNTAX,
    order=140,
    triggers=(":odd-octet",),
)
def raw_8bit_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A field body contains non-ASCII octets that are not encoded.

    Mail readers guess the charset and show other characters; a server may refuse the message or replace the octets.
    SES is not known to pass them on. SES201 reports non-ASCII addresses.
    """
    for part in outgoing.screening.odd_octets:
        for field in part.section.fields:
            if field.raw.isascii():
                continue
            first = _8BIT.search(field.raw, field.raw.index(b":"))
            if first is not None and not _has_8bit_address(outgoing, field):
                start = field.span.start
                yield Fault(
                    f"{quoted(field.name, 60)} contains non-ASCII octets",
                    Span(start + first.start(), start + first.end()),
                    part,
                    fix=Fix("write the text as encoded words", partial(rewritten, field)),
                )


def _has_8bit_address(outgoing: Outgoing, field: Field) -> bool:
    if fold_case(field.name) not in ADDRESS_FIELDS or not may_hold_mailbox(field.body):
        return False
    return any(defect.name == "non-ascii-address" for defect in reading_of(outgoing, field).defects)
