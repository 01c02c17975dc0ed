"""SES302."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, rule
from sesmime.ses.pages import QUOTAS


@rule(
    "SES302",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=QUOTAS,
    stage=Stage.SIZE,
    order=10,
    triggers=(":large",),
)
def message_too_large(outgoing: Outgoing) -> Iterator[Fault]:
    """The message is larger than the interface accepts.

    SES accepts 10 MB with SendRawEmail and 40 MB with SendEmail of the API v2 and over SMTP, including encoded
    attachments. It is not documented whether the base64 that the API adds around the whole message counts: if a
    message exceeds the limit only then, it is a warning.
    """
    most, size = outgoing.interface.row.max_size, outgoing.size
    if most is None:
        return
    encoded = 4 * -(-size // 3)
    is_smtp = outgoing.interface is Interface.SMTP
    is_v1 = outgoing.interface is Interface.SEND_RAW_EMAIL
    fix = Fix(
        "send it by the API v2 or SMTP, which accept 40 MB"
        if is_v1
        else "make the message smaller, for example by sending a link"
    )
    if size > most:
        yield Fault(
            f"the message has {size} octets; {outgoing.interface.value} accepts at most {most}",
            rejection="Message is too long."
            if is_smtp
            else f"Message length is more than {most} bytes long: '{size}'.",
            fix=fix,
            evidence=None if is_v1 or is_smtp else Evidence.ASSUMED,
        )
    elif encoded > most and not is_smtp:
        yield Fault(
            f"the message has {size} octets, {encoded} in base64; {outgoing.interface.value} accepts at most {most}",
            fix=fix,
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
        )
