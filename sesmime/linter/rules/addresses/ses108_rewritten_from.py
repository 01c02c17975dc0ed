"""SES108."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    body_span,
    mailboxes_of,
    parse_addresses,
    quoted,
    rule,
)


@rule(
    "SES108",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source="https://github.com/laravel/framework/issues/37881",
    stage=Stage.SENDER,
    order=10,
    triggers=(":v2-addresses",),
)
def rewritten_from(outgoing: Outgoing) -> Iterator[Fault]:
    """FromEmailAddress replaces a From field with a different value.

    The API v2 writes the parameter into the visible From: recipients see its address, and the display name in the
    field is lost unless the parameter has it too. SendRawEmail and SMTP leave the field unchanged.
    """
    source = outgoing.parameters.source
    if not source or outgoing.interface is not Interface.V2_SEND_EMAIL_RAW:
        return
    field = outgoing.section.first("From")
    if field is None:
        return
    given, visible = mailboxes_of([source]), mailboxes_of([field.body])
    if given == visible:
        return
    is_name_lost = [mailbox.address for mailbox in given] == [mailbox.address for mailbox in visible]
    yield Fault(
        f"FromEmailAddress {quoted(source, 100)} replaces this From field"
        + (" and lacks its display name" if is_name_lost else ", which is different"),
        body_span(field),
        fix=Fix(
            "make the From field equal to FromEmailAddress"
            if parse_addresses(field.body).defects
            else "make FromEmailAddress equal to the From field, including the display name"
        ),
    )
