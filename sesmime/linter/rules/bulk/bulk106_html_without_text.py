"""BULK106."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, rule
from sesmime.ses.pages import SCORED_HTML


@rule(
    "BULK106",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source=SCORED_HTML,
    stage=Stage.BULK,
    order=60,
)
def html_without_text(outgoing: Outgoing) -> Iterator[Fault]:
    """The text is HTML, and there is no plain text alternative.

    Spam filters penalize it (MIME_HTML_ONLY of SpamAssassin and rspamd), and people with screen readers, watches
    and text clients see markup or nothing.
    """
    shown = [part for part in outgoing.parts if part.is_leaf and part.entity.disposition != "attachment"]
    if any(part.content_type == "text/plain" for part in shown):
        return
    html = next((part for part in shown if part.content_type == "text/html"), None)
    if html is not None:
        field = html.section.first("Content-Type")
        yield Fault(
            "there is HTML but no plain text alternative",
            None if field is None else body_span(field),
            html,
            fix=Fix("send multipart/alternative with text/plain first"),
        )
