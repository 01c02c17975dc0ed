"""SES507."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import name_span
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.pages import LISTS, TENANTS


@rule("SES507", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source=LISTS)
def unread_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A field asks for list management or names a tenant, and the message goes by SendRawEmail.

    The operation has no parameter for either, and that it reads the fields is not documented. A message that is sent
    without its tenant counts for the whole account; without list management it has no link to unsubscribe.
    """
    if outgoing.interface is not Interface.SEND_RAW_EMAIL:
        return
    for name, source in (("X-SES-LIST-MANAGEMENT-OPTIONS", LISTS), ("X-SES-TENANT", TENANTS)):
        field = outgoing.section.first(name)
        if field is not None:
            yield Fault(
                f"{field.name} stays in the message: {outgoing.interface.value} has no parameter for it,"
                " and that the field is read is not documented",
                name_span(field),
                fix=Fix("send it by the API v2"),
                source=source,
            )
