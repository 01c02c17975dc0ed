"""SES521."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    rule,
)
from sesmime.ses.request_model import ModelFault, Violation, violations


@rule(
    "SES521",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.V2_SEND_EMAIL_SIMPLE.page,
    stage=Stage.PARAMETERS,
    order=5,
    subject=Subject.PARAMETERS,
    triggers=(":constraints",),
)
def malformed_request(outgoing: Outgoing) -> Iterator[Fault]:
    """A request is at odds with AWS's service model: a member is missing, unknown, too long, or of another form.

    The SDKs refuse most of this before anything is sent; SES refuses the rest. The models have the required members,
    the sizes of texts and lists, patterns and choices.
    """
    interface = outgoing.interface
    for found in _found(outgoing):
        is_unknown = found.fault is ModelFault.UNKNOWN
        if _is_empty_text(found, outgoing):
            yield Fault(
                f"{found.message}: SES takes an empty structure here, and the SDK for Python refuses it",
                parameter=found.path,
                fix=Fix(f"leave {found.path.rpartition('.')[0]} out, or give its Data"),
                severity=Severity.WARNING,
                evidence=Evidence.OBSERVED,
                source="https://github.com/localstack/localstack/issues/8536",
            )
            continue
        yield Fault(
            found.message,
            parameter=found.path,
            rejection=None if is_unknown else UNKNOWN_TEXT,
            fix=Fix(found.remedy),
            # A member may be newer than the model that is known here.
            severity=Severity.WARNING if is_unknown else None,
            evidence=Evidence.ASSUMED if is_unknown else None,
            source=interface.page,
        )


def _is_empty_text(found: Violation, outgoing: Outgoing) -> bool:
    """Whether a text or an HTML text is given as a structure with nothing in it."""
    if found.fault is not ModelFault.MISSING or not found.path.endswith((".Body.Text.Data", ".Body.Html.Data")):
        return False
    value: Any = outgoing.request
    for name in found.path.split(".")[:-1]:
        value = value[name]
    return bool(value == {})


def _found(outgoing: Outgoing) -> Iterator[Violation]:
    settings = outgoing.interface.row.parameters
    for found in violations(outgoing.request, outgoing.interface):
        # An empty setting counts as not given; SES505 tells of it.
        if found.fault is ModelFault.SIZE and found.path in settings.values():
            continue
        # Where only some settings are given to be checked, nothing is missing.
        if outgoing.is_request or found.fault is not ModelFault.MISSING:
            yield found
