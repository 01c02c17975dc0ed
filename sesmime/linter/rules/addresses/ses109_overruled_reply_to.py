"""SES109."""

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
    quoted,
    rule,
)


@rule(
    "SES109",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source="https://github.com/anymail/django-anymail/blob/0391dddcea1df64b5438b09d26c133ef5c05fdb1/anymail/backends/amazon_ses.py",
    stage=Stage.SENDER,
    order=20,
    triggers=(":v2-addresses",),
)
def overruled_reply_to(outgoing: Outgoing) -> Iterator[Fault]:
    """ReplyToAddresses replaces a Reply-To field with a different value.

    Only the API v2 has this parameter for raw messages. Replies go to the addresses in the parameter and not to
    those in the field.
    """
    given = outgoing.parameters.reply_to
    if not given or outgoing.interface is not Interface.V2_SEND_EMAIL_RAW:
        return
    field = outgoing.section.first("Reply-To")
    if field is not None and mailboxes_of(given) != mailboxes_of([field.body]):
        yield Fault(
            f"ReplyToAddresses {quoted(', '.join(given), 100)} replaces this Reply-To field",
            body_span(field),
            fix=Fix("give the addresses only once: in the field or as ReplyToAddresses"),
        )
