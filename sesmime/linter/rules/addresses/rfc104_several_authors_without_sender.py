"""RFC104."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, body_span, parse_addresses, rule


@rule(
    "RFC104",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.2",
    stage=Stage.ADDRESSES,
    order=10,
    triggers=(":several-authors",),
)
def several_authors_without_sender(outgoing: Outgoing) -> Iterator[Fault]:
    """From has several mailboxes, and there is no Sender field.

    A message with several authors needs a Sender field with the one mailbox that sent it. Without it, mail readers
    show either the first or the last author, large mailbox providers refuse the message, and it is not known which
    identity SES checks.
    """
    if "sender" in outgoing.names:
        return
    field = outgoing.section.first("From")
    if field is None or b"," not in field.raw:
        return
    count = len(parse_addresses(field.body))
    if count > 1:
        yield Fault(
            f"From has {count} mailboxes and there is no Sender field",
            body_span(field),
            fix=Fix("add a Sender field with one mailbox"),
        )
