"""SES705."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    OPEN_TRACKER,
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import TRACKING


@rule(
    "SES705",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=50,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def repeated_open_tracker(outgoing: Outgoing) -> Iterator[Fault]:
    """A text contains {{ses:openTracker}} more than once.

    SES refuses such a message: the API v2 with BadRequestException. What the API v1 and SMTP answer is not documented.
    """
    texts = (text for text in outgoing.once(texts_with_directives) if len(text.directives.open_trackers) > 1)
    for text in texts:
        places = text.directives.open_trackers
        yield directive_fault(
            text,
            f"{OPEN_TRACKER.decode()} occurs {len(places)} times: SES accepts it once",
            places[1],
            rejection=UNKNOWN_TEXT,
            fix=Fix("use it only once"),
        )
