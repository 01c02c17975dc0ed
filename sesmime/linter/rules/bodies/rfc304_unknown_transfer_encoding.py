"""RFC304."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ENCODINGS,
    IDENTITY,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    body_span,
    quoted,
    rule,
)
from sesmime.mime.hints import Final

_STANDARD: Final = IDENTITY | {"quoted-printable", "base64"}


@rule(
    "RFC304",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-6.1",
    stage=Stage.MIME,
    order=200,
    triggers=(":odd-label",),
)
def unknown_transfer_encoding(outgoing: Outgoing) -> Iterator[Fault]:
    """Content-Transfer-Encoding is not a known encoding.

    It must be one token: 7bit, 8bit, binary, quoted-printable or base64. With anything else, some mail readers show
    the body without decoding it, some guess the encoding, and some show nothing.
    """
    for part in outgoing.parts:
        yield from _faults(outgoing, part)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    field = None if part.labels[1] is None else part.section.first("Content-Transfer-Encoding")
    if field is None:
        return
    label = field.body.rstrip(" \t").lower()
    if label in _STANDARD:
        return
    if label in ENCODINGS:
        # What content may be in, and mail never had a standard for.
        text = f"{quoted(label, 60)} is an encoding that not all mail readers can decode"
    elif part.encoding in ENCODINGS and label:
        text = f"Content-Transfer-Encoding has text beside the encoding: {quoted(label, 60)}"
    else:
        text = (
            f"{quoted(label, 60)} is not a content-transfer-encoding" if label else "Content-Transfer-Encoding is empty"
        )
    yield Fault(text, body_span(field), part, fix=Fix("write the encoding that the body uses"))
