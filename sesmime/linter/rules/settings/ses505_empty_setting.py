"""SES505."""

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
    Subject,
    parameter_name,
    resolution_of,
    rule,
)


@rule(
    "SES505",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.PARAMETERS,
    order=40,
    subject=Subject.PARAMETERS,
    triggers=(":parameters",),
)
def empty_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter is given but empty.

    It counts as not given: this has been seen for Destinations and is assumed for the others. The field or the
    default of the identity then applies, which may not be what the empty value was meant to say.
    """
    # Of an empty address on the API v1 SES208 tells: SES refuses it.
    refused = () if outgoing.interface.is_v2 or outgoing.interface is Interface.SMTP else ("source", "return_path")
    empty = [setting for setting in outgoing.given.empty() if setting not in refused]
    if not empty:
        return
    resolution = resolution_of(outgoing.section, parameters=outgoing.given, interface=outgoing.interface)
    for setting in empty:
        name = parameter_name(setting, outgoing.interface) or setting
        decision = resolution.decision(setting)
        yield Fault(
            f"{name} is empty, which counts as not given",
            parameter=parameter_name(setting, outgoing.interface),
            fix=Fix(f"omit {name}"),
            evidence=decision.evidence,
            source=decision.source,
        )
