"""SES513."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    SETTING_FIELDS,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    counting_field,
    name_span,
    parameter_name,
    resolution_of,
    rule,
)
from sesmime.ses.pages import FIELDS_ON_V2

# Of tags and of the other two ARNs AWS documents for the API v2 that the field is read.
_SETTINGS = ("configuration_set", "list_management", "tenant", "return_path_arn")


@rule(
    "SES513",
    severity=Severity.INFO,
    evidence=Evidence.OBSERVED,
    source=FIELDS_ON_V2,
    stage=Stage.SETTINGS,
    order=90,
    triggers=SETTING_FIELDS,
)
def field_instead_of_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A setting is given to the API v2 only as a field, although AWS documents a parameter.

    Reports contradict each other. A wrong configuration set or contact list in the field was refused, so SES reads it;
    in the same thread an engineer of AWS says that for raw messages SES takes such settings from the message, and
    ignores the parameters. AWS documents the field of the tenant; of the return path ARN nothing is known. `prepare`
    turns all of them into parameters: test with your account that they are used.
    """
    if outgoing.interface is not Interface.V2_SEND_EMAIL_RAW:
        return
    fields = [(setting, field) for setting in _SETTINGS if (field := counting_field(outgoing, setting)) is not None]
    if not fields:
        return
    resolution = resolution_of(outgoing.section, parameters=outgoing.parameters, interface=outgoing.interface)
    for setting, field in fields:
        decision = resolution.decision(setting)
        name = parameter_name(setting, outgoing.interface)
        yield Fault(
            f"{field.name} is given and {name} is not; {decision.reason}",
            name_span(field),
            fix=Fix(f"pass it as {name}"),
            evidence=decision.evidence,
            source=decision.source,
        )
