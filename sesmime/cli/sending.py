"""Handing a prepared message to boto3 for `send` and `sendmail`: the client, the answer, and what its exit code is."""

from __future__ import annotations

import argparse
from typing import Any, Final, NamedTuple

from sesmime.cli.account import tell_below
from sesmime.cli.files import CommandError
from sesmime.cli.terminal import tell
from sesmime.handover.prepared import Prepared

# Exit codes of sysexits.h.
EX_USAGE: Final = 64
EX_DATAERR: Final = 65
EX_UNAVAILABLE: Final = 69
EX_TEMPFAIL: Final = 75
EX_NOPERM: Final = 77
EX_CONFIG: Final = 78

_SHOWN_CAUSES: Final = 3
# What helps, by the name of botocore's exception.
_REMEDIES: Final = {
    "NoCredentialsError": "no credentials: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "NoRegionError": "no region: give --region, or set AWS_DEFAULT_REGION",
}
# Exceptions of botocore that come before anything is sent: a file or a setting is wrong. All others are the network's.
_MISCONFIGURED: Final = frozenset(
    (
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "NoRegionError"),
        *("ProfileNotFound", "ConfigNotFound", "ConfigParseError", "InvalidRegionError", "UnknownServiceError"),
        *("SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "EndpointProviderError"),
        *("ParamValidationError", "UnknownEndpointError", "InvalidConfigError"),
    )
)
# Beginnings of SES's error codes (https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html and those of
# the operations), and what they are for a program that sends: try again, nobody may send now, this caller may not send,
# something named in the request is not there. Every other code is about the message.
_CODES: Final = (
    ("Throttling", EX_TEMPFAIL),
    ("TooManyRequests", EX_TEMPFAIL),
    ("LimitExceeded", EX_TEMPFAIL),
    ("RequestLimitExceeded", EX_TEMPFAIL),
    ("RequestTimeout", EX_TEMPFAIL),
    ("ServiceUnavailable", EX_TEMPFAIL),
    ("InternalFailure", EX_TEMPFAIL),
    ("InternalServiceError", EX_TEMPFAIL),
    ("AccountSendingPaused", EX_UNAVAILABLE),
    ("SendingPaused", EX_UNAVAILABLE),
    ("ConfigurationSetSendingPaused", EX_UNAVAILABLE),
    ("AccountSuspended", EX_UNAVAILABLE),
    ("AccessDenied", EX_NOPERM),
    ("InvalidClientTokenId", EX_NOPERM),
    ("UnrecognizedClient", EX_NOPERM),
    ("SignatureDoesNotMatch", EX_NOPERM),
    ("InvalidSignature", EX_NOPERM),
    ("IncompleteSignature", EX_NOPERM),
    ("MissingAuthenticationToken", EX_NOPERM),
    ("ExpiredToken", EX_NOPERM),
    ("NotAuthorized", EX_NOPERM),
    ("OptInRequired", EX_NOPERM),
    ("ConfigurationSetDoesNotExist", EX_CONFIG),
    ("NotFound", EX_CONFIG),
)


class Failed(NamedTuple):
    """Why a message was not sent: the exit code of sysexits.h, and whether SES has answered about this message."""

    code: int
    is_refusal: bool


def require_boto3() -> None:
    """Raise CommandError, with the command that installs it, unless boto3 is there."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        raise CommandError("sending needs boto3: pip install 'sesmime[boto3]'") from None


def add_endpoint(parser: argparse._ActionsContainer) -> None:
    """Add where to send to, and as whom."""
    add = parser.add_argument
    add("--endpoint-url", metavar="URL", help="the endpoint to send to, such as a local SES (default: AWS)")
    add("--region", metavar="NAME", help="the AWS region (default: from the profile or the environment)")
    add("--profile", metavar="NAME", help="the profile in the AWS configuration (default: the default profile)")


def open_client(arguments: argparse.Namespace) -> Any:
    """Return the client of boto3 for the interface; raises CommandError for settings that give none."""
    from boto3.session import Session
    from botocore.exceptions import BotoCoreError

    from sesmime.boto.retries import send_once

    try:
        session = Session(profile_name=arguments.profile, region_name=arguments.region)
        client = session.client(arguments.interface.row.service, endpoint_url=arguments.endpoint_url)
        send_once(client)
        return client
    except BotoCoreError as error:
        raise CommandError(told(error)) from None
    except ValueError as error:  # botocore's word for an address that is none
        raise CommandError(f"--endpoint-url: {told(error)}") from None


def told(error: Exception) -> str:
    """Return an error of botocore in one sentence."""
    return _REMEDIES.get(type(error).__name__) or " ".join(str(error).split())


def send_message(client: Any, prepared: Prepared, name: str) -> str | Failed:
    """Send; return the identifier that SES gives, or tell why there is none, as `name`, and return that."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    from sesmime.boto import send_prepared
    from sesmime.boto.retries import is_answer_lost

    try:
        response = send_prepared(client, prepared)
    except ClientError as error:
        _tell_rejection(error.response.get("Error", {}), prepared)
        return answered(error.response)
    except BotoCoreError as error:
        tell(f"{name}: {told(error)}")
        if is_answer_lost(error):
            tell_below(
                ["SES may have taken the message: it is not sent again by itself, and sending it again may double it"]
            )
        return Failed(EX_CONFIG if type(error).__name__ in _MISCONFIGURED else EX_TEMPFAIL, is_refusal=False)
    except (ResponseParserError, KeyError):  # KeyError: what botocore makes of XML that is of another kind
        response = {}
    if "MessageId" not in response:
        tell(f"{name}: the response has no MessageId, so the endpoint is not SES; check --endpoint-url")
        return Failed(EX_UNAVAILABLE, is_refusal=False)
    identifier: str = response["MessageId"]
    return identifier


def answered(response: Any) -> Failed:
    """Return what an error of SES is for a program that sends; `response` is that of botocore's ClientError.

    >>> answered({"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}})
    Failed(code=75, is_refusal=False)
    >>> answered({"Error": {"Code": "MessageRejected"}, "ResponseMetadata": {"HTTPStatusCode": 400}})
    Failed(code=65, is_refusal=True)
    """
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    for start, number in _CODES:
        if code.startswith(start):
            return Failed(number, is_refusal=number == EX_CONFIG)
    if status >= 500 or status == 429:
        return Failed(EX_TEMPFAIL, is_refusal=False)
    return Failed(EX_DATAERR, is_refusal=True)


def _tell_rejection(answer: dict[str, str], prepared: Prepared) -> None:
    """Tell SES's answer, and what is known of its causes."""
    from sesmime.linter.answers import explain_rejection
    from sesmime.linter.answers.texts import find_texts

    text = answer.get("Message", "")
    tell(f"refused by {prepared.interface.value}: {answer.get('Code', 'no code')}: {' '.join(text.split())}")
    if not find_texts(text):
        return
    explained = explain_rejection(text, prepared.message, parameters=prepared.parameters, interface=prepared.interface)
    for one in explained[:_SHOWN_CAUSES]:
        tell_below([f"cause: {one.cause}", f"remedy: {one.remedy}"])
