"""The `mail` object: who, which fields, which tags; as the service's records have it."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag, Submission
from sesmime.errors import InvalidSetting
from sesmime.events import EventFormat, EventKind, mail_object
from tests.ses.events.submissions import MESSAGE_ID, NOW, REQUESTS, SUBMISSIONS


def mail_of(submission: Submission[Any], **options: Any) -> dict[str, Any]:
    return mail_object(submission, message_id=MESSAGE_ID, timestamp=NOW, **options)


def names(mail: dict[str, Any]) -> list[str]:
    return [field["name"] for field in mail["headers"]]


RECORDED_OPERATIONS = {
    Interface.SMTP: "SendRawEmail",
    Interface.SEND_RAW_EMAIL: "SendRawEmail",
    Interface.SEND_EMAIL: "SendEmail",
    Interface.SEND_TEMPLATED_EMAIL: "SendTemplatedEmail",
    Interface.SEND_BULK_TEMPLATED_EMAIL: "SendBulkTemplatedEmail",
    Interface.SEND_CUSTOM_VERIFICATION_EMAIL: "SendCustomVerificationEmail",
    Interface.V2_SEND_EMAIL_RAW: "SendEmail",
    Interface.V2_SEND_EMAIL_SIMPLE: "SendEmail",
    Interface.V2_SEND_EMAIL_TEMPLATE: "SendEmail",
    Interface.V2_SEND_BULK_EMAIL: "SendBulkEmail",
    Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: "SendCustomVerificationEmail",
}


@pytest.mark.parametrize("interface", Interface)
def test_the_operation_is_a_tag(interface: Interface) -> None:
    tags = mail_of(SUBMISSIONS[interface])["tags"]
    assert tags["ses:operation"] == [RECORDED_OPERATIONS[interface]]


def test_simple_content_has_the_fields_that_were_recorded() -> None:
    mail = mail_of(SUBMISSIONS[Interface.SEND_EMAIL])
    assert names(mail) == ["From", "To", "Subject", "MIME-Version", "Content-Type"]
    assert mail["headers"][-1]["value"].startswith('multipart/alternative;  boundary="----=_Part_')
    assert mail["commonHeaders"] == {
        "from": ["Sender Name <sender@example.com>"],
        "to": ["Recipient <recipient@example.com>"],
        "messageId": MESSAGE_ID,
        "subject": "Hello",
    }


def test_simple_content_of_one_text_tells_its_type_and_encoding() -> None:
    request = REQUESTS[Interface.V2_SEND_EMAIL_SIMPLE] | {
        "Content": {
            "Simple": {
                "Subject": {"Data": "Grüße"},
                "Body": {"Html": {"Data": "<p>Grüße</p>"}},
                "Headers": [{"Name": "X-Own", "Value": "1"}],
            }
        }
    }
    mail = mail_of(Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE))
    told = {field["name"]: field["value"] for field in mail["headers"]}
    assert told["Content-Type"] == "text/html; charset=UTF-8"
    assert told["Content-Transfer-Encoding"] == "quoted-printable"
    assert told["Subject"] == "=?utf-8?b?R3LDvMOfZQ==?="
    assert told["X-Own"] == "1"
    assert mail["commonHeaders"]["subject"] == "Grüße"


def test_a_templates_send_lacks_what_is_not_rendered_yet() -> None:
    mail = mail_of(SUBMISSIONS[Interface.SEND_TEMPLATED_EMAIL])
    assert names(mail) == ["From", "To", "MIME-Version"]
    assert "sourceArn" not in mail
    rendered = b"Date: Fri, 25 Aug 2023 22:00:03 +0000\r\nFrom: a@b.example\r\nSubject: Filled in\r\n\r\n"
    delivered = mail_of(SUBMISSIONS[Interface.SEND_TEMPLATED_EMAIL], kind=EventKind.DELIVERY, rendered=rendered)
    assert names(delivered) == ["Date", "From", "Subject"]
    assert delivered["commonHeaders"]["subject"] == "Filled in"
    assert delivered["commonHeaders"]["date"] == "Fri, 25 Aug 2023 22:00:03 +0000"
    assert "sourceArn" in delivered
    sent = mail_of(SUBMISSIONS[Interface.SEND_TEMPLATED_EMAIL], rendered=rendered)
    assert names(sent) == ["From", "To", "MIME-Version"]


def test_an_empty_raw_message_is_as_recorded() -> None:
    parameters = ApiParameters(
        source="sender@example.com",
        destination=Destination(["recipient@example.com"]),
        configuration_set="ConfigSet",
        message_tags=[MessageTag("custom-tag", "tag-value")],
    )
    mail = mail_of(Submission(b"", parameters))
    assert mail["headers"] == []
    assert mail["commonHeaders"] == {"messageId": MESSAGE_ID}
    assert mail["source"] == "sender@example.com"
    assert mail["sourceArn"] == "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com"
    assert mail["destination"] == ["recipient@example.com"]
    assert "ses:from-domain" not in mail["tags"]
    assert mail["tags"]["custom-tag"] == ["tag-value"]


def test_fields_of_a_raw_message_are_as_sent() -> None:
    message = (
        b"X-SES-MESSAGE-TAGS: a=1,\r\n b=2\r\nx-ODD:  two \r\nFrom: =?utf-8?q?Zo=C3=AB?= <z@a.example>\r\n"
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <own@a.example>\r\nX-ODD: again\r\n"
        b'Content-Type: multipart/mixed; \r\n\tboundary="x"\r\nnot a field\r\n\r\n'
    )
    mail = mail_of(Submission(message))
    assert mail["headers"] == [
        {"name": "X-SES-MESSAGE-TAGS", "value": "a=1, b=2"},
        {"name": "x-ODD", "value": "two"},
        {"name": "From", "value": "=?utf-8?q?Zo=C3=AB?= <z@a.example>"},
        {"name": "Subject", "value": "=?utf-8?q?Gr=C3=BC=C3=9Fe?="},
        {"name": "Message-ID", "value": "<own@a.example>"},
        {"name": "X-ODD", "value": "again"},
        {"name": "Content-Type", "value": 'multipart/mixed;  boundary="x"'},
    ]
    assert mail["commonHeaders"]["subject"] == "Grüße"
    assert mail["commonHeaders"]["from"] == ["Zoë <z@a.example>"]


def test_the_message_id_is_that_of_ses_in_events_and_the_senders_in_notifications() -> None:
    submission = SUBMISSIONS[Interface.SEND_RAW_EMAIL]
    assert mail_of(submission)["commonHeaders"]["messageId"] == MESSAGE_ID
    told = mail_of(submission, kind=EventKind.BOUNCE, format=EventFormat.FEEDBACK_NOTIFICATION)
    assert told["commonHeaders"]["messageId"] == "<own@example.com>"
    assert told["messageId"] == MESSAGE_ID


def test_notifications_have_all_addresses_of_a_field_in_one_string() -> None:
    message = (
        b'From: a@x.example\r\nTo: "A, \\"B\\"" <a@y.example>,\r\n =?utf-8?q?=C3=9F?= <b@y.example>\r\n'
        b"Cc: c@y.example, d@y.example\r\n\r\n"
    )
    event = mail_of(Submission(message))["commonHeaders"]
    assert event["to"] == ['"A, \\"B\\"" <a@y.example>', "ß <b@y.example>"]
    assert event["cc"] == ["c@y.example", "d@y.example"]
    told = mail_of(Submission(message), format=EventFormat.FEEDBACK_NOTIFICATION)["commonHeaders"]
    assert told["to"] == ['"A, \\"B\\"" <a@y.example>, ß <b@y.example>']
    assert told["cc"] == ["c@y.example, d@y.example"]


@pytest.mark.parametrize(
    ("octets", "event", "notification"), [(10239, False, False), (10240, False, True), (10241, True, True)]
)
def test_fields_are_cut_past_ten_kilobytes(octets: int, event: bool, notification: bool) -> None:
    start = b"From: a@b.example\r\nX-Long: "
    message = start + b"x" * (octets - len(start) - 2) + b"\r\n\r\n"
    assert len(message) - 2 == octets
    mail = mail_of(Submission(message))
    assert mail["headersTruncated"] is event
    assert names(mail) == (["From"] if event else ["From", "X-Long"])
    told = mail_of(Submission(message), format=EventFormat.FEEDBACK_NOTIFICATION)
    assert told["headersTruncated"] is notification


def test_what_is_cut_begins_with_the_first_field_that_does_not_fit() -> None:
    message = b"".join(b"X-%03d: %s\r\n" % (number, b"x" * 100) for number in range(200)) + b"\r\n"
    mail = mail_of(Submission(message))
    assert mail["headersTruncated"] is True
    kept = sum(len(field["name"]) + len(field["value"]) + 4 for field in mail["headers"])
    assert 10240 - 110 < kept <= 10240
    assert names(mail) == [f"X-{number:03d}" for number in range(len(mail["headers"]))]


def test_what_left_has_the_outgoing_tags() -> None:
    handed_over = {"Delivery", "Bounce", "Complaint", "Open", "Click", "Subscription"}
    for kind in (kind for kind in EventKind if kind.row is not None):
        tags = mail_of(SUBMISSIONS[Interface.SEND_RAW_EMAIL], kind=kind)["tags"]
        told = {"ses:outgoing-ip", "ses:outgoing-tls-version"} & set(tags)
        assert len(told) == (2 if kind.value in handed_over else 0), kind


def test_tenant_and_endpoint_are_tags() -> None:
    parameters = ApiParameters(tenant="acme", endpoint_id="abc.def")
    mail = mail_of(Submission(b"From: a@b.example\r\n\r\n", parameters, Interface.V2_SEND_EMAIL_RAW))
    assert mail["tags"]["ses:tenant-name"] == ["acme"]
    assert mail["tags"]["ses:multi-region-endpoint-id"] == ["abc.def"]


def test_no_configuration_set_is_a_missing_tag() -> None:
    submission = Submission(b"From: a@b.example\r\n\r\n")
    assert "ses:configuration-set" not in mail_of(submission)["tags"]
    assert mail_of(submission, configuration_set="default")["tags"]["ses:configuration-set"] == ["default"]
    named = Submission(b"X-SES-CONFIGURATION-SET: own\r\n\r\n")
    assert mail_of(named, configuration_set="default")["tags"]["ses:configuration-set"] == ["own"]


def test_a_tag_of_ses_cannot_be_forged_by_a_message_tag() -> None:
    tags = [("ses:source-ip", "10.0.0.1"), ("ses:caller-identity", "root"), ("ses:feedback-id-a", "x"), ("a", "1")]
    mail = mail_of(Submission(b"", ApiParameters(message_tags=tags)))
    assert mail["tags"]["ses:source-ip"] == ["192.0.2.0"]
    assert mail["tags"]["ses:caller-identity"] == ["ses_user"]
    assert mail["tags"]["ses:feedback-id-a"] == ["x"]
    assert mail["tags"]["a"] == ["1"]


def test_auto_tags_can_be_added_and_replaced() -> None:
    submission = SUBMISSIONS[Interface.SEND_RAW_EMAIL]
    mail = mail_of(submission, auto_tags={"ses:recipient-isp": ("Gmail",), "ses:source-ip": ("192.0.2.9",)})
    assert mail["tags"]["ses:recipient-isp"] == ["Gmail"]
    assert mail["tags"]["ses:source-ip"] == ["192.0.2.9"]
    with pytest.raises(InvalidSetting, match="begin with ses:"):
        mail_of(submission, auto_tags={"own": ("x",)})


@pytest.mark.parametrize("interface", [Interface.SEND_BULK_TEMPLATED_EMAIL, Interface.V2_SEND_BULK_EMAIL])
def test_each_entry_of_a_bulk_call_is_a_message(interface: Interface) -> None:
    first, second, beyond = (mail_of(SUBMISSIONS[interface], entry=number) for number in range(3))
    assert first["destination"] == ["recipient@example.com"]
    assert first["tags"]["campaign"] == ["book"]
    assert first["tags"]["genre"] == ["western"]
    assert second["destination"] == ["b@c.example"]
    assert second["tags"]["campaign"] == ["default"]
    assert names(second) == ["From", "Cc", "MIME-Version"]
    assert beyond["destination"] == []


def test_the_identity_is_that_of_the_setting_or_of_the_option() -> None:
    own = "arn:aws:ses:eu-west-1:210987654321:identity/example.com"
    message = b"X-SES-SOURCE-ARN: " + own.encode() + b"\r\nFrom: a@example.com\r\n\r\n"
    assert mail_of(Submission(message))["sourceArn"] == own
    assert mail_of(Submission(message), source_arn="arn:x")["sourceArn"] == "arn:x"
    china = mail_of(Submission(b"From: a@b.example\r\n\r\n"), region="cn-north-1", account_id="1")
    assert china["sourceArn"] == "arn:aws-cn:ses:cn-north-1:1:identity/a@b.example"
    assert china["sendingAccountId"] == "1"


def test_the_from_domain_is_that_of_what_recipients_see() -> None:
    message = b"From: Joe <joe@shown.example>\r\n\r\n"
    v1 = Submission(message, ApiParameters(source="bounce@other.example"))
    assert mail_of(v1)["tags"]["ses:from-domain"] == ["shown.example"]
    assert mail_of(v1)["source"] == "bounce@other.example"
    v2 = Submission(message, ApiParameters(source="new@other.example"), Interface.V2_SEND_EMAIL_RAW)
    assert mail_of(v2)["tags"]["ses:from-domain"] == ["other.example"]


def test_an_option_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="has no option"):
        mail_of(SUBMISSIONS[Interface.SMTP], bounce_type="Permanent")
