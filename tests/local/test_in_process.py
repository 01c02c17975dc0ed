"""An SES in the process, over moto's `mock_aws`: it refuses what SES refuses, where moto alone answers otherwise."""

from __future__ import annotations

import io
import json
from typing import Any, NamedTuple

import pytest

pytest.importorskip("moto")

import boto3
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from sesmime import ApiParameters, Destination, Interface, MessageTag, Submission
from sesmime.events import EventKind, read_events, verify_sns
from sesmime.local import Options, StrictSes
from tests.moto_examples import FROM, REGION, SOUND, SUBJECT, TO, mail

pytestmark = [pytest.mark.edges, pytest.mark.slow]
V1, V2 = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW
BOTH = pytest.mark.parametrize("interface", [V1, V2], ids=["v1", "v2"])


def strict_ses() -> StrictSes:
    """Return an account in which a.example is verified; no set exists."""
    return StrictSes(Options(verified_identities=("a.example",)))


def sent_by_moto() -> list[Any]:
    """Return moto's own record of what was sent."""
    messages: list[Any] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages


def send_raw(message: bytes, parameters: ApiParameters, interface: Interface, endpoint: str | None = None) -> None:
    """Send a message as it is, by boto3."""
    request = Submission(message, parameters, interface).to_request()
    place: dict[str, Any] = {
        "region_name": REGION,
        "endpoint_url": endpoint,
        "aws_access_key_id": "dummy",
        "aws_secret_access_key": "dummy",
    }
    if interface.is_v2:
        response = boto3.client("sesv2", **place).send_email(**request)
    else:
        response = boto3.client("ses", **place).send_raw_email(**request)
    assert response["MessageId"]


NOTHING = ApiParameters()
MANY = tuple(f"r{number}@b.example" for number in range(1, 52))  # 51
TEN_MEGABYTES = 10 * 1024 * 1024


class Bad(NamedTuple):
    """A submission that SES refuses: with which text, by which codes; and how moto alone refuses it, if it does."""

    message: bytes
    text: str
    parameters: ApiParameters = NOTHING
    v1: str = "InvalidParameterValue"
    v2: str = "BadRequestException"
    by_moto: str = ""


def code_and_text(error: ClientError) -> tuple[str, str]:
    """Return what SES, or a mock of it, answered."""
    answer = error.response["Error"]
    return answer["Code"], answer["Message"]


# Texts as SES is known to print them, or as its documents have them.
BAD = {
    "a repeated Content-Type": Bad(
        mail(FROM, TO, SUBJECT, "Content-Type: text/plain", "Content-Type: text/html"),
        "Duplicate header 'Content-Type'.",
    ),
    "a Content-Type behind a lone CR": Bad(
        mail(FROM, TO, "Content-Type: text/plain", "Subject: Lunch\rContent-Type: text/html"),
        "Duplicate header 'Content-Type'.",
    ),
    "a field without a name": Bad(mail(FROM, TO, ": x", SUBJECT), "Empty header names are illegal."),
    "a bad tag value in the field": Bad(
        mail(FROM, TO, SUBJECT, "X-SES-MESSAGE-TAGS: campaign=spring sale"),
        "Invalid tag value <spring sale>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.",
    ),
    "a bad tag name as parameter": Bad(
        SOUND,
        "Invalid tag name <cam paign>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        ApiParameters(message_tags=(MessageTag("cam paign", "spring"),)),
    ),
    "51 recipients": Bad(
        SOUND,
        "Recipient count exceeds 50.",
        ApiParameters(destination=Destination(to=MANY)),
        by_moto="Too many recipients.",
    ),
    "51 recipients in To": Bad(
        mail(FROM, "To: " + ",\r\n ".join(MANY), SUBJECT),
        "Recipient count exceeds 50.",
        by_moto="Too many recipients.",
    ),
    "an underscore in a domain": Bad(
        mail(FROM, "To: bob@b_b.example", SUBJECT),
        "Domain contains illegal character",
    ),
    "a multipart without parts": Bad(
        mail(FROM, TO, SUBJECT, "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'),
        "Missing start boundary",
    ),
    "a Content-Type without subtype": Bad(
        mail(FROM, TO, SUBJECT, "MIME-Version: 1.0", "Content-Type: text; charset=utf-8"),
        "Expected '/', got ;",
    ),
    "no From": Bad(
        mail(TO, SUBJECT),
        "Missing required header 'From'.",
        by_moto="Source not specified",
    ),
    "a Sender that is not verified": Bad(
        mail(FROM, "Sender: eve@other.example", TO, SUBJECT),
        "Email address is not verified. The following identities failed the check in region US-EAST-1:"
        " eve@other.example",
        v1="MessageRejected",
        v2="MessageRejected",
    ),
    "an unknown configuration set in the field": Bad(
        mail(FROM, TO, SUBJECT, "X-SES-CONFIGURATION-SET: nowhere"),
        "Configuration set <nowhere> does not exist.",
        v1="ConfigurationSetDoesNotExist",
        v2="NotFoundException",
    ),
    "an unknown configuration set as parameter": Bad(
        SOUND,
        "Configuration set <nowhere> does not exist.",
        ApiParameters(configuration_set="nowhere"),
        v1="ConfigurationSetDoesNotExist",
        v2="NotFoundException",
    ),
}


class TestRefusals:
    @BOTH
    @pytest.mark.parametrize("name", BAD)
    def test_the_mock_refuses_as_ses_does_what_moto_alone_takes_or_refuses_otherwise(
        self, aws: None, name: str, interface: Interface
    ) -> None:
        bad = BAD[name]
        if bad.by_moto:
            with pytest.raises(ClientError) as refused:
                send_raw(bad.message, bad.parameters, interface)
            assert code_and_text(refused.value) == ("MessageRejected", bad.by_moto)
        else:
            send_raw(bad.message, bad.parameters, interface)
        taken_by_moto = [] if bad.by_moto else [bad.message]
        assert [one.raw_data.encode() for one in sent_by_moto()] == taken_by_moto
        with strict_ses() as strict, pytest.raises(ClientError) as refused:
            send_raw(bad.message, bad.parameters, interface)
        assert code_and_text(refused.value) == (bad.v2 if interface.is_v2 else bad.v1, bad.text)
        assert strict.outbox == ()
        assert len(sent_by_moto()) == len(taken_by_moto)
        assert [kept.refusal for kept in strict.inbox] == [code_and_text(refused.value)]

    @pytest.mark.slow
    def test_eleven_megabytes_pass_the_second_api_and_not_the_first(self, strict: StrictSes) -> None:
        message = SOUND + b"a line of 25 octets here\r\n" * (TEN_MEGABYTES // 25)
        with pytest.raises(ClientError) as refused:
            send_raw(message, NOTHING, V1)
        text = f"Message length is more than 10485760 bytes long: '{len(message)}'."
        assert code_and_text(refused.value) == ("InvalidParameterValue", text)
        send_raw(message, NOTHING, V2)
        assert [one.interface for one in strict.outbox] == [V2]

    @BOTH
    def test_an_account_without_identities_may_send_from_no_address(
        self, strict: StrictSes, interface: Interface
    ) -> None:
        boto3.client("sesv2").delete_email_identity(EmailIdentity="a.example")
        with pytest.raises(ClientError) as refused:
            send_raw(SOUND, NOTHING, interface)
        code, text = code_and_text(refused.value)
        assert code == "MessageRejected"
        assert text.endswith("failed the check in region US-EAST-1: Ann <ann@a.example>")
        assert strict.outbox == ()

    @BOTH
    def test_a_text_that_quotes_controls_can_be_answered_with(self, strict: StrictSes, interface: Interface) -> None:
        parameters = ApiParameters(message_tags=(MessageTag("a", "b\x01"),))
        # The answer of the first API is XML, which has no such characters.
        shown = "\x01" if interface.is_v2 else "\ufffd"
        with pytest.raises(ClientError, match=f"Invalid tag value <b{shown}>:"):
            send_raw(SOUND, parameters, interface)


class TestAcceptance:
    @BOTH
    def test_the_message_is_kept_without_its_ses_fields_and_the_settings_beside_it(
        self, strict: StrictSes, interface: Interface
    ) -> None:
        message = mail(FROM, "X-SES-MESSAGE-TAGS: a=1, b=2", TO, "x-ses-configuration-set: shop", SUBJECT)
        send_raw(message, NOTHING, interface)
        (kept,) = strict.outbox
        assert kept.interface is interface
        assert kept.delivered == SOUND
        assert kept.resolution.message_tags == (MessageTag("a", "1"), MessageTag("b", "2"))
        assert kept.resolution.configuration_set == "shop"

    @BOTH
    def test_tags_of_the_parameter_are_not_joined_with_those_of_the_field(
        self, strict: StrictSes, interface: Interface
    ) -> None:
        message = mail(FROM, TO, SUBJECT, "X-SES-MESSAGE-TAGS: a=1, b=2")
        send_raw(message, ApiParameters(message_tags=(MessageTag("c", "3"),)), interface)
        assert strict.outbox[0].resolution.message_tags == (MessageTag("c", "3"),)

    @BOTH
    def test_given_destinations_alone_receive_where_moto_adds_those_of_the_fields(
        self, strict: StrictSes, interface: Interface
    ) -> None:
        parameters = ApiParameters(destination=Destination(to=("Zoe <zoe@c.example>",)))
        send_raw(SOUND, parameters, interface)
        assert strict.outbox[0].envelope.recipients == ("zoe@c.example",)

    @BOTH
    def test_moto_alone_adds_the_addresses_of_the_fields(self, aws: None, interface: Interface) -> None:
        send_raw(SOUND, ApiParameters(destination=Destination(to=("zoe@c.example",))), interface)
        assert sent_by_moto()[0].destinations == ["zoe@c.example", "Bob <bob@b.example>"]

    @BOTH
    def test_addresses_of_the_fields_receive_where_no_destination_is_given(
        self, strict: StrictSes, interface: Interface
    ) -> None:
        message = mail(FROM, 'To: "Bob, the cook" <bob@b.example>, Team: c@d.example, e@f.example;', "Bcc: g@h.example")
        send_raw(message, NOTHING, interface)
        assert strict.outbox[0].envelope.sender == "ann@a.example"
        assert strict.outbox[0].envelope.recipients == ("bob@b.example", "c@d.example", "e@f.example", "g@h.example")
        assert strict.outbox[0].envelope.bcc == ("g@h.example",)
        assert boto3.client("ses").get_send_quota()["SentLast24Hours"] == 4

    @BOTH
    def test_fifty_recipients_pass_of_which_moto_alone_counts_one_twice(self, aws: None, interface: Interface) -> None:
        message = mail(FROM, f"To: {MANY[0]}", SUBJECT)
        parameters = ApiParameters(destination=Destination(to=MANY[:50]))
        with pytest.raises(ClientError, match="Too many recipients"):
            send_raw(message, parameters, interface)
        with strict_ses() as strict:
            send_raw(message, parameters, interface)
        assert strict.outbox[0].envelope.recipients == MANY[:50]

    @BOTH
    def test_bytes_that_are_no_utf_8_pass_on_which_moto_alone_dies(self, aws: None, interface: Interface) -> None:
        message = mail(
            FROM,
            TO,
            SUBJECT,
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: 8bit",
            body=b"Gr\xfc\xdfe\r\n",
        )
        with pytest.raises(UnicodeDecodeError):
            send_raw(message, NOTHING, interface)
        with strict_ses() as strict:
            send_raw(message, NOTHING, interface)
        assert strict.outbox[0].delivered == message

    @BOTH
    def test_a_subdomain_of_a_verified_domain_sends_which_moto_alone_refuses(
        self, aws: None, interface: Interface
    ) -> None:
        message = mail("From: news@mail.a.example", TO, SUBJECT)
        with pytest.raises(ClientError, match="Did not have authority"):
            send_raw(message, NOTHING, interface)
        with strict_ses() as strict:
            send_raw(message, NOTHING, interface)
        assert strict.outbox[0].envelope.sender == "news@mail.a.example"

    def test_a_simple_message_is_judged_too_and_kept_as_it_would_be_assembled(self, strict: StrictSes) -> None:
        simple = {"Subject": {"Data": "Lunch"}, "Body": {"Text": {"Data": "Hi"}}}
        client, sent = boto3.client("sesv2"), {"FromEmailAddress": "ann@a.example", "Content": {"Simple": simple}}
        client.send_email(**sent, Destination={"ToAddresses": ["bob@b.example"]})
        with pytest.raises(client.exceptions.BadRequestException):
            client.send_email(**sent, Destination={"ToAddresses": ["bob@b_b.example"]})
        (kept,) = strict.outbox
        assert (kept.subject, kept.interface) == ("Lunch", Interface.V2_SEND_EMAIL_SIMPLE)

    def test_other_services_are_motos_and_streams_are_read_once(self, strict: StrictSes) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="mail")
        s3.put_object(Bucket="mail", Key="1", Body=io.BytesIO(b"abc"))
        assert s3.get_object(Bucket="mail", Key="1")["Body"].read() == b"abc"

    def test_events_go_to_motos_topics_and_queues(self, strict: StrictSes) -> None:
        sns, sqs, v2 = boto3.client("sns"), boto3.client("sqs"), boto3.client("sesv2")
        topic = sns.create_topic(Name="ses-events")["TopicArn"]
        url = sqs.create_queue(QueueName="events")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
        v2.create_configuration_set_event_destination(
            ConfigurationSetName="shop", EventDestinationName="bounces", EventDestination=destination
        )
        message = mail(FROM, "To: bounce@simulator.amazonses.com", SUBJECT)
        send_raw(message, ApiParameters(configuration_set="shop"), V2)
        assert [event.kind for event in strict.events] == [EventKind.SEND, EventKind.BOUNCE]
        (validation, told) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert read_events(validation)[0].kind is EventKind.SETUP
        envelope = json.loads(told["Body"])
        verify_sns(envelope, topic_arns=[topic], certificate=strict.signer.certificate)
        assert read_events(envelope)[0].recipients == ("bounce@simulator.amazonses.com",)

    def test_the_last_that_was_started_answers(self, strict: StrictSes) -> None:
        with strict_ses() as inner:
            send_raw(SOUND, NOTHING, V1)
        send_raw(SOUND, NOTHING, V2)
        assert [kept.interface for kept in inner.outbox] == [V1]
        assert [kept.interface for kept in strict.outbox] == [V2]

    def test_resetting_it_leaves_what_moto_has(self, strict: StrictSes) -> None:
        boto3.client("s3").create_bucket(Bucket="mail")
        send_raw(SOUND, NOTHING, V1)
        strict.reset(Options(any_identity=True))
        assert (strict.outbox, strict.events) == ((), ())
        assert boto3.client("sesv2").list_email_identities()["EmailIdentities"] == []
        assert boto3.client("s3").list_buckets()["Buckets"][0]["Name"] == "mail"
        send_raw(mail("From: x@anybody.example", TO, SUBJECT), NOTHING, V1)

    @BOTH
    def test_moto_is_itself_again_afterwards(self, aws: None, interface: Interface) -> None:
        bad = BAD["a repeated Content-Type"].message
        with strict_ses(), pytest.raises(ClientError):
            send_raw(bad, NOTHING, interface)
        send_raw(bad, NOTHING, interface)
        assert len(sent_by_moto()) == 1
