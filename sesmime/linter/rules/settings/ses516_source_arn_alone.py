"""SES516."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    counting_field,
    is_given,
    name_span,
    parameter_name,
    rule,
)


@rule(
    "SES516",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source="https://github.com/loopingz/aws-smtp-relay/issues/16",
    stage=Stage.SETTINGS,
    order=140,
    triggers=("x-ses-source-arn", ":source-arn"),
)
def source_arn_alone(outgoing: Outgoing) -> Iterator[Fault]:
    """The source ARN is given without the From ARN, and the message has a From field.

    AWS documents that From then uses the same identity. However, senders report a failed authorization that went
    away when the From ARN was given too (also Netflix/iep#367).
    """
    if "from" not in outgoing.names or not is_given(outgoing, "source_arn") or is_given(outgoing, "from_arn"):
        return
    field = counting_field(outgoing, "source_arn")
    given = parameter_name("source_arn", outgoing.interface) if field is None else field.name
    wanted = parameter_name("from_arn", outgoing.interface) if field is None else "X-SES-FROM-ARN"
    yield Fault(
        f"{given} is given without {wanted}, and there is a From field; such messages have been refused",
        None if field is None else name_span(field),
        fix=Fix(f"add {wanted}"),
    )
