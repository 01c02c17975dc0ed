"""SES507."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, name_span, rule
from sesmime.ses.pages import LISTS, TENANTS


@rule(
    "SES507",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=LISTS,
    stage=Stage.SETTINGS,
    order=80,
    triggers=("x-ses-list-management-options", "x-ses-tenant"),
)
def unread_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A field sets list management or a tenant, and the message is sent with SendRawEmail.

    The operation has no parameter for either, and it is not documented that it reads the fields. A message that is
    sent without its tenant counts for the whole account; without list management it has no unsubscribe link.
    """
    if outgoing.interface is not Interface.SEND_RAW_EMAIL:
        return
    for name, source in (("X-SES-LIST-MANAGEMENT-OPTIONS", LISTS), ("X-SES-TENANT", TENANTS)):
        field = outgoing.section.first(name)
        if field is not None:
            yield Fault(
                f"{field.name} stays in the message: {outgoing.interface.value} has no parameter for it,"
                " and it is not documented that SES reads the field",
                name_span(field),
                fix=Fix("send it by the API v2"),
                source=source,
            )
