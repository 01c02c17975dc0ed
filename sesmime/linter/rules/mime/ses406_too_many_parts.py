"""SES406."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import UNKNOWN_TEXT, Evidence, Fault, Fix, Outgoing, Severity, Stage, rule
from sesmime.ses.pages import RAW_EMAIL
from sesmime.ses.quotas import MAX_PARTS


@rule(
    "SES406",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=RAW_EMAIL,
    stage=Stage.MIME,
    order=50,
    triggers=(":many-parts",),
)
def too_many_parts(outgoing: Outgoing) -> Iterator[Fault]:
    """A message has more than 500 MIME parts.

    SES does not accept more. How it counts is not documented; this rule counts every part below the message,
    including multiparts and the contents of attached messages.
    """
    if outgoing.root.is_leaf:
        return
    count = len(outgoing.every_part) - 1
    if count > MAX_PARTS:
        yield Fault(
            f"the message has {count} parts; SES accepts at most {MAX_PARTS}",
            outgoing.every_part[MAX_PARTS + 1].section.span,
            outgoing.every_part[MAX_PARTS + 1],
            rejection=UNKNOWN_TEXT,
            fix=Fix("send several messages, or put the files into one archive"),
        )
