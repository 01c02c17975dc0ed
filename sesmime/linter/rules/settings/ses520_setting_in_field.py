"""SES520."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    SES_FIELDS,
    SETTING_FIELDS,
    Evidence,
    Fault,
    Field,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
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
    """Settings are given in X-SES- fields: SES uses them and removes the fields.

    AWS documents the removal for the configuration set, tags and ARNs; for the tenant and the list it is assumed. All
    is intended in a message that you wrote. In one that you relay or forward, the sender chooses your configuration
    set, your tags, or the identity whose authorization is used: `strip_ses_fields` removes the fields. Over SMTP the
    fields are the only way, and nothing is said.
    """
    if outgoing.is_prepared or outgoing.interface is Interface.SMTP:
        return
    # A repeated field counts once, the first; that there are more another rule tells.
    fields = [
        (outgoing.section.all(name)[0], setting)
        for name, setting in _KNOWN.items()
        if name in outgoing.names and not _is_told_of(outgoing, setting)
    ]
    found = {setting: field for field, setting in sorted(fields, key=lambda one: one[0].span)}
    if found:
        yield Fault(
            "; ".join(
                f"{SES_FIELDS[setting].name} {_told(outgoing, setting, field)}" for setting, field in found.items()
            ),
            name_span(next(iter(found.values()))),
            fix=Fix(_remedy(outgoing, list(found))),
            # That SES takes these out is not documented.
            evidence=None if found.keys().isdisjoint(("tenant", "list_management")) else Evidence.ASSUMED,
        )


def _told(outgoing: Outgoing, setting: str, field: Field) -> str:
    """Say what a field sets. Of one that cannot be read another rule tells; a fix of it must not make this louder."""
    if setting == "message_tags" and field is outgoing.section.first(field.name):  # read once for all who ask
        tags = outgoing.tags_in_field
        value: object = None if tags.defects else tags.tags
    else:
        value = SES_FIELDS[setting].read(field.body)
    what = setting.replace("_", " ").replace("arn", "ARN")
    return f"sets the {what}: {quoted(show_value(value), 80)}" if value else f"is meant to set the {what}"


def _is_told_of(outgoing: Outgoing, setting: str) -> bool:
    """Whether another rule tells of the setting, or a parameter says it."""
    return setting in _TOLD_BY_OTHERS.get(outgoing.interface, ()) or bool(parameter_value(outgoing, setting))


def _remedy(outgoing: Outgoing, settings: list[str]) -> str:
    holders = (parameter_setting(setting, outgoing.interface) for setting in settings)
    names = [parameter_name(holder, outgoing.interface) for holder in holders if holder is not None]
    them = "them" if len(settings) > 1 else "it"
    own = " and ".join(dict.fromkeys(name for name in names if name))
    return f"remove {them} if you did not write {them}" + (f"; pass your own as {own}" if own else "")
