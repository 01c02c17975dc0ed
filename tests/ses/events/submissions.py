"""One submission of each interface, with the same sender, recipient and tags."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sesmime import Interface, Submission

NOW: Final = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)
MESSAGE_ID: Final = "0100019abcdef012-01234567-89ab-cdef-0123-456789abcdef-000000"
TAGS: Final = [{"Name": "campaign", "Value": "book"}]
TO: Final = {"ToAddresses": ["Recipient <recipient@example.com>"]}
SIMPLE: Final = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": "<p>Hi</p>"}}}
TEMPLATE: Final = {"TemplateName": "MyTemplate", "TemplateData": "{}"}
MESSAGE: Final = (
    b"X-SES-MESSAGE-TAGS: campaign=book\r\nX-SES-CONFIGURATION-SET: ConfigSet\r\n"
    b"From: Sender Name <sender@example.com>\r\nTo: Recipient <recipient@example.com>\r\nSubject: Hello\r\n"
    b"Message-ID: <own@example.com>\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n\tboundary="----=_boundary"\r\n\r\nHi\r\n'
)
V1: Final[dict[str, Any]] = {"Source": "Sender Name <sender@example.com>", "ConfigurationSetName": "ConfigSet"}
V2: Final[dict[str, Any]] = {"FromEmailAddress": V1["Source"], "ConfigurationSetName": "ConfigSet"}

REQUESTS: Final[dict[Interface, dict[str, Any]]] = {
    Interface.SEND_RAW_EMAIL: {"RawMessage": {"Data": MESSAGE}},
    Interface.V2_SEND_EMAIL_RAW: {"Content": {"Raw": {"Data": MESSAGE}}},
    Interface.SEND_EMAIL: V1 | {"Destination": TO, "Message": SIMPLE, "Tags": TAGS},
    Interface.SEND_TEMPLATED_EMAIL: V1
    | {"Destination": TO, "Template": "MyTemplate", "TemplateData": "{}", "Tags": TAGS},
    Interface.SEND_BULK_TEMPLATED_EMAIL: V1
    | {
        "Template": "MyTemplate",
        "DefaultTemplateData": "{}",
        "DefaultTags": [{"Name": "campaign", "Value": "default"}, {"Name": "genre", "Value": "western"}],
        "Destinations": [
            {"Destination": TO, "ReplacementTags": TAGS},
            {"Destination": {"CcAddresses": ["b@c.example"]}},
        ],
    },
    Interface.SEND_CUSTOM_VERIFICATION_EMAIL: {
        "EmailAddress": "recipient@example.com",
        "TemplateName": "MyTemplate",
        "ConfigurationSetName": "ConfigSet",
    },
    Interface.V2_SEND_EMAIL_SIMPLE: V2 | {"Destination": TO, "Content": {"Simple": SIMPLE}, "EmailTags": TAGS},
    Interface.V2_SEND_EMAIL_TEMPLATE: V2 | {"Destination": TO, "Content": {"Template": TEMPLATE}, "EmailTags": TAGS},
    Interface.V2_SEND_BULK_EMAIL: V2
    | {
        "DefaultContent": {"Template": TEMPLATE},
        "DefaultEmailTags": [{"Name": "campaign", "Value": "default"}, {"Name": "genre", "Value": "western"}],
        "BulkEmailEntries": [
            {"Destination": TO, "ReplacementTags": TAGS},
            {"Destination": {"CcAddresses": ["b@c.example"]}},
        ],
    },
    Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: {
        "EmailAddress": "recipient@example.com",
        "TemplateName": "MyTemplate",
        "ConfigurationSetName": "ConfigSet",
    },
}
SUBMISSIONS: Final[dict[Interface, Submission[Any]]] = {
    Interface.SMTP: Submission(MESSAGE, interface=Interface.SMTP),
    **{interface: Submission.from_request(request, interface) for interface, request in REQUESTS.items()},
}
RAW: Final = SUBMISSIONS[Interface.SEND_RAW_EMAIL]
