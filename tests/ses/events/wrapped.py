"""Records in each carrier, by AWS's own shapes: as a program is handed them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sesmime.events import Carrier

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"
SNS_ID = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
SQS_ID = "059f36b4-87a3-44ab-83d2-661975830a7d"
RECEIPT = "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a"
BRIDGE_ID = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"

Wrap = Callable[[Any], Any]


def text_of(record: object) -> str:
    """Return a record as SES publishes it: JSON and a line end; text stays text."""
    return record if isinstance(record, str) else json.dumps(record) + "\n"


def sns(record: object, *, lambda_spelling: bool = False) -> dict[str, Any]:
    """Return SNS's envelope (http-notification-json); Lambda spells the two addresses in another way."""
    return {
        "Type": "Notification",
        "MessageId": SNS_ID,
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": text_of(record),
        "Timestamp": "2026-11-28T09:00:06.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLEw6JRN==",
        "SigningCertUrl" if lambda_spelling else "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem",
        "UnsubscribeUrl" if lambda_spelling else "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=x",
    }


def sqs(body: str) -> dict[str, Any]:
    """Return the answer of ReceiveMessage with one message."""
    message = {"MessageId": SQS_ID, "ReceiptHandle": RECEIPT, "MD5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3"}
    return {"Messages": [message | {"Body": body}], "ResponseMetadata": {"HTTPStatusCode": 200}}


def sqs_lambda(body: str) -> dict[str, Any]:
    """Return what a Lambda function is handed by SQS."""
    return {
        "Records": [
            {
                "messageId": SQS_ID,
                "receiptHandle": RECEIPT,
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:ses",
                "awsRegion": "eu-west-1",
            }
        ]
    }


def sns_lambda(record: object) -> dict[str, Any]:
    """Return what a Lambda function is handed by SNS."""
    one = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": f"{TOPIC}:x"}
    return {"Records": [one | {"Sns": sns(record, lambda_spelling=True)}]}


def eventbridge(record: Mapping[str, Any], *, detail_type: str = "Email Sent") -> dict[str, Any]:
    """Return EventBridge's event."""
    return {
        "version": "0",
        "id": BRIDGE_ID,
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-11-28T09:00:06Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:ses:eu-west-1:123456789012:identity/sender.example"],
        "detail": record,
    }


def firehose_lambda(record: object) -> dict[str, Any]:
    """Return what a transforming Lambda function is handed by Firehose."""
    data = base64.b64encode(text_of(record).encode()).decode("ascii")
    return {
        "invocationId": "inv",
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/ses",
        "region": "eu-west-1",
        "records": [{"recordId": "49546986683135544286507457936321625675700192471156785154", "data": data}],
    }


def kinesis_lambda(record: object) -> dict[str, Any]:
    """Return what a Lambda function is handed by Kinesis."""
    data = base64.b64encode(text_of(record).encode()).decode("ascii")
    return {"Records": [{"kinesis": {"partitionKey": "1", "data": data}, "eventSource": "aws:kinesis"}]}


def http_lambda(record: object, *, encoded: bool) -> dict[str, Any]:
    """Return an HTTP request of SNS as API Gateway hands it to Lambda."""
    body = json.dumps(sns(record))
    if encoded:
        body = base64.b64encode(body.encode()).decode("ascii")
    return {"headers": {"x-amz-sns-topic-arn": TOPIC}, "body": body, "isBase64Encoded": encoded}


# Each carrier of one record, and the carrier that is told.
CARRIERS: Final[dict[str, tuple[Carrier, Wrap]]] = {
    "record, Mapping": (Carrier.RECORD, lambda one: one),
    "record, str": (Carrier.RECORD, text_of),
    "record, bytes": (Carrier.RECORD, lambda one: text_of(one).encode()),
    "record, bytearray": (Carrier.RECORD, lambda one: bytearray(text_of(one).encode())),
    "record, memoryview": (Carrier.RECORD, lambda one: memoryview(text_of(one).encode())),
    "record, byte order mark": (Carrier.RECORD, lambda one: b"\xef\xbb\xbf" + text_of(one).encode()),
    "record, many lines": (Carrier.RECORD, lambda one: json.dumps(one, indent=2)),
    "record, in a list": (Carrier.RECORD, lambda one: [one]),
    "record, in a list of text": (Carrier.RECORD, lambda one: json.dumps([one])),
    "record, encoded twice": (Carrier.RECORD, lambda one: json.dumps(text_of(one))),
    "SNS by HTTP": (Carrier.SNS, lambda one: json.dumps(sns(one)).encode()),
    "SNS, str": (Carrier.SNS, lambda one: json.dumps(sns(one))),
    "SNS, Mapping": (Carrier.SNS, sns),
    "SNS by API Gateway": (Carrier.SNS, lambda one: http_lambda(one, encoded=False)),
    "SNS by API Gateway, base64": (Carrier.SNS, lambda one: http_lambda(one, encoded=True)),
    "SNS in Lambda": (Carrier.SNS_LAMBDA, sns_lambda),
    "SNS in Lambda, one record": (Carrier.SNS_LAMBDA, lambda one: sns_lambda(one)["Records"][0]),
    "SNS in SQS": (Carrier.SQS, lambda one: sqs(json.dumps(sns(one)))),
    "SNS in SQS, one message": (Carrier.SQS, lambda one: sqs(json.dumps(sns(one)))["Messages"][0]),
    "SNS in SQS, a list of messages": (Carrier.SQS, lambda one: sqs(json.dumps(sns(one)))["Messages"]),
    "SNS in SQS, raw delivery": (Carrier.SQS, lambda one: sqs(text_of(one))),
    "SNS in SQS in Lambda": (Carrier.SQS_LAMBDA, lambda one: sqs_lambda(json.dumps(sns(one)))),
    "SNS in SQS in Lambda, text": (Carrier.SQS_LAMBDA, lambda one: json.dumps(sqs_lambda(json.dumps(sns(one))))),
    "SNS in SQS in Lambda, one record": (
        Carrier.SQS_LAMBDA,
        lambda one: sqs_lambda(json.dumps(sns(one)))["Records"][0],
    ),
    "SNS in SQS in Lambda, raw delivery": (Carrier.SQS_LAMBDA, lambda one: sqs_lambda(text_of(one))),
    "EventBridge": (Carrier.EVENTBRIDGE, eventbridge),
    "EventBridge, text": (Carrier.EVENTBRIDGE, lambda one: json.dumps(eventbridge(one))),
    "EventBridge in SQS in Lambda": (Carrier.SQS_LAMBDA, lambda one: sqs_lambda(json.dumps(eventbridge(one)))),
    "EventBridge in SNS": (Carrier.SNS, lambda one: sns(eventbridge(one))),
    "EventBridge in SNS in SQS": (Carrier.SQS, lambda one: sqs(json.dumps(sns(eventbridge(one))))),
    "EventBridge in Firehose": (Carrier.FIREHOSE, lambda one: firehose_lambda(eventbridge(one))),
    "Firehose in Lambda": (Carrier.FIREHOSE, firehose_lambda),
    "Firehose, put": (Carrier.FIREHOSE, lambda one: {"Records": [{"Data": text_of(one).encode()}]}),
    "Kinesis in Lambda": (Carrier.FIREHOSE, kinesis_lambda),
    "SNS in Firehose": (Carrier.FIREHOSE, lambda one: firehose_lambda(sns(one))),
}
