"""What the rules about settings share: which field and which parameter there is, and a field written anew."""

from __future__ import annotations

from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.edits import Edit
from sesmime.mime.fields import Field, fold_case
from sesmime.mime.grammar import MAX_LINE
from sesmime.mime.hints import Any, Final
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import parameter_setting
from sesmime.ses.tags import MAX_TAG_LENGTH

# The interfaces for which AWS, or somebody who has tried, says that the fields of lists and tenants are read.
_READING_LISTS: Final = (Interface.SMTP, Interface.V2_SEND_EMAIL_RAW)

# What to do about a message tag, by the name of its defect.
_TAG_REMEDIES: Final = {
    "no-equals-sign": "write it as name=value",
    "empty-tag-name": "add a name",
    "empty-tag-value": "add a value, or remove the tag",
    "long-tag-name": f"use at most {MAX_TAG_LENGTH} characters",
    "long-tag-value": f"use at most {MAX_TAG_LENGTH} characters",
}


def tag_remedy(defect: str) -> str:
    """Say what to do about a message tag with that defect."""
    return _TAG_REMEDIES.get(defect, "use only A-Z a-z 0-9 _ and -")


def parameter_value(outgoing: Outgoing, setting: str) -> Any:
    """Return what the interface's parameter says of a setting; None where it is empty, not given or does not exist."""
    holder = parameter_setting(setting, outgoing.interface)
    return getattr(outgoing.parameters, holder) or None if holder else None


def counting_field(outgoing: Outgoing, setting: str) -> Field | None:
    """Return the field that is read for a setting, well formed or not: the first, where no parameter overrules it."""
    field = outgoing.section.first(SES_FIELDS[setting].name)
    return None if field is None or parameter_value(outgoing, setting) else field


def is_given(outgoing: Outgoing, setting: str) -> bool:
    """Whether a setting is given, as parameter or as field, well formed or not."""
    return SES_FIELDS[setting].name.lower() in outgoing.names or bool(parameter_value(outgoing, setting))


def list_management_is_on(outgoing: Outgoing) -> bool:
    """Whether list management is asked for in a way that the interface is known to read."""
    if outgoing.interface in _READING_LISTS and "x-ses-list-management-options" in outgoing.names:
        return True
    return bool(parameter_value(outgoing, "list_management"))


def has_one_recipient(outgoing: Outgoing) -> bool:
    """Whether the message goes to one recipient at most; SES manages lists for no others."""
    return len(outgoing.envelope.recipients) <= 1


def is_unsigned(outgoing: Outgoing, field: Field) -> bool:
    """Whether no signature covers the fields of this name, so that a change of them breaks none."""
    return fold_case(field.name) not in outgoing.signed_fields


def on_one_line(field: Field, body: str) -> tuple[Edit, ...]:
    """Return the edit that writes a field anew on one line, in its own line ending; () where that would be too long."""
    line = f"{field.name}: {body}".encode("ascii", "surrogateescape")
    if len(line) > MAX_LINE:
        return ()
    ending = field.raw[len(field.raw.rstrip(b"\r\n")) :]
    return (Edit(field.span, line + ending),)
