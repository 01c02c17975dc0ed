"""SES208."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, Subject, parameter_name, rule

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
    """A list of addresses in the parameters contains an empty string.

    Usually a form field was left empty, or a list was split at a trailing comma. SES refuses the whole message.
    """
    parameters, interface = outgoing.parameters, outgoing.interface
    lists = (
        ("destination", parameters.destination.all if parameters.destination else ()),
        ("reply_to", parameters.reply_to or ()),
        # The service of the API v1 refused a ReturnPath of "", which some SDKs send.
        ("return_path", () if interface.is_v2 or parameters.return_path is None else (parameters.return_path,)),
    )
    for setting, texts in lists:
        name = parameter_name(setting, interface)
        if name is not None and "" in texts:
            is_smtp = interface is Interface.SMTP
            yield Fault(
                f"{name} contains an empty string instead of an address",
                rejection="501 Invalid RCPT TO address provided" if is_smtp else "Invalid email address .",
                fix=Fix("remove the empty string"),
                source=None if interface.is_v2 or is_smtp else _V1_REPORT,
            )
