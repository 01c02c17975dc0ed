"""RFC409."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    body_span,
    content_types,
    quoted,
    rule,
)

# message/global takes encodings (RFC 6532 section 3.7).
_TYPES: Final = frozenset(("message/rfc822", "message/partial", "message/external-body"))


@rule(
    "RFC409",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.2.1",
    stage=Stage.MIME,
    order=350,
    triggers=(":odd-message-part",),
)
def encoded_message(outgoing: Outgoing) -> Iterator[Fault]:
    """An attached message is encoded in base64 or quoted-printable.

    An attached message itself is never encoded, only its parts are. Some mail readers decode it, some show base64,
    and virus scanners may see nothing.
    """
    if _TYPES.isdisjoint(outgoing.once(content_types)):
        return
    encoded = [part for part in outgoing.parts if part.content_type in _TYPES and part.is_encoded]
    for part in encoded:
        field = part.section.first("Content-Transfer-Encoding")
        yield Fault(
            f"an attached message in {quoted(part.encoding, 60)}",
            part.section.span if field is None else body_span(field),
            part,
            fix=Fix("attach the message as it is, or as application/octet-stream"),
        )
