"""SES206."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, fold_case, name_span, quoted, rule

_RESENT: Final = (
    "resent-date",
    "resent-from",
    "resent-sender",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "resent-message-id",
    "resent-reply-to",
)


@rule(
    "SES206",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.6",
    stage=Stage.ADDRESSES,
    order=80,
    triggers=_RESENT,
)
def unused_resent_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A Resent- field is sent unchanged and does not determine the sender or the recipients.

    Whoever resends a message expects it to go to Resent-To; instead it goes to To, Cc and Bcc again.
    """
    for field in outgoing.section.fields:
        if fold_case(field.name) in _RESENT:
            yield Fault(
                f"{quoted(field.name, 60)} is sent unchanged and does not determine the sender or the recipients",
                name_span(field),
                fix=Fix("pass source and destination, and remove the Resent- fields"),
            )
