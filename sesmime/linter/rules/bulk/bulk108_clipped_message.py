"""BULK108."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Part, Severity, Stage, rule
from sesmime.ses.pages import CLIPPED
from sesmime.ses.quotas import MAX_HTML


@rule(
    "BULK108",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source=CLIPPED,
    stage=Stage.BULK,
    order=80,
)
def clipped_message(outgoing: Outgoing) -> Iterator[Fault]:
    """The HTML is larger than 102 kB, and Gmail clips it.

    The recipient sees "[Message clipped]" and a link; the end of the text, such as the unsubscribe link and the
    open tracking image, is not loaded.
    """
    for part in outgoing.parts:
        yield from _faults(part)


def _faults(part: Part) -> Iterator[Fault]:
    if not part.is_leaf or part.content_type != "text/html" or part.entity.disposition == "attachment":
        return
    span = part.entity.body_span
    size = span.stop - span.start
    # No encoding makes a text shorter.
    if size > MAX_HTML and part.is_encoded:
        size = sum(map(len, part.entity.iter_content()))
    if size > MAX_HTML:
        yield Fault(
            f"the HTML has {size} octets; Gmail clips it at about {MAX_HTML}",
            span,
            part,
            fix=Fix("shorten the HTML and its styles"),
        )
