"""The requests and the response of the raw interfaces, as boto3 takes and gives them, for type checkers.

`prepare(…).to_request()` and `Submission(…).to_request()` return them.
"""

from sesmime.ses.request_types import (
    Blob,
    DestinationShape,
    EmailContentShape,
    ListManagementOptionsShape,
    MessageTagShape,
    RawMessageShape,
    ResponseMetadata,
    SendEmailRequest,
    SendRawEmailRequest,
    SendResponse,
)

__all__ = [
    "Blob",
    "DestinationShape",
    "EmailContentShape",
    "ListManagementOptionsShape",
    "MessageTagShape",
    "RawMessageShape",
    "ResponseMetadata",
    "SendEmailRequest",
    "SendRawEmailRequest",
    "SendResponse",
]
