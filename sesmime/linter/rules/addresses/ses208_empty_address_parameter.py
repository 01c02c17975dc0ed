"""SES208."""

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
    address_parameters,
    rule,
)
from sesmime.mime.hints import Final

_V1_REPORT: Final = "https://github.com/awsdocs/aws-doc-sdk-examples/issues/1725"


@rule(
    "SES208",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/domdomegg/aws-ses-v2-local/issues/44",
    stage=Stage.PARAMETERS,
    order=50,
    subject=Subject.PARAMETERS,
    triggers=(":parameters",),
)
def empty_address_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter contains an empty string instead of an address.

    Usually a form field was left empty, or a list was split at a trailing comma. SES refuses the whole message.
    """
    interface = outgoing.interface
    for path, setting, _, text in address_parameters(outgoing.parameters, interface):
        if text or (setting in ("source", "return_path") and (interface.is_v2 or interface is Interface.SMTP)):
            continue
        rejection, source = "Invalid email address .", None if interface.is_v2 else _V1_REPORT
        if setting == "source":
            rejection, source = "Missing final '@domain'", "https://github.com/boto/boto/issues/351"
        elif interface is Interface.SMTP:
            rejection, source = "501 Invalid RCPT TO address provided", None
        yield Fault(
            f"{path} is an empty string instead of an address",
            parameter=path,
            rejection=rejection,
            fix=Fix("remove the empty string"),
            source=source,
        )
