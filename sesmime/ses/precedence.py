"""Which value counts when API parameters and header fields disagree.

`precedence_table` says it: one row a case, with its certainty and its source. The code here finds which case a
message is in; it decides nothing that is not in the table. Where AWS has published no answer the row is ASSUMED and
names the page that is silent.
"""

from __future__ import annotations

from collections.abc import Iterable

from sesmime.errors import quoted
from sesmime.mime.fields import Field, HeaderSection, Message, as_header_section
from sesmime.mime.hints import Any
from sesmime.mime.values import NamedTuple, dataclass, replace
from sesmime.ses.evidence import Evidence
from sesmime.ses.fields import SES_FIELDS, ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.origin import Origin as Origin
from sesmime.ses.precedence_table import (
    ARN_PAGE,
    BLANK,
    DOCUMENTED_BLIND,
    EMPTY_DESTINATIONS,
    GIVEN,
    ORDINARY_FIELDS,
    TABLE,
    Case,
)
from sesmime.ses.settings import (
    SETTINGS,
    ApiParameters,
    Destination,
    Settings,
    parameter_name,
    parameter_setting,
    refuse_unsupported,
)
from sesmime.ses.tags import MessageTag


@dataclass(frozen=True, slots=True)
class Decision:
    """One setting, resolved: its value, where that comes from, which fields it overrules, why, and how sure that is.

    `field` is the header field that counts, or the malformed one that would; `overruled` are the fields that do not.
    """

    setting: str
    value: Any
    origin: Origin
    field: Field | None
    overruled: tuple[Field, ...]
    reason: str
    evidence: Evidence
    source: str


class Conflict(NamedTuple):
    """A field whose value differs from the one that counts, or that cannot be read."""

    setting: str
    value: Any
    field: Field
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution(Settings):
    """Every setting of a submission with the value that counts (None: unset), as given before any lift.

    There is a decision about each but `extra`: what sesmime has no name for, nothing overrules.
    """

    interface: Interface
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]

    def decision(self, setting: str) -> Decision:
        """Return the decision about a setting. Raises KeyError for a name that is no setting."""
        for decision in self.decisions:
            if decision.setting == setting:
                return decision
        raise KeyError(setting)

    def explain(self) -> str:
        """Tell in plain text what counts and why: a paragraph a setting that is given somewhere."""
        told = [_explain(decision) for decision in self.decisions if _is_telling(decision)]
        if not told:
            return f"{self.interface.value}: no setting is given as a parameter or a field."
        return f"{self.interface.value}\n" + "\n".join(told)


def resolve(
    message: Message | None,
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
) -> Resolution:
    r"""Say which value counts for each setting, why, and how sure that is.

    Raises UnsupportedSetting for a parameter that the interface does not have, TypeError for a message that does
    not hold bytes; never raises on content.

    >>> tags = (MessageTag("campaign", "spring"),)
    >>> resolution = resolve(b"X-SES-MESSAGE-TAGS: campaign=old\r\n\r\n", parameters=ApiParameters(message_tags=tags))
    >>> resolution.message_tags, resolution.decision("message_tags").evidence.name
    ((MessageTag(name='campaign', value='spring'),), 'DOCUMENTED')
    """
    interface = Interface.given(interface)
    refuse_unsupported(parameters, interface)
    return resolution_of(message, parameters=parameters, interface=interface)


def resolution_of(
    message: Message | HeaderSection | None,
    *,
    parameters: ApiParameters,
    interface: Interface,
    lifting: bool = False,
) -> Resolution:
    """Return the resolution; parameters that the interface does not have (`unsupported_settings`) do not count.

    With `lifting` the settings count that `prepare` writes into a message for SMTP as fields.
    """
    section = as_header_section(message)
    decisions: list[Decision] = []
    conflicts: list[Conflict] = []
    for setting in SETTINGS:
        decision = _decide(setting, section, parameters, interface, lifting)
        decisions.append(decision)
        conflicts.extend(_conflicts(decision, interface))
    values = {decision.setting: decision.value for decision in decisions}
    return Resolution(
        **values,
        extra=parameters.extra or None,
        interface=interface,
        decisions=tuple(decisions),
        conflicts=tuple(conflicts),
    )


def _decide(
    setting: str, section: HeaderSection, parameters: ApiParameters, interface: Interface, lifting: bool
) -> Decision:
    given = _given(setting, parameters, interface, lifting)
    row = SES_FIELDS.get(setting)
    standing = section.all(row.name) if row else ()
    if not interface.is_raw:
        return _decide_blind(setting, given, standing, interface, parameters)
    if given:
        name = ORDINARY_FIELDS.get((interface, setting))
        beside = standing or (section.all(name) if name else ())
        case = Case.OVER_FIELD if beside and (interface, setting, Case.OVER_FIELD) in TABLE else Case.PARAMETER
        return _decision(case, setting, interface, given, Origin.API_PARAMETER, None, beside)
    if row is None or not standing:
        return _decision(Case.NEITHER, setting, interface, None, Origin.UNSET, None, (), parameters)
    value = row.read(standing[0].body)
    if value is None:
        return _decision(Case.MALFORMED, setting, interface, None, Origin.UNSET, standing[0], standing[1:], parameters)
    case = Case.REPEATED if len(standing) > 1 else Case.FIELD
    return _decision(case, setting, interface, value, Origin.HEADER_FIELD, standing[0], standing[1:], parameters)


def _given(setting: str, parameters: ApiParameters, interface: Interface, lifting: bool) -> Any:
    holder = setting if lifting and setting in SES_FIELDS else parameter_setting(setting, interface)
    return getattr(parameters, holder) or None if holder else None


def _decision(
    case: Case,
    setting: str,
    interface: Interface,
    value: Any,
    origin: Origin,
    field: Field | None,
    overruled: tuple[Field, ...],
    parameters: ApiParameters | None = None,
) -> Decision:
    row = TABLE[interface, setting, case]
    decision = Decision(setting, value, origin, field, overruled, row.reason, row.evidence, row.source)
    return decision if parameters is None else _noting_empty(decision, parameters, interface)


def _noting_empty(decision: Decision, parameters: ApiParameters, interface: Interface) -> Decision:
    """Say of a decision where the parameter is given and empty that it counts as absent, and how sure that is."""
    if decision.setting not in parameters.empty():
        return decision
    reason = f"the parameter is empty, which counts as not given; {decision.reason}"
    if parameter_name(decision.setting, interface) == "Destinations":
        return replace(decision, reason=reason, evidence=Evidence.OBSERVED, source=EMPTY_DESTINATIONS)
    return replace(decision, reason=reason, evidence=Evidence.ASSUMED)


def _decide_blind(
    setting: str, given: Any, standing: tuple[Field, ...], interface: Interface, parameters: ApiParameters
) -> Decision:
    """Decide for an interface that takes only parameters: fields of a message are not read."""
    has_parameter = parameter_setting(setting, interface) is not None
    reason = GIVEN if given else (BLANK if has_parameter else "no such parameter")
    evidence, source = Evidence.DOCUMENTED, interface.page
    if standing:
        reason += f"; {interface.value} accepts only parameters and reads no X-SES- field"
        evidence = Evidence.DOCUMENTED if interface in DOCUMENTED_BLIND else Evidence.ASSUMED
        source = ARN_PAGE
    origin = Origin.API_PARAMETER if given else Origin.UNSET
    decision = Decision(setting, given, origin, None, standing, reason, evidence, source)
    return _noting_empty(decision, parameters, interface)


def _conflicts(decision: Decision, interface: Interface) -> Iterable[Conflict]:
    row = SES_FIELDS.get(decision.setting)
    if row is None:
        return
    if decision.field is not None and decision.origin is Origin.UNSET:
        reason = f"{row.name} must be {row.form}; this one is malformed, and no later one replaces it"
        yield Conflict(decision.setting, None, decision.field, reason)
    if not interface.is_raw:
        return
    for field in decision.overruled:
        value = row.read(field.body)
        if value is None or _differ(value, decision.value):
            yield Conflict(decision.setting, value, field, f"this {row.name} does not count: {decision.reason}")


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple) and one and isinstance(one[0], MessageTag):
        return sorted(one) != sorted(other)
    return bool(one != other)


def _is_telling(decision: Decision) -> bool:
    return decision.origin is not Origin.UNSET or decision.field is not None or bool(decision.overruled)


def show_value(value: Any) -> str:
    """Return a setting's value as people read it: tags as `a=1, b=2`, addresses with commas."""
    if value is None:
        return "unset"
    if isinstance(value, Destination):
        return ", ".join(value.all)
    if isinstance(value, ListManagement):
        return value.contact_list if value.topic is None else f"{value.contact_list}; topic={value.topic}"
    if isinstance(value, tuple):
        return ", ".join(f"{v.name}={v.value}" if isinstance(v, MessageTag) else str(v) for v in value)
    return str(value)


def _explain(decision: Decision) -> str:
    lines = [f"  {decision.setting}: {quoted(show_value(decision.value))[1:-1]}"]
    if decision.origin is Origin.HEADER_FIELD and decision.field is not None:
        lines[0] += f"   (field {decision.field.name})"
    elif decision.origin is Origin.API_PARAMETER:
        lines[0] += "   (parameter)"
    elif decision.field is not None:
        lines.append(f"    malformed: {decision.field.name}: {quoted(decision.field.body, 80)}")
    lines.extend(f"    overruled: {field.name}: {quoted(field.body, 80)}" for field in decision.overruled)
    lines.append(f"    {decision.reason}")
    lines.append(f"    {decision.evidence.name}, {decision.source}")
    return "\n".join(lines)
