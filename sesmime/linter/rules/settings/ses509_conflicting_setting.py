"""SES509."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    SES_FIELDS,
    SETTING_FIELDS,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    body_span,
    is_unsigned,
    name_span,
    parameter_name,
    parameter_setting,
    parameter_value,
    quoted,
    resolution_of,
    rule,
)
from sesmime.ses.pages import EVENTS


@rule(
    "SES509",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=60,
    triggers=SETTING_FIELDS,
)
def conflicting_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A setting is given as a parameter and as a field, with different values.

    The tags of the field are not merged with those of the parameter: they are lost. An ARN given as a parameter
    overrides the field. It is not documented which configuration set, list or tenant counts.
    """
    settings = [
        setting
        for setting, row in SES_FIELDS.items()
        if row.name.lower() in outgoing.names and parameter_value(outgoing, setting)
    ]
    if not settings:
        return
    resolution = resolution_of(outgoing.section, parameters=outgoing.parameters, interface=outgoing.interface)
    for setting in settings:
        field = outgoing.section.first(SES_FIELDS[setting].name)
        conflict = next((one for one in resolution.conflicts if one.setting == setting and one.field is field), None)
        if field is None or conflict is None:
            continue
        decision = resolution.decision(setting)
        name = parameter_name(parameter_setting(setting, outgoing.interface) or setting, outgoing.interface)
        does = "is malformed and does not count" if conflict.value is None else "does not count"
        is_documented = decision.evidence is Evidence.DOCUMENTED
        yield Fault(
            f"{field.name} {quoted(field.body, 80)} {does if is_documented else 'may not count'}:"
            f" {name} is also given and differs; {decision.reason}",
            body_span(field) if field.body else name_span(field),
            fix=Fix(
                "remove the field", [Edit(field.span, b"")], is_safe=is_documented and is_unsigned(outgoing, field)
            ),
            evidence=decision.evidence,
            source=decision.source,
        )
