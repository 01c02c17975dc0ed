"""SES518."""

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
    counting_field,
    is_given,
    name_span,
    rule,
)
from sesmime.ses.pages import TENANTS


@rule(
    "SES518",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=TENANTS,
    stage=Stage.SETTINGS,
    order=160,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-tenant", ":tenant"),
)
def tenant_without_configuration_set(outgoing: Outgoing) -> Iterator[Fault]:
    """A tenant is given without a configuration set.

    Everything that is sent for a tenant needs a configuration set that is linked to it: a named one, or the default
    of the identity. Otherwise SES refuses the message.
    """
    if not outgoing.parameters.tenant and "x-ses-tenant" not in outgoing.names:
        return
    # Of SendRawEmail it is not known that it reads the field (SES507).
    if outgoing.interface is Interface.SEND_RAW_EMAIL or not is_given(outgoing, "tenant"):
        return
    if not is_given(outgoing, "configuration_set"):
        field = counting_field(outgoing, "tenant")
        yield Fault(
            "there is a tenant but no configuration set: without a default one for the identity, SES refuses"
            " the message",
            None if field is None else name_span(field),
            fix=Fix("add a configuration set that is linked to the tenant"),
        )
