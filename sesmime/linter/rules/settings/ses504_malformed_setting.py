"""SES504."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    SES_FIELDS,
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    SesMimeError,
    Severity,
    Stage,
    Subject,
    parameter_name,
    quoted,
    rule,
    show_value,
)
from sesmime.ses.pages import QUOTAS

_SETTINGS = tuple(row for row in SES_FIELDS.values() if row.setting != "message_tags")


@rule(
    "SES504",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.CONFIGURATION_SET,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=(":parameters",),
)
def malformed_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A configuration set, ARN, contact list or tenant given as a parameter is malformed.

    Nothing can exist under that name, so SES refuses the message. Usually an ARN is given instead of the name, a
    name instead of the ARN, or a space was copied with it.
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
            text = UNKNOWN_TEXT
            if row.setting == "configuration_set":
                text = f"Configuration set <{value}> does not exist."
            yield Fault(
                f"{name} {quoted(show_value(value), 100)} is not {row.form}",
                rejection=text,
                parameter=name,
                fix=Fix("write it in this form"),
                evidence=Evidence.OBSERVED if text else None,
                source=QUOTAS if text else outgoing.interface.page,
            )
