"""A Lambda function that reads what SES tells of sent mail, and keeps a table of addresses to which nothing is sent.

It may be called by SNS, by an SQS queue or by EventBridge: `read_events` reads them all. Lambda itself checks who may
call it, so that no signature is asked for here; a function behind a URL must call `verify_sns` first.

The function reads TABLE, a DynamoDB table whose key is `address`. Its role needs dynamodb:PutItem. SES tells things
twice and out of order; to write the same address again does no harm. An error of DynamoDB is raised, so that the event
comes again; of an SQS batch only what failed comes again, if the event source has ReportBatchItemFailures.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sesmime.events import Advice, Event, read_events

logger = logging.getLogger(__name__)


@cache
def table() -> Any:
    """Return the table, made once for all calls that Lambda gives to one process."""
    return boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Keep what the events say; returns what of an SQS batch failed, in Lambda's words."""
    failed: dict[str, None] = {}
    for one in read_events(event):
        try:
            keep(one, table())
        except (ClientError, BotoCoreError):
            if one.arrival.sqs_message_id is None:
                raise
            logger.exception("event %s is left for later", one.key)
            failed[one.arrival.sqs_message_id] = None
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def keep(event: Event, suppressed: Any) -> None:
    """Write the addresses to which nothing may be sent any more; raises what boto3 raises."""
    if event.advice is not Advice.STOP:
        logger.info("%s of message %s", event.kind, event.mail.message_id)
        return
    for address in event.recipients:
        item = {"address": address, "kind": event.kind.value, "message_id": event.mail.message_id or ""}
        suppressed.put_item(Item=item | ({"at": event.timestamp.isoformat()} if event.timestamp else {}))
        logger.warning("nothing is sent to %s any more: %s", address, event.kind)
