"""SES504."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.errors import SesMimeError, quoted
from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.outgoing import Outgoing
from sesmime.ses.evidence import Evidence
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import show_value
from sesmime.ses.settings import parameter_name

_SETTINGS = tuple(row for row in SES_FIELDS.values() if row.setting != "message_tags")
_QUOTAS = "https://docs.aws.amazon.com/ses/latest/dg/quotas.html"


@rule("SES504", severity=Severity.ERROR, evidence=Evidence.ASSUMED, source=Interface.SEND_RAW_EMAIL.page)
def malformed_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A configuration set, ARN, contact list or tenant given as parameter has not the form of one.

    No such thing can exist under that name, so that SES refuses the message. Most often an ARN is given
    where the bare name is wanted, or a name where the ARN is, or a blank was copied with it.
    """
    given = outgoing.parameters
    for row in _SETTINGS:
        value = getattr(given, row.setting)
        if not value:
            continue
        name = parameter_name(row.setting, outgoing.interface)
        if name is None:
            continue
        try:
            row.write(value)
        except SesMimeError:
            text = None
            if row.setting == "configuration_set":
                text = f"Configuration set <{value}> does not exist."
            yield Fault(
                f"{name} {quoted(show_value(value), 100)} is not {row.form}",
                rejection=text,
                fix=Fix("give it in this form"),
                evidence=Evidence.OBSERVED if text else None,
                source=_QUOTAS if text else outgoing.interface.page,
            )
