"""SES705."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import MOST, OPEN_TRACKER, Evidence, Fault, Fix, Outgoing, Severity, Stage, rule
from sesmime.ses.pages import TRACKING


@rule(
    "SES705",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=50,
    triggers=(":directive",),
)
def repeated_open_tracker(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains {{ses:openTracker}} more than once.

    SES refuses such a message: the API v2 with BadRequestException. What the API v1 and SMTP answer is not documented.
    """
    told = 0
    for text in outgoing.texts.with_directives:
        places = list(text.places(OPEN_TRACKER))
        if len(places) > 1 and told < MOST:
            told += 1
            yield Fault(
                f"{OPEN_TRACKER.decode()} occurs {len(places)} times: SES accepts it once",
                text.span(places[1], places[1] + len(OPEN_TRACKER)),
                text.part,
                # The code is documented, and no text.
                rejection="BadRequestException" if outgoing.interface.is_v2 else None,
                fix=Fix("use it only once"),
            )
