"""What a test records: against botocore's Stubber, moto, smtplib over a socket, and Django itself."""

from __future__ import annotations

import asyncio
import io
import pickle
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.message import Message as LibraryMessage
from typing import Any

import boto3
import botocore.hooks
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from hypothesis import given

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    LintConfig,
    MessageTag,
    Submission,
)
from sesmime.boto import install
from sesmime.testing import (
    Outbox,
    Sent,
    assert_ses_ok,
    record_sent,
)
from tests.property import strategies

# The fixtures of moto's server.
from tests.servers import client as moto_client
from tests.testing.sending import MESSAGE, REPEATED, TAGGED

_BULK_ANSWERS: dict[str, Any] = {
    "send_bulk_email": {"BulkEmailEntryResults": []},
    "send_bulk_templated_email": {"Status": []},
}
SIMPLE = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}


def make_client(service: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    with record_sent() as made:
        yield made


def send(service: str, operation: str, *, client: Any = None, **request: Any) -> None:
    """Send by a client that botocore's Stubber answers for."""
    client = client or make_client(service)
    with Stubber(client) as stubber:
        stubber.add_response(operation, _BULK_ANSWERS.get(operation, {"MessageId": "1"}))
        getattr(client, operation)(**request)


def send_raw(data: Any, **request: Any) -> None:
    send("ses", "send_raw_email", RawMessage={"Data": data}, **request)


class TestBoto3:
    def test_a_raw_message_is_there_with_all_that_follows_from_it(self, outbox: Outbox) -> None:
        send_raw(TAGGED, Source="bounce@a.example", Destinations=["e@f.example"], ConfigurationSetName="shop")
        (one,) = outbox
        assert one is outbox.last
        assert (one.via, one.unread) == ("boto3", None)
        assert one.interface is Interface.SEND_RAW_EMAIL
        assert one.message == TAGGED
        parameters = ApiParameters(
            source="bounce@a.example", destination=Destination(("e@f.example",)), configuration_set="shop"
        )
        assert one.parameters == parameters
        assert one.submission == Submission(TAGGED, parameters, Interface.SEND_RAW_EMAIL)
        assert one.envelope.sender == "bounce@a.example"
        assert one.envelope.recipients == ("e@f.example",)
        assert one.resolution.configuration_set == "shop"
        assert one.tags == (MessageTag("a", "1"),)
        assert one.entity is not None
        assert one.entity.text() == "Hello\r\n"
        # c@d.example of To gets no mail.
        assert "SES204" in [finding.code for finding in one.report]

    @pytest.mark.parametrize(
        ("service", "operation", "request_", "interface"),
        [
            ("ses", "send_raw_email", {"RawMessage": {"Data": MESSAGE}}, Interface.SEND_RAW_EMAIL),
            (
                "ses",
                "send_email",
                {"Source": "a@b.example", "Destination": {"ToAddresses": ["c@d.example"]}, "Message": SIMPLE},
                Interface.SEND_EMAIL,
            ),
            (
                "ses",
                "send_templated_email",
                {
                    "Source": "a@b.example",
                    "Destination": {"ToAddresses": ["c@d.example"]},
                    "Template": "t",
                    "TemplateData": "{}",
                },
                Interface.SEND_TEMPLATED_EMAIL,
            ),
            (
                "ses",
                "send_bulk_templated_email",
                {"Source": "a@b.example", "Template": "t", "DefaultTemplateData": "{}", "Destinations": []},
                Interface.SEND_BULK_TEMPLATED_EMAIL,
            ),
            (
                "ses",
                "send_custom_verification_email",
                {"EmailAddress": "a@b.example", "TemplateName": "t"},
                Interface.SEND_CUSTOM_VERIFICATION_EMAIL,
            ),
            ("sesv2", "send_email", {"Content": {"Raw": {"Data": MESSAGE}}}, Interface.V2_SEND_EMAIL_RAW),
            ("sesv2", "send_email", {"Content": {"Simple": SIMPLE}}, Interface.V2_SEND_EMAIL_SIMPLE),
            ("sesv2", "send_email", {"Content": {"Template": {}}}, Interface.V2_SEND_EMAIL_TEMPLATE),
            (
                "sesv2",
                "send_bulk_email",
                {"DefaultContent": {"Template": {}}, "BulkEmailEntries": []},
                Interface.V2_SEND_BULK_EMAIL,
            ),
            (
                "sesv2",
                "send_custom_verification_email",
                {"EmailAddress": "a@b.example", "TemplateName": "t"},
                Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL,
            ),
        ],
    )
    def test_every_operation_that_sends_is_recorded(
        self, outbox: Outbox, service: str, operation: str, request_: dict[str, Any], interface: Interface
    ) -> None:
        send(service, operation, **request_)
        (one,) = outbox
        assert one.interface is interface
        assert one.message == (MESSAGE if interface.is_raw else None)
        assert one.unread is None
        assert isinstance(one.report, tuple)

    def test_other_operations_are_not_recorded(self, outbox: Outbox) -> None:
        client = make_client("ses")
        with Stubber(client) as stubber:
            stubber.add_response("verify_email_identity", {})
            client.verify_email_identity(EmailAddress="a@b.example")
        assert outbox == []

    def test_a_client_made_before_the_recording_is_seen_and_is_free_after_it(self) -> None:
        client = make_client("ses")
        emit = botocore.hooks.HierarchicalEmitter.emit
        with record_sent() as outbox:
            send("ses", "send_raw_email", client=client, RawMessage={"Data": MESSAGE})
        send("ses", "send_raw_email", client=client, RawMessage={"Data": MESSAGE})
        assert len(outbox) == 1
        assert botocore.hooks.HierarchicalEmitter.emit is emit

    def test_two_recordings_at_a_time_see_the_same(self, outbox: Outbox) -> None:
        send_raw(MESSAGE)
        with record_sent() as inner:
            send_raw(TAGGED)
        send_raw(MESSAGE)
        assert [one.message for one in inner] == [TAGGED]
        assert [one.message for one in outbox] == [MESSAGE, TAGGED, MESSAGE]

    def test_a_recording_that_ends_first_leaves_the_other_one_alone(self) -> None:
        first, second = record_sent(), record_sent()
        one, two = first.__enter__(), second.__enter__()
        first.__exit__(None, None, None)
        send_raw(MESSAGE)
        second.__exit__(None, None, None)
        send_raw(MESSAGE)
        assert (len(one), len(two)) == (0, 1)

    def test_stubber_sees_the_parameters_as_they_were_given(self, outbox: Outbox) -> None:
        client = make_client("ses")
        request = {"RawMessage": {"Data": MESSAGE}, "Source": "joe@a.example"}
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "7"}, expected_params=request)
            assert client.send_raw_email(**request)["MessageId"] == "7"
        assert outbox.last.parameters.source == "joe@a.example"

    def test_what_is_recorded_does_not_change_with_the_request(self, outbox: Outbox) -> None:
        data = bytearray(MESSAGE)
        message: dict[str, Any] = {"Subject": {"Data": "one"}, "Body": {"Text": {"Data": "Hello"}}}
        send_raw(data)
        send("ses", "send_email", Source="a@b.example", Destination={"ToAddresses": ["c@d.example"]}, Message=message)
        data[:4] = b"Ruin"
        message["Subject"]["Data"] = "two"
        assert outbox[0].message == MESSAGE
        assert dict(outbox[1].parameters.extra or ())["Message"]["Subject"] == {"Data": "one"}

    def test_a_str_is_taken_as_boto3_takes_it(self, outbox: Outbox) -> None:
        send_raw("Subject: \u00e9\r\n\r\n")
        assert outbox.last.message == b"Subject: \xc3\xa9\r\n\r\n"

    def test_what_the_hook_of_sesmime_made_of_a_message_is_what_is_recorded(self, outbox: Outbox) -> None:
        client = make_client("ses")
        install(client)
        send("ses", "send_raw_email", client=client, RawMessage={"Data": TAGGED})
        assert outbox.last.message == MESSAGE
        assert outbox.last.parameters.message_tags == (MessageTag("a", "1"),)

    def test_a_stream_is_read_and_left_where_it_stood(self, outbox: Outbox) -> None:
        stream = io.BytesIO(b"skipped" + MESSAGE)
        stream.seek(7)
        # botocore takes a stream, and then cannot write it.
        with pytest.raises(TypeError):
            send_raw(stream)
        assert outbox.last.message == MESSAGE
        assert stream.tell() == 7

    def test_a_stream_that_cannot_be_rewound_is_not_drained(self, outbox: Outbox) -> None:
        stream = StreamingBody(io.BytesIO(MESSAGE), len(MESSAGE))
        with pytest.raises(TypeError):
            send_raw(stream, Source="joe@a.example")
        one = outbox.last
        assert stream.read() == MESSAGE
        assert (one.message, one.unread) == (None, "the message is a stream that cannot be read and rewound")
        assert one.parameters.source == "joe@a.example"
        assert one.report == ()
        with pytest.raises(AssertionError, match="cannot be checked: the message is a stream that cannot"):
            assert_ses_ok(one)

    @pytest.mark.parametrize(
        ("service", "operation", "request_"),
        [
            ("ses", "send_raw_email", {}),
            ("ses", "send_raw_email", {"RawMessage": {"Data": 7}}),
            ("ses", "send_raw_email", {"RawMessage": {"Data": MESSAGE}, "Tags": "a=1"}),
            ("sesv2", "send_email", {}),
            ("sesv2", "send_email", {"Content": "Hi"}),
        ],
    )
    def test_a_request_that_botocore_refuses_is_recorded_as_unread(
        self, outbox: Outbox, service: str, operation: str, request_: dict[str, Any]
    ) -> None:
        with pytest.raises(ParamValidationError):
            send(service, operation, **request_)
        one = outbox.last
        assert one.message is None
        assert one.unread
        assert one.envelope.recipients == ()

    def test_a_parameter_that_the_interface_lacks_is_found_though_botocore_refuses_it(self, outbox: Outbox) -> None:
        with pytest.raises(ParamValidationError):
            send_raw(MESSAGE, ReplyToAddresses=["a@b.example"])
        assert [finding.code for finding in outbox.last.report] == ["SES512"]

    def test_what_is_signed_for_others_to_send_is_not_recorded(self, outbox: Outbox) -> None:
        client = make_client("ses")
        client.generate_presigned_url("send_raw_email", Params={"RawMessage": {"Data": MESSAGE}})
        assert outbox == []

    def test_a_message_that_no_endpoint_takes_is_recorded_too(self, outbox: Outbox) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        client = boto3.client(
            "ses",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            endpoint_url=address,
            config=Config(retries={"max_attempts": 0}),
        )
        with pytest.raises(EndpointConnectionError):
            client.send_raw_email(RawMessage={"Data": MESSAGE})
        assert [one.message for one in outbox] == [MESSAGE]

    @pytest.mark.edges
    def test_motos_decorator_answers_and_the_message_is_recorded(self, outbox: Outbox) -> None:
        moto = pytest.importorskip("moto")

        def work() -> None:
            client = make_client("sesv2")
            client.create_email_identity(EmailIdentity="joe@a.example")
            request = {"FromEmailAddress": "joe@a.example", "Destination": {"ToAddresses": ["c@d.example"]}}
            client.send_email(Content={"Raw": {"Data": MESSAGE}}, **request)
            client.send_email(Content={"Simple": SIMPLE}, **request)

        moto.mock_aws(work)()
        assert [one.interface.value for one in outbox] == ["sesv2.SendEmail.Raw", "sesv2.SendEmail.Simple"]
        assert outbox[0].message == MESSAGE
        assert [one.envelope.recipients for one in outbox] == [("c@d.example",), ("c@d.example",)]

    @pytest.mark.edges
    def test_motos_mock_answers_and_the_message_is_recorded(self, outbox: Outbox) -> None:
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            client = make_client("ses")
            client.verify_email_identity(EmailAddress="joe@a.example")
            assert client.send_raw_email(RawMessage={"Data": MESSAGE})["MessageId"]
        assert [one.message for one in outbox] == [MESSAGE]

    @pytest.mark.edges
    def test_a_message_that_moto_refuses_is_recorded_too(self, outbox: Outbox) -> None:
        moto = pytest.importorskip("moto")
        with moto.mock_aws(), pytest.raises(make_client("ses").exceptions.MessageRejected):
            make_client("ses").send_raw_email(RawMessage={"Data": MESSAGE})
        assert [one.message for one in outbox] == [MESSAGE]

    @pytest.mark.edges
    @pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW])
    def test_motos_server_gets_what_is_recorded(
        self, outbox: Outbox, endpoint: str, sent: list[Any], interface: Interface
    ) -> None:
        if interface.is_v2:
            moto_client("sesv2", endpoint).send_email(
                FromEmailAddress="joe@a.example", Destination={"ToAddresses": []}, Content={"Raw": {"Data": MESSAGE}}
            )
        else:
            moto_client("ses", endpoint).send_raw_email(RawMessage={"Data": MESSAGE})
        assert outbox.last.interface is interface
        assert outbox.last.message == sent[-1].raw_data.encode() == MESSAGE

    @pytest.mark.edges
    def test_aiobotocore_is_recorded_as_botocore_is(self, outbox: Outbox, endpoint: str) -> None:
        session_module = pytest.importorskip("aiobotocore.session")

        async def work() -> None:
            made = session_module.get_session().create_client(
                "ses",
                region_name="us-east-1",
                endpoint_url=endpoint,
                aws_access_key_id="dummy",
                aws_secret_access_key="dummy",
            )
            async with made as client:
                await client.verify_email_identity(EmailAddress="joe@a.example")
                await client.send_raw_email(RawMessage={"Data": MESSAGE})

        asyncio.run(work())
        assert [one.message for one in outbox] == [MESSAGE]


class TestSent:
    def test_its_repr_is_short_and_shows_no_body(self) -> None:
        recipients = Destination(tuple(f"to{number}@d.example" for number in range(5)))
        submission = Submission(MESSAGE, ApiParameters(destination=recipients))
        assert repr(Sent(submission=submission, via="boto3")) == (
            f"<Sent ses.SendRawEmail {len(MESSAGE)} bytes 'Hi'"
            " to to0@d.example, to1@d.example, to2@d.example and 2 more>"
        )
        simple = Submission(None, ApiParameters(), Interface.SEND_EMAIL)
        assert repr(Sent(submission=simple, via="boto3")) == "<Sent ses.SendEmail no message>"

    @pytest.mark.slow
    @given(strategies.submissions)
    def test_what_follows_from_any_submission_never_raises(
        self, submission: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        one = Sent(submission=Submission(*submission), via="boto3")
        assert repr(one).startswith(f"<Sent {one.interface.value} {len(submission[0])} bytes")
        assert one.tags == (one.resolution.message_tags or ())
        assert one.envelope.recipients is not None
        assert all(finding.code for finding in one.report)

    def test_it_is_pickled_with_what_it_says(self) -> None:
        one = Sent(submission=Submission(REPEATED), via="boto3")
        assert one.report
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert again.report == one.report

    def test_it_is_reported_by_the_configuration_of_its_recording(self) -> None:
        with record_sent(config=LintConfig(ignore=("SES101",))) as outbox:
            send_raw(REPEATED)
        assert outbox.last.report == ()

    def test_an_empty_outbox_is_a_list_without_a_last_message(self, outbox: Outbox) -> None:
        assert outbox == []
        assert repr(outbox) == "<Outbox of 0: []>"
        with pytest.raises(IndexError, match="nothing was sent"):
            outbox.last  # noqa: B018

    def test_an_outbox_can_be_cleared_and_goes_on(self, outbox: Outbox) -> None:
        send_raw(MESSAGE)
        outbox.clear()
        assert len(outbox) == 0
        send_raw(TAGGED)
        assert [one.message for one in outbox] == [TAGGED]


@pytest.fixture
def smtp_port() -> Iterator[int]:
    """Return the port of aiosmtpd on the loopback, which takes all recipients but those of refused.example."""
    controller_module = pytest.importorskip("aiosmtpd.controller")

    class Handler:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
        ) -> str:
            if address.endswith("@refused.example"):
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            taken.append(envelope.content)
            return "250 OK"

    taken: list[bytes] = []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = controller_module.Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.mark.edges
class TestSmtplib:
    def test_sendmail_is_recorded_with_its_envelope(self, outbox: Outbox, smtp_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as connection:
            connection.sendmail("bounce@a.example", ["c@d.example", "e@f.example"], MESSAGE)
        (one,) = outbox
        assert (one.via, one.interface, one.message) == ("smtplib", Interface.SMTP, MESSAGE)
        assert one.envelope.sender == "bounce@a.example"
        assert one.envelope.recipients == ("c@d.example", "e@f.example")

    def test_send_message_is_recorded_as_it_went_out(self, outbox: Outbox, smtp_port: int) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Bcc"] = "joe@a.example", "c@d.example", "e@f.example"
        message.set_content("Hello\n")
        with smtplib.SMTP("127.0.0.1", smtp_port) as connection:
            connection.send_message(message)
        assert outbox.last.message is not None
        assert b"\r\n\r\nHello\r\n" in outbox.last.message
        # smtplib takes Bcc out; the envelope has it.
        assert b"Bcc" not in outbox.last.message
        assert outbox.last.envelope.recipients == ("c@d.example", "e@f.example")

    def test_a_refused_recipient_is_no_recipient(self, outbox: Outbox, smtp_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as connection:
            refused = connection.sendmail("a@b.example", ["x@refused.example", "c@d.example"], MESSAGE)
        assert list(refused) == ["x@refused.example"]
        assert outbox.last.envelope.recipients == ("c@d.example",)

    def test_a_message_without_a_recipient_is_not_handed_over(self, outbox: Outbox, smtp_port: int) -> None:
        with (
            smtplib.SMTP("127.0.0.1", smtp_port) as connection,
            pytest.raises(smtplib.SMTPRecipientsRefused),
        ):
            connection.sendmail("a@b.example", ["x@refused.example"], MESSAGE)
        assert outbox == []

    def test_each_message_of_a_connection_has_its_own_envelope(self, outbox: Outbox, smtp_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as connection:
            connection.sendmail("a@b.example", "c@d.example", MESSAGE)
            connection.sendmail("x@y.example", "e@f.example", "Subject: Hi\n\nHello\n")
        assert [one.envelope.sender for one in outbox] == ["a@b.example", "x@y.example"]
        assert [one.envelope.recipients for one in outbox] == [("c@d.example",), ("e@f.example",)]
        assert outbox.last.message == b"Subject: Hi\r\n\r\nHello\r\n"

    def test_the_commands_alone_are_recorded_too(self, outbox: Outbox, smtp_port: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as connection:
            connection.ehlo()
            connection.mail("a@b.example")
            connection.rcpt("c@d.example")
            connection.data("Subject: Hi\n\nHello\r")
        assert outbox.last.message == b"Subject: Hi\r\n\r\nHello\r\n"
        assert outbox.last.envelope.recipients == ("c@d.example",)


@pytest.fixture
def mail() -> Any:
    """Return Django's mail, configured."""
    conf = pytest.importorskip("django.conf")
    if not conf.settings.configured:
        conf.settings.configure()
    pytest.importorskip("django.core.mail.backends.locmem")
    pytest.importorskip("django.core.mail.backends.smtp")
    return pytest.importorskip("django.core.mail")


@pytest.mark.edges
class TestDjango:
    def message(self, mail: Any, **options: Any) -> Any:
        options = {"from_email": "Joe <joe@a.example>", "to": ["Lena <c@d.example>"]} | options
        return mail.EmailMultiAlternatives(subject="Gr\u00fc\u00dfe", body="Hello", **options)

    def keep(self, mail: Any, *messages: Any) -> int:
        kept: int = mail.backends.locmem.EmailBackend().send_messages(message for message in messages)
        return kept

    def test_what_locmem_keeps_is_recorded_with_its_envelope(self, outbox: Outbox, mail: Any) -> None:
        message = self.message(mail, cc=["e@f.example"], bcc=["g@h.example"])
        assert self.keep(mail, message) == 1
        (one,) = outbox
        assert (one.via, one.interface) == ("django", Interface.SEND_RAW_EMAIL)
        assert one.entity is not None
        assert one.entity.text() == "Hello"
        assert one.parameters.destination == Destination(("c@d.example",), ("e@f.example",), ("g@h.example",))
        assert one.envelope.sender == "joe@a.example"
        assert one.envelope.bcc == ("g@h.example",)
        assert_ses_ok(one)

    def test_it_is_taken_for_sent_by_the_interface_that_is_named(self, mail: Any) -> None:
        with record_sent(interface=Interface.V2_SEND_EMAIL_RAW) as outbox:
            self.keep(mail, self.message(mail))
        assert outbox.last.interface is Interface.V2_SEND_EMAIL_RAW
        # FromEmailAddress would take the place of the From field, display name and all.
        assert outbox.last.parameters.source is None
        assert outbox.last.envelope.sender == "joe@a.example"

    def test_a_domain_beyond_ascii_is_written_as_djangos_backends_write_it(self, outbox: Outbox, mail: Any) -> None:
        self.keep(mail, self.message(mail, to=["c@b\u00fccher.example"]))
        assert outbox.last.envelope.recipients == ("c@xn--bcher-kva.example",)
        assert_ses_ok(outbox.last)

    def test_of_several_messages_those_before_a_faulty_one_are_recorded(self, outbox: Outbox, mail: Any) -> None:
        good, bad = (self.message(mail, to=[to]) for to in ("c@d.example", "c@d.example\nBcc: e@f.example"))
        with pytest.raises(ValueError):
            self.keep(mail, good, bad, good)
        assert [one.envelope.recipients for one in outbox] == [("c@d.example",)]

    def test_a_message_that_cannot_be_written_is_recorded_as_unread(self, outbox: Outbox, mail: Any) -> None:
        class Unwritable(mail.EmailMessage):  # type: ignore[misc]
            def message(self, **options: Any) -> LibraryMessage:
                made = LibraryMessage()
                made.set_payload("\ud800")  # which is no character and no octet
                return made

        assert self.keep(mail, Unwritable(subject="Hi", from_email="a@b.example", to=["c@d.example"])) == 1
        assert outbox.last.unread is not None
        assert outbox.last.unread.startswith("Django cannot write the message: UnicodeEncodeError: ")

    def test_the_smtp_backend_is_recorded_once_by_smtplib(self, outbox: Outbox, mail: Any, smtp_port: int) -> None:
        connection = mail.backends.smtp.EmailBackend(alias="default", host="127.0.0.1", port=smtp_port)
        connection.send_messages([self.message(mail, bcc=["g@h.example"])])
        (one,) = outbox
        assert (one.via, one.interface) == ("smtplib", Interface.SMTP)
        assert one.envelope.recipients == ("c@d.example", "g@h.example")

    def test_a_message_of_django_is_checked_with_its_envelope(self, mail: Any) -> None:
        message = self.message(mail, to=[], bcc=["g@h.example"])
        assert_ses_ok(message, ignore=["SES103", "SES104"])
        message.bcc = []
        with pytest.raises(AssertionError, match="SES202 no-recipient"):
            assert_ses_ok(message, ignore=["SES103", "SES104"])
