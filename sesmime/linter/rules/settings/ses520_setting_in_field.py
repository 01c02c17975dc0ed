"""SES520."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    SES_FIELDS,
    SETTING_FIELDS,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    fold_case,
    name_span,
    parameter_name,
    parameter_setting,
    parameter_value,
    quoted,
    rule,
    show_value,
)
from sesmime.ses.pages import EVENTS

# What other rules tell of: on the API v1 that AWS names no reader of these fields, on v2 that there are parameters.
_TOLD_BY_OTHERS: Final = {
    Interface.SEND_RAW_EMAIL: ("list_management", "tenant"),
    Interface.V2_SEND_EMAIL_RAW: ("configuration_set", "list_management", "tenant", "return_path_arn"),
}
_KNOWN: Final = {row.name.lower(): setting for setting, row in SES_FIELDS.items()}


@rule(
    "SES520",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=110,
    triggers=SETTING_FIELDS,
)
def setting_in_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A setting is given in an X-SES- field: SES uses it and removes the field.

    That is intended in a message that you wrote. In one that you relay or forward, the sender chooses your
    configuration set, your tags, or the identity whose authorization is used: `strip_ses_fields` removes the
    fields.
    """
    # Over SMTP the field is the only way.
    if outgoing.is_prepared or outgoing.interface is Interface.SMTP:
        return
    told: set[str] = set()
    for field in outgoing.section.fields:
        setting = _KNOWN.get(fold_case(field.name).rstrip(" \t"))
        # A repeated field counts once, the first; that there are more another rule tells.
        if setting is None or setting in told or _is_told_of(outgoing, setting):
            continue
        told.add(setting)
        value = SES_FIELDS[setting].read(field.body)
        what = setting.replace("_", " ").replace("arn", "ARN")
        # Of a field that cannot be read another rule tells; this one does too, or a fix of it would make it louder.
        told_value = f"sets the {what}: {quoted(show_value(value), 80)}" if value else f"is meant to set the {what}"
        yield Fault(
            f"{SES_FIELDS[setting].name} {told_value}",
            name_span(field),
            fix=Fix(_remedy(outgoing, setting)),
            # That SES takes these out is not documented.
            evidence=Evidence.ASSUMED if setting in ("tenant", "list_management") else None,
        )


def _is_told_of(outgoing: Outgoing, setting: str) -> bool:
    """Whether another rule tells of the setting, or a parameter says it."""
    return setting in _TOLD_BY_OTHERS.get(outgoing.interface, ()) or bool(parameter_value(outgoing, setting))


def _remedy(outgoing: Outgoing, setting: str) -> str:
    holder = parameter_setting(setting, outgoing.interface)
    name = None if holder is None else parameter_name(holder, outgoing.interface)
    return "remove it if you did not write it" + (f"; pass your own as {name}" if name else "")
