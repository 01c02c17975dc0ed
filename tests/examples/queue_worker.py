"""A worker that sends what waits in an SQS queue: each job a raw message with its settings.

A job is JSON: the message as base64 in `raw`, or its place as `bucket` and `key`; if wanted `to` (a list of addresses),
`tags` (an object) and `configuration_set`. A job leaves the queue when SES has taken the message; one that could never
be sent goes to the dead-letter queue, its reason in the attribute Reason. All others stay, and SQS gives them again
after the visibility timeout: give the queue a redrive policy for those that never succeed. A job whose deletion fails
is sent twice: SQS and SES promise no less.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from sesmime import ApiParameters, Destination, MessageTag, SesMimeError, explain_rejection, prepare
from sesmime.errors import printable

logger = logging.getLogger(__name__)

# Said by SES of a message and its settings, and so each time again. What is said of the account or of the moment (such
# as Throttling) passes.
FINAL = frozenset(
    (
        "InvalidParameterValue",
        "MessageRejected",
        "ConfigurationSetDoesNotExist",
        "MailFromDomainNotVerifiedException",
    )
)
MAX_REASON = 1000


class Unsendable(Exception):
    """A job that no second attempt would send; the text says why."""


class Worked(NamedTuple):
    """How many jobs were sent, moved to the dead-letter queue, and left for later."""

    sent: int
    moved: int
    left: int


def work(sqs: Any, ses: Any, queue_url: str, *, dead_letter_url: str, s3: Any, wait_seconds: int = 20) -> Worked:
    """Receive up to ten jobs and send them by the client `ses` (API v1); raises what boto3 raises of the queue."""
    sent = moved = left = 0
    received = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
    for job in received.get("Messages", ()):
        try:
            is_sent = settle(job, sqs, ses, s3, dead_letter_url)
        except (ClientError, BotoCoreError) as error:
            logger.warning("job %s is left for later: %s", job["MessageId"], error)
            left += 1
            continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=job["ReceiptHandle"])
        sent += is_sent
        moved += not is_sent
    return Worked(sent, moved, left)


def settle(job: Mapping[str, Any], sqs: Any, ses: Any, s3: Any, dead_letter_url: str) -> bool:
    """Send a job, or move it to the dead-letter queue; gives whether it was sent, raises where that may still pass."""
    try:
        send(job["Body"], ses, s3)
    except Unsendable as error:
        reason = printable(str(error))[:MAX_REASON]
        logger.error("job %s cannot be sent: %s", job["MessageId"], reason)
        attributes = {"Reason": {"DataType": "String", "StringValue": reason}}
        sqs.send_message(QueueUrl=dead_letter_url, MessageBody=job["Body"], MessageAttributes=attributes)
        return False
    return True


def send(body: str, ses: Any, s3: Any) -> None:
    """Send one job; raises Unsendable, or what boto3 raises where another attempt may succeed."""
    message, parameters = read_job(body, s3)
    try:
        prepared = prepare(message, parameters=parameters)
    except SesMimeError as error:
        raise Unsendable(f"{type(error).__name__}: {error}") from error
    try:
        ses.send_raw_email(**prepared.to_request())
    except ClientError as error:
        answer = error.response["Error"]
        if answer["Code"] not in FINAL:
            raise
        likeliest = explain_rejection(answer["Message"], prepared.message, parameters=prepared.parameters)[0]
        raise Unsendable(f"{answer['Code']}: {answer['Message']} ({likeliest.cause}: {likeliest.remedy})") from error


def read_job(body: str, s3: Any) -> tuple[bytes, ApiParameters]:
    """Read a job; raises Unsendable for what is none, and what boto3 raises where the message cannot be fetched."""
    try:
        job = json.loads(body)
        tags = dict(job.get("tags", {}))
        parameters = ApiParameters(
            destination=Destination(to=job["to"]) if "to" in job else None,
            message_tags=tuple(MessageTag(name, value) for name, value in tags.items()) or None,
            configuration_set=job.get("configuration_set"),
        )
        if "raw" in job:
            return base64.b64decode(job["raw"], validate=True), parameters
        return s3.get_object(Bucket=job["bucket"], Key=job["key"])["Body"].read(), parameters
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ParamValidationError) as error:
        raise Unsendable(f"the job cannot be read: {type(error).__name__}: {error}") from error
