"""SES511."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    parameter_name,
    parameter_value,
    quoted,
    rule,
    tag_fault,
    tag_remedy,
)
from sesmime.mime.hints import Final
from sesmime.ses.pages import RECORDED_TAGS

# In a parameter a value was seen to hold more than in the field.
_REASONS: Final = {
    "bad-tag-value": "a tag value consists of A-Z a-z 0-9 _ and -; the service has also accepted . and @",
    "dotted-tag-value": "AWS documents only A-Z a-z 0-9 _ and -; the service has also accepted . and @ in a value",
}


@rule(
    "SES511",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source=RECORDED_TAGS,
    stage=Stage.PARAMETERS,
    order=20,
    subject=Subject.PARAMETERS,
    triggers=(":tags",),
)
def malformed_tag_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A message tag given as a parameter is not one that SES accepts.

    AWS documents A-Z a-z 0-9 _ and - for name and value, and SES refuses the whole message for other characters. In
    recorded answers, the service also accepted . and @ in values, up to 255 characters: those are a warning.
    """
    if not outgoing.parameters.message_tags:
        return
    tags = parameter_value(outgoing, "message_tags") or ()
    name = parameter_name("message_tags", outgoing.interface)
    faults = ((at, tag, fault) for at, tag in enumerate(tags) if (fault := tag_fault(tag)) is not None)
    for at, tag, fault in faults:
        yield Fault(
            f"message tag {quoted(f'{tag.name}={tag.value}', 100)}: {_REASONS.get(fault.name, fault.reason)}",
            parameter=f"{name}[{at}]",
            rejection=fault.expected,
            fix=Fix(tag_remedy(fault.name)),
            severity=Severity.WARNING if fault.name == "dotted-tag-value" else None,
        )
