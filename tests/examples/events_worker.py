"""A worker that takes what SES tells of sent mail from an SQS queue, once each, into an SQLite database.

The queue is subscribed to the topic of an event destination, without raw delivery: each message is SNS's envelope,
and its signature is checked. An envelope that is not from the topic is deleted; it would be the same when it comes
again. What cannot be stored now, or whose certificate cannot be fetched now, stays in the queue, and SQS gives it
again after the visibility timeout.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any, NamedTuple

from sesmime.events import Advice, Event, InvalidSignature, SnsVerifier, read_events

logger = logging.getLogger(__name__)

SCHEMA = """
    CREATE TABLE IF NOT EXISTS events (key TEXT PRIMARY KEY, kind TEXT, message_id TEXT, at TEXT);
    CREATE TABLE IF NOT EXISTS suppressed (address TEXT PRIMARY KEY, key TEXT REFERENCES events);
"""


class Worked(NamedTuple):
    """How many events were stored, how many had been already, and how many messages were refused and left."""

    stored: int
    repeated: int
    refused: int
    left: int


def work(sqs: Any, queue_url: str, database: sqlite3.Connection, verifier: SnsVerifier, *, wait: int = 20) -> Worked:
    """Receive up to ten messages, waiting up to `wait` seconds; raises what boto3 raises."""
    stored = repeated = refused = left = 0
    received = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    for message in received.get("Messages", ()):
        try:
            verifier.verify(message["Body"])
            with database:  # all events of a message, or none
                is_new = [store(event, database) for event in read_events(message["Body"])]
        except InvalidSignature as error:
            logger.error("message %s: %s", message["MessageId"], error)
            refused += 1
        except (OSError, sqlite3.Error) as error:
            logger.warning("message %s is left for later: %s", message["MessageId"], error)
            left += 1
            continue
        else:
            stored += sum(is_new)
            repeated += len(is_new) - sum(is_new)
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return Worked(stored, repeated, refused, left)


def store(event: Event, database: sqlite3.Connection) -> bool:
    """Store an event and whom it forbids to send to; return False for one that was stored before."""
    at = None if event.timestamp is None else event.timestamp.isoformat()
    row = (event.key, event.kind.value, event.mail.message_id, at)
    if not database.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", row).rowcount:
        return False
    if event.advice is Advice.STOP:
        database.executemany(
            "INSERT OR IGNORE INTO suppressed VALUES (?, ?)", [(address, event.key) for address in event.recipients]
        )
    return True
