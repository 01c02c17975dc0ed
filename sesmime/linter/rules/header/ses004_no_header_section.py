"""SES004."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    is_message_in_base64,
    rule,
    section_in_body,
)

_BY_HAND = "write fields such as From and To, then an empty line, then the body"


@rule(
    "SES004",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/daniel-zahariev/php-aws-ses/issues/8",
    stage=Stage.SYNTAX,
    order=10,
    triggers=(":no-field",),
)
def no_header_section(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has no field: it is empty, or begins with an empty line or with its body.

    Everything is then the body, and SES finds neither From nor To. If sender and recipients are given as
    parameters, SES has accepted such a message, so it is a warning; what arrives has no subject and no sender, and
    shows its own fields as text.
    """
    if outgoing.has_header_section or is_message_in_base64(outgoing):
        return
    head, parameters = outgoing.header_octets, outgoing.parameters
    fix = Fix(_BY_HAND)
    if not head:
        cause = "the message is empty"
    elif head.startswith((b"\n", b"\r\n")):
        cause = "line 1 is empty, so everything after it is the body"
        hidden = section_in_body(outgoing, outgoing.root)
        if hidden is not None and hidden.is_clean and "From" in hidden.section:
            gone = Span(outgoing.span.start, hidden.empty_lines.stop)
            fix = Fix("remove the empty line before the fields", [Edit(gone, b"")])
    else:
        cause = "line 1 is not a field"
    missing = None if parameters.source else "From"
    if missing is None and not parameters.destination:
        missing = "To"
    yield Fault(
        f"there is no header section: {cause}",
        outgoing.head_span(0, 0),
        rejection=None if missing is None else f"Missing required header '{missing}'.",
        severity=Severity.WARNING if missing is None else None,
        fix=fix,
    )
