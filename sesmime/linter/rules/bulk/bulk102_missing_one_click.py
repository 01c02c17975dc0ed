"""BULK102."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, name_span, quoted, rule
from sesmime.ses.pages import ONE_CLICK

# RFC 8058 section 3.1: this and nothing else.
_EXACT = "List-Unsubscribe=One-Click"


@rule(
    "BULK102",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=ONE_CLICK,
    stage=Stage.BULK,
    order=20,
    triggers=("list-unsubscribe", "list-unsubscribe-post"),
)
def missing_one_click(outgoing: Outgoing) -> Iterator[Fault]:
    """List-Unsubscribe is not accompanied by List-Unsubscribe-Post: List-Unsubscribe=One-Click.

    Only with exactly this text is there one-click unsubscription (RFC 8058), which Google and Yahoo require of bulk
    senders. Without it, the mail client shows no button, or opens a page.
    """
    field = outgoing.section.first("List-Unsubscribe-Post")
    if field is None:
        for unsubscribe in outgoing.section.all("List-Unsubscribe")[:1]:
            yield Fault(
                "there is no List-Unsubscribe-Post field",
                name_span(unsubscribe),
                fix=Fix(f"add List-Unsubscribe-Post: {_EXACT}, if the https URI accepts a POST"),
            )
    elif field.body.strip(" \t") != _EXACT:
        is_meant = field.body.strip(" \t\"'<>;").casefold() == _EXACT.casefold()
        yield Fault(
            f"{field.name} is {quoted(field.body, 60)}; it must be {_EXACT}",
            body_span(field) if field.body.strip() else name_span(field),
            fix=Fix(f"write {_EXACT}", [Edit(body_span(field), _EXACT.encode("ascii"))] if is_meant else ()),
        )
