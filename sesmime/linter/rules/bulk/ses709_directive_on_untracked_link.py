"""SES709."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    CUSTOM_PATH,
    LINK_TAGS,
    NO_TRACK,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    links_with,
    rule,
)
from sesmime.ses.pages import TRACKING


@rule(
    "SES709",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=80,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def directive_on_untracked_link(outgoing: Outgoing) -> Iterator[Fault]:
    """A link has ses:no-track together with ses:custom-path or ses:tags.

    SES does not rewrite the link, so that it has no tracking path and no click of it is published with tags.
    """
    found = (one for name in (CUSTOM_PATH, LINK_TAGS) for one in links_with(outgoing, name))
    unused = (one for one in found if one.link.directive(NO_TRACK) is not None)
    for text, _, directive in unused:
        yield directive_fault(
            text,
            f"{directive.name} has no effect on a link with {NO_TRACK}",
            directive.span,
            # AWS says it of the path; of the tags it follows: they appear in click events, and there is none.
            evidence=None if directive.name == CUSTOM_PATH else Evidence.ASSUMED,
            fix=Fix("remove one of the two"),
        )
