"""SES007."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    ONCE_ONLY,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fold_case,
    name_span,
    rule,
    section_in_body,
)

# What a body of text hardly begins with, and what it may begin with if the message has no sender.
_NEVER_TEXT: Final = frozenset(("mime-version", "content-type", "content-transfer-encoding"))
_FIRST_FIELDS: Final = _NEVER_TEXT | {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "return-path"}
_TEXTS: Final = ("text/plain", "text/html")


@rule(
    "SES007",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html",
    stage=Stage.SYNTAX,
    order=90,
)
def fields_after_empty_line(outgoing: Outgoing) -> Iterator[Fault]:
    """The body begins with fields that the message lacks: there is an empty line among the fields.

    The first empty line ends the header section, so the fields after it are text: the sender is missing, or an HTML
    message is shown as source. AWS's own example of the X-SES-SOURCE-ARN fields has such a line before From.
    """
    if "content-type" in outgoing.names and "from" in outgoing.names:
        return
    if not outgoing.has_header_section or outgoing.root.content_type not in _TEXTS:
        return
    hidden = section_in_body(outgoing)
    if hidden is None:
        return
    field = hidden.section.fields[0]
    wanted = _NEVER_TEXT if "from" in outgoing.names else _FIRST_FIELDS
    key = fold_case(field.name)
    if key not in wanted or key in outgoing.names:
        return
    keys = [fold_case(field.name) for field in hidden.section.fields]
    once = [key for key in keys if key in ONCE_ONLY]
    is_clean = hidden.is_clean and len(set(once)) == len(once) and outgoing.names.isdisjoint(once)
    yield Fault(
        f"{field.name} comes after an empty line, which ends the header section, so it is text, not a field",
        name_span(field),
        fix=Fix("remove the empty line before it", [Edit(hidden.empty_lines, b"")] if is_clean else ()),
    )
