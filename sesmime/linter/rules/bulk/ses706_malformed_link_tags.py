"""SES706."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    LINK_TAGS,
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
    "SES706",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=60,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def malformed_link_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """A link has the attribute ses:tags in a form other than name:value;.

    Names and values consist of 0-9 A-Z a-z _ and -, separated by a colon, with a semicolon after each pair. Other
    tags do not appear in click events.
    """
    found = (one for one in links_with(outgoing, LINK_TAGS) if one.link.malformed_tags)
    for text, _, directive in found:
        yield directive_fault(
            text,
            "the value of ses:tags is not of the form name:value; with only 0-9 A-Z a-z _ and -",
            directive.span,
            fix=Fix("write it as name:value;"),
        )
