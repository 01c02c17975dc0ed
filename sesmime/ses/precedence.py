"""Which value counts when API parameters and header fields disagree.

`_TABLE` says it: one row a case, with its certainty and its source. The code round it finds which case a message is
in; it decides nothing that is not in the table. Where AWS has published no answer the row is ASSUMED and names
the page that is silent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sesmime.errors import quoted
from sesmime.mime.fields import Field, HeaderSection, Message, parse_header_section
from sesmime.ses.fields import SES_FIELDS, ListManagement
from sesmime.ses.settings import (
    SETTINGS,
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    parameter_name,
    parameter_setting,
    unsupported_settings,
)
from sesmime.ses.tags import MessageTag

_D, _O, _A = Evidence.DOCUMENTED, Evidence.OBSERVED, Evidence.ASSUMED

_DG = "https://docs.aws.amazon.com/ses/latest/dg/"
_GITHUB = "https://github.com/"
_TAGS_PAGE = _DG + "event-publishing-send-email.html"
_SETS_PAGE = _DG + "using-configuration-sets-in-email.html"
_ARN_PAGE = _DG + "sending-authorization-delegate-sender-tasks-email.html"
_LIST_PAGE = _DG + "sending-email-list-management.html"
_TENANT_PAGE = _DG + "tenants.html"
_FEEDBACK_PAGE = _DG + "monitor-sending-activity-using-notifications-email.html"
_EMAIL_FORMAT_PAGE = _DG + "send-email-concepts-email-format.html"
_V1 = Interface.SEND_RAW_EMAIL.page
_V2 = Interface.V2_SEND_EMAIL_RAW.page
# The only page of AWS's that names X-SES-TENANT.
_BLOG = (
    "https://aws.amazon.com/blogs/messaging-and-targeting/"
    "implement-tenants-in-your-amazon-ses-environment-part-3-implementation-guide/"
)
_RAILS = _GITHUB + "aws/aws-sdk-rails/issues/93"
_LARASEND = _GITHUB + "savvyagents/larasend/issues/2"
_ANYMAIL = _GITHUB + "anymail/django-anymail/blob/main/anymail/backends/amazon_ses.py"
# An empty Destinations was taken for none.
_EMPTY_DESTINATIONS = _GITHUB + "aws/aws-sdk-net/issues/325"


class Origin(Enum):
    """Where a value comes from."""

    API_PARAMETER = "an API parameter (or the SMTP envelope)"
    HEADER_FIELD = "a header field"
    UNSET = "nowhere"


class Case(Enum):
    """The cases that the table tells apart."""

    PARAMETER = "the parameter is given"
    OVER_FIELD = "the parameter is given, and so is the field"
    FIELD = "the field is given"
    REPEATED = "the field is given more than once"
    MALFORMED = "the (first) field has not the form that SES documents"
    NEITHER = "nothing is given"


class Row(NamedTuple):
    """One row of the table: what holds in a case, how sure that is, and who says so."""

    interface: Interface
    setting: str
    case: Case
    evidence: Evidence
    source: str
    reason: str


_SMTP, _RAW1, _RAW2 = Interface.SMTP, Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW
_PARAM, _OVER, _FIELD, _REPEATED, _MALFORMED, _NEITHER = Case

_GIVEN = "the parameter is given"
_FIRST = "the field is given more than once: the first counts"
_FIRST_ARN = "SES documents that the first of repeated sending-authorization fields counts"
_BAD = "the field has not the documented form; what SES does with it is not documented"
_BLANK = "not given"

# fmt: off
_ROWS: Final = (
    # Message tags
    Row(_RAW1, "message_tags", _PARAM, _D, _TAGS_PAGE, _GIVEN),
    Row(_RAW1, "message_tags", _OVER, _D, _TAGS_PAGE, "SES uses only the tags of the parameter and does not join both"),
    Row(_RAW1, "message_tags", _FIELD, _D, _TAGS_PAGE, "SES reads the field where no tags are given as parameter"),
    Row(_RAW2, "message_tags", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "message_tags", _OVER, _A, _TAGS_PAGE, "documented for SendRawEmail, by analogy here: the parameter's tags alone"),
    Row(_RAW2, "message_tags", _FIELD, _D, _DG + "monitor-using-event-publishing.html", "SES reads the field of raw messages"),
    Row(_SMTP, "message_tags", _FIELD, _D, _TAGS_PAGE, "over SMTP the field is the only way"),
    # Configuration set
    Row(_RAW1, "configuration_set", _PARAM, _D, _SETS_PAGE, _GIVEN),
    Row(_RAW1, "configuration_set", _OVER, _A, _SETS_PAGE, "AWS does not say which one wins; the parameter, as with tags and ARNs"),
    Row(_RAW1, "configuration_set", _FIELD, _D, _SETS_PAGE, "SES reads the field"),
    Row(_RAW2, "configuration_set", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "configuration_set", _OVER, _A, _V2, "AWS does not say which one wins; the parameter, as with tags and ARNs"),
    Row(_RAW2, "configuration_set", _FIELD, _O, _RAILS, "a wrong name in the field was refused, so the field is read"),
    Row(_SMTP, "configuration_set", _FIELD, _D, _SETS_PAGE, "over SMTP the field is the only way"),
    # Sending authorization
    Row(_RAW1, "source_arn", _PARAM, _D, _V1, _GIVEN),
    Row(_RAW1, "source_arn", _OVER, _D, _V1, "SourceArn overrides X-SES-SOURCE-ARN"),
    Row(_RAW1, "source_arn", _FIELD, _D, _ARN_PAGE, "SES reads the field where the parameter is absent"),
    Row(_RAW2, "source_arn", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "source_arn", _OVER, _D, _V2, "FromEmailAddressIdentityArn overrides X-SES-SOURCE-ARN and X-SES-FROM-ARN"),
    Row(_RAW2, "source_arn", _FIELD, _D, _V2, "SES reads the field where the parameter is absent"),
    Row(_SMTP, "source_arn", _FIELD, _D, _ARN_PAGE, "over SMTP the field is the only way"),
    Row(_RAW1, "from_arn", _PARAM, _D, _V1, _GIVEN),
    Row(_RAW1, "from_arn", _OVER, _D, _V1, "FromArn overrides X-SES-FROM-ARN"),
    Row(_RAW1, "from_arn", _FIELD, _D, _ARN_PAGE, "SES reads the field where the parameter is absent"),
    Row(_RAW2, "from_arn", _PARAM, _D, _V2, "FromEmailAddressIdentityArn stands for both ARN fields"),
    Row(_RAW2, "from_arn", _OVER, _D, _V2, "FromEmailAddressIdentityArn overrides X-SES-SOURCE-ARN and X-SES-FROM-ARN"),
    Row(_RAW2, "from_arn", _FIELD, _D, _V2, "SES reads the field where the parameter is absent"),
    Row(_SMTP, "from_arn", _FIELD, _D, _ARN_PAGE, "over SMTP the field is the only way"),
    Row(_RAW1, "return_path_arn", _PARAM, _D, _V1, _GIVEN),
    Row(_RAW1, "return_path_arn", _OVER, _D, _V1, "ReturnPathArn overrides X-SES-RETURN-PATH-ARN"),
    Row(_RAW1, "return_path_arn", _FIELD, _D, _ARN_PAGE, "SES reads the field where the parameter is absent"),
    Row(_RAW2, "return_path_arn", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "return_path_arn", _OVER, _A, _V2, "AWS does not say which one wins; the parameter, as with the other ARNs"),
    Row(_RAW2, "return_path_arn", _FIELD, _A, _V2, "AWS documents the field for SendRawEmail and SMTP, and is silent here"),
    Row(_SMTP, "return_path_arn", _FIELD, _D, _ARN_PAGE, "over SMTP the field is the only way"),
    # List management and tenant
    Row(_RAW1, "list_management", _FIELD, _A, _LIST_PAGE, "AWS documents the field for SMTP and is silent about SendRawEmail"),
    Row(_RAW2, "list_management", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "list_management", _OVER, _A, _V2, "AWS does not say which one wins; the parameter, as with tags and ARNs"),
    Row(_RAW2, "list_management", _FIELD, _O, _RAILS, "a wrong list in the field was refused, so the field is read"),
    Row(_SMTP, "list_management", _FIELD, _D, _LIST_PAGE, "over SMTP the field is the only way"),
    Row(_RAW1, "tenant", _FIELD, _A, _TENANT_PAGE, "AWS documents the field for SMTP and is silent about SendRawEmail"),
    Row(_RAW2, "tenant", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "tenant", _OVER, _A, _V2, "AWS does not say which one wins; the parameter, as with tags and ARNs"),
    Row(_RAW2, "tenant", _FIELD, _A, _TENANT_PAGE, "AWS documents the field for SMTP and is silent about the API v2"),
    Row(_SMTP, "tenant", _FIELD, _D, _BLOG, "over SMTP the field is the only way"),
    # SMTP, before `prepare` writes the settings into the message
    *(Row(_SMTP, s, case, _D, page, "over SMTP the field is the only way: it is written into the message")
      for case in (_PARAM, _OVER) for s, page in (
          ("message_tags", _TAGS_PAGE), ("configuration_set", _SETS_PAGE), ("source_arn", _ARN_PAGE),
          ("from_arn", _ARN_PAGE), ("return_path_arn", _ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _BLOG))),
    # Repeated and malformed fields
    *(Row(i, s, _REPEATED, _D, _ARN_PAGE, _FIRST_ARN)
      for i in (_RAW1, _RAW2, _SMTP) for s in ("source_arn", "from_arn", "return_path_arn")),
    *(Row(i, s, _REPEATED, _A, _ARN_PAGE, f"{_FIRST}, as documented for the ARN fields")
      for i in (_RAW1, _RAW2, _SMTP) for s in ("message_tags", "configuration_set", "list_management", "tenant")),
    *(Row(i, s, _MALFORMED, _A, page, _BAD)
      for i in (_RAW1, _RAW2, _SMTP) for s, page in (
          ("message_tags", _TAGS_PAGE), ("configuration_set", _SETS_PAGE), ("source_arn", _ARN_PAGE),
          ("from_arn", _ARN_PAGE), ("return_path_arn", _ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _TENANT_PAGE))),
    # Addresses: parameters with no SES field; the ordinary fields beside them are told about in the reason
    Row(_RAW1, "source", _PARAM, _D, _V1, "the envelope sender; the visible From stays as it is"),
    Row(_RAW1, "source", _NEITHER, _D, _V1, "not given: the From field is the sender"),
    Row(_RAW2, "source", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "source", _OVER, _O, _GITHUB + "laravel/framework/issues/37881", "FromEmailAddress takes the place of the visible From, display name included"),
    Row(_RAW2, "source", _NEITHER, _O, _GITHUB + "floci-io/floci/issues/1561", "not given: the From field is the sender"),
    Row(_SMTP, "source", _PARAM, _D, _FEEDBACK_PAGE, "MAIL FROM, the address that bounces go to"),
    Row(_SMTP, "source", _NEITHER, _A, _FEEDBACK_PAGE, "not given: the From field is taken as MAIL FROM"),
    Row(_RAW1, "destination", _PARAM, _D, _V1, "exactly these get the message; To and Cc stay as they are"),
    Row(_RAW1, "destination", _NEITHER, _D, "https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html", "not given: To, Cc and Bcc are the recipients"),
    Row(_RAW2, "destination", _PARAM, _O, _LARASEND, "exactly these get the message; To and Cc stay as they are"),
    Row(_RAW2, "destination", _NEITHER, _O, _LARASEND, "not given: To, Cc and Bcc are the recipients"),
    Row(_SMTP, "destination", _PARAM, _D, _EMAIL_FORMAT_PAGE, "RCPT TO; the fields are not used for delivery"),
    Row(_SMTP, "destination", _NEITHER, _A, _EMAIL_FORMAT_PAGE, "not given: To, Cc and Bcc are taken as RCPT TO"),
    Row(_RAW1, "reply_to", _NEITHER, _D, _V1, "no such parameter: the Reply-To field stands"),
    Row(_RAW2, "reply_to", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "reply_to", _OVER, _O, _ANYMAIL, "ReplyToAddresses takes the place of the Reply-To field"),
    Row(_RAW2, "reply_to", _NEITHER, _D, _V2, "not given: the Reply-To field stands"),
    Row(_SMTP, "reply_to", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: the Reply-To field stands"),
    Row(_RAW1, "return_path", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: feedback goes to Source, else Return-Path, else From"),
    Row(_RAW2, "return_path", _PARAM, _D, _V2, "the address that bounces and complaints go to"),
    Row(_RAW2, "return_path", _OVER, _A, _V2, "AWS does not say which one wins; the parameter, as elsewhere"),
    Row(_RAW2, "return_path", _NEITHER, _A, _FEEDBACK_PAGE, "not given: feedback goes to FromEmailAddress, else Return-Path, else From"),
    Row(_SMTP, "return_path", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: feedback goes to MAIL FROM"),
    Row(_RAW1, "endpoint_id", _NEITHER, _D, _V1, "no such parameter"),
    Row(_RAW2, "endpoint_id", _PARAM, _D, _V2, _GIVEN),
    Row(_RAW2, "endpoint_id", _NEITHER, _D, _V2, _BLANK),
    Row(_SMTP, "endpoint_id", _NEITHER, _D, _DG + "smtp-connect.html", "no such parameter"),
    # Nothing given
    *(Row(i, "configuration_set", _NEITHER, _D, _DG + "creating-identities.html", "not given: the default set of the identity applies, if it has one")
      for i in (_RAW1, _RAW2, _SMTP)),
    *(Row(i, s, _NEITHER, _D, page, _BLANK)
      for i in (_RAW1, _RAW2, _SMTP) for s, page in (
          ("message_tags", _TAGS_PAGE), ("source_arn", _ARN_PAGE), ("from_arn", _ARN_PAGE),
          ("return_path_arn", _ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _TENANT_PAGE))),
)
# fmt: on

_TABLE: Final[Mapping[tuple[Interface, str, Case], Row]] = MappingProxyType(
    {(row.interface, row.setting, row.case): row for row in _ROWS}
)

# dg/sending-authorization-delegate-sender-tasks-email: the operations that take no raw message never read X-headers.
# AWS says so of SendEmail and SendTemplatedEmail; of the others it is assumed.
_DOCUMENTED_BLIND: Final = frozenset((Interface.SEND_EMAIL, Interface.SEND_TEMPLATED_EMAIL))

# The ordinary fields that a parameter takes the place of.
_ORDINARY_FIELDS: Final[Mapping[tuple[Interface, str], str]] = MappingProxyType(
    {(_RAW2, "source"): "From", (_RAW2, "reply_to"): "Reply-To", (_RAW2, "return_path"): "Return-Path"}
)


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
class Resolution:
    """Every setting of a submission with the value that counts (None: unset), as given before any lift.

    There is a decision about each but `extra`: what sesmime has no name for, nothing overrules.
    """

    source: str | None
    destination: Destination | None
    reply_to: tuple[str, ...] | None
    return_path: str | None
    source_arn: str | None
    from_arn: str | None
    return_path_arn: str | None
    message_tags: tuple[MessageTag, ...] | None
    configuration_set: str | None
    list_management: ListManagement | None
    tenant: str | None
    endpoint_id: str | None
    extra: tuple[tuple[str, Any], ...] | None = dataclasses.field(repr=False)
    interface: Interface
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]

    def decision(self, setting: str) -> Decision:
        """Give the decision about a setting. Raises KeyError for a name that is no setting."""
        for decision in self.decisions:
            if decision.setting == setting:
                return decision
        raise KeyError(setting)

    def explain(self) -> str:
        """Tell in plain text what counts and why: a paragraph a setting that is given somewhere."""
        told = [_explain(decision) for decision in self.decisions if _is_telling(decision)]
        if not told:
            return f"{self.interface.value}: no setting is given, neither as parameter nor as field."
        return f"{self.interface.value}\n" + "\n".join(told)


def resolve(
    message: Message | None,
    *,
    parameters: ApiParameters = ApiParameters(),  # noqa: B008, it is immutable
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
    interface = Interface(interface)
    for unsupported in unsupported_settings(parameters, interface):
        raise unsupported
    return resolve_leniently(message, parameters=parameters, interface=interface)


def resolve_leniently(
    message: Message | HeaderSection | None,
    *,
    parameters: ApiParameters,
    interface: Interface,
    lifting: bool = False,
) -> Resolution:
    """Give what `resolve` gives, parameters that the interface does not have left out of account.

    With `lifting` the settings count that `prepare` writes into a message for SMTP as fields.
    """
    section = (
        message if isinstance(message, HeaderSection) else parse_header_section(b"" if message is None else message)
    )
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
        name = _ORDINARY_FIELDS.get((interface, setting))
        beside = standing or (section.all(name) if name else ())
        case = Case.OVER_FIELD if beside and (interface, setting, Case.OVER_FIELD) in _TABLE else Case.PARAMETER
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
    row = _TABLE[interface, setting, case]
    decision = Decision(setting, value, origin, field, overruled, row.reason, row.evidence, row.source)
    return decision if parameters is None else _noting_empty(decision, parameters, interface)


def _noting_empty(decision: Decision, parameters: ApiParameters, interface: Interface) -> Decision:
    """Say of a decision where the parameter is given and empty that it counts as absent, and how sure that is."""
    if decision.setting not in parameters.empty():
        return decision
    reason = f"the parameter is given and empty, which counts as absent; {decision.reason}"
    if parameter_name(decision.setting, interface) == "Destinations":
        return replace(decision, reason=reason, evidence=Evidence.OBSERVED, source=_EMPTY_DESTINATIONS)
    return replace(decision, reason=reason, evidence=Evidence.ASSUMED)


def _decide_blind(
    setting: str, given: Any, standing: tuple[Field, ...], interface: Interface, parameters: ApiParameters
) -> Decision:
    """Decide for an interface that takes parameters alone: fields of a message are not read."""
    has_parameter = parameter_setting(setting, interface) is not None
    reason = _GIVEN if given else (_BLANK if has_parameter else "no such parameter")
    evidence, source = Evidence.DOCUMENTED, interface.page
    if standing:
        reason += f"; {interface.value} takes parameters alone and reads no X-SES field"
        evidence = Evidence.DOCUMENTED if interface in _DOCUMENTED_BLIND else Evidence.ASSUMED
        source = _ARN_PAGE
    origin = Origin.API_PARAMETER if given else Origin.UNSET
    decision = Decision(setting, given, origin, None, standing, reason, evidence, source)
    return _noting_empty(decision, parameters, interface)


def _conflicts(decision: Decision, interface: Interface) -> Iterable[Conflict]:
    row = SES_FIELDS.get(decision.setting)
    if row is None:
        return
    if decision.field is not None and decision.origin is Origin.UNSET:
        reason = f"{row.name} is {row.form}; this one is not, and no later one takes its place"
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
    """Give a setting's value as people read it: tags as `a=1, b=2`, addresses with commas."""
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
        lines.append(f"    cannot be read: {decision.field.name}: {quoted(decision.field.body, 80)}")
    lines.extend(f"    overruled: {field.name}: {quoted(field.body, 80)}" for field in decision.overruled)
    lines.append(f"    {decision.reason}")
    lines.append(f"    {decision.evidence.name}, {decision.source}")
    return "\n".join(lines)
