"""The requests and the response of the raw interfaces, as boto3 takes and gives them, for type checkers.

The members bear the names of AWS's service models `ses/2010-12-01` and `sesv2/2019-09-27`. A type checker takes each
for its twin in the stubs `types-boto3-ses` and `types-boto3-sesv2` (or `mypy-boto3-ses` and `mypy-boto3-sesv2`), and
the twin for it. Nothing of them is imported.
"""

# Annotations are not postponed here: `__required_keys__` is wrong of a TypedDict whose annotations are text.
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, NotRequired, TypeAlias, TypedDict

if TYPE_CHECKING:
    from botocore.response import StreamingBody

    # As the stubs have it. Of the raw interfaces botocore itself sends bytes, bytearray and str alone.
    Blob: TypeAlias = str | bytes | IO[Any] | StreamingBody
else:
    Blob = Any  # so that those who read annotations as a program runs need no botocore


class MessageTagShape(TypedDict):
    """A message tag."""

    Name: str
    Value: str


class RawMessageShape(TypedDict):
    """A raw message; boto3 writes the base64."""

    Data: Blob


class DestinationShape(TypedDict):
    """The recipients of the API v2."""

    ToAddresses: NotRequired[Sequence[str]]
    CcAddresses: NotRequired[Sequence[str]]
    BccAddresses: NotRequired[Sequence[str]]


class EmailContentShape(TypedDict):
    """The content of the API v2: one of the three; sesmime looks into raw content alone."""

    Simple: NotRequired[Any]
    Raw: NotRequired[RawMessageShape]
    Template: NotRequired[Any]


class ListManagementOptionsShape(TypedDict):
    """The contact list and the topic of list management."""

    ContactListName: str
    TopicName: NotRequired[str]


class SendRawEmailRequest(TypedDict):
    """The keyword arguments of `send_raw_email` of the client `ses`."""

    RawMessage: RawMessageShape
    Source: NotRequired[str]
    Destinations: NotRequired[Sequence[str]]
    FromArn: NotRequired[str]
    SourceArn: NotRequired[str]
    ReturnPathArn: NotRequired[str]
    Tags: NotRequired[Sequence[MessageTagShape]]
    ConfigurationSetName: NotRequired[str]


class SendEmailRequest(TypedDict):
    """The keyword arguments of `send_email` of the client `sesv2`."""

    Content: EmailContentShape
    FromEmailAddress: NotRequired[str]
    FromEmailAddressIdentityArn: NotRequired[str]
    Destination: NotRequired[DestinationShape]
    ReplyToAddresses: NotRequired[Sequence[str]]
    FeedbackForwardingEmailAddress: NotRequired[str]
    FeedbackForwardingEmailAddressIdentityArn: NotRequired[str]
    EmailTags: NotRequired[Sequence[MessageTagShape]]
    ConfigurationSetName: NotRequired[str]
    EndpointId: NotRequired[str]
    TenantName: NotRequired[str]
    ListManagementOptions: NotRequired[ListManagementOptionsShape]
    ConfigurationOverrides: NotRequired[Any]


class ResponseMetadata(TypedDict):
    """What botocore tells of every response."""

    RequestId: str
    HTTPStatusCode: int
    HTTPHeaders: dict[str, str]
    RetryAttempts: int
    HostId: NotRequired[str]


class SendResponse(TypedDict):
    """What both raw operations answer."""

    MessageId: str
    ResponseMetadata: ResponseMetadata
