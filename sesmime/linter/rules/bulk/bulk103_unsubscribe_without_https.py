"""BULK103."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, name_span, rule
from sesmime.ses.pages import ONE_CLICK

# RFC 2369 section 2: URIs in angle brackets, with commas between them.
_HTTPS = re.compile(r"<[ \t]*https://", re.IGNORECASE)


@rule(
    "BULK103",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=ONE_CLICK,
    stage=Stage.BULK,
    order=30,
    triggers=("list-unsubscribe",),
)
def unsubscribe_without_https(outgoing: Outgoing) -> Iterator[Fault]:
    """List-Unsubscribe has no https URI.

    One-click unsubscription is a POST to an https URI (RFC 8058); a mailto: address, an http: URI or a URI without
    angle brackets is not enough.
    """
    for field in outgoing.section.all("List-Unsubscribe")[:1]:
        if _HTTPS.search(field.body) is None:
            yield Fault(
                f"{field.name} has no https URI in angle brackets",
                body_span(field) if field.body.strip() else name_span(field),
                fix=Fix("add <https://...> with a URI that accepts the POST"),
            )
