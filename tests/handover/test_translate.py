"""`translate`: where each setting goes, and what is lost with which words."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    InvalidSetting,
    ListManagement,
    Submission,
    UnsupportedSetting,
    raw_from_simple,
    translate,
)
from tests.servers import client

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
MESSAGE = b"From: Joe <joe@a.example>\r\nTo: c@d.example\r\nCc: e@f.example\r\n\r\nHi\r\n"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"

TEXTS = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}
SIMPLE_V2 = {
    "FromEmailAddress": "a@b.example",
    "Destination": {"ToAddresses": ["c@d.example"]},
    "Content": {"Simple": TEXTS},
}


def made(given: ApiParameters, start: Interface, end: Interface, message: bytes = MESSAGE) -> tuple[Any, list[str]]:
    submission, lost = translate(Submission(message, given, start), end)
    assert submission.interface is end
    return submission, [str(loss) for loss in lost]


class TestRecipients:
    def test_a_flat_list_is_divided_as_the_fields_name_them(self) -> None:
        given = ApiParameters(destination=Destination(["c@D.example", "Eve <e@f.example>", "blind@g.example"]))
        submission, lost = made(given, V1, V2)
        assert submission.parameters.destination == Destination(
            ["c@D.example"], ["Eve <e@f.example>"], ["blind@g.example"]
        )
        assert lost == []

    def test_a_division_that_no_field_restores_is_lost(self) -> None:
        given = ApiParameters(destination=Destination(["c@d.example"], bcc=["e@f.example"]))
        submission, lost = made(given, V2, V1)
        assert submission.parameters.destination == Destination(["c@d.example", "e@f.example"])
        assert len(lost) == 1
        assert lost[0].startswith("Destination.BccAddresses 'e@f.example': ses.SendRawEmail has one list of recipients")

    def test_the_recipients_that_an_api_reads_in_the_fields_become_the_envelope_and_bcc_leaves(self) -> None:
        message = MESSAGE.replace(b"Cc:", b"Bcc:")
        submission, lost = made(ApiParameters(), V1, SMTP, message)
        assert submission.parameters.destination == Destination(["c@d.example", "e@f.example"])
        assert submission.parameters.source == "joe@a.example"
        assert b"Bcc" not in submission.message
        assert lost == []

    def test_a_display_name_is_none_of_the_envelope(self) -> None:
        given = ApiParameters(source="Joe <joe@a.example>", destination=Destination(["Zoe <z@y.example>"]))
        submission, lost = made(given, V1, SMTP)
        assert (submission.parameters.source, submission.parameters.destination.to) == (
            "joe@a.example",
            ("z@y.example",),
        )
        assert [loss.partition(":")[0] for loss in lost] == [
            "To 'Zoe <z@y.example>'",
            "Source 'Joe <joe@a.example>'",
        ]

    def test_bare_addresses_are_the_envelope_as_they_are(self) -> None:
        given = ApiParameters(source="bounce@a.example", destination=Destination(["z@y.example"]))
        submission, lost = made(given, V1, SMTP)
        assert submission.parameters == given
        assert lost == []

    def test_recipients_that_nobody_can_read_in_bcc_are_lost(self) -> None:
        message = MESSAGE.replace(b"Cc: ", b"Bcc: someone or other, ")
        submission, lost = made(ApiParameters(), V1, SMTP, message)
        assert submission.parameters.destination == Destination(["c@d.example", "e@f.example"])
        assert lost == ["Bcc 'someone or other, e@f.example': not all of it is readable as addresses; it is removed"]

    def test_a_division_that_was_given_stays(self) -> None:
        given = ApiParameters(destination=Destination(["e@f.example"], bcc=["c@d.example"]))
        submission, lost = made(given, SMTP, V2)
        assert submission.parameters.destination == given.destination
        assert lost == []

    def test_recipients_stay_one_list_where_no_field_names_any(self) -> None:
        given = ApiParameters(destination=Destination(["c@d.example", "blind@g.example"]))
        submission, lost = made(given, V1, V2, b"From: joe@a.example\r\n\r\nHi\r\n")
        assert submission.parameters.destination == given.destination
        assert lost == []


class TestSenders:
    def test_from_email_address_is_written_into_from_as_ses_does(self) -> None:
        submission, lost = made(ApiParameters(source="Zoë <zoe@a.example>"), V2, V1)
        assert submission.message.startswith(b"From: =?utf-8?q?Zo=C3=AB?= <zoe@a.example>\r\n")
        assert submission.parameters.source == "Zoë <zoe@a.example>"
        assert lost == []

    def test_a_from_field_that_says_the_same_is_left_as_it_stands(self) -> None:
        message = MESSAGE.replace(b"From: Joe", b"FROM:  Joe")
        submission, lost = made(ApiParameters(source="Joe <joe@a.example>"), V2, V1, message)
        assert submission.message == message
        assert lost == []

    def test_of_two_feedback_addresses_one_is_told(self) -> None:
        given = ApiParameters(return_path="a@b.example, c@d.example")
        _, lost = made(given, V2, V1, b"To: c@d.example\r\n\r\nHi\r\n")
        assert [loss.partition(": ")[0] for loss in lost] == [
            "FeedbackForwardingEmailAddress 'a@b.example, c@d.example'"
        ]

    def test_an_address_that_cannot_be_written_is_lost(self) -> None:
        submission, lost = made(ApiParameters(source="nobody"), V2, SMTP)
        assert submission.message == MESSAGE
        assert lost[0].startswith("FromEmailAddress 'nobody': it cannot be written into From")

    def test_source_never_becomes_the_visible_from(self) -> None:
        submission, lost = made(ApiParameters(source="bounce@b.example"), V1, V2)
        assert submission.parameters.source is None
        assert submission.parameters.return_path == "bounce@b.example"
        assert len(lost) == 1
        assert "has one sender here: 'joe@a.example' is checked" in lost[0]

    def test_the_same_source_loses_nothing(self) -> None:
        assert made(ApiParameters(source="joe@a.example"), V1, V2)[1] == []

    def test_without_from_the_source_makes_one(self) -> None:
        submission, lost = made(ApiParameters(source="joe@a.example"), V1, V2, b"To: c@d.example\r\n\r\n")
        assert submission.parameters.source == "joe@a.example"
        assert lost == []

    def test_a_feedback_address_of_its_own_is_a_return_path_field_on_v1(self) -> None:
        submission, lost = made(ApiParameters(return_path="bounce@b.example"), V2, V1)
        assert submission.message == b"Return-Path: <bounce@b.example>\r\n" + MESSAGE
        assert submission.parameters.source is None
        assert lost == []

    def test_reply_to_is_written_in_the_place_of_the_field(self) -> None:
        message = b"Reply-To: old@a.example\r\n" + MESSAGE
        given = ApiParameters(reply_to=["Desk <desk@a.example>", "b@a.example"])
        submission, lost = made(given, V2, V1, message)
        assert submission.message == b"Reply-To: Desk <desk@a.example>, b@a.example\r\n" + MESSAGE
        assert lost == []


class TestSettings:
    def test_what_v1_has_no_parameter_for_is_a_field(self) -> None:
        given = ApiParameters(tenant="acme", list_management=ListManagement("L", "T"), endpoint_id="abc.123")
        submission, lost = made(given, V2, V1)
        assert b"X-SES-LIST-MANAGEMENT-OPTIONS: L; topic=T\r\nX-SES-TENANT: acme\r\n" in submission.message
        assert lost == ["EndpointId 'abc.123': ses.SendRawEmail has no such parameter"]

    def test_two_arns_that_differ_are_fields_on_v2(self) -> None:
        given = ApiParameters(source_arn=ARN + "a.example", from_arn=ARN + "b.example")
        submission, lost = made(given, V1, V2)
        assert submission.parameters.source_arn is None
        assert b"X-SES-SOURCE-ARN: " + ARN.encode() + b"a.example\r\n" in submission.message
        assert b"X-SES-FROM-ARN: " + ARN.encode() + b"b.example\r\n" in submission.message
        assert lost == []

    def test_two_arns_alike_are_one_parameter_of_v2_and_two_again_on_v1(self) -> None:
        given = ApiParameters(source_arn=ARN + "a.example", from_arn=ARN + "a.example")
        submission, lost = made(given, V1, V2)
        assert submission.message == MESSAGE
        assert submission.parameters == ApiParameters(source_arn=ARN + "a.example")
        # It takes the place of both fields, and what v1 says twice is no more than that.
        assert lost == []
        assert translate(submission, V1).submission.parameters == given

    def test_a_name_that_no_field_takes_is_lost(self) -> None:
        submission, lost = made(ApiParameters(configuration_set="two words"), V1, SMTP)
        assert submission.message == MESSAGE
        assert submission.parameters.configuration_set is None
        assert len(lost) == 1
        assert lost[0].startswith("ConfigurationSetName 'two words': it cannot be written as X-SES-CONFIGURATION-SET")

    def test_one_arn_of_v2_is_both_of_v1(self) -> None:
        submission, lost = made(ApiParameters(source_arn=ARN + "a.example"), V2, V1)
        assert submission.parameters.source_arn == submission.parameters.from_arn == ARN + "a.example"
        assert lost == []

    def test_a_tag_that_no_field_takes_is_lost_and_the_others_stay(self) -> None:
        given = ApiParameters(message_tags=[("a", "1"), ("b", "x.y")])
        submission, lost = made(given, V1, SMTP, b"X-SES-MESSAGE-TAGS: old=1\r\n" + MESSAGE)
        assert b"X-SES-MESSAGE-TAGS: a=1\r\n" in submission.message
        assert b"old" not in submission.message
        assert lost[0].startswith("Tags[1] 'b=x.y': it cannot be written as X-SES-MESSAGE-TAGS")

    def test_parameters_without_a_name_are_lost_by_their_paths(self) -> None:
        extra = {"ConfigurationOverrides": {"Archiving": {"Arn": "x\x1b"}}, "Data": [b"octets"]}
        _, lost = made(ApiParameters(extra=extra), V2, SMTP)
        assert [loss.partition(": ")[0] for loss in lost] == [
            r"ConfigurationOverrides.Archiving.Arn 'x\x1b'",
            "Data[0] 6 bytes",
        ]

    def test_fields_over_smtp_become_parameters(self) -> None:
        submission, lost = made(ApiParameters(), SMTP, V2, b"X-SES-TENANT: acme\r\n" + MESSAGE)
        assert (submission.message, submission.parameters.tenant) == (MESSAGE, "acme")
        assert lost == []

    def test_mail_from_and_the_name_of_a_set_over_smtp_are_parameters_of_v1(self) -> None:
        given = ApiParameters(source="bounce@a.example", destination=Destination(["c@d.example"]))
        submission, lost = made(given, SMTP, V1, b"X-SES-CONFIGURATION-SET: spring\r\n" + MESSAGE)
        assert submission.message == MESSAGE
        assert submission.parameters == replace(given, configuration_set="spring")
        assert lost == []

    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_the_same_interface_changes_nothing(self, interface: Interface) -> None:
        submission = Submission(b"X-SES-TENANT: acme\r\n" + MESSAGE, ApiParameters(), interface)
        assert translate(submission, interface) == (submission, ())


class TestSimple:
    def test_it_becomes_what_raw_from_simple_makes(self) -> None:
        content = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "é", "Charset": "ISO-8859-1"}}}
        request = {"Source": "a@b.example", "Destination": {"ToAddresses": ["c@d.example"]}, "Message": content}
        submission, lost = translate(Submission.from_request(request, Interface.SEND_EMAIL), V1)
        fields = raw_from_simple(request, Interface.SEND_EMAIL).partition(b"Date: ")[0]
        assert submission.message is not None
        assert bytes(submission.message).startswith(fields)
        assert submission.parameters == ApiParameters(destination=Destination(["c@d.example"]))
        assert [loss.parameter for loss in lost] == ["Message.Body.Text.Charset"]

    def test_how_an_attachment_is_written_is_the_messages_own_affair(self) -> None:
        attachments = [
            {"RawContent": b"x", "FileName": "a.bin", "ContentTransferEncoding": "BASE64"},
            {"RawContent": b"x", "FileName": "b.bin", "ContentTransferEncoding": "QUOTED_PRINTABLE"},
        ]
        request = {**SIMPLE_V2, "Content": {"Simple": {**TEXTS, "Attachments": attachments}}}
        _, lost = translate(Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE), V1)
        assert [loss.parameter for loss in lost] == ["Content.Simple.Attachments[1].ContentTransferEncoding"]

    def test_the_texts_of_one_api_are_those_of_the_other(self) -> None:
        submission = Submission.from_request(SIMPLE_V2, Interface.V2_SEND_EMAIL_SIMPLE)
        there, lost = translate(submission, Interface.SEND_EMAIL)
        assert there.to_request() == {
            "Source": "a@b.example",
            "Destination": {"ToAddresses": ["c@d.example"]},
            "Message": TEXTS,
        }
        assert lost == ()
        assert translate(there, Interface.V2_SEND_EMAIL_SIMPLE) == (submission, ())

    def test_what_the_older_api_has_not_is_lost_by_its_paths(self) -> None:
        request = {
            **SIMPLE_V2,
            "Content": {"Simple": {**TEXTS, "Headers": [{"Name": "X-A", "Value": "b"}]}},
            "TenantName": "acme",
            "EndpointId": "abc.123",
            "ListManagementOptions": {"ContactListName": "L"},
            "ConfigurationOverrides": {"Archiving": "x"},
        }
        submission, lost = translate(
            Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE), Interface.SEND_EMAIL
        )
        assert set(submission.to_request()) == {"Source", "Destination", "Message"}
        assert sorted(loss.parameter for loss in lost) == [
            "ConfigurationOverrides.Archiving",
            "Content.Simple.Headers[0].Name",
            "Content.Simple.Headers[0].Value",
            "EndpointId",
            "ListManagementOptions",
            "TenantName",
        ]


class TestRefusals:
    @pytest.mark.parametrize("interface", [Interface.SEND_TEMPLATED_EMAIL, Interface.V2_SEND_BULK_EMAIL])
    def test_templates_are_refused(self, interface: Interface) -> None:
        with pytest.raises(UnsupportedSetting, match="templates"):
            translate(Submission(None, ApiParameters(), interface), V1)
        with pytest.raises(UnsupportedSetting, match="cannot be made into its content"):
            translate(Submission(MESSAGE), interface)

    def test_a_parameter_that_the_interface_has_not_is_refused(self) -> None:
        with pytest.raises(UnsupportedSetting):
            translate(Submission(MESSAGE, ApiParameters(tenant="acme")), V2)

    def test_a_missing_message_and_other_arguments_are_told(self) -> None:
        with pytest.raises(InvalidSetting):
            translate(Submission(None), SMTP)
        with pytest.raises(TypeError):
            translate(MESSAGE, SMTP)  # type: ignore[arg-type]

    def test_a_translation_can_be_pickled(self) -> None:
        translation = translate(Submission(MESSAGE, ApiParameters(endpoint_id="x"), V2), V1)
        assert pickle.loads(pickle.dumps(translation)) == translation


@pytest.mark.edges
@pytest.mark.parametrize("start", [V1, V2, SMTP])
@pytest.mark.parametrize("end", [V1, V2])
def test_motos_server_takes_what_is_made(start: Interface, end: Interface, endpoint: str, sent: list[Any]) -> None:
    given = ApiParameters(source="joe@a.example", destination=Destination(["c@d.example", "x@y.example"]))
    request = translate(Submission(MESSAGE, given, start), end).submission.to_request()
    if end is V1:
        client("ses", endpoint).send_raw_email(**request)
    else:
        client("sesv2", endpoint).send_email(**request | {"FromEmailAddress": "joe@a.example"})
    assert {"c@d.example", "x@y.example"} <= set(sent[-1].destinations)
