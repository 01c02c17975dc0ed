"""What a test records and asserts: against botocore's Stubber, moto, smtplib over a socket, and Django itself."""

from __future__ import annotations

import asyncio
import io
import pickle
import re
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
    InvalidSetting,
    LintConfig,
    MessageTag,
    Severity,
    Submission,
    message_from_bytes,
    policy,
    prepare,
)
from sesmime.boto import install
from sesmime.testing import (
    Checks,
    Difference,
    Outbox,
    Sent,
    assert_same_message,
    assert_ses_ok,
    compare_messages,
    record_sent,
)

# The fixtures of moto's server.
from tests.boto.test_moto import client as moto_client
from tests.boto.test_moto import endpoint, sent
from tests.property import strategies

__all__ = ["endpoint", "sent"]

MESSAGE = b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"
REPEATED = MESSAGE.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
TAGGED = b"X-SES-MESSAGE-TAGS: a=1\r\n" + MESSAGE
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


class TestAssertSesOk:
    def test_a_good_message_passes_and_its_lesser_findings_are_given(self) -> None:
        assert assert_ses_ok(MESSAGE) == ()
        assert "SES514" in [finding.code for finding in assert_ses_ok(TAGGED)]

    def test_the_failure_names_rule_place_line_expected_text_and_remedy(self) -> None:
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(REPEATED)
        text = str(caught.value)
        assert text.splitlines()[0] == "SES101 repeated-field in message, sent by ses.SendRawEmail"
        for line in (
            "message:4:1: SES101 repeated-field [error]",
            "  Subject stands here again, with another text; SES takes it once",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
        ):
            assert line in text.splitlines(), line
        assert "   = fix: remove it here, keep the first" in text

    def test_the_line_is_shown_with_its_controls_escaped_and_its_part_named(self) -> None:
        message = MESSAGE.replace(b"Subject: Hi", b"Subject: Hi\x1b[31m\rthere")
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(message, select="SES001")
        assert "| Subject: Hi\\x1b[31m\\rthere" in str(caught.value)
        assert "\x1b" not in str(caught.value)

    def test_a_finding_in_a_part_names_the_part(self) -> None:
        message = (
            b"From: joe@a.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
            b"\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: text/plain\r\n"
            b'Content-Disposition: attachment; filename="setup.exe"\r\n\r\nHi\r\n--b--\r\n'
        )
        with pytest.raises(AssertionError, match="SES405 blocked-attachment") as caught:
            assert_ses_ok(message)
        assert "= part 2" in str(caught.value)

    def test_of_several_messages_each_is_named_by_its_number_and_what_was_sent_by_its_summary(self) -> None:
        sent = Sent(submission=Submission(REPEATED), via="boto3")
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok([MESSAGE, sent, REPEATED])
        assert str(caught.value).splitlines() == [
            "SES101 repeated-field in message 2, sent by ses.SendRawEmail",
            f"{len(REPEATED)} bytes 'Hi' to c@d.example",
            "",
            "message 2:4:1: SES101 repeated-field [error]",
            "  Subject stands here again, with another text; SES takes it once",
            "   |",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
            "   = fix: remove it here, keep the first (unsafe)",
            "",
            "SES101 repeated-field in message 3, sent by ses.SendRawEmail",
            "",
            "message 3:4:1: SES101 repeated-field [error]",
            "  Subject stands here again, with another text; SES takes it once",
            "   |",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
            "   = fix: remove it here, keep the first (unsafe)",
        ]
        assert "SES514" in [finding.code for finding in assert_ses_ok((MESSAGE, TAGGED))]

    def test_no_message_is_no_good_message(self) -> None:
        with pytest.raises(AssertionError, match="nothing was sent: there is no message to check"):
            assert_ses_ok(Outbox())

    def test_many_rules_are_counted_in_the_first_line(self) -> None:
        message = (
            b"Subject : Hi\r\nSubject: Hi\r\nSubject: Ho\r\nX-SES-MESSAGE-TAGS: a=!\r\nContent-Type: text\r\n"
            b"X-Note: a\rb\r\n\r\n" + b"x" * 1001 + b"\r\n"
        )
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(message)
        first = str(caught.value).splitlines()[0]
        assert first.count("SES") == 4
        assert re.search(r", and [1-9] more in message, sent by ses\.SendRawEmail$", first)

    def test_the_messages_of_the_library_are_checked_as_they_are_written(self) -> None:
        message = EmailMessage(policy=policy.SES)
        message["From"], message["To"] = "joe@a.example", "c@d.example"
        message.set_content("x" * 20)
        assert_ses_ok(message)
        message["X-SES-MESSAGE-TAGS"] = "a=1"
        assert "SES514" in [finding.code for finding in assert_ses_ok(message)]
        with pytest.raises(AssertionError, match="SES101"):
            assert_ses_ok(message_from_bytes(REPEATED))

    def test_what_is_sent_or_prepared_says_its_interface_and_parameters(self) -> None:
        prepared = prepare(TAGGED, interface=Interface.V2_SEND_EMAIL_RAW)
        assert "SES514" in [finding.code for finding in assert_ses_ok(prepared)]
        no_recipient = MESSAGE.replace(b"To: c@d.example\r\n", b"")
        submission = Submission(no_recipient, ApiParameters(destination=Destination(("c@d.example",))))
        assert_ses_ok(submission, ignore="SES103")
        assert_ses_ok(Sent(submission=submission, via="boto3"), ignore="SES103")
        with pytest.raises(AssertionError, match="SES202"):
            assert_ses_ok(submission, parameters=ApiParameters(), ignore="SES103")

    def test_interface_and_parameters_are_taken_into_account(self) -> None:
        reply_to = ApiParameters(reply_to=("a@b.example",))
        assert_ses_ok(MESSAGE, interface="sesv2", parameters=reply_to)
        with pytest.raises(AssertionError, match=r"SES512 unsupported-setting in message, sent by ses\.SendRawEmail"):
            assert_ses_ok(MESSAGE, parameters=reply_to)
        eleven_megabytes = MESSAGE + (b"x" * 76 + b"\r\n") * 150_000
        assert_ses_ok(eleven_megabytes, interface=Interface.SMTP)
        with pytest.raises(AssertionError, match="SES302"):
            assert_ses_ok(eleven_megabytes)

    def test_parameters_alone_are_checked_without_a_message(self) -> None:
        tags = ApiParameters(message_tags=(MessageTag("a", "!"),))
        with pytest.raises(AssertionError, match=r"SES511 .* in message, sent by sesv2\.SendEmail\.Simple"):
            assert_ses_ok(None, interface="sesv2.SendEmail.Simple", parameters=tags)

    @pytest.mark.parametrize("level", ["info", "INFO", Severity.INFO])
    def test_the_level_decides_what_fails(self, level: Any) -> None:
        assert_ses_ok(TAGGED, level="warning")
        with pytest.raises(AssertionError, match="SES514"):
            assert_ses_ok(TAGGED, level=level)

    @pytest.mark.parametrize("ignore", [["SES101"], ("SES1",), "SES101", "SES514, SES101", ["SES514 SES101"]])
    def test_ignored_codes_are_left_out(self, ignore: Any) -> None:
        assert_ses_ok(REPEATED, ignore=ignore)

    def test_selected_codes_are_run_alone_and_others_can_be_asked_for(self) -> None:
        assert_ses_ok(REPEATED, select=["SES3"])
        with pytest.raises(AssertionError, match="BULK101"):
            assert_ses_ok(MESSAGE, select="BULK101", level="info")

    def test_identities_are_held_against_those_that_are_verified(self) -> None:
        assert_ses_ok(MESSAGE, verified_identities=["a.example"])
        with pytest.raises(AssertionError, match="SES214 unverified-identity"):
            assert_ses_ok(MESSAGE, verified_identities=["b.example"])

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ({"ignore": ["SES1O1"]}, "ignore 'SES1O1' cannot be used: it is no rule .*; did you mean SES101"),
            ({"select": "qqqq"}, "select 'qqqq' cannot be used: .*`sesmime rules` lists them"),
            ({"level": "fatal"}, "level 'fatal' cannot be used: it is error, warning or info"),
            ({"level": 3.5}, "level '3.5' cannot be used"),
            ({"interface": "sesv3"}, "interface 'sesv3' cannot be used: there are ses, sesv2, smtp"),
        ],
    )
    def test_a_wrong_option_is_said_to_be_wrong(self, options: dict[str, Any], text: str) -> None:
        with pytest.raises(InvalidSetting, match=text):
            assert_ses_ok(MESSAGE, **options)

    @pytest.mark.parametrize(
        "options",
        [{"ignore": 7}, {"ignore": [7]}, {"interface": 7}, {"verified_identities": "a.example"}],
    )
    def test_an_option_of_another_type_is_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            assert_ses_ok(MESSAGE, **options)

    @pytest.mark.parametrize("message", ["Subject: Hi\r\n\r\n", None, 7, object()])
    def test_what_is_no_message_is_refused(self, message: Any) -> None:
        with pytest.raises(TypeError, match="message is bytes, an EmailMessage or something that was sent, not"):
            assert_ses_ok(message)

    def test_checks_add_up_what_is_left_out_and_refuse_interfaces_without_message(self) -> None:
        checks = Checks().changed(interface="smtp", ignore=["SES1"], level="warning").changed(ignore="SES2")
        assert (checks.interface, checks.level) == (Interface.SMTP, Severity.WARNING)
        assert checks.config.ignore == ("SES1", "SES2")
        with pytest.raises(InvalidSetting, match="it takes no raw message"):
            checks.changed(interface="ses.SendEmail")


def multipart(boundary: bytes, *parts: bytes, fields: bytes = b"Subject: Hi\r\n") -> bytes:
    pieces = [fields, b'Content-Type: multipart/mixed; boundary="', boundary, b'"\r\n\r\n']
    for part in parts:
        pieces += [b"--", boundary, b"\r\n", part, b"\r\n"]
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\nJoe\r\n"
IMAGE = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n"


class TestComparison:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            # Date, Message-ID and the boundary
            (b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n\r\nHi", b"\r\nHi"),
            (multipart(b"one", TEXT, IMAGE), multipart(b"other", TEXT, IMAGE)),
            # encoded words, folds, the case of names, the order of fields
            (b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n\r\n", b"subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n"),
            (b"To: a@b.example,\r\n\tc@d.example\r\n\r\n", b"To: a@b.example, c@d.example\r\n\r\n"),
            (b"A: 1\r\nB: 2\r\n\r\n", b"B: 2\r\nA: 1\r\n\r\n"),
            # parameters, however they are written
            (
                b'Content-Type: text/plain; charset=utf-8; name="a b"\r\n\r\n',
                b"Content-Type: Text/Plain; name*=utf-8''a%20b; charset=\"utf-8\"\r\n\r\n",
            ),
            # line ends of texts, preambles and epilogues
            (b"Subject: Hi\r\n\r\nHello\r\nJoe\r\n", b"Subject: Hi\n\nHello\nJoe\n"),
            (
                multipart(b"b", TEXT),
                multipart(b"b", TEXT).replace(b"\r\n\r\n--b", b"\r\n\r\npreamble\r\n--b", 1) + b"x",
            ),
            # base64 in other lines
            (multipart(b"b", IMAGE), multipart(b"b", IMAGE.replace(b"iVBO", b"iVBO\r\n"))),
        ],
    )
    def test_what_says_the_same_is_the_same(self, one: bytes, other: bytes) -> None:
        assert compare_messages(one, other) == compare_messages(other, one) == ()
        assert_same_message(one, other)

    @pytest.mark.parametrize(
        ("one", "other", "differences"),
        [
            (b"Subject: Hi\r\n\r\n", b"Subject: Ho\r\n\r\n", [("", "Subject", "'Hi'", "'Ho'")]),
            (b"X-Tag: a\r\n\r\n", b"\r\n", [("", "X-Tag", "'a'", None)]),
            (b"\r\n", b"X-Tag: a\r\n\r\n", [("", "X-Tag", None, "'a'")]),
            # fields of one name have their order
            (
                b"Received: a\r\nReceived: b\r\n\r\n",
                b"Received: b\r\n\r\n",
                [("", "Received", "'a'", "'b'"), ("", "Received", "'b'", None)],
            ),
            (
                b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
                b"Content-Type: text/plain; charset=latin-1\r\n\r\n",
                [("", "Content-Type", "'text/plain; charset=utf-8'", "'text/plain; charset=latin-1'")],
            ),
            (
                multipart(b"b", TEXT),
                multipart(b"b", TEXT.replace(b"Joe", b"Jim")),
                [("1", "content", "'Joe\\n' (line 2)", "'Jim\\n' (line 2)")],
            ),
            (multipart(b"b", TEXT, IMAGE), multipart(b"b", TEXT), [("2", "part", "image/png", None)]),
            (multipart(b"b", TEXT), multipart(b"b", TEXT, IMAGE), [("2", "part", None, "image/png")]),
        ],
    )
    def test_each_difference_has_its_place(
        self, one: bytes, other: bytes, differences: list[tuple[str, str, str | None, str | None]]
    ) -> None:
        assert compare_messages(one, other) == tuple(Difference(*difference) for difference in differences)

    def test_octets_are_told_from_shortly_before_the_first_that_differs(self) -> None:
        start = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        found = compare_messages(start + b"\x00" * 40 + b"A", start + b"\x00" * 40 + b"BC")
        shown = "\\x00" * 20
        assert found == (
            Difference("", "content", f"'{shown}A' (from octet 20 of 41)", f"'{shown}BC' (from octet 20 of 42)"),
        )

    def test_texts_that_cannot_be_decoded_are_compared_by_their_octets(self) -> None:
        start = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        (found,) = compare_messages(start + b"\xff", start + b"\xfe")
        assert (found.one, found.other) == ("'\\xff' (from octet 0 of 1)", "'\\xfe' (from octet 0 of 1)")

    def test_a_part_where_the_other_has_none_is_a_difference_of_content(self) -> None:
        whole = multipart(b"b", TEXT)
        assert compare_messages(whole, whole.replace(b"--b", b"--c")) == (
            Difference("", "content", "1 part", "0 parts"),
            Difference("1", "part", "text/plain", None),
        )

    def test_a_default_type_that_differs_is_a_difference(self) -> None:
        mixed = multipart(b"b", b"\r\nHi\r\n")
        found = compare_messages(mixed, mixed.replace(b"multipart/mixed", b"multipart/digest"), ignore=["Content-Type"])
        # RFC 2046 section 5.1.5: a part of a digest is a message, here one that begins with "Hi".
        assert Difference("1", "type", "text/plain", "message/rfc822") in found

    @given(strategies.messages, strategies.messages)
    def test_any_message_is_the_same_as_itself_and_differs_both_ways_alike(self, one: bytes, other: bytes) -> None:
        assert compare_messages(one, one) == ()
        there = sorted((d.part, d.what.lower(), str(d.one), str(d.other)) for d in compare_messages(one, other))
        back = sorted((d.part, d.what.lower(), str(d.other), str(d.one)) for d in compare_messages(other, one))
        assert there == back

    def test_an_attached_message_is_compared_inside(self) -> None:
        attached = b"Content-Type: message/rfc822\r\n\r\nSubject: %s\r\n\r\nHi\r\n"
        found = compare_messages(multipart(b"b", attached % b"one"), multipart(b"b", attached % b"two"))
        assert found == (Difference("1.1", "Subject", "'one'", "'two'"),)
        assert found[0].place == "part 1.1, Subject"

    def test_other_fields_can_be_set_aside_in_every_part(self) -> None:
        one = multipart(b"b", b"Content-ID: <1>\r\n" + TEXT)
        other = multipart(b"b", b"Content-ID: <2>\r\n" + TEXT, fields=b"Subject: Hi\r\nDate: now\r\n")
        assert [difference.what for difference in compare_messages(one, other)] == ["Content-ID"]
        assert [difference.what for difference in compare_messages(one, other, ignore=["content-id"])] == ["Date"]
        with pytest.raises(TypeError, match="ignore is a list of field names"):
            compare_messages(one, other, ignore="Date")

    def test_the_failure_shows_both_readings_of_each_place(self) -> None:
        one, other = multipart(b"b", TEXT, IMAGE), multipart(b"c", TEXT, fields=b"Subject: Ho\r\n")
        with pytest.raises(AssertionError) as caught:
            assert_same_message(one, other)
        assert str(caught.value).splitlines() == [
            "the messages differ in 2 places",
            "  Subject",
            "    one:   'Hi'",
            "    other: 'Ho'",
            "  part 2",
            "    one:   image/png",
            "    other: not there",
        ]

    def test_only_so_many_differences_are_told(self) -> None:
        fields = b"".join(b"X-%d: a\r\n" % number for number in range(25))
        with pytest.raises(AssertionError, match="differ in 25 places") as caught:
            assert_same_message(fields + b"\r\n", b"\r\n")
        assert str(caught.value).splitlines()[-1] == "  and 5 more"

    def test_what_is_sent_is_compared_with_what_was_meant(self) -> None:
        message = message_from_bytes(MESSAGE)
        assert_same_message(message, Sent(submission=Submission(MESSAGE), via="boto3"))
        assert_same_message(prepare(TAGGED), message)
        with pytest.raises(TypeError, match="other is bytes, an EmailMessage or something that was sent, not int"):
            assert_same_message(MESSAGE, 7)
        with pytest.raises(TypeError, match=r"other, sent by ses\.SendEmail, has no message"):
            assert_same_message(MESSAGE, Sent(submission=Submission(None, interface=Interface.SEND_EMAIL), via="boto3"))
