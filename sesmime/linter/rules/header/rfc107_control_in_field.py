"""RFC107."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Edit, Evidence, Fault, Field, Fix, Outgoing, Severity, Span, Stage, quoted, rule

# RFC 5322 section 2.2, but for NUL (SEC303), CR and LF (SES001). In names RFC108 tells of them.
_CONTROL: Final = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OTHERS: Final = bytes([octet for octet in range(256) if _CONTROL.fullmatch(bytes((octet,))) is None])
_ESCAPE: Final = b"\x1b"


@rule(
    "RFC107",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-2.2",
    stage=Stage.SYNTAX,
    order=120,
    triggers=(":odd-octet",),
)
def control_in_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A field body contains a control character.

    Servers refuse the message or remove the character, which breaks its signatures; a terminal that shows the field
    may execute it. Unencoded text in Japanese charsets (RFC 2047) is also reported.
    """
    for part in outgoing.screening.odd_octets:
        if not outgoing.header_bytes(part).translate(None, _OTHERS):
            continue
        for field in part.section.fields:
            start = field.raw.index(b":")
            first = _CONTROL.search(field.raw, start)
            if first is not None:
                place = field.span.start + first.start()
                yield Fault(
                    f"{quoted(field.name, 60)} contains the control character U+{ord(first[0]):04X}",
                    Span(place, place + 1),
                    part,
                    fix=_fix(field, start),
                )


def _fix(field: Field, start: int) -> Fix:
    if _ESCAPE in field.raw:
        return Fix("write the text as encoded words in UTF-8")
    base = field.span.start
    places = [base + match.start() for match in _CONTROL.finditer(field.raw, start)]
    return Fix("remove the character", [Edit(Span(place, place + 1), b"") for place in places])
