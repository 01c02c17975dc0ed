"""SES522."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    rule,
)
from sesmime.ses.request_guide import breaches


@rule(
    "SES522",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.V2_SEND_EMAIL_SIMPLE.page,
    stage=Stage.PARAMETERS,
    order=8,
    subject=Subject.PARAMETERS,
    triggers=(":content",),
)
def contradictory_request(outgoing: Outgoing) -> Iterator[Fault]:
    """A request breaks what AWS's guide demands beside the service model.

    Such are two kinds of content, or two names of a template, where one is taken; a text in neither form; a field that
    SES writes itself; a file name that is refused; more than 50 entries.
    """
    for found in breaches(outgoing.request, outgoing.interface):
        yield Fault(
            found.message,
            parameter=found.path,
            rejection=UNKNOWN_TEXT if found.expected is None and not found.is_doubtful else found.expected,
            fix=Fix(found.remedy),
            severity=Severity.WARNING if found.is_doubtful else None,
            evidence=found.evidence,
            source=found.source,
        )
