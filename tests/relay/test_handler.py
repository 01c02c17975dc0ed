"""The SMTP relay: smtplib and plain sockets on one side, boto3 and a server of SES on 127.0.0.1 on the other."""

from __future__ import annotations

import asyncio
import logging
import select
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email import message_from_bytes
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sesmime import ApiParameters, LintConfig, MessageTag, Severity, UnsupportedSetting
from sesmime.boto import install
from sesmime.relay import Handler
from sesmime.relay.server import serve
from tests.boto.test_moto import REGION, endpoint, sent
from tests.cli.test_send import Service, service, v1_error

pytest.importorskip("aiosmtpd")
ThreadedMotoServer = pytest.importorskip("moto.server").ThreadedMotoServer

__all__ = ["endpoint", "sent", "service"]
pytestmark = pytest.mark.edges

# Seconds after which a wait has failed; nothing is ever waited for as long.
PATIENCE = 20
SERVICES = pytest.mark.parametrize("name", ["ses", "sesv2"])

SENDER, TO, BLIND = "joe@a.example", "c@d.example", "e@f.example"
MESSAGE = (
    b"From: Joe <joe@a.example>\r\n"
    b"To: Carol <c@d.example>\r\n"
    b"Bcc: e@f.example\r\n"
    b"Subject: Hi\r\n"
    b"X-SES-MESSAGE-TAGS: campaign=spring\r\n"
    b"X-SES-CONFIGURATION-SET: shop\r\n"
    b"\r\n"
    b"Hello\r\n"
)
# The same, less Bcc and the SES fields.
LIFTED = b"From: Joe <joe@a.example>\r\nTo: Carol <c@d.example>\r\nSubject: Hi\r\n\r\nHello\r\n"
REPEATED = LIFTED.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
TAGS = [{"Name": "campaign", "Value": "spring"}]


def client(name: Any, url: str) -> Any:
    """Return a client that asks once."""
    return boto3.client(
        name,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"total_max_attempts": 1}),
    )


def requests_of(made: Any) -> list[dict[str, Any]]:
    """Return the list in which the requests of a client appear, as botocore is to write them."""
    seen: list[dict[str, Any]] = []
    made.meta.events.register("before-parameter-build", lambda params, **_: seen.append(dict(params)))
    return seen


class Server:
    """A relay that runs in a thread of its own."""

    def __init__(self, handler: Handler) -> None:
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = Future()
        self._threads = ThreadPoolExecutor(1)
        self._done = self._threads.submit(lambda: asyncio.run(self._serve(handler)))
        self._done.add_done_callback(self._give_up)
        self._loop, self._stop, address = self._ready.result(PATIENCE)
        self.port = int(address.rpartition(":")[2])

    async def _serve(self, handler: Handler) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(
            handler,
            "127.0.0.1",
            0,
            stop=stop,
            listening=lambda addresses: self._ready.set_result((loop, stop, addresses[0])),
        )

    def _give_up(self, done: Future[None]) -> None:
        if not self._ready.done():
            self._ready.set_exception(done.exception() or RuntimeError("it did not listen"))

    def stop(self) -> None:
        with suppress(RuntimeError):  # it has ended, and its loop with it
            self._loop.call_soon_threadsafe(self._stop.set)

    def end(self) -> None:
        """Stop, and wait for the end."""
        self.stop()
        self._done.result(PATIENCE)
        self._threads.shutdown()

    def connect(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE)


@contextmanager
def running(handler: Handler) -> Iterator[Server]:
    """Return a relay, which has ended when the context does."""
    server = Server(handler)
    try:
        yield server
    finally:
        server.end()


def transaction(connection: smtplib.SMTP, message: bytes, sender: str = SENDER, *recipients: str) -> tuple[int, str]:
    """Send one message over a connection; give the last reply."""
    assert connection.ehlo()[0] == 250
    replies = [connection.mail(sender)]
    replies += [connection.rcpt(one) for one in recipients or (TO, BLIND)]
    code, text = next((one for one in replies if one[0] != 250), None) or connection.data(message)
    return code, text.decode("ascii")


def deliver(server: Server, message: bytes = MESSAGE, sender: str = SENDER, *recipients: str) -> tuple[int, str]:
    """Send one message over a connection of its own; give the last reply."""
    with server.connect() as connection:
        return transaction(connection, message, sender, *recipients)


class Plain:
    """A client that sends what it is told to, octet for octet."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.replies = self.socket.makefile("rb")
        assert self.reply() == 220

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> int:
        """Read the next reply; give its code, 0 where the connection has ended."""
        while line := self.replies.readline():
            if line[3:4] == b" ":
                return int(line[:3])
        return 0

    def ask(self, line: bytes) -> int:
        self.send(line + b"\r\n")
        return self.reply()

    def begin(self) -> None:
        """Go as far as the message itself."""
        codes = [
            self.ask(line) for line in (b"EHLO x", b"MAIL FROM:<joe@a.example>", b"RCPT TO:<c@d.example>", b"DATA")
        ]
        assert codes == [250, 250, 250, 354]

    def close(self) -> None:
        self.replies.close()
        self.socket.close()


def subjects(sent: list[Any]) -> list[str]:
    return sorted(message_from_bytes(one.raw_data.encode())["Subject"] for one in sent)


def with_subject(subject: str) -> bytes:
    return LIFTED.replace(b"Subject: Hi", b"Subject: " + subject.encode())


class TestHandingOver:
    @SERVICES
    def test_a_message_arrives_less_bcc_and_ses_fields_and_the_reply_bears_its_identifier(
        self, endpoint: str, sent: list[Any], name: str
    ) -> None:
        with running(Handler(client(name, endpoint))) as server:
            code, text = deliver(server)
        (message,) = sent
        assert (code, text) == (250, f"Ok {message.id}")
        assert message.raw_data.encode() == LIFTED
        assert {TO, BLIND} <= set(message.destinations)

    def test_on_the_api_v1_envelope_and_fields_become_parameters(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        seen = requests_of(made)
        with running(Handler(made)) as server:
            assert deliver(server, MESSAGE, SENDER, "z@y.example", TO)[0] == 250
        assert seen == [
            {
                "Source": SENDER,
                "Destinations": [TO, "z@y.example"],
                "RawMessage": {"Data": LIFTED},
                "Tags": TAGS,
                "ConfigurationSetName": "shop",
            }
        ]

    def test_on_the_api_v2_the_sender_hears_of_bounces_and_the_visible_from_stays(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        made = client("sesv2", endpoint)
        seen = requests_of(made)
        message = MESSAGE.replace(b"Subject", b"Cc: z@y.example\r\nSubject")
        with running(Handler(made)) as server:
            assert deliver(server, message, "bounces@a.example", "Z@y.example", "z@Y.example", TO, BLIND)[0] == 250
        # RFC 5321 section 2.4: local parts in other letters are other addresses, domains are not.
        assert seen == [
            {
                "FeedbackForwardingEmailAddress": "bounces@a.example",
                "Destination": {
                    "ToAddresses": [TO],
                    "CcAddresses": ["z@Y.example"],
                    "BccAddresses": ["Z@y.example", BLIND],
                },
                "Content": {"Raw": {"Data": LIFTED.replace(b"Subject", b"Cc: z@y.example\r\nSubject")}},
                "EmailTags": TAGS,
                "ConfigurationSetName": "shop",
            }
        ]

    def test_defaults_hold_for_messages_that_say_nothing_and_tags_are_not_joined(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        made = client("ses", endpoint)
        seen = requests_of(made)
        defaults = ApiParameters(configuration_set="news", message_tags=(MessageTag("by", "relay"),))
        half = LIFTED.replace(b"Subject", b"X-SES-MESSAGE-TAGS: campaign=spring\r\nSubject")
        with running(Handler(made, defaults=defaults)) as server, server.connect() as connection:
            for message in (MESSAGE, half, LIFTED):
                assert transaction(connection, message)[0] == 250
        assert [(one["ConfigurationSetName"], one["Tags"]) for one in seen] == [
            ("shop", TAGS),
            ("news", TAGS),
            ("news", [{"Name": "by", "Value": "relay"}]),
        ]

    def test_a_malformed_field_is_refused_whatever_the_defaults_say(self, endpoint: str, sent: list[Any]) -> None:
        message = MESSAGE.replace(b"SET: shop", b"SET: my shop")
        with running(Handler(client("ses", endpoint), defaults=ApiParameters(configuration_set="news"))) as server:
            code, _ = deliver(server, message)
        assert (code, sent) == (554, [])

    def test_with_strip_the_fields_of_the_messages_do_not_count(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        seen = requests_of(made)
        with running(Handler(made, defaults=ApiParameters(configuration_set="news"), strip=True)) as server:
            assert deliver(server)[0] == 250
        assert seen[0]["ConfigurationSetName"] == "news"
        assert "Tags" not in seen[0]
        assert seen[0]["RawMessage"]["Data"] == LIFTED

    def test_every_octet_comes_through(self, endpoint: str, sent: list[Any]) -> None:
        body = b".\r\n..\r\n.x\r\nx.\r\n\r\n \t \r\nna\xc3\xafve\r\na\nb\r\n" + b"y" * 998 + b"\r\n.\r\n"
        message = b"From: joe@a.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n"
        message += b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))
        with running(Handler(client("ses", endpoint))) as server:
            plain = Plain(server)
            plain.begin()
            plain.send(stuffed + b".\r\n")
            assert plain.reply() == 250
            plain.close()
        (one,) = sent
        assert one.raw_data.encode() == message

    def test_a_line_that_is_too_long_is_encoded_anew(self, endpoint: str, sent: list[Any]) -> None:
        page = b"<p>Hello</p>" * 500
        message = LIFTED.replace(b"\r\n\r\nHello", b"\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + page)
        with running(Handler(client("ses", endpoint))) as server:
            assert deliver(server, message)[0] == 250
        (one,) = sent
        assert max(map(len, one.raw_data.split("\r\n"))) <= 998
        assert message_from_bytes(one.raw_data.encode()).get_payload(decode=True) == page + b"\r\n"

    def test_a_client_with_the_hook_of_install_sends_the_same(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        install(made)
        seen = requests_of(made)
        with running(Handler(made)) as server:
            assert deliver(server)[0] == 250
        assert (seen[0]["RawMessage"]["Data"], seen[0]["Tags"]) == (LIFTED, TAGS)

    def test_it_runs_in_a_controller_of_aiosmtpd(self, endpoint: str, sent: list[Any]) -> None:
        from aiosmtpd.controller import Controller

        handler = Handler(client("ses", endpoint))
        with socket.create_server(("127.0.0.1", 0)) as reserved:  # the controller cannot say which port it has
            port = reserved.getsockname()[1]
        controller = Controller(handler, hostname="127.0.0.1", port=port, **handler.options)
        controller.start()
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as connection:
            assert transaction(connection, MESSAGE)[0] == 250
        controller.stop()
        handler.close()
        assert [one.raw_data.encode() for one in sent] == [LIFTED]


class TestRefusing:
    """SES's own texts: facts of AWS's page on SMTP, and of what users were answered."""

    @pytest.mark.parametrize(
        ("name", "message", "reply"),
        [
            ("ses", REPEATED, "Transaction failed: Duplicate header 'Subject'."),
            ("sesv2", REPEATED, "Transaction failed: Duplicate header 'Subject'."),
            # With Source the API v1 takes a message without From.
            ("sesv2", LIFTED.partition(b"\r\n")[2], "Transaction failed: Missing required header 'From'."),
            ("ses", LIFTED.replace(b"c@d.example", b"@d.example"), "Transaction failed: Missing local name"),
            ("sesv2", LIFTED.replace(b"c@d.example", b"@d.example"), "Transaction failed: Missing local name"),
        ],
    )
    def test_what_ses_is_expected_to_refuse_is_refused_in_its_words_and_not_sent(
        self, service: Service, name: str, message: bytes, reply: str
    ) -> None:
        with running(Handler(client(name, service.url))) as server:
            assert deliver(server, message) == (554, reply)
        assert service.received == []

    @pytest.mark.parametrize("ending", [b"\n.\r\n", b"\r\n..\n", b"\n.\n", b"\r.\r"])
    def test_what_another_server_could_take_for_the_end_of_data_is_refused(
        self, service: Service, ending: bytes
    ) -> None:
        smuggled = b"MAIL FROM:<eve@a.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: smuggled\r\n"
        with running(Handler(client("ses", service.url))) as server:
            plain = Plain(server)
            plain.begin()
            plain.send(LIFTED + b"x" + ending + smuggled + b"\r\n.\r\n")
            assert plain.reply() == 554
            # One message, one reply.
            assert plain.ask(b"NOOP") == 250
            plain.close()
        assert service.received == []

    @pytest.mark.parametrize("sender", ["", "AKIAIOSFODNN7EXAMPLE", "joe@a_b.example"])
    def test_a_sender_that_ses_cannot_read_is_refused_at_once(self, service: Service, sender: str) -> None:
        with running(Handler(client("ses", service.url))) as server:
            assert deliver(server, MESSAGE, sender) == (501, "Invalid MAIL FROM address provided")
            assert deliver(server)[0] == 250

    @pytest.mark.parametrize("recipient", ["carol", "c@d_e.example"])
    def test_a_recipient_that_ses_cannot_read_is_refused_and_the_others_are_not(
        self, service: Service, recipient: str
    ) -> None:
        with running(Handler(client("ses", service.url))) as server, server.connect() as connection:
            refused = connection.sendmail(SENDER, [recipient, TO], LIFTED)
        assert refused == {recipient: (501, b"Invalid RCPT TO address provided")}
        assert [one["Destinations.member.1"] for one in service.received] == [TO]

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            # Python's email would decode it, and the message go to another domain.
            (b"RCPT TO:<eve@=?utf-8?q?evil.example?=>", 501),
            (b"RCPT TO:<eve@evil.example(c)@d.example>", 553),
            (b"RCPT TO:<>", 501),
            (b"RCPT TO:<c@d.example,e@f.example>", 501),
            (b"RCPT TO:<Carol <c@d.example>>", 553),
            (b"RCPT TO:<c@d.example(Carol)>", 553),
            (b"RCPT TO:Carol <c@d.example>", 501),
            (b"RCPT TO:<c@d.example> NOTIFY=NEVER", 555),
            # What makes Python's email raise IndexError, AttributeError, RecursionError.
            (b"RCPT TO:<", 553),
            (b'RCPT TO:<"', 553),
            (b"RCPT TO:<c@[>", 501),
            (b"RCPT TO:<" + b"(" * 480, 553),
            (b"RCPT TO:<" + b"c" * 500 + b"@d.example>", 500),
            (b"RCPT TO:<j\xc3\xb6rg@d.example>", 500),
            (b"RCPT TO:c@d.example", 250),
            (b'RCPT TO:<"c c"@d.example>', 250),
            (b"RCPT TO:<@x.example:c@d.example>", 250),
        ],
    )
    def test_an_address_is_taken_as_it_stands_or_refused_for_good(
        self, service: Service, command: bytes, code: int
    ) -> None:
        with running(Handler(client("ses", service.url))) as server:
            plain = Plain(server)
            assert [plain.ask(line) for line in (b"EHLO x", b"MAIL FROM:<joe@a.example>", command)] == [250, 250, code]
            assert plain.ask(b"DATA") == (354 if code == 250 else 503)
            if code == 250:
                plain.send(b"From: joe@a.example\r\n\r\n.\r\n")
                assert plain.reply() == 250
            plain.close()
        expected = ['"c c"@d.example' if b'"' in command else TO] if code == 250 else []
        assert [one["Destinations.member.1"] for one in service.received] == expected

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (b"MAIL FROM:<joe@a.example> BODY=8BITMIME SIZE=100", 250),
            (b"MAIL FROM:<joe@a.example> BODY=BINARYMIME", 501),
            (b"MAIL FROM:<joe@a.example> SMTPUTF8", 501),
            (b"MAIL FROM:<joe@a.example> AUTH=<>", 555),
            (b"BDAT 10 LAST", 500),
            (b"STARTTLS", 454),
            (b"AUTH PLAIN AGpvZQBzZWNyZXQ=", 538),
            (b"VRFY joe@a.example", 252),
        ],
    )
    def test_extensions_that_were_not_offered_are_refused(self, service: Service, command: bytes, code: int) -> None:
        with running(Handler(client("ses", service.url))) as server:
            plain = Plain(server)
            assert [plain.ask(line) for line in (b"EHLO x", command)] == [250, code]
            plain.close()

    @pytest.mark.parametrize(("name", "size"), [("ses", 10_485_760), ("sesv2", 41_943_040)])
    def test_the_size_that_the_api_takes_is_announced_and_more_is_refused_at_once(
        self, service: Service, name: str, size: int
    ) -> None:
        with running(Handler(client(name, service.url))) as server, server.connect() as connection:
            connection.ehlo()
            features = dict(connection.esmtp_features)
            assert connection.mail(SENDER, [f"SIZE={size + 1}"])[0] == 552
            assert connection.mail(SENDER, [f"SIZE={size}"])[0] == 250
        assert features["size"] == str(size)
        assert "8bitmime" in features
        assert not features.keys() & {"smtputf8", "auth", "starttls"}

    def test_a_message_that_turns_out_too_large_is_refused_and_the_next_one_taken(self, service: Service) -> None:
        lines = (b"x" * 998 + b"\r\n") * 10_486  # 10,486,000 octets, with the fields more than 10 MB
        with running(Handler(client("ses", service.url))) as server, server.connect() as connection:
            assert transaction(connection, LIFTED + lines) == (552, "Message is too long.")
            assert transaction(connection, LIFTED)[0] == 250
        (request,) = service.received
        assert request["message"] == LIFTED

    def test_the_level_and_the_rules_are_those_of_prepare(self, service: Service) -> None:
        message = REPEATED
        with running(Handler(client("ses", service.url), config=LintConfig(ignore=("SES101",)))) as server:
            assert deliver(server, message)[0] == 250

    def test_what_a_hook_refuses_is_refused(self, service: Service) -> None:
        made = client("ses", service.url)
        install(made)
        with running(Handler(made, config=LintConfig(ignore=("SES101",)))) as server:
            message = REPEATED
            assert deliver(server, message) == (554, "Transaction failed: Duplicate header 'Subject'.")
        assert service.received == []

    def test_no_handler_is_made_of_what_cannot_send(self, service: Service) -> None:
        with pytest.raises(TypeError, match="a client of SES is wanted"):
            Handler(object())
        with pytest.raises(UnsupportedSetting, match="no parameter for tenant"):
            Handler(client("ses", service.url), defaults=ApiParameters(tenant="acme"))


class TestManyRecipients:
    """SES takes 50 a call (dg/quotas); a transaction may have 1,000."""

    everybody = (TO, *(f"r{number}@d.example" for number in range(119)))

    @staticmethod
    def received_by(request: dict[str, Any]) -> list[str]:
        return [value for name, value in request.items() if name.startswith("Destinations.member.")]

    def test_more_than_fifty_are_sent_to_in_several_calls_each_once(self, service: Service) -> None:
        recipients = ("r7@D.example", *self.everybody, "r9@d.example")
        with running(Handler(client("ses", service.url))) as server:
            assert deliver(server, MESSAGE, SENDER, *recipients) == (250, "Ok 0100-1")
        calls = [self.received_by(request) for request in service.received]
        assert [len(call) for call in calls] == [50, 50, 20]
        assert calls[0][:2] == [TO, "r7@D.example"]
        assert sorted(one.lower() for call in calls for one in call) == sorted(self.everybody)
        assert [request["message"] for request in service.received] == [LIFTED] * 3
        assert {request["ConfigurationSetName"] for request in service.received} == {"shop"}

    def test_those_whom_fields_name_are_in_the_first_call(self, service: Service) -> None:
        service.answer = '{"MessageId": "0100-2"}'
        with running(Handler(client("sesv2", service.url))) as server:
            assert deliver(server, MESSAGE, SENDER, *reversed(self.everybody))[0] == 250
        first, *others = (request["Destination"] for request in service.received)
        assert (first["ToAddresses"], len(first["BccAddresses"])) == ([TO], 49)
        assert [(set(other), len(other["BccAddresses"])) for other in others] == [
            ({"BccAddresses"}, 50),
            ({"BccAddresses"}, 20),
        ]

    def test_where_a_later_call_fails_the_message_is_put_off_and_sent_again_to_the_others_alone(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        made = client("ses", service.url)
        statuses = iter([200, 503, 200, 200, 200, 200, 200])

        def answer(**_: Any) -> None:
            service.status = next(statuses)

        made.meta.events.register("before-call", answer)
        message = with_subject("many")
        told = "451 Temporary service failure; 50 of 120 recipients have it"
        with (
            running(Handler(made, fail_level=Severity.WARNING)) as server,
            server.connect() as connection,
            caplog.at_level(logging.INFO, "sesmime.relay"),
        ):
            code, text = transaction(connection, message, SENDER, *self.everybody)
            assert f"{code} {text}" == told
            # Another message is another matter.
            assert transaction(connection, with_subject("other"), SENDER, TO)[0] == 250
            assert transaction(connection, message, SENDER, *reversed(self.everybody))[0] == 250
            line = next(one for one in caplog.messages if told in one)
        calls = [self.received_by(request) for request in service.received]
        assert [len(call) for call in calls] == [50, 50, 1, 49, 21]
        assert calls[2] == [TO]
        got = calls[0] + calls[3] + calls[4]
        assert sorted(got) == sorted(self.everybody)
        assert line.endswith("; 250 Ok 0100-1)")

    def test_when_all_have_it_the_same_message_goes_to_all_again(self, service: Service) -> None:
        with running(Handler(client("ses", service.url))) as server:
            for _ in range(2):
                assert deliver(server, MESSAGE, SENDER, *self.everybody)[0] == 250
        assert [len(self.received_by(request)) for request in service.received] == [50, 50, 20] * 2

    def test_what_is_refused_reaches_nobody(self, service: Service) -> None:
        with running(Handler(client("ses", service.url))) as server:
            assert deliver(server, REPEATED, SENDER, *self.everybody)[0] == 554
        assert service.received == []

    def test_more_than_fifty_in_the_fields_are_refused_as_ses_does(self, service: Service) -> None:
        message = LIFTED.replace(b"Carol <c@d.example>", ", ".join(self.everybody).encode())
        with running(Handler(client("ses", service.url))) as server:
            assert deliver(server, message, SENDER, TO) == (554, "Transaction failed: Recipient count exceeds 50.")
        assert service.received == []

    def test_the_1001st_recipient_is_put_off_for_another_transaction(self, service: Service) -> None:
        recipients = [f"r{number}@d.example" for number in range(1_002)]
        with running(Handler(client("ses", service.url))) as server, server.connect() as connection:
            refused = connection.sendmail(SENDER, recipients, LIFTED)
            assert {address: code for address, (code, _) in refused.items()} == dict.fromkeys(recipients[1_000:], 452)
            assert connection.sendmail(SENDER, list(refused), LIFTED) == {}
        calls = [self.received_by(request) for request in service.received]
        assert [len(call) for call in calls] == [50] * 20 + [2]
        assert [one for call in calls for one in call] == recipients


def answering(service: Service, name: str, status: int, code: str, text: str) -> None:
    """Have the service answer with an error, in the protocol of the API."""
    service.status = status
    if name == "ses":
        service.answer = v1_error(code, text)
    else:
        service.answer = f'{{"message": "{text}"}}'
        service.error_type = code


class TestTheAnswersOfTheApi:
    @pytest.mark.parametrize(
        ("name", "status", "code", "text", "reply"),
        [
            ("ses", 400, "InvalidParameterValue", "Illegal address", "554 Transaction failed: Illegal address"),
            ("sesv2", 400, "BadRequestException", "Missing domain", "554 Transaction failed: Missing domain"),
            (
                "ses",
                400,
                "ConfigurationSetDoesNotExist",
                "Configuration set shop does not exist.",
                "554 Transaction failed: Configuration set shop does not exist.",
            ),
            (
                "sesv2",
                404,
                "NotFoundException",
                "Configuration set shop does not exist.",
                "554 Transaction failed: Configuration set shop does not exist.",
            ),
            (
                "ses",
                400,
                "MessageRejected",
                "Email address is not verified.",
                "554 Message rejected: Email address is not verified.",
            ),
            ("sesv2", 400, "MessageRejected", "No.", "554 Message rejected: No."),
            ("ses", 403, "AccessDenied", "User is not authorized", "554 Access denied: User is not authorized"),
            ("ses", 400, "Throttling", "Maximum sending rate", "454 Throttling failure: Maximum sending rate"),
            ("sesv2", 429, "TooManyRequestsException", "Slow", "454 Throttling failure: Slow"),
            ("sesv2", 429, "NobodyKnowsThisOne", "Slow", "454 Throttling failure: Slow"),
            ("sesv2", 400, "LimitExceededException", "Quota", "454 Throttling failure: Quota"),
            ("sesv2", 413, "RequestEntityTooLarge", "Big", "552 Message is too long."),
            ("ses", 500, "InternalFailure", "secret host", "451 Temporary service failure"),
            ("ses", 503, "InvalidParameterValue", "proxy", "451 Temporary service failure"),
            ("ses", 403, "InvalidClientTokenId", "The token", "451 Temporary service failure"),
            ("ses", 403, "ExpiredToken", "The token", "451 Temporary service failure"),
            ("sesv2", 400, "SendingPausedException", "Paused", "451 Temporary service failure"),
            ("ses", 400, "NobodyKnowsThisOne", "New", "451 Temporary service failure"),
        ],
    )
    def test_an_error_is_answered_as_ses_does_and_a_passing_one_puts_the_message_off(
        self, service: Service, name: str, status: int, code: str, text: str, reply: str
    ) -> None:
        answering(service, name, status, code, text)
        with running(Handler(client(name, service.url))) as server:
            number, answer = deliver(server)
        assert f"{number} {answer}" == reply

    def test_no_text_of_the_api_makes_a_second_line_or_one_too_long(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        answering(service, "ses", 400, "InvalidParameterValue", "no&#13;&#10;250 Ok\u2028\u202e" + "x" * 600)
        with running(Handler(client("ses", service.url))) as server, caplog.at_level(logging.INFO, "sesmime.relay"):
            code, text = deliver(server)
        assert (code, "\n" in text) == (554, False)
        # RFC 5321 section 4.5.3.1.5: 512 octets with the code, a blank, and CRLF.
        assert len(text) <= 506
        assert all(record.getMessage().isascii() and record.getMessage().isprintable() for record in caplog.records)

    @pytest.mark.parametrize(
        ("name", "answer"),
        [("ses", "<SendRawEmailResponse/>"), ("ses", "Hello"), ("sesv2", "{}"), ("sesv2", '{"MessageId": ""}')],
    )
    def test_without_an_identifier_nothing_is_accepted(self, service: Service, name: str, answer: str) -> None:
        service.answer = answer
        with running(Handler(client(name, service.url))) as server:
            assert deliver(server) == (451, "Temporary service failure")

    def test_what_nobody_has_foreseen_puts_the_message_off(self, service: Service) -> None:
        made = client("ses", service.url)
        failing = True

        def fail(**_: Any) -> None:
            if failing:
                raise RuntimeError("a plugin's own")

        made.meta.events.register("before-call", fail)
        with running(Handler(made)) as server:
            plain = Plain(server)
            plain.begin()
            plain.send(LIFTED + b".\r\n")
            assert plain.reply() == 451
            # The transaction has ended, as RFC 5321 section 4.1.1.4 has it: the next one needs no RSET.
            failing = False
            lines = (b"MAIL FROM:<joe@a.example>", b"RCPT TO:<e@f.example>", b"DATA", LIFTED + b".")
            assert [plain.ask(line) for line in lines] == [250, 250, 354, 250]
            plain.close()
        (request,) = service.received
        assert request["Destinations.member.1"] == BLIND
        assert "Destinations.member.2" not in request

    def test_an_api_that_does_not_answer_in_time_puts_the_message_off(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            made = boto3.client(
                "ses",
                region_name=REGION,
                endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
                aws_access_key_id="dummy",
                aws_secret_access_key="dummy",
                config=Config(read_timeout=0.2, retries={"total_max_attempts": 1}),
            )
            with running(Handler(made)) as server:
                assert deliver(server) == (451, "Temporary service failure")

    def test_without_credentials_the_message_is_put_off(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        made = boto3.session.Session().client("ses", region_name=REGION, endpoint_url=service.url)
        with running(Handler(made)) as server:
            assert deliver(server) == (451, "Temporary service failure")

    def test_while_the_api_is_down_messages_are_put_off_and_sent_again_they_arrive(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        with running(Handler(client("ses", f"http://127.0.0.1:{port}"))) as server, server.connect() as connection:
            assert transaction(connection, MESSAGE) == (451, "Temporary service failure")
            api = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
            api.start()
            try:
                assert transaction(connection, MESSAGE)[0] == 250
            finally:
                api.stop()
        assert [one.raw_data.encode() for one in sent] == [LIFTED]


class TestTheLog:
    def test_each_message_has_one_line_that_says_who_what_and_the_reply(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        refused = REPEATED
        with running(Handler(client("ses", service.url))) as server, caplog.at_level(logging.INFO, "sesmime.relay"):
            deliver(server, LIFTED)
            deliver(server, refused, SENDER, TO)
            answering(service, "ses", 500, "InternalFailure", "Try again")
            deliver(server, LIFTED)
        lines = [record.getMessage() for record in caplog.records if record.name == "sesmime.relay"]
        sizes = f"{len(LIFTED)} octets", f"{len(refused)} octets"
        assert [line.partition(" ")[2] for line in lines] == [
            f"<joe@a.example> to 2 recipients, {sizes[0]}: 250 Ok 0100-1",
            f"<joe@a.example> to 1 recipient, {sizes[1]}: 554 Transaction failed: Duplicate header 'Subject'. (SES101)",
            f"<joe@a.example> to 2 recipients, {sizes[0]}: 451 Temporary service failure (InternalFailure: Try again)",
        ]
        assert all(line.startswith("127.0.0.1:") for line in lines)
        assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "WARNING"]

    def test_addresses_and_sizes_that_are_refused_are_told_too(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        with running(Handler(client("ses", service.url))) as server, caplog.at_level(logging.INFO, "sesmime.relay"):
            plain = Plain(server)
            asked = (
                b"EHLO x",
                b"MAIL FROM:<joe>",
                b"MAIL FROM:<joe@a.example> SIZE=99999999",
                b"MAIL FROM:<j@a.example>",
            )
            assert [plain.ask(line) for line in (*asked, b"RCPT TO:<c@d_e.example>")] == [250, 501, 552, 250, 501]
            plain.close()
        lines = [record.getMessage().partition(" ")[2] for record in caplog.records if record.name == "sesmime.relay"]
        assert lines == [
            "MAIL FROM:<joe>: 501 Invalid MAIL FROM address provided",
            "MAIL FROM with SIZE: 552 Message is too long.",
            "RCPT TO:<c@d_e.example>: 501 Invalid RCPT TO address provided",
        ]


class Gate:
    """Holds up the calls of a client whose message bears a word, until it is opened."""

    def __init__(self, made: Any, word: bytes) -> None:
        self.arrived = threading.Event()
        self.opened = threading.Event()
        self.word = word
        made.meta.events.register("provide-client-params.ses.SendRawEmail", self._hold)

    def _hold(self, params: dict[str, Any], **_: Any) -> None:
        if self.word in params["RawMessage"]["Data"]:
            self.arrived.set()
            assert self.opened.wait(PATIENCE)


class Hasty(Handler):
    """Has its clients wait for a second alone."""

    @property
    def options(self) -> dict[str, Any]:
        return {**super().options, "timeout": 1.0}


class TestManyAtOnce:
    def test_a_whole_session_may_come_at_once(self, endpoint: str, sent: list[Any]) -> None:
        session = b"EHLO x\r\nMAIL FROM:<joe@a.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + LIFTED + b".\r\n"
        again = session.partition(b"\r\n")[2]
        with running(Handler(client("ses", endpoint))) as server:
            plain = Plain(server)
            plain.send(session + again + b"QUIT\r\n")
            assert [plain.reply() for _ in range(11)] == [250, 250, 250, 354, 250, 250, 250, 354, 250, 221, 0]
            plain.close()
        assert [one.raw_data.encode() for one in sent] == [LIFTED] * 2

    def test_a_client_that_sends_nothing_is_left_and_one_that_sends_slowly_is_not(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        with running(Hasty(client("ses", endpoint))) as server:
            slow = Plain(server)
            slow.begin()
            silent = Plain(server)
            silent.begin()
            octets = iter(LIFTED)
            # The silent one began later: once it has been left, so would be who is not heard meanwhile.
            while not select.select([silent.socket], [], [], 0.1)[0]:
                slow.send(bytes([next(octets)]))
            assert [silent.reply(), silent.reply()] == [451, 0]
            slow.send(bytes(octets) + b".\r\n")
            assert slow.reply() == 250
            slow.close()
            silent.close()
        assert [one.raw_data.encode() for one in sent] == [LIFTED]

    def test_a_client_that_waits_for_the_api_is_not_left(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: waiting")
        with running(Hasty(made)) as server:
            waiting = Plain(server)
            waiting.begin()
            waiting.send(with_subject("waiting") + b".\r\n")
            assert gate.arrived.wait(PATIENCE)
            silent = Plain(server)
            assert [silent.reply(), silent.reply()] == [451, 0]
            gate.opened.set()
            assert waiting.reply() == 250
            waiting.close()
            silent.close()
        assert subjects(sent) == ["waiting"]

    def test_a_connection_cut_in_the_middle_of_a_message_sends_nothing(self, endpoint: str, sent: list[Any]) -> None:
        with running(Handler(client("ses", endpoint))) as server:
            for rest in (b"", b".", b".\r"):
                plain = Plain(server)
                plain.begin()
                plain.send(with_subject("cut") + rest)
                plain.close()
            assert deliver(server, with_subject("whole"))[0] == 250
        assert subjects(sent) == ["whole"]

    def test_a_slow_client_holds_up_nobody(self, endpoint: str, sent: list[Any]) -> None:
        slow = with_subject("slow")
        with running(Handler(client("ses", endpoint))) as server:
            plain = Plain(server)
            plain.begin()
            plain.send(slow[:20])
            assert deliver(server, with_subject("quick"))[0] == 250
            plain.send(slow[20:-1])
            assert deliver(server, with_subject("quick"))[0] == 250
            plain.send(slow[-1:] + b".\r\n")
            assert plain.reply() == 250
            plain.close()
        assert [message_from_bytes(one.raw_data.encode())["Subject"] for one in sent] == ["quick", "quick", "slow"]

    def test_a_slow_answer_of_the_api_holds_up_nobody(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: slow")
        with running(Handler(made)) as server, ThreadPoolExecutor(1) as threads:
            slow = threads.submit(deliver, server, with_subject("slow"))
            assert gate.arrived.wait(PATIENCE)
            assert deliver(server, with_subject("quick"))[0] == 250
            assert subjects(sent) == ["quick"]
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["quick", "slow"]

    def test_of_many_clients_each_message_arrives_once(self, endpoint: str, sent: list[Any]) -> None:
        def deliver_some(client_number: int) -> list[int]:
            with server.connect() as connection:
                return [
                    transaction(connection, with_subject(f"{client_number:02}-{number}"), SENDER, TO)[0]
                    for number in range(5)
                ]

        with running(Handler(client("ses", endpoint))) as server, ThreadPoolExecutor(20) as threads:
            codes = list(threads.map(deliver_some, range(20)))
        assert codes == [[250] * 5] * 20
        assert subjects(sent) == [f"{client_number:02}-{number}" for client_number in range(20) for number in range(5)]

    def test_a_client_that_leaves_before_its_turn_takes_its_message_with_it(
        self, endpoint: str, sent: list[Any]
    ) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: first")
        left = threading.Event()

        class Watched(Handler):
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                try:
                    return await super().handle_DATA(server, session, envelope)
                except asyncio.CancelledError:
                    left.set()
                    raise

        with running(Watched(made, workers=1)) as server, ThreadPoolExecutor(1) as threads:
            first = threads.submit(deliver, server, with_subject("first"))
            assert gate.arrived.wait(PATIENCE)
            plain = Plain(server)
            plain.begin()
            plain.send(with_subject("left") + b".\r\n")
            plain.close()
            assert left.wait(PATIENCE)
            gate.opened.set()
            assert first.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["first"]


class TestStopping:
    def test_messages_in_work_are_finished_and_answered(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        with running(Handler(made)) as server, ThreadPoolExecutor(1) as threads:
            idle = Plain(server)
            slow = threads.submit(deliver, server, with_subject("in work"))
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
            assert idle.reply() == 421
            assert idle.reply() == 0
            idle.close()
        assert subjects(sent) == ["in work"]
        with pytest.raises(OSError):
            server.connect()

    def test_a_message_that_begins_or_ends_after_the_signal_is_put_off(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        closing = threading.Event()

        class Watched(Handler):
            def close(self) -> None:
                self._is_closed = True
                closing.set()
                super().close()

        with running(Watched(made)) as server, ThreadPoolExecutor(1) as threads:
            late, later = Plain(server), Plain(server)
            late.begin()
            assert later.ask(b"EHLO x") == 250
            slow = threads.submit(deliver, server, with_subject("in work"))
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            assert closing.wait(PATIENCE)
            late.send(with_subject("late") + b".\r\n")
            assert late.reply() == 421
            assert later.ask(b"MAIL FROM:<joe@a.example>") == 421
            late.close()
            later.close()
            gate.opened.set()
            assert slow.result(PATIENCE)[0] == 250
        assert subjects(sent) == ["in work"]

    def test_a_client_that_stays_after_its_answer_is_not_waited_for(self, endpoint: str, sent: list[Any]) -> None:
        made = client("ses", endpoint)
        gate = Gate(made, b"Subject: in work")
        with running(Handler(made)) as server:
            staying = Plain(server)
            staying.begin()
            staying.send(with_subject("in work") + b".\r\n")
            assert gate.arrived.wait(PATIENCE)
            server.stop()
            gate.opened.set()
            assert [staying.reply() for _ in range(3)] == [250, 421, 0]
            staying.close()

    def test_an_address_that_cannot_be_had_is_told(self, service: Service) -> None:
        with pytest.raises(OSError, match="in use"):
            asyncio.run(
                serve(Handler(client("ses", service.url)), "127.0.0.1", service.server_address[1], stop=asyncio.Event())
            )

    def test_without_aiosmtpd_the_error_says_what_to_install(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "aiosmtpd.smtp", None)
        with pytest.raises(ImportError, match=r"pip install 'sesmime\[relay\]'"):
            asyncio.run(serve(Handler(client("ses", service.url)), "127.0.0.1", 0, stop=asyncio.Event()))
