"""SES713."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    LINK_DIRECTIVES,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    quoted,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import TRACKING


@rule(
    "SES713",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=120,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def misplaced_link_directive(outgoing: Outgoing) -> Iterator[Fault]:
    """An attribute that begins with ses: is not on a link, or has a name that AWS does not document.

    AWS documents ses:no-track, ses:tags and ses:custom-path, all of them for the element `a`. Elsewhere, or misspelt,
    they are expected to have no effect: the link is tracked, or its clicks have no tags.
    """
    found = ((text, one) for text in outgoing.once(texts_with_directives) for one in text.directives.misplaced)
    for text, one in found:
        name = one.directive.name
        is_known = name in LINK_DIRECTIVES
        yield directive_fault(
            text,
            f"the attribute {name} has no effect on the element {quoted(one.element, 20)}"
            if is_known
            else f"SES is not known to read an attribute {quoted(name, 40)}",
            one.directive.span,
            fix=Fix("put it on the link itself, the element a" if is_known else f"use {', '.join(LINK_DIRECTIVES)}"),
        )
