"""RFC105."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    MIME_FIELDS,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    name_span,
    rule,
)
from sesmime.mime.fields import fields_named


@rule(
    "RFC105",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-4",
    stage=Stage.MIME,
    order=390,
    triggers=(":no-mime-version",),
)
def missing_mime_version(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has Content- fields but no MIME-Version field.

    A mail reader may then take it for plain text in US-ASCII and show its parts, encoding and charset as source.
    Most mail readers use the Content- fields anyway.
    """
    if "mime-version" in outgoing.names:
        return
    found = [fields_named(outgoing.section, name)[0] for name in MIME_FIELDS & outgoing.names]
    if not found:
        return
    field = min(found, key=lambda field: field.span.start) if len(found) > 1 else found[0]
    start = field.span.start
    raw = b"MIME-Version: 1.0" + outgoing.ending
    yield Fault(
        f"{field.name} without a MIME-Version field",
        name_span(field),
        fix=Fix("add MIME-Version: 1.0 before it", (Edit(Span(start, start), raw),)),
    )
