"""anymail's attributes: what each becomes in the request, and what is refused. anymail itself is the other side."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.policy import default as library_policy
from typing import Any

import pytest

pytest.importorskip("django")

from botocore.exceptions import ClientError
from django.conf import settings
from django.utils.functional import lazystr

from sesmime import InvalidSetting, SesMimeError, UnsupportedSetting
from tests.django.sites import CAROL, RAW, SERVICES, SHOWN, TAGS, Site, Stubbed, written

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()

# Every attribute that anymail's own message has, with a value as its users give it.
GIVEN: dict[str, Any] = {
    "tags": ["welcome"],
    "metadata": {"order": 42},
    "esp_extra": {"ConfigurationSetName": "news"},
    "envelope_sender": "bounces@a.example",
    "template_id": "welcome",
    "merge_data": {"c@d.example": {"name": "Carol"}},
    "merge_global_data": {"shop": "Bluebird"},
    "merge_metadata": {"c@d.example": {"order": 42}},
    "merge_headers": {"c@d.example": {"List-Unsubscribe": "<https://a.example/u>"}},
    "track_opens": True,
    "track_clicks": False,
    "send_at": datetime(2026, 12, 1, tzinfo=UTC),
}


# What anymail's backend for SES refuses too, without a template, and what the API v1 cannot do.
MERGED = {"merge_data", "merge_global_data", "merge_metadata", "merge_headers"}
REFUSED = {"sesv2": {"send_at", *MERGED}, "ses": {"send_at", "template_id", "track_opens", "track_clicks", *MERGED}}
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/a.example"


def with_attributes(made: Any = None, **attributes: Any) -> Any:
    message = written() if made is None else made
    for name, value in attributes.items():
        setattr(message, name, value)
    return message


def templated(**options: Any) -> Any:
    """Return a message without what the template says."""
    attributes = {name: options.pop(name) for name in [*options] if name in GIVEN}
    given = {"subject": "", "body": ""} | options
    message = written(**given)
    message.extra_headers = options.get("headers", {})
    return with_attributes(message, **({"template_id": "welcome"} | attributes))


class Recorded:
    """A client of boto3 whose requests are kept, and answered."""

    def __init__(self, name: Any, *answers: tuple[str, dict[str, Any]]) -> None:
        stubbed = Stubbed(name)
        self.client, self.stubber = stubbed.client, stubbed.stubber
        self.requests: list[dict[str, Any]] = []
        for operation in ("ses.SendRawEmail", "sesv2.SendEmail", "sesv2.SendBulkEmail"):
            self.client.meta.events.register(
                f"provide-client-params.{operation}", lambda params, **_: self.requests.append(dict(params))
            )
        for operation, answer in answers or [(stubbed_operation(name), {"MessageId": "0100-1"})]:
            self.stubber.add_response(operation, answer)


def stubbed_operation(name: str) -> str:
    return "send_raw_email" if name == "ses" else "send_email"


def fields_sent(request: dict[str, Any]) -> Any:
    data = request["RawMessage"]["Data"] if "RawMessage" in request else request["Content"]["Raw"]["Data"]
    return message_from_bytes(data, policy=library_policy)


def bulk(*results: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "send_bulk_email", {"BulkEmailEntryResults": [*results]}


def success(identifier: str) -> dict[str, str]:
    return {"Status": "SUCCESS", "MessageId": identifier}


class TestNoneIgnored:
    def test_these_are_all_that_anymail_has(self) -> None:
        message_module = pytest.importorskip("anymail.message")
        made = vars(message_module.AnymailMessage())
        unset = {name for name, value in made.items() if getattr(value, "__name__", "") == "UNSET"}
        assert unset == set(GIVEN)

    @SERVICES
    @pytest.mark.parametrize("attribute", GIVEN)
    def test_each_changes_the_request_or_is_refused(self, attribute: str, name: str, site: Site) -> None:
        plain, other = Recorded(name), Recorded(name)
        site.configure(client=plain.client)
        assert written().send() == 1
        site.configure(client=other.client)
        message = templated() if attribute == "template_id" else written()
        with_attributes(message, **{attribute: GIVEN[attribute]})
        if attribute in REFUSED[name]:
            with pytest.raises(UnsupportedSetting) as caught:
                message.send()
            assert caught.value.setting == attribute
            assert other.requests == []
        else:
            assert message.send() == 1
            assert other.requests != plain.requests

    @SERVICES
    @pytest.mark.parametrize("attribute", [name for name in GIVEN if name != "send_at"])
    def test_a_value_of_another_type_is_told(self, attribute: str, name: str, site: Site) -> None:
        site.configure(client=Stubbed(name).client)
        for value in (5.5, [b"x"], {5: 5}):
            with pytest.raises(SesMimeError) as caught:
                with_attributes(**{attribute: value}).send()
            assert getattr(caught.value, "setting", attribute) == attribute

    @SERVICES
    def test_what_is_none_or_unset_is_not_given(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW, CAROL)
        stubbed.expect(RAW, CAROL)
        site.configure(client=stubbed.client)
        unset = type("UNSET", (object,), {})
        assert with_attributes(**dict.fromkeys(GIVEN)).send() == 1
        assert with_attributes(**dict.fromkeys(GIVEN, unset)).send() == 1
        stubbed.check()

    def test_refused_silently_a_message_is_not_sent(self, site: Site) -> None:
        site.configure(client=Stubbed("sesv2").client, fail_silently=True)
        assert site.send(with_attributes(send_at=GIVEN["send_at"])) == 0

    def test_by_v1_a_template_names_the_setting_that_helps(self, site: Site) -> None:
        site.configure(client=Stubbed("ses").client)
        with pytest.raises(UnsupportedSetting, match='template_id; set "interface" to "sesv2"'):
            templated().send()


class TestRaw:
    @SERVICES
    def test_tags_and_metadata_become_the_fields_that_anymail_reads(self, name: str, site: Site) -> None:
        recorded = Recorded(name)
        site.configure(client=recorded.client)
        metadata = {"order": 42, "name": "Zoë", "late": lazystr("x"), "sum": Decimal("1.50"), "long": "a b " * 400}
        assert with_attributes(tags=["welcome", "größe, 2"], metadata=metadata).send() == 1
        found = fields_sent(recorded.requests[0])
        assert found.get_all("X-Tag") == ["welcome", "größe, 2"]
        assert json.loads(found["X-Metadata"]) == metadata | {"late": "x", "sum": "1.50"}
        assert "EmailTags" not in recorded.requests[0]

    @pytest.mark.parametrize("value", ["a\r\nBcc: e@f.example", "a\nb"])
    def test_a_tag_writes_no_other_field(self, value: str, site: Site) -> None:
        site.configure(client=Stubbed("sesv2").client, lint="off")
        with pytest.raises(ValueError):
            with_attributes(tags=[value]).send()

    @SERVICES
    def test_a_tag_becomes_a_message_tag_where_the_settings_name_it(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        stubbed.expect(RAW.replace(SHOWN, SHOWN + b"X-Tag: spring\r\n"), CAROL, Tags=TAGS)
        site.configure(client=stubbed.client, message_tag_name="campaign")
        assert with_attributes(tags=["spring"]).send() == 1
        stubbed.check()
        with pytest.raises(InvalidSetting, match="at most one"):
            with_attributes(tags=["a", "b"]).send()

    @SERVICES
    def test_the_envelope_sender_hears_of_bounces(self, name: str, site: Site) -> None:
        stubbed = Stubbed(name)
        key = "Source" if name == "ses" else "FeedbackForwardingEmailAddress"
        stubbed.expect(RAW, CAROL, **{key: "bounces@a.example"})
        site.configure(client=stubbed.client, feedback_address="other@a.example")
        assert with_attributes(envelope_sender="Bounces <bounces@a.example>").send() == 1
        stubbed.check()

    def test_esp_extra_says_parameters_of_v2(self, site: Site) -> None:
        stubbed = Stubbed("sesv2")
        extra = {
            "ConfigurationSetName": "news",
            "FeedbackForwardingEmailAddress": "bounces@a.example",
            "ListManagementOptions": {"ContactListName": "news", "TopicName": "spring"},
            "TenantName": "acme",
        }
        stubbed.expect(RAW, CAROL, Tags=[*TAGS, {"Name": "a", "Value": "1"}], **extra)
        site.configure(client=stubbed.client, configuration_set="shop", feedback_address="other@a.example")
        message = with_attributes(esp_extra={**extra, "EmailTags": [{"Name": "a", "Value": "1"}]})
        message.ses_tags = {"campaign": "spring"}
        assert message.send() == 1
        stubbed.check()

    @pytest.mark.parametrize(
        ("name", "extra", "text"),
        [
            ("ses", {"EmailTags": []}, "no parameter for esp_extra 'EmailTags'; it has"),
            ("sesv2", {"Content": {}}, "it is made of the message"),
            ("sesv2", {"Destination": {}}, "it is made of the message"),
            ("sesv2", {"EmailTags": "campaign=spring"}, "does not match AWS's service model"),
        ],
    )
    def test_what_esp_extra_cannot_say_is_refused(
        self, name: str, extra: dict[str, Any], text: str, site: Site
    ) -> None:
        site.configure(client=Stubbed(name).client)
        with pytest.raises(SesMimeError, match=text):
            with_attributes(esp_extra=extra).send()

    def test_two_configuration_sets_are_refused(self, site: Site) -> None:
        site.configure(client=Stubbed("sesv2").client)
        message = with_attributes(esp_extra={"ConfigurationSetName": "news"}, ses_configuration_set="shop")
        with pytest.raises(InvalidSetting, match="ses_configuration_set names another one"):
            message.send()

    def test_tracking_is_overridden_for_one_message(self, site: Site) -> None:
        recorded = Recorded("sesv2")
        site.configure(client=recorded.client)
        assert with_attributes(track_opens=True, track_clicks=False).send() == 1
        assert recorded.requests[0]["ConfigurationOverrides"] == {
            "Tracking": {"OpenTrackingEnabled": "ENABLED", "ClickTrackingEnabled": "DISABLED"}
        }

    @SERVICES
    def test_a_sent_message_has_anymails_status(self, name: str, site: Site) -> None:
        recorded = Recorded(name)
        site.configure(client=recorded.client)
        message = written(cc=["g@h.example"])
        assert message.send() == 1
        status = message.anymail_status
        assert (status.message_id, status.status) == ("0100-1", {"queued"})
        assert [*status.recipients] == ["c@d.example", "g@h.example"]
        assert status.recipients["c@d.example"].message_id == "0100-1"
        assert status.esp_response["MessageId"] == "0100-1"


class TestTemplates:
    def test_one_recipient_is_a_request_of_its_own(self, site: Site) -> None:
        recorded = Recorded("sesv2")
        site.configure(
            client=recorded.client,
            configuration_set="shop",
            tags={"campaign": "spring"},
            tenant="acme",
            source_arn=ARN,
        )
        message = templated(
            cc=["g@h.example"],
            bcc=["e@f.example"],
            reply_to=["help@a.example"],
            headers={"List-Id": "news"},
            merge_global_data={"shop": "Bluebird"},
            tags=["welcome"],
            metadata={"order": 42},
        )
        assert message.send() == 1
        assert recorded.requests == [
            {
                "FromEmailAddress": "Joe <joe@a.example>",
                "Destination": {
                    "ToAddresses": ["Carol <c@d.example>"],
                    "CcAddresses": ["g@h.example"],
                    "BccAddresses": ["e@f.example"],
                },
                "ReplyToAddresses": ["help@a.example"],
                "FromEmailAddressIdentityArn": ARN,
                "EmailTags": TAGS,
                "ConfigurationSetName": "shop",
                "TenantName": "acme",
                "Content": {
                    "Template": {
                        "TemplateName": "welcome",
                        "TemplateData": '{"shop": "Bluebird"}',
                        "Headers": [
                            {"Name": "List-Id", "Value": "news"},
                            {"Name": "X-Metadata", "Value": '{"order": 42}'},
                            {"Name": "X-Tag", "Value": "welcome"},
                        ],
                    }
                },
            }
        ]
        assert message.ses_message_id == "0100-1"

    def test_several_are_entries_with_data_of_their_own(self, site: Site) -> None:
        recorded = Recorded("sesv2", bulk(success("0100-1"), success("0100-2")))
        site.configure(client=recorded.client, tags={"campaign": "spring"}, feedback_address="bounces@a.example")
        message = templated(
            to=["Zoë <zoe@bücher.example>", "c@d.example"],
            cc=["g@h.example"],
            merge_data={"c@d.example": {"name": "Carol"}},
            merge_global_data={"name": "friend", "shop": "Bluebird"},
            merge_metadata={"c@d.example": {"order": 42}},
            merge_headers={"c@d.example": {"List-Id": "own"}},
            headers={"list-id": "news"},
        )
        assert message.send() == 1
        (request,) = recorded.requests
        data = '{"name": "friend", "shop": "Bluebird"}'
        assert request["DefaultContent"] == {"Template": {"TemplateName": "welcome", "TemplateData": data}}
        assert request["FeedbackForwardingEmailAddress"] == "bounces@a.example"
        assert request["DefaultEmailTags"] == TAGS
        assert "Destination" not in request
        assert request["BulkEmailEntries"] == [
            {
                "Destination": {
                    "ToAddresses": ["=?utf-8?q?Zo=C3=AB?= <zoe@xn--bcher-kva.example>"],
                    "CcAddresses": ["g@h.example"],
                },
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
                "ReplacementHeaders": [{"Name": "list-id", "Value": "news"}],
            },
            {
                "Destination": {"ToAddresses": ["c@d.example"], "CcAddresses": ["g@h.example"]},
                "ReplacementEmailContent": {
                    "ReplacementTemplate": {"ReplacementTemplateData": '{"name": "Carol", "shop": "Bluebird"}'}
                },
                "ReplacementHeaders": [
                    {"Name": "List-Id", "Value": "own"},
                    {"Name": "X-Metadata", "Value": '{"order": 42}'},
                ],
            },
        ]
        recipients = message.anymail_status.recipients
        assert {address: one.message_id for address, one in recipients.items()} == {
            "zoe@xn--bcher-kva.example": "0100-1",
            "c@d.example": "0100-2",
        }
        assert message.anymail_status.message_id == {"0100-1", "0100-2"}

    def test_anymail_makes_the_same_request(self, site: Site) -> None:
        backends = pytest.importorskip("anymail.backends.amazon_ses")
        message = templated(
            to=["c@d.example", "Eve <e@f.example>"],
            bcc=["g@h.example"],
            reply_to=["help@a.example"],
            merge_data={"c@d.example": {"name": "Carol"}, "e@f.example": {"name": "Eve"}},
            merge_metadata={"c@d.example": {"order": 42}},
            metadata={"kind": "x"},
            tags=["welcome"],
            envelope_sender="bounces@a.example",
            esp_extra={"ConfigurationSetName": "news"},
        )
        recorded = Recorded("sesv2", bulk(success("0100-1"), success("0100-2")))
        site.configure(client=recorded.client)
        assert message.send() == 1
        (ours,) = recorded.requests
        backend = backends.EmailBackend()
        payload = backend.build_message_payload(message, {})
        payload.finalize_payload()
        theirs = payload.params
        # anymail gives no data for all; an empty object of them says the same.
        assert ours["DefaultContent"]["Template"].pop("TemplateData") == "{}"
        assert ours == theirs

    def test_more_than_fifty_recipients_are_several_requests(self, site: Site) -> None:
        people = [f"c{number}@d.example" for number in range(60)]
        # 16 messages to a recipient and two more each are 48, 17 would be 51.
        sizes = [16, 16, 16, 12]
        answers = [bulk(*(success(f"{call}-{number}") for number in range(size))) for call, size in enumerate(sizes)]
        recorded = Recorded("sesv2", *answers)
        site.configure(client=recorded.client)
        message = templated(to=people, cc=["g@h.example"], bcc=["e@f.example"])
        assert message.send() == 1
        assert [len(request["BulkEmailEntries"]) for request in recorded.requests] == sizes
        assert [*message.anymail_status.recipients] == people
        assert message.ses_message_id is None

    def test_what_ses_refuses_to_all_is_an_error_and_to_some_a_status(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        failed = {"Status": "MESSAGE_REJECTED", "Error": "Email address is not verified."}
        recorded = Recorded("sesv2", bulk(failed, success("0100-2")), bulk(failed, failed))
        site.configure(client=recorded.client)
        people = ["c@d.example", "e@f.example"]
        message = templated(to=people)
        assert message.send() == 1
        assert [one.status for one in message.anymail_status.recipients.values()] == ["failed", "queued"]
        assert "refused to 1 of 2 recipients: Email address is not verified." in caplog.text
        with pytest.raises(ClientError, match=r"MESSAGE_REJECTED.*not verified"):
            templated(to=people).send()

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ({"subject": "Hi"}, "no parameter for subject"),
            ({"body": "Hello"}, "no parameter for body"),
            ({"alternatives": [("<p>Hi</p>", "text/html")]}, "no parameter for alternatives"),
            ({"attachments": [("a.txt", "x", "text/plain")]}, "no parameter for attachments"),
            ({"to": [], "cc": ["c@d.example"]}, "no parameter for cc and bcc alone"),
            ({"headers": {"To": "x@y.example"}}, "no parameter for the field To"),
            ({"headers": {"X-SES-MESSAGE-TAGS": "a=1"}}, "no parameter for the field X-SES-MESSAGE-TAGS"),
            (
                {
                    "to": ["a@b.example", "c@d.example"],
                    "esp_extra": {"ListManagementOptions": {"ContactListName": "n"}},
                },
                "no parameter for list_management",
            ),
        ],
    )
    def test_what_a_template_has_no_place_for_is_refused(self, options: dict[str, Any], text: str, site: Site) -> None:
        site.configure(client=Stubbed("sesv2").client)
        with pytest.raises(UnsupportedSetting, match=text):
            templated(**options).send()

    def test_a_from_field_is_the_sender_and_an_arn_names_a_template(self, site: Site) -> None:
        recorded = Recorded("sesv2")
        site.configure(client=recorded.client)
        arn = "arn:aws:ses:eu-west-1:123456789012:template/welcome"
        assert templated(template_id=arn, headers={"From": "Shop <shop@a.example>"}).send() == 1
        (request,) = recorded.requests
        assert request["FromEmailAddress"] == "Shop <shop@a.example>"
        assert request["FeedbackForwardingEmailAddress"] == "joe@a.example"
        assert request["Content"]["Template"]["TemplateArn"] == arn
        assert "Headers" not in request["Content"]["Template"]

    def test_a_template_is_checked_before_it_is_sent(self, site: Site) -> None:
        from sesmime import Refused

        site.configure(client=Stubbed("sesv2").client)
        message = templated()
        message.ses_tags = {"campaign": "spring sale"}
        with pytest.raises(Refused):
            message.send()
