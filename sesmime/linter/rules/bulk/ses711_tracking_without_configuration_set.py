"""SES711."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.linter.kit import (
    CUSTOM_PATH,
    LINK_TAGS,
    OPEN_TRACKER,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    is_given,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import EVENTS


@rule(
    "SES711",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=EVENTS,
    stage=Stage.LISTS,
    order=100,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def tracking_without_configuration_set(outgoing: Outgoing) -> Iterator[Fault]:
    """The HTML has directives for tracking, and no configuration set is given.

    SES publishes opens and clicks for a configuration set. Without one there is nothing to track, unless the sending
    identity has a default configuration set.
    """
    if not is_given(outgoing, "configuration_set"):
        yield from islice(_faults(outgoing), 1)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for text in outgoing.once(texts_with_directives):
        if not text.is_html:
            continue
        found = [(OPEN_TRACKER.decode(), place) for place in text.directives.open_trackers]
        for link in text.directives.links:
            found += [(one.name, one.span) for one in link.directives if one.name in (LINK_TAGS, CUSTOM_PATH)]
        for name, place in found:
            yield directive_fault(
                text,
                f"there is {name} but no configuration set: without a default one for the identity, nothing is tracked",
                place,
                fix=Fix("add a configuration set"),
            )
