"""The interfaces: the ways a message, or the parameters it is made of, is handed to SES; one row each.

Source of the names: AWS's service models `ses/2010-12-01` and `sesv2/2019-09-27`. A new interface is a member of
`Interface` and its row; everything else derives from the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sesmime.errors import member_of, quoted
from sesmime.mime.hints import Final
from sesmime.mime.values import NamedTuple
from sesmime.ses.quotas import MAX_SIZE_V1, MAX_SIZE_V2


class Interface(StrEnum):
    """The way a message, or the parameters it is made of, is handed to SES."""

    SMTP = "smtp"
    SEND_RAW_EMAIL = "ses.SendRawEmail"
    V2_SEND_EMAIL_RAW = "sesv2.SendEmail.Raw"
    SEND_EMAIL = "ses.SendEmail"
    SEND_TEMPLATED_EMAIL = "ses.SendTemplatedEmail"
    SEND_BULK_TEMPLATED_EMAIL = "ses.SendBulkTemplatedEmail"
    SEND_CUSTOM_VERIFICATION_EMAIL = "ses.SendCustomVerificationEmail"
    V2_SEND_EMAIL_SIMPLE = "sesv2.SendEmail.Simple"
    V2_SEND_EMAIL_TEMPLATE = "sesv2.SendEmail.Template"
    V2_SEND_BULK_EMAIL = "sesv2.SendBulkEmail"
    V2_SEND_CUSTOM_VERIFICATION_EMAIL = "sesv2.SendCustomVerificationEmail"

    # Set below, from the rows: it is asked often, and a property is a call.
    is_raw: bool
    """Whether a raw message is handed over; the other interfaces take parameters alone."""

    @classmethod
    def given(cls, value: Interface | str) -> Interface:
        """Return the interface that is given, by itself or by its value.

        Raises InvalidSetting for another text, TypeError for what is no text.

        >>> Interface.given("smtp")
        <Interface.SMTP: 'smtp'>
        """
        return value if type(value) is cls else member_of(cls, value, "interface")

    @classmethod
    def of(cls, text: str) -> Interface:
        """Return the interface that a text names: `ses`, `sesv2`, `smtp`, or a full name such as sesv2.SendEmail.Raw.

        Raises ValueError for any other text.

        >>> Interface.of("sesv2")
        <Interface.V2_SEND_EMAIL_RAW: 'sesv2.SendEmail.Raw'>
        """
        try:
            return SHORT_NAMES.get(text) or cls(text)
        except ValueError:
            raise ValueError(
                f"{quoted(text, 60)} is not an interface; choose from {', '.join(SHORT_NAMES)}, or a full name such as"
                f" {cls.V2_SEND_EMAIL_RAW.value}"
            ) from None

    @property
    def row(self) -> InterfaceRow:
        """What is known of it."""
        return _ROWS[self]

    @property
    def is_v2(self) -> bool:
        """Whether it belongs to the API v2."""
        return self.row.service == "sesv2"

    @property
    def page(self) -> str:
        """AWS's page about it.

        >>> Interface.V2_SEND_EMAIL_RAW.page
        'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html'
        """
        row = self.row
        if row.operation is None:
            return "https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html"
        reference = "APIReference-V2" if self.is_v2 else "APIReference"
        return f"https://docs.aws.amazon.com/ses/latest/{reference}/API_{row.operation}.html"


class InterfaceRow(NamedTuple):
    """What is known of one interface.

    `service` and `operation` are those of botocore (None for SMTP). `parameters` maps settings to AWS's names of
    parameters; a setting that is absent has none. `data` is the path of the raw message in a request, () where there
    is none. `max_size` is in octets, after base64 (None: not documented for it). `takes_others`: whether it has
    parameters that are no setting. `hints` say what to do instead, for a setting without a parameter. `mark` is the
    path of a member that no other interface's requests have, () where only the operation tells.
    """

    service: str | None
    operation: str | None
    parameters: Mapping[str, str]
    data: tuple[str, ...] = ()
    max_size: int | None = None
    takes_others: bool = True
    hints: Mapping[str, str] = MappingProxyType({})
    mark: tuple[str, ...] = ()


_V1_SIMPLE: Final = {
    "source": "Source",
    "destination": "Destination",
    "reply_to": "ReplyToAddresses",
    "return_path": "ReturnPath",
    "source_arn": "SourceArn",
    "return_path_arn": "ReturnPathArn",
    "message_tags": "Tags",
    "configuration_set": "ConfigurationSetName",
}
_V2_SEND_EMAIL: Final = {
    "source": "FromEmailAddress",
    "destination": "Destination",
    "reply_to": "ReplyToAddresses",
    "return_path": "FeedbackForwardingEmailAddress",
    "source_arn": "FromEmailAddressIdentityArn",
    "return_path_arn": "FeedbackForwardingEmailAddressIdentityArn",
    "message_tags": "EmailTags",
    "configuration_set": "ConfigurationSetName",
    "list_management": "ListManagementOptions",
    "tenant": "TenantName",
    "endpoint_id": "EndpointId",
}
_ON_V2: Final = "the API v2 has it"


def _without(names: dict[str, str], *settings: str, **renamed: str) -> Mapping[str, str]:
    return MappingProxyType({k: v for k, v in (names | renamed).items() if k not in settings})


_ROWS: Final[Mapping[Interface, InterfaceRow]] = MappingProxyType(
    {
        Interface.SMTP: InterfaceRow(
            None,
            None,
            _without({"source": "MAIL FROM", "destination": "RCPT TO"}),
            max_size=MAX_SIZE_V2,
            takes_others=False,
            hints={
                "reply_to": "use a Reply-To field",
                "return_path": "pass it as source (MAIL FROM)",
                "endpoint_id": _ON_V2,
                "extra": "it has no parameters",
            },
        ),
        Interface.SEND_RAW_EMAIL: InterfaceRow(
            "ses",
            "SendRawEmail",
            _without(
                {
                    "source": "Source",
                    "destination": "Destinations",
                    "source_arn": "SourceArn",
                    "from_arn": "FromArn",
                    "return_path_arn": "ReturnPathArn",
                    "message_tags": "Tags",
                    "configuration_set": "ConfigurationSetName",
                }
            ),
            data=("RawMessage", "Data"),
            mark=("RawMessage",),
            max_size=MAX_SIZE_V1,
            takes_others=False,
            hints={
                "reply_to": "use a Reply-To field",
                "return_path": "pass it as source, or use a Return-Path field",
                "list_management": _ON_V2,
                "tenant": _ON_V2,
                "endpoint_id": _ON_V2,
                "extra": "all its parameters have a setting of their own",
            },
        ),
        Interface.V2_SEND_EMAIL_RAW: InterfaceRow(
            "sesv2",
            "SendEmail",
            _without(_V2_SEND_EMAIL),
            data=("Content", "Raw", "Data"),
            mark=("Content", "Raw"),
            max_size=MAX_SIZE_V2,
            hints={"from_arn": "pass it as source_arn (FromEmailAddressIdentityArn), or use the field"},
        ),
        Interface.SEND_EMAIL: InterfaceRow("ses", "SendEmail", _without(_V1_SIMPLE), mark=("Message",)),
        Interface.SEND_TEMPLATED_EMAIL: InterfaceRow(
            "ses", "SendTemplatedEmail", _without(_V1_SIMPLE), mark=("TemplateData",)
        ),
        Interface.SEND_BULK_TEMPLATED_EMAIL: InterfaceRow(
            "ses",
            "SendBulkTemplatedEmail",
            _without(_V1_SIMPLE, "destination", message_tags="DefaultTags"),
            mark=("DefaultTemplateData",),
        ),
        Interface.SEND_CUSTOM_VERIFICATION_EMAIL: InterfaceRow(
            "ses", "SendCustomVerificationEmail", _without({"configuration_set": "ConfigurationSetName"})
        ),
        Interface.V2_SEND_EMAIL_SIMPLE: InterfaceRow(
            "sesv2", "SendEmail", _without(_V2_SEND_EMAIL), mark=("Content", "Simple")
        ),
        Interface.V2_SEND_EMAIL_TEMPLATE: InterfaceRow(
            "sesv2", "SendEmail", _without(_V2_SEND_EMAIL), mark=("Content", "Template")
        ),
        Interface.V2_SEND_BULK_EMAIL: InterfaceRow(
            "sesv2",
            "SendBulkEmail",
            _without(_V2_SEND_EMAIL, "destination", "list_management", message_tags="DefaultEmailTags"),
            mark=("BulkEmailEntries",),
        ),
        Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: InterfaceRow(
            "sesv2",
            "SendCustomVerificationEmail",
            _without({"configuration_set": "ConfigurationSetName"}),
            mark=("TemplateName",),
        ),
    }
)

for _interface, _row in _ROWS.items():
    # SMTP takes a message, and has no place in a request for it.
    _interface.is_raw = _row.service is None or bool(_row.data)

# The interfaces that take raw messages, by the service of botocore; SMTP has none.
RAW_INTERFACES: Final[Mapping[str, Interface]] = MappingProxyType(
    {row.service: interface for interface, row in _ROWS.items() if row.service is not None and interface.is_raw}
)
# The short names that people type.
SHORT_NAMES: Final[Mapping[str, Interface]] = MappingProxyType({**RAW_INTERFACES, Interface.SMTP.value: Interface.SMTP})


def _operations() -> dict[str, dict[str, Interface]]:
    operations: dict[str, dict[str, Interface]] = {}
    for interface, row in _ROWS.items():
        if row.service is not None:
            content = row.mark[1] if row.mark[:1] == ("Content",) else ""
            operations.setdefault(f"{row.service}.{row.operation}", {})[content] = interface
    return operations


# The interfaces of each operation, by the member of Content that says which; most operations have one, under "".
OPERATIONS: Final[Mapping[str, Mapping[str, Interface]]] = MappingProxyType(_operations())
