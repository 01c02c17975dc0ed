"""SES110."""

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
    parameter_name,
    quoted,
    rule,
)
from sesmime.ses.envelope import address_key, one_address


@rule(
    "SES110",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=Interface.V2_SEND_EMAIL_RAW.page,
    stage=Stage.SENDER,
    order=30,
    triggers=(":two-return-paths",),
)
def return_path_conflict(outgoing: Outgoing) -> Iterator[Fault]:
    """The Return-Path field and a parameter have different addresses for bounces.

    FeedbackForwardingEmailAddress is expected to take precedence over the field, but this is not documented. Source
    is documented to take precedence, and over SMTP bounces go to MAIL FROM: the address in the field then receives
    no bounces.
    """
    field = outgoing.section.first("Return-Path")
    if field is None:
        return
    parameters, interface = outgoing.parameters, outgoing.interface
    setting, is_forwarding = "source", False
    if parameter_name("return_path", interface) is not None and parameters.return_path:
        setting, is_forwarding = "return_path", True
    given = getattr(parameters, setting)
    if not given or _key(given) == _key(field.body):
        return
    name = parameter_name(setting, interface)
    is_documented = not interface.is_v2
    yield Fault(
        f"bounces go to {name} {quoted(given, 100)}, not to the address in this Return-Path field",
        body_span(field),
        severity=None if is_forwarding else Severity.INFO,
        evidence=Evidence.DOCUMENTED if is_documented else None,
        source="https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-email.html"
        if is_documented
        else None,
        fix=Fix("remove the field, or use the same address in both"),
    )


def _key(text: str) -> str:
    return address_key(one_address(text) or text.strip(" \t"))
