"""SES102."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.lint.findings import Fix, Severity
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.ses.settings import Evidence, Interface

# Interfaces that take parameters alone answer in words of their own (floci-io/floci#1561).
_WITHOUT_MESSAGE: Final = {
    Interface.V2_SEND_EMAIL_SIMPLE: '{"message":null}',
    Interface.V2_SEND_EMAIL_TEMPLATE: "Source cannot be empty",
}


@rule(
    "SES102",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/floci-io/floci/issues/1561",
)
def missing_from(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no From field, and no source is given beside the message.

    Most often the field is there and is not read as one: an empty line stands before it, so that it is part of the
    body.
    """
    if outgoing.parameters.source:
        return
    if not outgoing.interface.is_raw:
        text = _WITHOUT_MESSAGE.get(outgoing.interface)
        if text is not None:
            yield Fault("no source is given", rejection=text, fix=Fix("give FromEmailAddress"))
    elif "from" not in outgoing.names and outgoing.has_header_section:
        yield Fault(
            "there is no From field and no source",
            rejection="Missing required header 'From'.",
            fix=Fix("write a From field"),
        )
