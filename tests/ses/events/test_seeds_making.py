"""What the five documents that the project began from say of events: each row and example about what is made.

The documents stand in `../shared/seeds`; where they are absent, what reads them is skipped. Test names quote them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag, Submission
from sesmime.events import Carrier, EventKind, carried, event_record, feedback_id, mail_object, simulated
from sesmime.ses.events.kinds import KINDS
from tests.conftest import shared
from tests.ses.events.submissions import MESSAGE, MESSAGE_ID, NOW, REQUESTS, SUBMISSIONS


def document(number: int) -> str:
    (file,) = shared("seeds").glob(f"{number:03d}_*.txt")
    return file.read_text(encoding="utf-8")


def mail_of(submission: Submission[Any], **options: Any) -> dict[str, Any]:
    return mail_object(submission, message_id=MESSAGE_ID, timestamp=NOW, **options)


def made(kind: str, submission: Submission[Any], **options: Any) -> dict[str, Any]:
    return event_record(kind, submission, message_id=MESSAGE_ID, timestamp=NOW, **options)


def own_tags(mail: dict[str, Any]) -> dict[str, list[str]]:
    return {name: values for name, values in mail["tags"].items() if not name.startswith("ses:")}


def example_message() -> bytes:
    """Return the raw email that two of the documents show."""
    text = document(1)
    start = text.index("X-SES-MESSAGE-TAGS: tagName1")
    stop = text.index("------=_boundary--") + len("------=_boundary--")
    return text[start:stop].replace("\n", "\r\n").encode() + b"\r\n"


# 000, 001: "Email Sending Interface | Ways to Publish Events"

PARAMETERS, FIELDS = "API parameters", "Amazon SES-specific email headers"
ROWS: Final = [
    ("SendEmail", "API parameters", Interface.SEND_EMAIL),
    ("SendTemplatedEmail", "API parameters", Interface.SEND_TEMPLATED_EMAIL),
    ("SendBulkTemplatedEmail", "API parameters", Interface.SEND_BULK_TEMPLATED_EMAIL),
    ("SendCustomVerificationEmail", "API parameters", Interface.SEND_CUSTOM_VERIFICATION_EMAIL),
    (
        "SendRawEmail",
        "API parameters, Amazon SES-specific email headers, or custom MIME headers",
        Interface.SEND_RAW_EMAIL,
    ),
    ("SMTP interface", "Amazon SES-specific email headers", Interface.SMTP),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "ways", "interface"), ROWS)
def test_the_rows_are_those_of_email_sending_interface_and_ways_to_publish_events(
    name: str, ways: str, interface: Interface
) -> None:
    assert f"\n{name}\n\n{ways}\n" in document(1)


@pytest.mark.parametrize("interface", [i for _, ways, i in ROWS if PARAMETERS in ways])
def test_api_parameters_give_the_configuration_set(interface: Interface) -> None:
    given = {**dict(REQUESTS[interface]), "ConfigurationSetName": "myConfigurationSet"}
    if interface is Interface.SEND_RAW_EMAIL:
        given["RawMessage"] = {"Data": b"From: sender@example.com\r\nTo: recipient@example.com\r\n\r\n"}
    mail = mail_of(Submission.from_request(given, interface))
    assert mail["tags"]["ses:configuration-set"] == ["myConfigurationSet"]


@pytest.mark.parametrize("interface", [i for _, ways, i in ROWS if PARAMETERS in ways and "Custom" not in i])
def test_api_parameters_give_the_message_tags(interface: Interface) -> None:
    name = "DefaultTags" if interface is Interface.SEND_BULK_TEMPLATED_EMAIL else "Tags"
    given = REQUESTS[interface] | {name: [{"Name": "tagName1", "Value": "tagValue1"}]}
    mail = mail_of(Submission.from_request(given, interface), entry=1)
    assert own_tags(mail) == {"tagName1": ["tagValue1"]}


@pytest.mark.parametrize("interface", [i for _, ways, i in ROWS if FIELDS in ways])
def test_amazon_ses_specific_email_headers_give_both(interface: Interface) -> None:
    mail = mail_of(SUBMISSIONS[interface])
    assert mail["tags"]["ses:configuration-set"] == ["ConfigSet"]
    assert own_tags(mail) == {"campaign": ["book"]}


@pytest.mark.parametrize("interface", [i for _, ways, i in ROWS if FIELDS not in ways])
def test_headers_give_nothing_where_there_are_only_api_parameters(interface: Interface) -> None:
    submission = Submission(MESSAGE, interface=interface)
    mail = mail_of(submission)
    assert own_tags(mail) == {}
    assert "ses:configuration-set" not in mail["tags"]


def test_custom_mime_headers_are_recorded_as_sent() -> None:
    message = b"X-Campaign: book\r\nx-Genre: sci-fi\r\nFrom: sender@example.com\r\n\r\n"
    mail = mail_of(Submission(message))
    assert {"name": "X-Campaign", "value": "book"} in mail["headers"]
    assert {"name": "x-Genre", "value": "sci-fi"} in mail["headers"]
    assert own_tags(mail) == {}  # own fields are dimensions, they are no message tags


def test_amazon_ses_uses_only_the_message_tags_provided_by_the_api_parameters() -> None:
    parameters = ApiParameters(message_tags=[MessageTag("tagName2", "other")])
    submission = Submission(b"X-SES-MESSAGE-TAGS: tagName1=tagValue1, tagName2=tagValue2\r\n\r\n", parameters)
    assert own_tags(mail_of(submission)) == {"tagName2": ["other"]}


@pytest.mark.shared
def test_amazon_ses_does_not_join_message_tags_specified_by_api_parameters_and_headers() -> None:
    assert "does not join message tags specified by API parameters and headers" in document(1)
    parameters = ApiParameters(message_tags=[MessageTag("tagName3", "tagValue3")])
    assert own_tags(mail_of(Submission(example_message(), parameters))) == {"tagName3": ["tagValue3"]}


# 000, 001: "The following example shows how the headers might look in a raw email"


@pytest.mark.shared
@pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])
def test_how_the_headers_might_look_in_a_raw_email_that_you_submit(interface: Interface) -> None:
    message = example_message()
    mail = mail_of(Submission(message, interface=interface))
    assert own_tags(mail) == {"tagName1": ["tagValue1"], "tagName2": ["tagValue2"]}
    assert mail["tags"]["ses:configuration-set"] == ["myConfigurationSet"]
    assert mail["tags"]["ses:from-domain"] == ["example.com"]
    assert mail["headers"] == [
        {"name": "X-SES-MESSAGE-TAGS", "value": "tagName1=tagValue1, tagName2=tagValue2"},
        {"name": "X-SES-CONFIGURATION-SET", "value": "myConfigurationSet"},
        {"name": "From", "value": "sender@example.com"},
        {"name": "To", "value": "recipient@example.com"},
        {"name": "Subject", "value": "Subject"},
        {"name": "Content-Type", "value": 'multipart/alternative; boundary="----=_boundary"'},
    ]
    assert mail["destination"] == ["recipient@example.com"]


@pytest.mark.parametrize("interface", Interface)
def test_tag_name_1_tag_value_1_and_tag_name_2_tag_value_2_as_parameters(interface: Interface) -> None:
    tags = [MessageTag("tagName1", "tagValue1"), MessageTag("tagName2", "tagValue2")]
    submission = Submission(b"From: sender@example.com\r\n\r\n", ApiParameters(message_tags=tags), interface)
    has_tags = "message_tags" in interface.row.parameters
    expected = {"tagName1": ["tagValue1"], "tagName2": ["tagValue2"]} if has_tags else {}
    assert own_tags(mail_of(submission)) == expected


def test_header_names_and_values_must_be_in_ascii_and_the_call_still_succeeds() -> None:
    message = "X-Märchen: Grüße\r\nX-Campaign: Grüße\r\nFrom: sender@example.com\r\n\r\n".encode()
    record = made("Send", Submission(message))
    assert record["mail"]["headers"][:2] == [
        {"name": "X-Märchen", "value": "Grüße"},
        {"name": "X-Campaign", "value": "Grüße"},
    ]
    assert json.loads(json.dumps(record)) == record


def test_message_tags_can_include_digits_letters_hyphens_and_underscores() -> None:
    message = b"X-SES-MESSAGE-TAGS: 09-_azAZ=09-_azAZ\r\n\r\n"
    assert own_tags(mail_of(Submission(message))) == {"09-_azAZ": ["09-_azAZ"]}


# 002: SendEmail and SendRawEmail of 2016 with Tags and ConfigurationSetName


@pytest.mark.shared
@pytest.mark.parametrize("interface", [Interface.SEND_EMAIL, Interface.SEND_RAW_EMAIL])
def test_a_list_of_tags_to_apply_to_an_email_that_you_send(interface: Interface) -> None:
    text = document(2)
    assert "to apply to an email that you send using" in text
    assert re.search(r"Tags=\[\s*\{\s*'Name': 'string',\s*'Value': 'string'", text)
    tags = [{"Name": "string", "Value": "string"}]
    given = REQUESTS[interface] | {"Tags": tags, "ConfigurationSetName": "string"}
    mail = mail_of(Submission.from_request(given, interface))
    assert own_tags(mail) == {"string": ["string"]}
    assert mail["tags"]["ses:configuration-set"] == ["string"]


@pytest.mark.shared
def test_events_go_to_amazon_kinesis_firehose() -> None:
    assert "Amazon Kinesis Firehose" in document(2)
    for name in ("send", "reject", "bounce", "complaint", "delivery"):
        (kind,) = (kind for kind, row in KINDS.items() if row.v1 == name)
        line = carried(made(kind, SUBMISSIONS[Interface.SEND_RAW_EMAIL]), Carrier.FIREHOSE)
        assert json.loads(line)["eventType"] == kind.value


# 003: SendEmail of the API v2


@pytest.mark.shared
@pytest.mark.parametrize(
    "interface", [Interface.V2_SEND_EMAIL_RAW, Interface.V2_SEND_EMAIL_SIMPLE, Interface.V2_SEND_EMAIL_TEMPLATE]
)
def test_email_tags_apply_to_an_email_that_you_send_using_the_send_email_operation(interface: Interface) -> None:
    assert "____EmailTags" in document(3)
    given = REQUESTS[interface] | {"EmailTags": [{"Name": "tagName1", "Value": "tagValue1"}]}
    assert own_tags(mail_of(Submission.from_request(given, interface))) == {"tagName1": ["tagValue1"]}


@pytest.mark.shared
def test_a_message_with_a_virus_is_accepted_without_sending_it() -> None:
    assert "an attachment that contains a virus" in " ".join(document(3).split())
    virus = "".join(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!", "$H+H*"]).encode()
    submission = Submission(b"From: a@b.example\r\n\r\n" + virus)
    assert simulated(submission) == (EventKind.REJECT,)
    assert made("Reject", submission)["reject"] == {"reason": "Bad content"}


@pytest.mark.shared
def test_a_templated_email_with_invalid_personalization_content_is_a_rendering_failure() -> None:
    assert "that contains invalid personalization content" in " ".join(document(3).split())
    record = made("Rendering Failure", SUBMISSIONS[Interface.V2_SEND_EMAIL_TEMPLATE])
    assert record["failure"] == {
        "errorMessage": "Attribute 'attributeName' is not present in the rendering data.",
        "templateName": "MyTemplate",
    }


def test_list_management_options_name_the_list_of_a_subscription() -> None:
    given = REQUESTS[Interface.V2_SEND_EMAIL_SIMPLE] | {
        "ListManagementOptions": {"ContactListName": "News", "TopicName": "Offers"}
    }
    record = made("Subscription", Submission.from_request(given, Interface.V2_SEND_EMAIL_SIMPLE))
    assert record["subscription"]["contactList"] == "News"


# 004: "Amazon SES Auto-Tags"

AUTO_TAGS: Final = [
    ("ses:caller-identity", "The IAM identity of the Amazon SES user who sent the email.", ["ses_user"]),
    ("ses:configuration-set", "The name of the Configuration Set associated with the email.", ["ConfigSet"]),
    ("ses:from-domain", 'The domain of the "From" address.', ["example.com"]),
    ("ses:outgoing-ip", "The IP address that Amazon SES used to send the email.", ["192.0.2.1"]),
    ("ses:source-ip", "The IP address that the caller used to send the email.", ["192.0.2.0"]),
    ("ses:source-tls-version", "The TLS protocol version the caller used to send the email.", ["TLSv1.3"]),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "description", "expected"), AUTO_TAGS)
def test_auto_tags_are_automatically_applied_to_messages(name: str, description: str, expected: list[str]) -> None:
    assert f"{name} {description}" in document(4)
    for interface in Interface:
        assert mail_of(SUBMISSIONS[interface], kind=EventKind.DELIVERY)["tags"].get(name) == (
            expected if name != "ses:from-domain" or "Custom" not in interface else None
        )


@pytest.mark.shared
def test_there_are_no_other_auto_tags_in_the_table() -> None:
    told = set(re.findall(r"^(ses:[a-z-]+) The ", document(4), re.MULTILINE))
    assert told == {name for name, _, _ in AUTO_TAGS}


# 004: "Fine-grained feedback for email campaigns"


def example_request() -> dict[str, Any]:
    match = re.search(r'\{ "FromEmailAddress".*\}', document(4))
    assert match is not None
    request: dict[str, Any] = json.loads(match[0])
    return request


@pytest.mark.shared
def test_you_can_use_ses_feedback_id_a_or_b_by_specifying_it_as_a_message_tag_in_email_tags() -> None:
    submission = Submission.from_request(example_request(), Interface.V2_SEND_EMAIL_SIMPLE)
    mail = mail_of(submission)
    assert mail["tags"]["ses:feedback-id-a"] == ["new-members-campaign"]
    assert mail["tags"]["ses:feedback-id-b"] == ["football-campaign"]
    assert mail["tags"]["ses:configuration-set"] == ["football-club"]
    assert mail["destination"] == ["customer@example.net"]
    assert mail["source"] == "noreply@example.com"
    assert mail["commonHeaders"]["subject"] == "Hello and welcome"
    expected = "new-members-campaign:football-campaign:<internal>:AmazonSES"
    assert feedback_id(mail["tags"]) == feedback_id(submission.parameters.message_tags or ()) == expected


def test_if_sending_in_raw_format_you_would_add_it_to_x_ses_message_tags() -> None:
    body = b"ses:feedback-id-a=new-members-campaign, ses:feedback-id-b=football-campaign"
    mail = mail_of(Submission(b"X-SES-MESSAGE-TAGS: " + body + b"\r\nFrom: noreply@example.com\r\n\r\n"))
    assert feedback_id(mail["tags"]) == "new-members-campaign:football-campaign:<internal>:AmazonSES"


@pytest.mark.shared
def test_feed_back_id_is_a_then_b_then_the_internal_id_then_amazon_ses() -> None:
    assert "FeedBackId:feedback-id-a:feedback-id-b:((SESInternalID):(AmazonSES))" in document(4)
    tags = [("ses:feedback-id-a", "feedback-id-a"), ("ses:feedback-id-b", "feedback-id-b")]
    made_ = feedback_id(tags, internal="(SESInternalID)")
    assert made_ == "feedback-id-a:feedback-id-b:(SESInternalID):AmazonSES"


# 004: "Event publishing terminology"

TERMS: Final = [
    ("Send", EventKind.SEND),
    ("RenderingFailure", EventKind.RENDERING_FAILURE),
    ("Reject", EventKind.REJECT),
    ("Delivery", EventKind.DELIVERY),
    ("Bounce", EventKind.BOUNCE),
    ("Complaint", EventKind.COMPLAINT),
    ("DeliveryDelay", EventKind.DELIVERY_DELAY),
    ("Subscription", EventKind.SUBSCRIPTION),
    ("Open", EventKind.OPEN),
    ("Click", EventKind.CLICK),
]


@pytest.mark.shared
@pytest.mark.parametrize(("term", "kind"), TERMS)
def test_each_email_sending_event_is_made(term: str, kind: EventKind) -> None:
    assert re.search(rf"• {term} – ", document(4))
    record = made(kind, SUBMISSIONS[Interface.SEND_RAW_EMAIL])
    assert record["eventType"] == kind.value


@pytest.mark.shared
def test_there_is_no_other_email_sending_event() -> None:
    told = set(re.findall(r"• (\w+) – ", document(4)))
    assert told == {term for term, _ in TERMS}
    assert {kind for _, kind in TERMS} == set(KINDS)


@pytest.mark.parametrize("tag", ["genre=sci-fi", "genre=western", "campaign=book", "campaign=clothing"])
def test_examples_of_a_message_tag(tag: str) -> None:
    name, _, value = tag.partition("=")
    by_field = Submission(f"X-SES-MESSAGE-TAGS: {tag}\r\n\r\n".encode())
    by_parameter = Submission(b"", ApiParameters(message_tags=[MessageTag(name, value)]))
    assert own_tags(mail_of(by_field)) == own_tags(mail_of(by_parameter)) == {name: [value]}


def test_the_recipients_mail_server_permanently_rejected_the_email() -> None:
    parameters = ApiParameters(destination=Destination(["bounce@simulator.amazonses.com"]))
    submission = Submission(MESSAGE, parameters)
    assert simulated(submission)[-1] is EventKind.BOUNCE
    assert made("Bounce", submission)["bounce"]["bounceType"] == "Permanent"
