"""A Lambda function that forwards received mail: receipt rule of SES, S3, this function, SES.

The receipt rule stores the message with its S3 action, then calls this function (as event) with its Lambda action. The
function reads FORWARD_BUCKET and FORWARD_PREFIX (those of the S3 action), FORWARD_SENDER (a verified address, with or
without display name) and FORWARD_TO, JSON such as {"info@example.com": ["me@example.org"], "@example.com": ["us@..."]}.
Its role needs s3:GetObject and ses:SendRawEmail, which is what SES asks for of raw messages on the API v2 too.

An error of S3 or SES is raised, so that Lambda tries again. A message that SES would refuse would be refused each time:
it is logged, stays in the bucket, and nothing is raised.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import boto3

from sesmime import Interface, Refused, Severity, prepare_forward

logger = logging.getLogger(__name__)


class Settings(NamedTuple):
    """Where messages are stored, who sends them on, and to whom."""

    bucket: str
    prefix: str
    sender: str
    targets: Mapping[str, list[str]]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables; raises KeyError and ValueError for a function that is not set up."""
        targets = json.loads(environment["FORWARD_TO"])
        return cls(
            bucket=environment["FORWARD_BUCKET"],
            prefix=environment.get("FORWARD_PREFIX", ""),
            sender=environment["FORWARD_SENDER"],
            targets={address.lower(): list(addresses) for address, addresses in targets.items()},
        )

    def destination(self, recipients: list[str]) -> list[str]:
        """Return the addresses to forward to, each once: those of a recipient, else those of its domain."""
        found: dict[str, None] = {}
        for recipient in recipients:
            address = recipient.lower()
            domain = "@" + address.rpartition("@")[2]
            found.update(dict.fromkeys(self.targets.get(address, self.targets.get(domain, []))))
        return list(found)


@cache
def clients() -> tuple[Any, Any]:
    """Return the clients of S3 and SES, made once for all calls that Lambda gives to one process."""
    return boto3.client("s3"), boto3.client("sesv2")


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Forward the message of a receipt event; gives what became of it."""
    s3, ses = clients()
    received = event["Records"][0]["ses"]  # an event is about one message
    return forward(received["mail"]["messageId"], received["receipt"]["recipients"], Settings.read(os.environ), s3, ses)


def forward(message_id: str, recipients: list[str], settings: Settings, s3: Any, ses: Any) -> dict[str, Any]:
    """Forward one stored message to those that its recipients stand for; raises ClientError of S3 and SES."""
    destination = settings.destination(recipients)
    if not destination:
        logger.warning("message %s: nobody to forward it to", message_id)
        return {"message": message_id, "outcome": "unaddressed"}
    stored = s3.get_object(Bucket=settings.bucket, Key=settings.prefix + message_id)
    try:
        prepared = prepare_forward(
            stored["Body"].read(),
            sender=settings.sender,
            destination=destination,
            interface=Interface.V2_SEND_EMAIL_RAW,
        )
    except Refused as refused:
        errors = [finding for finding in refused.report if finding.severity >= Severity.ERROR]
        findings = [f"{finding.code} {finding.message}" for finding in errors]
        logger.error("message %s would be refused by SES, nothing is sent: %s", message_id, "; ".join(findings))
        return {"message": message_id, "outcome": "refused", "findings": findings}
    sent = ses.send_email(**prepared.to_request())
    logger.info("message %s forwarded as %s", message_id, sent["MessageId"])
    return {"message": message_id, "outcome": "forwarded", "as": sent["MessageId"], "to": destination}
