"""Which value counts: one row a case, with its evidence and source."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from sesmime.mime.hints import Final
from sesmime.mime.values import NamedTuple
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface

_D, _O, _A = Evidence.DOCUMENTED, Evidence.OBSERVED, Evidence.ASSUMED
_DG = "https://docs.aws.amazon.com/ses/latest/dg/"
_GITHUB = "https://github.com/"
_TAGS_PAGE = _DG + "event-publishing-send-email.html"
_SETS_PAGE = _DG + "using-configuration-sets-in-email.html"
ARN_PAGE = _DG + "sending-authorization-delegate-sender-tasks-email.html"
_LIST_PAGE = _DG + "sending-email-list-management.html"
_TENANT_PAGE = _DG + "tenants.html"
_FEEDBACK_PAGE = _DG + "monitor-sending-activity-using-notifications-email.html"
_EMAIL_FORMAT_PAGE = _DG + "send-email-concepts-email-format.html"
_V1 = Interface.SEND_RAW_EMAIL.page
_V2 = Interface.V2_SEND_EMAIL_RAW.page

_RAILS = _GITHUB + "aws/aws-sdk-rails/issues/93"
_LARASEND = _GITHUB + "savvyagents/larasend/issues/2"
_ANYMAIL = (
    _GITHUB + "anymail/django-anymail/blob/0391dddcea1df64b5438b09d26c133ef5c05fdb1/anymail/backends/amazon_ses.py"
)

# An empty Destinations was taken for none.
EMPTY_DESTINATIONS = _GITHUB + "aws/aws-sdk-net/issues/325"


class Case(Enum):
    """The cases that the table tells apart."""

    PARAMETER = "the parameter is given"
    OVER_FIELD = "the parameter is given, and so is the field"
    FIELD = "the field is given"
    REPEATED = "the field is given more than once"
    MALFORMED = "the (first) field is malformed"
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
GIVEN = "the parameter is given"
_FIRST = "the field is given more than once: the first counts"
_FIRST_ARN = "SES documents that the first of repeated sending-authorization fields counts"
_BAD = "the field is malformed; what SES does with it is not documented"
BLANK = "not given"

# fmt: off
ROWS: Final = (
    # Message tags
    Row(_RAW1, "message_tags", _PARAM, _D, _TAGS_PAGE, GIVEN),
    Row(_RAW1, "message_tags", _OVER, _D, _TAGS_PAGE, "SES uses only the tags of the parameter and does not merge both"),
    Row(_RAW1, "message_tags", _FIELD, _D, _TAGS_PAGE, "SES reads the field if no tags are given as a parameter"),
    Row(_RAW2, "message_tags", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "message_tags", _OVER, _A, _TAGS_PAGE, "documented for SendRawEmail, assumed here: only the tags of the parameter count"),
    Row(_RAW2, "message_tags", _FIELD, _D, _DG + "monitor-using-event-publishing.html", "SES reads the field of raw messages"),
    Row(_SMTP, "message_tags", _FIELD, _D, _TAGS_PAGE, "over SMTP, only the field can set it"),
    # Configuration set
    Row(_RAW1, "configuration_set", _PARAM, _D, _SETS_PAGE, GIVEN),
    Row(_RAW1, "configuration_set", _OVER, _A, _SETS_PAGE, "AWS does not say which one takes precedence; assumed: the parameter, as with tags and ARNs"),
    Row(_RAW1, "configuration_set", _FIELD, _D, _SETS_PAGE, "SES reads the field"),
    Row(_RAW2, "configuration_set", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "configuration_set", _OVER, _A, _V2, "AWS does not say which one takes precedence; assumed: the parameter, as with tags and ARNs"),
    Row(_RAW2, "configuration_set", _FIELD, _O, _RAILS, "a wrong name in the field has been refused, so SES reads the field"),
    Row(_SMTP, "configuration_set", _FIELD, _D, _SETS_PAGE, "over SMTP, only the field can set it"),
    # Sending authorization
    Row(_RAW1, "source_arn", _PARAM, _D, _V1, GIVEN),
    Row(_RAW1, "source_arn", _OVER, _D, _V1, "SourceArn overrides X-SES-SOURCE-ARN"),
    Row(_RAW1, "source_arn", _FIELD, _D, ARN_PAGE, "SES reads the field if the parameter is not given"),
    Row(_RAW2, "source_arn", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "source_arn", _OVER, _D, _V2, "FromEmailAddressIdentityArn overrides X-SES-SOURCE-ARN and X-SES-FROM-ARN"),
    Row(_RAW2, "source_arn", _FIELD, _D, _V2, "SES reads the field if the parameter is not given"),
    Row(_SMTP, "source_arn", _FIELD, _D, ARN_PAGE, "over SMTP, only the field can set it"),
    Row(_RAW1, "from_arn", _PARAM, _D, _V1, GIVEN),
    Row(_RAW1, "from_arn", _OVER, _D, _V1, "FromArn overrides X-SES-FROM-ARN"),
    Row(_RAW1, "from_arn", _FIELD, _D, ARN_PAGE, "SES reads the field if the parameter is not given"),
    Row(_RAW2, "from_arn", _PARAM, _D, _V2, "FromEmailAddressIdentityArn replaces both ARN fields"),
    Row(_RAW2, "from_arn", _OVER, _D, _V2, "FromEmailAddressIdentityArn overrides X-SES-SOURCE-ARN and X-SES-FROM-ARN"),
    Row(_RAW2, "from_arn", _FIELD, _D, _V2, "SES reads the field if the parameter is not given"),
    Row(_SMTP, "from_arn", _FIELD, _D, ARN_PAGE, "over SMTP, only the field can set it"),
    Row(_RAW1, "return_path_arn", _PARAM, _D, _V1, GIVEN),
    Row(_RAW1, "return_path_arn", _OVER, _D, _V1, "ReturnPathArn overrides X-SES-RETURN-PATH-ARN"),
    Row(_RAW1, "return_path_arn", _FIELD, _D, ARN_PAGE, "SES reads the field if the parameter is not given"),
    Row(_RAW2, "return_path_arn", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "return_path_arn", _OVER, _A, _V2, "AWS does not say which one takes precedence; assumed: the parameter, as with the other ARNs"),
    Row(_RAW2, "return_path_arn", _FIELD, _A, _V2, "AWS documents the field for SendRawEmail and SMTP, but not here"),
    Row(_SMTP, "return_path_arn", _FIELD, _D, ARN_PAGE, "over SMTP, only the field can set it"),
    # List management and tenant
    Row(_RAW1, "list_management", _FIELD, _A, _LIST_PAGE, "AWS documents the field for SMTP, but not for SendRawEmail"),
    Row(_RAW2, "list_management", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "list_management", _OVER, _A, _V2, "AWS does not say which one takes precedence; assumed: the parameter, as with tags and ARNs"),
    Row(_RAW2, "list_management", _FIELD, _O, _RAILS, "a wrong list in the field has been refused, so SES reads the field"),
    Row(_SMTP, "list_management", _FIELD, _D, _LIST_PAGE, "over SMTP, only the field can set it"),
    Row(_RAW1, "tenant", _FIELD, _A, _TENANT_PAGE, "AWS documents the field for the API and SMTP, and does not name SendRawEmail"),
    Row(_RAW2, "tenant", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "tenant", _OVER, _A, _V2, "AWS does not say which one takes precedence; assumed: the parameter, as with tags and ARNs"),
    Row(_RAW2, "tenant", _FIELD, _D, _TENANT_PAGE, "SES reads the field if the parameter is not given"),
    Row(_SMTP, "tenant", _FIELD, _D, _TENANT_PAGE, "over SMTP, only the field can set it"),
    # SMTP, before `prepare` writes the settings into the message
    *(Row(_SMTP, s, case, _D, page, "over SMTP, only the field can set it: it is written into the message")
      for case in (_PARAM, _OVER) for s, page in (
          ("message_tags", _TAGS_PAGE), ("configuration_set", _SETS_PAGE), ("source_arn", ARN_PAGE),
          ("from_arn", ARN_PAGE), ("return_path_arn", ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _TENANT_PAGE))),
    # Repeated and malformed fields
    *(Row(i, s, _REPEATED, _D, ARN_PAGE, _FIRST_ARN)
      for i in (_RAW1, _RAW2, _SMTP) for s in ("source_arn", "from_arn", "return_path_arn")),
    *(Row(i, s, _REPEATED, _A, ARN_PAGE, f"{_FIRST}, as documented for the ARN fields")
      for i in (_RAW1, _RAW2, _SMTP) for s in ("message_tags", "configuration_set", "list_management", "tenant")),
    *(Row(i, s, _MALFORMED, _A, page, _BAD)
      for i in (_RAW1, _RAW2, _SMTP) for s, page in (
          ("message_tags", _TAGS_PAGE), ("configuration_set", _SETS_PAGE), ("source_arn", ARN_PAGE),
          ("from_arn", ARN_PAGE), ("return_path_arn", ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _TENANT_PAGE))),
    # Addresses: parameters with no SES field; the ordinary fields beside them are told about in the reason
    Row(_RAW1, "source", _PARAM, _D, _V1, "the envelope sender; the visible From is unchanged"),
    Row(_RAW1, "source", _NEITHER, _D, _V1, "not given: the From field is the sender"),
    Row(_RAW2, "source", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "source", _OVER, _O, _GITHUB + "laravel/framework/issues/37881", "FromEmailAddress replaces the visible From, including the display name"),
    Row(_RAW2, "source", _NEITHER, _O, _GITHUB + "floci-io/floci/issues/1561", "not given: the From field is the sender"),
    Row(_SMTP, "source", _PARAM, _D, _FEEDBACK_PAGE, "MAIL FROM, the address that bounces go to"),
    Row(_SMTP, "source", _NEITHER, _A, _FEEDBACK_PAGE, "not given: the From field is taken as MAIL FROM"),
    Row(_RAW1, "destination", _PARAM, _D, _V1, "only these receive the message; To and Cc are unchanged"),
    Row(_RAW1, "destination", _NEITHER, _D, "https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html", "not given: To, Cc and Bcc are the recipients"),
    Row(_RAW2, "destination", _PARAM, _O, _LARASEND, "only these receive the message; To and Cc are unchanged"),
    Row(_RAW2, "destination", _NEITHER, _O, _LARASEND, "not given: To, Cc and Bcc are the recipients"),
    Row(_SMTP, "destination", _PARAM, _D, _EMAIL_FORMAT_PAGE, "RCPT TO; the fields are not used for delivery"),
    Row(_SMTP, "destination", _NEITHER, _A, _EMAIL_FORMAT_PAGE, "not given: To, Cc and Bcc are taken as RCPT TO"),
    Row(_RAW1, "reply_to", _NEITHER, _D, _V1, "no such parameter: the Reply-To field applies"),
    Row(_RAW2, "reply_to", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "reply_to", _OVER, _O, _ANYMAIL, "ReplyToAddresses replaces the Reply-To field"),
    Row(_RAW2, "reply_to", _NEITHER, _D, _V2, "not given: the Reply-To field applies"),
    Row(_SMTP, "reply_to", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: the Reply-To field applies"),
    Row(_RAW1, "return_path", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: feedback goes to Source, otherwise to Return-Path, otherwise to From"),
    Row(_RAW2, "return_path", _PARAM, _D, _V2, "the address that bounces and complaints go to"),
    Row(_RAW2, "return_path", _OVER, _A, _V2, "AWS does not say which one takes precedence; assumed: the parameter, as elsewhere"),
    Row(_RAW2, "return_path", _NEITHER, _A, _FEEDBACK_PAGE, "not given: feedback goes to FromEmailAddress, otherwise to Return-Path, otherwise to From"),
    Row(_SMTP, "return_path", _NEITHER, _D, _FEEDBACK_PAGE, "no such parameter: feedback goes to MAIL FROM"),
    Row(_RAW1, "endpoint_id", _NEITHER, _D, _V1, "no such parameter"),
    Row(_RAW2, "endpoint_id", _PARAM, _D, _V2, GIVEN),
    Row(_RAW2, "endpoint_id", _NEITHER, _D, _V2, BLANK),
    Row(_SMTP, "endpoint_id", _NEITHER, _D, _DG + "smtp-connect.html", "no such parameter"),
    # Nothing given
    *(Row(i, "configuration_set", _NEITHER, _D, _DG + "creating-identities.html", "not given: the default set of the identity applies, if it has one")
      for i in (_RAW1, _RAW2, _SMTP)),
    *(Row(i, s, _NEITHER, _D, page, BLANK)
      for i in (_RAW1, _RAW2, _SMTP) for s, page in (
          ("message_tags", _TAGS_PAGE), ("source_arn", ARN_PAGE), ("from_arn", ARN_PAGE),
          ("return_path_arn", ARN_PAGE), ("list_management", _LIST_PAGE), ("tenant", _TENANT_PAGE))),
)
# fmt: on

TABLE: Final[Mapping[tuple[Interface, str, Case], Row]] = MappingProxyType(
    {(row.interface, row.setting, row.case): row for row in ROWS}
)

# dg/sending-authorization-delegate-sender-tasks-email: the operations that take no raw message never read X-headers.
# AWS says so of SendEmail and SendTemplatedEmail; of the others it is assumed.
DOCUMENTED_BLIND: Final = frozenset((Interface.SEND_EMAIL, Interface.SEND_TEMPLATED_EMAIL))

# The ordinary fields that a parameter takes the place of.
ORDINARY_FIELDS: Final[Mapping[tuple[Interface, str], str]] = MappingProxyType(
    {(_RAW2, "source"): "From", (_RAW2, "reply_to"): "Reply-To", (_RAW2, "return_path"): "Return-Path"}
)
