"""A record of each kind with every key that AWS names, in both formats."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

MESSAGE_ID = "0100018c4ff2a9d1-5e1f7a55-9a1d-4c0e-8a2b-2f6a3c9d7e10-000000"
FEEDBACK_ID = "0100018c4ff2b0aa-1c2d3e4f-0a1b-4c2d-9e8f-7a6b5c4d3e2f-000000"
WHEN = "2026-11-28T09:00:05.250Z"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

MAIL: Record = {
    "timestamp": "2026-11-28T09:00:00.125Z",
    "messageId": MESSAGE_ID,
    "source": "Shop <shop@sender.example>",
    "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/sender.example",
    "sendingAccountId": "123456789012",
    "destination": ["ann@a.example", "bob@b.example"],
    "headersTruncated": False,
    "headers": [
        {"name": "From", "value": "Shop <shop@sender.example>"},
        {"name": "Message-ID", "value": "<one@sender.example>"},
        {"name": "X-Order", "value": "17"},
    ],
    "commonHeaders": {
        "from": ["Shop <shop@sender.example>"],
        "to": ["ann@a.example"],
        "cc": ["bob@b.example"],
        "bcc": ["carol@c.example"],
        "replyTo": ["help@sender.example"],
        "sender": "desk@sender.example",
        "returnPath": "bounces@sender.example",
        "date": "Sat, 28 Nov 2026 09:00:00 +0000",
        "subject": "Your order",
        "messageId": MESSAGE_ID,
    },
    "tags": {
        "ses:configuration-set": ["shop"],
        "ses:source-ip": ["192.0.2.7"],
        "ses:from-domain": ["sender.example"],
        "ses:caller-identity": ["mailer"],
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:outgoing-tls-version": ["TLSv1.3"],
        "ses:outgoing-ip": ["192.0.2.8"],
        "ses:operation": ["SendRawEmail"],
        "ses:tenant-name": ["north"],
        "ses:recipient-isp": ["UNKNOWN_ISP"],
        "ses:sender-identity": ["sender.example"],
        "ses:multi-region-endpoint-id": ["abcdef12.g3h"],
        "ses:feedback-id-a": ["spring"],
        "ses:feedback-id-b": ["north"],
        "campaign": ["spring", "sale"],
    },
}

BLOCKS: dict[str, tuple[str, Record]] = {
    "Bounce": (
        "bounce",
        {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": "ann@a.example",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 no such user",
                },
                {"emailAddress": "<Bob@b.example>"},
            ],
            "timestamp": WHEN,
            "feedbackId": FEEDBACK_ID,
            "reportingMTA": "dsn; a1.smtp-out.example",
            "remoteMtaIp": "198.51.100.4",
        },
    ),
    "Complaint": (
        "complaint",
        {
            "complainedRecipients": [{"emailAddress": "ann@a.example"}],
            "timestamp": WHEN,
            "feedbackId": FEEDBACK_ID,
            "complaintSubType": None,
            "userAgent": "ExampleFeedback/1.0",
            "complaintFeedbackType": "abuse",
            "arrivalDate": "2026-11-28T08:00:00.000-05:00",
        },
    ),
    "Delivery": (
        "delivery",
        {
            "timestamp": WHEN,
            "processingTimeMillis": 5125,
            "recipients": ["ann@a.example"],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "a1.smtp-out.example",
            "remoteMtaIp": "198.51.100.4",
        },
    ),
    "Send": ("send", {}),
    "Reject": ("reject", {"reason": "Bad content"}),
    "Open": (
        "open",
        {"ipAddress": "198.51.100.9", "timestamp": WHEN, "userAgent": BROWSER, "isBotEvent": "Unlikely"},
    ),
    "Click": (
        "click",
        {
            "ipAddress": "198.51.100.9",
            "timestamp": WHEN,
            "userAgent": BROWSER,
            "isBotEvent": "Likely",
            "link": "https://sender.example/sale?x=1",
            "linkTags": {"place": ["top"], "colour": ["red", "blue"]},
        },
    ),
    "Rendering Failure": (
        "failure",
        {
            "templateName": "welcome",
            "errorMessage": "Attribute 'name' is not present in the rendering data.",
        },
    ),
    "DeliveryDelay": (
        "deliveryDelay",
        {
            "delayType": "MailboxFull",
            "delayedRecipients": [
                {"emailAddress": "bob@b.example", "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 full"}
            ],
            "expirationTime": "2026-11-28T23:00:00.000Z",
            "reportingMTA": "203.0.113.5",
            "timestamp": WHEN,
        },
    ),
    "Subscription": (
        "subscription",
        {
            "contactList": "readers",
            "timestamp": WHEN,
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {
                "unsubscribeAll": True,
                "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptOut"}],
                "topicDefaultSubscriptionStatus": [{"topicName": "tips", "subscriptionStatus": "OptIn"}],
            },
            "oldTopicPreferences": {
                "unsubscribeAll": False,
                "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptIn"}],
            },
        },
    ),
}

# What comes on the same way and is none of the ten kinds.
OTHERS: tuple[Record, ...] = (
    {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"},
    {"notificationType": "Received", "mail": MAIL, "receipt": {"recipients": ["in@sender.example"]}, "content": "x"},
    {"mail": {"messageId": "AMAZON_SES_SETUP_NOTIFICATION"}},
    {"Type": "SubscriptionConfirmation", "Message": "x", "Token": "1", "TopicArn": "a", "SubscribeURL": "https://x"},
    {"detail-type": "Sending Status Disabled", "source": "aws.ses", "id": "1", "detail": {"version": "1.0.0"}},
    {"eventSource": "aws:ses", "ses": {"mail": MAIL, "receipt": {}}},
)


def record(kind: str, *, mail: Record | None = None, **changes: object) -> Record:
    """Return an event-publishing record of a kind; the changes are of its block, `...` takes a key away."""
    name, block = BLOCKS[kind]
    return {"eventType": kind, "mail": changed(MAIL, mail or {}), name: changed(block, changes)}


def notification(kind: str, *, mail: Record | None = None, **changes: object) -> Record:
    """Return a feedback notification of an identity: another first key, no tags, and facts that events have as tags."""
    name, block = BLOCKS[kind]
    own = {
        "tags": ...,
        "sourceIp": "192.0.2.7",
        "callerIdentity": "mailer",
        "commonHeaders": {
            "from": ["Shop <shop@sender.example>"],
            "to": ['"Ng, Ann" <ann@a.example>, bob@b.example'],
            "messageId": "<one@sender.example>",
        },
    }
    return {"notificationType": kind, name: changed(block, changes), "mail": changed(MAIL, own | (mail or {}))}


def changed(found: Record, changes: Record) -> Record:
    """Return a record with changed keys, without those that are changed to `...`."""
    return {key: value for key, value in (found | changes).items() if value is not ...}
