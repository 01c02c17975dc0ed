"""SES106."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import FIELDS_OF_SES, Edit, Evidence, Fault, Fix, Outgoing, Severity, Stage, name_span, rule
from sesmime.ses.fields_of_ses import RECEIVED


@rule(
    "SES106",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=RECEIVED,
    stage=Stage.SYNTAX,
    order=200,
    triggers=FIELDS_OF_SES,
)
def field_of_ses(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has a field that only SES writes: Feedback-ID, X-SES-Outgoing, a verdict or a receipt.

    It comes from a message that SES has handled before, and is not true of this one. What SES does with it is not
    documented; a verdict that is passed on vouches for a message that nobody has checked.
    """
    for name, page in FIELDS_OF_SES.items():
        if name in outgoing.names:
            fields = outgoing.section.all(name)
            yield Fault(
                f"{fields[0].name} is a field that only SES writes",
                name_span(fields[0]),
                source=page,
                fix=Fix("remove the field", [Edit(field.span, b"") for field in fields]),
            )
