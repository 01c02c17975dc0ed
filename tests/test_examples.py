"""The worked examples, run against moto: a Lambda function that forwards, a queue worker, a mock that refuses."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from sesmime import ApiParameters, Destination, Interface, MessageTag, Submission, parse
from tests.conftest import shared
from tests.examples import lambda_forwarder, queue_worker

moto = pytest.importorskip("moto")
from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: E402, there only where moto is
from moto.server import ThreadedMotoServer  # noqa: E402, there only where moto is
from moto.ses.models import ses_backends  # noqa: E402, there only where moto is

from tests.examples import mock_ses  # noqa: E402, it needs moto
from tests.examples.mock_ses import Accepted, Account, Refusal, strict_ses  # noqa: E402, it needs moto

pytestmark = pytest.mark.edges

REGION = "us-east-1"
V1, V2 = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW
BOTH = pytest.mark.parametrize("interface", [V1, V2], ids=["v1", "v2"])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto's in which a.example is verified and the configuration set `shop` exists."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with moto.mock_aws():
        sesv2 = boto3.client("sesv2")
        sesv2.create_email_identity(EmailIdentity="a.example")
        sesv2.create_configuration_set(ConfigurationSetName="shop")
        yield


@pytest.fixture
def accepted(aws: None) -> Iterator[list[Accepted]]:
    """What the strict mock accepts, in an account of moto's."""
    with strict_ses() as messages:
        yield messages


def sent_by_moto() -> list[Any]:
    """Return moto's own record of what was sent."""
    messages: list[Any] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages


def mail(*lines: str, body: bytes = b"Hi\r\n") -> bytes:
    """Return a message of these lines."""
    return b"".join(line.encode("ascii") + b"\r\n" for line in lines) + b"\r\n" + body


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


# The mock

FROM, TO, SUBJECT = "From: Ann <ann@a.example>", "To: Bob <bob@b.example>", "Subject: Lunch"
SOUND = mail(FROM, TO, SUBJECT)
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
    "recipients in Bcc alone": Bad(
        mail(FROM, "Bcc: bob@b.example", SUBJECT),
        "Missing required header 'To'.",
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
        with strict_ses() as accepted, pytest.raises(ClientError) as refused:
            send_raw(bad.message, bad.parameters, interface)
        assert code_and_text(refused.value) == (bad.v2 if interface.is_v2 else bad.v1, bad.text)
        assert accepted == []
        assert len(sent_by_moto()) == len(taken_by_moto)

    def test_eleven_megabytes_pass_the_second_api_and_not_the_first(self, accepted: list[Accepted]) -> None:
        message = SOUND + b"a line of 25 octets here\r\n" * (TEN_MEGABYTES // 25)
        with pytest.raises(ClientError) as refused:
            send_raw(message, NOTHING, V1)
        text = f"Message length is more than 10485760 bytes long: '{len(message)}'."
        assert code_and_text(refused.value) == ("InvalidParameterValue", text)
        send_raw(message, NOTHING, V2)
        assert [one.interface for one in accepted] == [V2]

    @BOTH
    def test_an_account_without_identities_may_send_from_no_address(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        boto3.client("sesv2").delete_email_identity(EmailIdentity="a.example")
        with pytest.raises(ClientError) as refused:
            send_raw(SOUND, NOTHING, interface)
        code, text = code_and_text(refused.value)
        assert code == "MessageRejected"
        assert text.endswith("failed the check in region US-EAST-1: Ann <ann@a.example>")
        assert accepted == []

    @BOTH
    def test_a_text_that_quotes_controls_can_be_answered_with(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        parameters = ApiParameters(message_tags=(MessageTag("a", "b\x01"),))
        submission = Submission(SOUND, parameters, interface)
        answered = mock_ses.answer(submission.to_request(), interface, Account(REGION, ("a.example",), ()))
        assert isinstance(answered, Refusal)
        assert answered.text.startswith("Invalid tag value <b\x01>:")
        # The answer of the first API is XML, which has no such characters.
        with pytest.raises(ClientError, match=r"Invalid tag value <b\\x01>:"):
            send_raw(SOUND, parameters, interface)

    @BOTH
    def test_a_request_without_a_message_is_refused(self, interface: Interface) -> None:
        answered = mock_ses.answer({}, interface, Account(REGION, ("a.example",), ()))
        assert isinstance(answered, Refusal)
        assert answered.code == ("BadRequestException" if interface.is_v2 else "InvalidParameterValue")


class TestAcceptance:
    @BOTH
    def test_the_message_is_kept_without_its_ses_fields_and_the_settings_beside_it(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        message = mail(FROM, "X-SES-MESSAGE-TAGS: a=1, b=2", TO, "x-ses-configuration-set: shop", SUBJECT)
        send_raw(message, NOTHING, interface)
        (kept,) = accepted
        assert kept.interface is interface
        assert kept.message == SOUND
        assert kept.resolution.message_tags == (MessageTag("a", "1"), MessageTag("b", "2"))
        assert kept.resolution.configuration_set == "shop"
        (by_moto,) = sent_by_moto()
        assert by_moto.raw_data.encode() == SOUND

    @BOTH
    def test_tags_of_the_parameter_are_not_joined_with_those_of_the_field(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        message = mail(FROM, TO, SUBJECT, "X-SES-MESSAGE-TAGS: a=1, b=2")
        send_raw(message, ApiParameters(message_tags=(MessageTag("c", "3"),)), interface)
        assert accepted[0].resolution.message_tags == (MessageTag("c", "3"),)

    @BOTH
    def test_given_destinations_alone_receive_where_moto_adds_those_of_the_fields(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        parameters = ApiParameters(destination=Destination(to=("Zoe <zoe@c.example>",)))
        send_raw(SOUND, parameters, interface)
        assert accepted[0].envelope.recipients == ("zoe@c.example",)
        assert sent_by_moto()[0].destinations == ["zoe@c.example"]

    @BOTH
    def test_moto_alone_adds_the_addresses_of_the_fields(self, aws: None, interface: Interface) -> None:
        send_raw(SOUND, ApiParameters(destination=Destination(to=("zoe@c.example",))), interface)
        assert sent_by_moto()[0].destinations == ["zoe@c.example", "Bob <bob@b.example>"]

    @BOTH
    def test_addresses_of_the_fields_receive_where_no_destination_is_given(
        self, accepted: list[Accepted], interface: Interface
    ) -> None:
        message = mail(FROM, 'To: "Bob, the cook" <bob@b.example>, Team: c@d.example, e@f.example;', "Bcc: g@h.example")
        send_raw(message, NOTHING, interface)
        assert accepted[0].envelope.sender == "ann@a.example"
        assert accepted[0].envelope.recipients == ("bob@b.example", "c@d.example", "e@f.example", "g@h.example")
        assert accepted[0].envelope.bcc == ("g@h.example",)
        # The other operations are moto's.
        assert boto3.client("ses").get_send_quota()["SentLast24Hours"] == 4

    @BOTH
    def test_fifty_recipients_pass_of_which_moto_alone_counts_one_twice(self, aws: None, interface: Interface) -> None:
        message = mail(FROM, f"To: {MANY[0]}", SUBJECT)
        parameters = ApiParameters(destination=Destination(to=MANY[:50]))
        with pytest.raises(ClientError, match="Too many recipients"):
            send_raw(message, parameters, interface)
        with strict_ses() as accepted:
            send_raw(message, parameters, interface)
        assert accepted[0].envelope.recipients == MANY[:50]

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
        with strict_ses() as accepted:
            send_raw(message, NOTHING, interface)
        assert accepted[0].message == message
        assert sent_by_moto()[0].raw_data.encode("utf-8", "surrogateescape") == message

    @BOTH
    def test_a_subdomain_of_a_verified_domain_sends_which_moto_alone_refuses(
        self, aws: None, interface: Interface
    ) -> None:
        message = mail("From: news@mail.a.example", TO, SUBJECT)
        with pytest.raises(ClientError, match="Did not have authority"):
            send_raw(message, NOTHING, interface)
        with strict_ses() as accepted:
            send_raw(message, NOTHING, interface)
        assert accepted[0].envelope.sender == "news@mail.a.example"

    def test_a_simple_message_goes_to_moto_as_before(self, accepted: list[Accepted]) -> None:
        boto3.client("sesv2").send_email(
            FromEmailAddress="ann@a.example",
            Destination={"ToAddresses": ["bob@b.example"]},
            Content={"Simple": {"Subject": {"Data": "Lunch"}, "Body": {"Text": {"Data": "Hi"}}}},
        )
        assert accepted == []
        assert [one.subject for one in sent_by_moto()] == ["Lunch"]

    @BOTH
    def test_moto_is_itself_again_afterwards(self, aws: None, interface: Interface) -> None:
        bad = BAD["a repeated Content-Type"].message
        with strict_ses(), pytest.raises(ClientError):
            send_raw(bad, NOTHING, interface)
        send_raw(bad, NOTHING, interface)
        assert len(sent_by_moto()) == 1


class TestServer:
    """The strict mock as moto's server on 127.0.0.1."""

    @pytest.fixture
    def endpoint(self) -> Iterator[str]:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        place: dict[str, Any] = {"region_name": REGION, "endpoint_url": endpoint}
        keys = {"aws_access_key_id": "dummy", "aws_secret_access_key": "dummy"}
        boto3.client("ses", **place, **keys).verify_domain_identity(Domain="a.example")
        yield endpoint
        server.stop()

    @BOTH
    def test_the_server_refuses_and_accepts_like_the_mock_in_one_process(
        self, endpoint: str, interface: Interface
    ) -> None:
        bad = BAD["a Content-Type behind a lone CR"]
        send_raw(bad.message, NOTHING, interface, endpoint)  # moto alone
        with strict_ses() as accepted:
            with pytest.raises(ClientError) as refused:
                send_raw(bad.message, NOTHING, interface, endpoint)
            assert code_and_text(refused.value) == (bad.v2 if interface.is_v2 else bad.v1, bad.text)
            send_raw(mail(FROM, TO, SUBJECT, "X-SES-MESSAGE-TAGS: a=1"), NOTHING, interface, endpoint)
        (kept,) = accepted
        assert (kept.message, kept.envelope.recipients) == (SOUND, ("bob@b.example",))
        assert kept.resolution.message_tags == (MessageTag("a", "1"),)


# The Lambda function

RECEIVED = (
    b"Return-Path: <jane@author.example>\r\n"
    b"X-SES-Spam-Verdict: PASS\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=author.example; s=x; h=from; bh=; b=\r\n"
    b"From: Jane Doe <jane@author.example>\r\n"
    b"To: Info@A.example\r\n"
    b"Subject: Question\r\n"
    b"Message-ID: <1@author.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Gr\xc3\xbc\xc3\x9fe\n\n"
    b"From: no field\r\n"
)
BODY = RECEIVED[RECEIVED.index(b"\r\n\r\n") :]


def event(recipients: list[str], message_id: str = "abc") -> dict[str, Any]:
    """Return a receipt event as SES hands it to a function, less what the function does not read."""
    received = {"mail": {"messageId": message_id}, "receipt": {"recipients": recipients}}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": received}]}


class TestLambdaForwarder:
    @pytest.fixture(autouse=True)
    def function(self, accepted: list[Accepted], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """The function as it is set up, with the bucket."""
        boto3.client("s3").create_bucket(Bucket="mail")
        targets = {"info@a.example": ["me@home.example", "you@home.example"], "@a.example": ["me@home.example"]}
        monkeypatch.setenv("FORWARD_BUCKET", "mail")
        monkeypatch.setenv("FORWARD_PREFIX", "in/")
        monkeypatch.setenv("FORWARD_SENDER", "forwarder@a.example")
        monkeypatch.setenv("FORWARD_TO", json.dumps(targets))
        lambda_forwarder.clients.cache_clear()
        yield
        lambda_forwarder.clients.cache_clear()

    def store(self, message: bytes, message_id: str = "abc") -> None:
        """Put a message where the receipt rule puts it."""
        boto3.client("s3").put_object(Bucket="mail", Key=f"in/{message_id}", Body=message)

    def test_a_received_message_goes_to_those_that_its_recipient_stands_for(self, accepted: list[Accepted]) -> None:
        self.store(RECEIVED)
        result = lambda_forwarder.handler(event(["Info@A.example"]), None)
        assert result["outcome"] == "forwarded"
        (kept,) = accepted
        assert kept.envelope.recipients == ("me@home.example", "you@home.example")
        assert kept.envelope.sender == "forwarder@a.example"
        entity = parse(kept.message)
        assert [(field.name, field.body.strip()) for field in entity.header_section] == [
            ("From", '"Jane Doe (jane at author.example)" <forwarder@a.example>'),
            ("To", "Info@A.example"),
            ("Subject", "Question"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Reply-To", "Jane Doe <jane@author.example>"),
        ]
        assert kept.message.endswith(BODY)

    def test_a_target_of_several_recipients_gets_one_copy(self, accepted: list[Accepted]) -> None:
        self.store(RECEIVED)
        lambda_forwarder.handler(event(["other@a.example", "info@a.example", "x@elsewhere.example"]), None)
        assert accepted[0].envelope.recipients == ("me@home.example", "you@home.example")

    def test_a_message_for_nobody_is_not_sent(self, accepted: list[Accepted]) -> None:
        result = lambda_forwarder.handler(event(["x@elsewhere.example"]), None)
        assert result == {"message": "abc", "outcome": "unaddressed"}
        assert accepted == []

    def test_what_the_author_smuggled_sets_nothing(self, accepted: list[Accepted]) -> None:
        smuggled = (
            b"X-SES-CONFIGURATION-SET: theirs\r\n"
            b"x-ses-message-tags : a=1\r\n"
            b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/theirs.example\r\n"
            b"X-Note: a\rX-SES-TENANT: theirs\r\n"
            b"Bcc: victim@other.example\r\n"
        )
        self.store(smuggled + RECEIVED)
        requests: list[Any] = []
        _, sesv2 = lambda_forwarder.clients()
        sesv2.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: requests.append(params))
        lambda_forwarder.handler(event(["info@a.example"]), None)
        (kept,) = accepted
        assert kept.envelope.recipients == ("me@home.example", "you@home.example")
        resolution = kept.resolution
        assert (resolution.configuration_set, resolution.message_tags, resolution.tenant) == (None, None, None)
        assert (resolution.source_arn, resolution.from_arn) == (None, None)
        # It was the function that took them out, the hidden one too, not the mock.
        (request,) = requests
        assert b"x-ses-" not in request["Content"]["Raw"]["Data"].lower()
        assert b"theirs" not in request["Content"]["Raw"]["Data"].lower()

    def test_a_message_that_ses_would_refuse_is_reported_and_not_tried_again(
        self, accepted: list[Accepted], caplog: pytest.LogCaptureFixture
    ) -> None:
        head = RECEIVED.removesuffix(BODY).replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
        self.store(head + BODY)
        with caplog.at_level(logging.ERROR, logger=lambda_forwarder.__name__):
            result = lambda_forwarder.handler(event(["info@a.example"]), None)
        assert result["outcome"] == "refused"
        assert [finding[:6] for finding in result["findings"]] == ["SES401"]
        (record,) = caplog.records
        assert "message abc would be refused by SES" in record.getMessage()
        assert "SES401" in record.getMessage()
        assert accepted == []

    def test_an_error_of_ses_is_raised_and_the_next_attempt_sends(self, accepted: list[Accepted]) -> None:
        self.store(RECEIVED)
        sesv2 = boto3.client("sesv2")
        sesv2.delete_email_identity(EmailIdentity="a.example")
        with pytest.raises(ClientError, match="MessageRejected"):
            lambda_forwarder.handler(event(["info@a.example"]), None)
        assert accepted == []
        sesv2.create_email_identity(EmailIdentity="a.example")
        assert lambda_forwarder.handler(event(["info@a.example"]), None)["outcome"] == "forwarded"
        assert len(accepted) == 1

    def test_a_message_that_is_not_in_the_bucket_is_an_error(self, accepted: list[Accepted]) -> None:
        with pytest.raises(ClientError, match="NoSuchKey"):
            lambda_forwarder.handler(event(["info@a.example"]), None)
        assert accepted == []

    @pytest.mark.shared
    def test_a_recorded_event_and_message_are_forwarded(
        self, accepted: list[Accepted], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder: Path = shared("corpus", "aws-lambda-ses-forwarder")
        recorded = json.loads((folder / "expected" / "event.json").read_text(encoding="utf-8"))
        self.store((folder / "messages" / "message.txt").read_bytes(), "o3vrnil0e2ic28trm7dakrc2v0clambda4nbp0g1")
        monkeypatch.setenv("FORWARD_TO", json.dumps({"info@example.com": ["jim@home.example"]}))
        assert lambda_forwarder.handler(recorded, None)["to"] == ["jim@home.example"]
        entity = parse(accepted[0].message)
        (author,) = entity.header_section.all("From")
        assert author.body.strip() == '"Betsy (betsy at example.com)" <forwarder@a.example>'
        assert not entity.header_section.all("DKIM-Signature")


# The worker


class Queues(NamedTuple):
    """The clients of a worker and its two queues."""

    sqs: Any
    ses: Any
    s3: Any
    jobs: str
    dead: str

    def put(self, job: object) -> None:
        """Queue a job; str as it is, all else as JSON."""
        body = job if isinstance(job, str) else json.dumps(job)
        self.sqs.send_message(QueueUrl=self.jobs, MessageBody=body)

    def work(self) -> tuple[int, int, int]:
        """Run the worker once."""
        return queue_worker.work(self.sqs, self.ses, self.jobs, dead_letter_url=self.dead, s3=self.s3, wait_seconds=0)

    def waiting(self) -> int:
        """Return how many jobs are in the queue."""
        answer = self.sqs.get_queue_attributes(QueueUrl=self.jobs, AttributeNames=["All"])
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(answer["Attributes"][name]) for name in names)

    def dead_letters(self) -> list[tuple[str, str]]:
        """Take what is in the dead-letter queue out of it; gives body and reason of each."""
        answer = self.sqs.receive_message(QueueUrl=self.dead, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        for one in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=one["ReceiptHandle"])
        return [(one["Body"], one["MessageAttributes"]["Reason"]["StringValue"]) for one in answer.get("Messages", [])]


def raw(message: bytes) -> str:
    """Return a message as a job has it."""
    return base64.b64encode(message).decode()


NO_JOBS: tuple[object, ...] = (
    "no JSON",
    "[" * 100_000,
    [1],
    {},
    {"raw": "no base64!"},
    {"raw": 7},
    {"bucket": "outbox"},
    {"bucket": "outbox", "key": ""},
    {"bucket": "outbox", "key": 7},
    {"raw": raw(SOUND), "tags": [1]},
    {"raw": raw(SOUND), "tags": {"a": 1}},
    {"raw": raw(SOUND), "to": "bob@b.example"},
    {"raw": raw(SOUND), "configuration_set": 7},
)


class TestQueueWorker:
    @pytest.fixture
    def queues(self, accepted: list[Accepted]) -> Queues:
        """Queues whose messages are seen again at once."""
        sqs, s3 = boto3.client("sqs"), boto3.client("s3")
        s3.create_bucket(Bucket="outbox")
        jobs = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        return Queues(sqs, boto3.client("ses"), s3, jobs, dead)

    def test_an_empty_queue_is_no_work(self, queues: Queues) -> None:
        assert queues.work() == (0, 0, 0)

    def test_jobs_are_sent_with_their_settings_and_leave_the_queue(
        self, queues: Queues, accepted: list[Accepted]
    ) -> None:
        queues.s3.put_object(Bucket="outbox", Key="1.eml", Body=SOUND)
        settings = {"tags": {"campaign": "spring"}, "configuration_set": "shop", "to": ["zoe@c.example"]}
        queues.put({"raw": raw(SOUND)})
        queues.put({"bucket": "outbox", "key": "1.eml", **settings})
        assert queues.work() == (2, 0, 0)
        assert queues.waiting() == 0
        plain, stored = sorted(accepted, key=lambda one: one.resolution.configuration_set or "")
        assert plain.message == stored.message == SOUND
        assert plain.envelope.recipients == ("bob@b.example",)
        assert stored.envelope.recipients == ("zoe@c.example",)
        assert plain.resolution.message_tags is None
        assert stored.resolution.message_tags == (MessageTag("campaign", "spring"),)
        assert stored.resolution.configuration_set == "shop"

    def test_settings_of_the_job_overrule_those_in_the_message(self, queues: Queues, accepted: list[Accepted]) -> None:
        smuggled = mail(
            FROM, TO, "Bcc: blind@c.example", SUBJECT, "X-SES-MESSAGE-TAGS: a=1", "X-SES-CONFIGURATION-SET: theirs"
        )
        queues.put({"raw": raw(smuggled), "tags": {"b": "2"}, "configuration_set": "shop", "to": ["bob@b.example"]})
        assert queues.work() == (1, 0, 0)
        (kept,) = accepted
        assert kept.resolution.message_tags == (MessageTag("b", "2"),)
        assert kept.resolution.configuration_set == "shop"
        assert not kept.resolution.conflicts  # the fields did not reach the mock
        assert kept.envelope.recipients == ("bob@b.example",)
        assert kept.message == SOUND

    def test_what_ses_would_refuse_is_moved_with_its_reason_and_not_sent(
        self, queues: Queues, accepted: list[Accepted]
    ) -> None:
        job = {"raw": raw(mail(FROM, TO, SUBJECT, "Subject: Dinner"))}
        queues.put(job)
        assert queues.work() == (0, 1, 0)
        assert queues.waiting() == 0
        ((body, reason),) = queues.dead_letters()
        assert json.loads(body) == job
        assert reason.startswith("Refused: ")
        assert "Subject" in reason
        assert accepted == []

    def test_what_is_no_job_is_moved(self, queues: Queues, accepted: list[Accepted]) -> None:
        for job in NO_JOBS:
            queues.put(job)
            assert queues.work() == (0, 1, 0), job
            assert queues.waiting() == 0
            ((_, reason),) = queues.dead_letters()
            assert reason.startswith("the job cannot be read: "), job
        assert accepted == []

    def test_a_reason_holds_nothing_that_a_queue_does_not_take(self, queues: Queues) -> None:
        queues.put({"bucket": "\x00\ud800" * 5000, "key": "1.eml"})  # boto3 quotes it as it is
        assert queues.work() == (0, 1, 0)
        ((_, reason),) = queues.dead_letters()
        assert reason.isprintable()
        assert len(reason) <= 1000

    def test_what_ses_refuses_for_good_is_moved_with_its_text_and_the_remedy(self, queues: Queues) -> None:
        queues.put({"raw": raw(SOUND), "configuration_set": "nowhere"})
        assert queues.work() == (0, 1, 0)
        ((_, reason),) = queues.dead_letters()
        assert reason.startswith("ConfigurationSetDoesNotExist: Configuration set <nowhere> does not exist. (")
        assert "create it there" in reason

    @pytest.mark.parametrize("code", ["Throttling", "AccountSendingPausedException", "InternalFailure"])
    def test_a_passing_error_of_ses_leaves_the_job_and_the_next_run_sends_it_once(
        self, queues: Queues, accepted: list[Accepted], code: str
    ) -> None:
        queues.put({"raw": raw(SOUND)})
        with Stubber(queues.ses) as stub:
            stub.add_client_error("send_raw_email", code, "Maximum sending rate exceeded.")
            assert queues.work() == (0, 0, 1)
        assert queues.waiting() == 1
        assert queues.dead_letters() == []
        assert queues.work() == (1, 0, 0)
        assert queues.work() == (0, 0, 0)
        assert len(accepted) == 1

    def test_a_network_that_fails_leaves_the_job(self, queues: Queues, accepted: list[Accepted]) -> None:
        def fail(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://ses.example")

        queues.put({"raw": raw(SOUND)})
        queues.ses.meta.events.register("before-call.ses.SendRawEmail", fail)
        assert queues.work() == (0, 0, 1)
        queues.ses.meta.events.unregister("before-call.ses.SendRawEmail", fail)
        assert queues.work() == (1, 0, 0)
        assert len(accepted) == 1

    def test_a_message_that_is_not_in_the_bucket_yet_leaves_the_job(self, queues: Queues) -> None:
        queues.put({"bucket": "outbox", "key": "later.eml"})
        assert queues.work() == (0, 0, 1)
        queues.s3.put_object(Bucket="outbox", Key="later.eml", Body=SOUND)
        assert queues.work() == (1, 0, 0)

    def test_one_bad_job_keeps_no_other_from_being_sent(self, queues: Queues, accepted: list[Accepted]) -> None:
        queues.put("no JSON")
        queues.put({"raw": raw(SOUND)})
        queues.put({"bucket": "outbox", "key": "absent.eml"})
        assert queues.work() == (1, 1, 1)
        assert queues.waiting() == 1
        assert len(accepted) == 1
