"""SES708."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    CUSTOM_PATH,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    directive_fault,
    is_custom_path,
    links_with,
    rule,
)
from sesmime.ses.pages import TRACKING


@rule(
    "SES708",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=70,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def malformed_custom_path(outgoing: Outgoing) -> Iterator[Fault]:
    """A link has the attribute ses:custom-path with a value that SES does not use.

    A custom path consists of 1 to 32 characters of A-Z a-z 0-9 . _ and -. With any other value, the tracking link has
    its usual path, and apps that open links by their path do not recognise it.
    """
    found = (one for one in links_with(outgoing, CUSTOM_PATH) if not is_custom_path(one.directive.value))
    for text, _, directive in found:
        size = len(directive.value or "")
        why = "is empty" if not size else f"has {size} characters" if size > 32 else "contains other characters"
        yield directive_fault(
            text,
            f"the value of ses:custom-path {why}: SES uses 1 to 32 characters of A-Z a-z 0-9 . _ and -",
            directive.span,
            fix=Fix("use 1 to 32 characters of A-Z a-z 0-9 . _ and -"),
        )
