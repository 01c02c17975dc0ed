"""SES710."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.linter.kit import (
    MAX_TRACKED_LINKS,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    rule,
    texts_with_many_links,
)
from sesmime.ses.pages import TRACKING


@rule(
    "SES710",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=90,
    subject=Subject.PARAMETERS,
    triggers=(":many-links",),
)
def untracked_links(outgoing: Outgoing) -> Iterator[Fault]:
    """The HTML has more than 250 links.

    SES tracks 250 links of a message; clicks on the others are not published. Links with ses:no-track, and links that
    are not http or https, are not counted.
    """
    texts = outgoing.once(texts_with_many_links)
    links = ((text, link) for text in texts for link in text.directives.links if link.is_trackable)
    beyond = list(islice(links, MAX_TRACKED_LINKS, None))
    if beyond:
        text, link = beyond[0]
        yield directive_fault(
            text,
            f"the HTML has {MAX_TRACKED_LINKS + len(beyond)} links, of which SES tracks {MAX_TRACKED_LINKS}",
            link.span,
            fix=Fix("use fewer links, or mark some of them with ses:no-track"),
        )
