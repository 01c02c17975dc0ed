"""SES523."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, Subject, rule
from sesmime.ses.request_guide import template_breaches


@rule(
    "SES523",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Template.html",
    stage=Stage.TEMPLATE,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=(":assembled",),
)
def malformed_template(outgoing: Outgoing) -> Iterator[Fault]:
    """The data of a template are no JSON object, or a template in the request has more than plain placeholders.

    SES takes only `{{name}}` in content that stands in the request itself; conditions and loops need a stored template.
    """
    for found in template_breaches(outgoing.request, outgoing.interface):
        yield Fault(
            found.message,
            parameter=found.path,
            rejection=found.expected,
            fix=Fix(found.remedy),
            evidence=found.evidence,
            source=found.source,
        )
