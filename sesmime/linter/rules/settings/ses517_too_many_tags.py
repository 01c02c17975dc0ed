"""SES517."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import name_span
from sesmime.linter.view.settings import counting_field, parameter_value
from sesmime.ses.evidence import Evidence
from sesmime.ses.pages import EVENTS

# No limit is documented. 50 is that of the tags of a resource of AWS, and far beyond what anybody has reported to send.
MAX_TAGS = 50


@rule("SES517", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source=EVENTS)
def too_many_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """A message has more than 50 message tags.

    How many SES takes is not documented; 50 is the limit for the tags of other things at AWS. Each tag costs room in
    the event, whose fields are cut past 10 KB.
    """
    if not outgoing.parameters.message_tags and "x-ses-message-tags" not in outgoing.names:
        return
    field = counting_field(outgoing, "message_tags")
    count = len((parameter_value(outgoing, "message_tags") or ()) if field is None else outgoing.tags_in_field)
    if count > MAX_TAGS:
        yield Fault(
            f"{count} message tags; that SES takes more than {MAX_TAGS} is not known",
            None if field is None else name_span(field),
            fix=Fix("give fewer tags"),
        )
