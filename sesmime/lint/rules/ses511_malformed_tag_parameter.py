"""SES511."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.errors import quoted
from sesmime.lint.findings import Fix, Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.pages import RECORDED_TAGS
from sesmime.lint.rules.setting_fields import parameter_value, tag_remedy
from sesmime.ses.settings import Evidence
from sesmime.ses.tags import tag_fault


@rule("SES511", severity=Severity.ERROR, evidence=Evidence.OBSERVED, source=RECORDED_TAGS)
def malformed_tag_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A message tag given as parameter is none that SES takes.

    Name and value are 1 to 255 of A-Z a-z 0-9 _ and -, and SES refuses the whole message for another one. A value with
    . or @ is a warning: recorded answers of the service took it, and AWS documents it nowhere.
    """
    if not outgoing.parameters.message_tags:
        return
    tags = parameter_value(outgoing, "message_tags") or ()
    faults = ((tag, fault) for tag in tags if (fault := tag_fault(tag)) is not None)
    for tag, fault in islice(faults, MOST):
        yield Fault(
            f"message tag {quoted(f'{tag.name}={tag.value}', 100)}: {fault.reason}",
            rejection=fault.expected,
            fix=Fix(tag_remedy(fault.name)),
            severity=Severity.WARNING if fault.name == "dotted-tag-value" else None,
        )
