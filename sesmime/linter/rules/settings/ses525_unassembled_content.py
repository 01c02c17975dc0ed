"""SES525."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Interface,
    InvalidAddress,
    Outgoing,
    Severity,
    Stage,
    Subject,
    assembled,
    rule,
)
from sesmime.ses.request_guide import breaches
from sesmime.ses.request_model import violations
from sesmime.ses.requests import SIMPLE


@rule(
    "SES525",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=Interface.SEND_EMAIL.page,
    stage=Stage.PARAMETERS,
    order=95,
    subject=Subject.PARAMETERS,
    triggers=(":assembled",),
)
def unassembled_content(outgoing: Outgoing) -> Iterator[Fault]:
    """No message can be made of the simple content of a request.

    Most often a subject, a display name or a content type holds a line break, or a text half a character. What the
    service model, the guide and the grammar of addresses say is told by other rules.
    """
    error = outgoing.once(assembled).error
    # Of addresses other rules tell: SES takes some that `raw_from_simple` does not write.
    if (
        error is None
        or isinstance(error, InvalidAddress)
        or outgoing.envelope.recipient_count == 0
        or not outgoing.parameters.source
    ):
        return
    request, interface = outgoing.request, outgoing.interface
    if any(True for _ in violations(request, interface)):
        return
    if any(not one.is_doubtful for one in breaches(request, interface)):
        return
    yield Fault(
        f"no message can be made of the content: {error}",
        parameter=".".join(SIMPLE[interface]),
        rejection=UNKNOWN_TEXT,
        fix=Fix("correct the value"),
    )
