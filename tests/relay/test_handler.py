"""The SMTP relay: smtplib and plain sockets on one side, boto3 and a server of SES on 127.0.0.1 on the other."""

from __future__ import annotations

import logging
import smtplib
import socket
from email import message_from_bytes
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

from sesmime import ApiParameters, LintConfig, MessageTag, Severity, UnsupportedSetting
from sesmime.boto import install
from sesmime.relay import Handler
from tests.relay.servers import (
    BLIND,
    LIFTED,
    MESSAGE,
    PATIENCE,
    REPEATED,
    SENDER,
    TAGS,
    TO,
    Plain,
    client,
    deliver,
    running,
    transaction,
    with_subject,
)
from tests.servers import Service

pytestmark = pytest.mark.edges
SERVICES = pytest.mark.parametrize("name", ["ses", "sesv2"])


def requests_of(made: Any) -> list[dict[str, Any]]:
    """Return the list in which the requests of a client appear, as botocore is to write them."""
    seen: list[dict[str, Any]] = []
    made.meta.events.register("before-parameter-build", lambda params, **_: seen.append(dict(params)))
    return seen


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
        with pytest.raises(TypeError, match="client must be a boto3 client"):
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

    def test_more_than_fifty_in_the_fields_are_no_recipients_beside_those_of_the_envelope(
        self, service: Service
    ) -> None:
        message = LIFTED.replace(b"Carol <c@d.example>", ", ".join(self.everybody).encode())
        with running(Handler(client("ses", service.url))) as server:
            assert deliver(server, message, SENDER, TO)[0] == 250
        (request,) = service.received
        assert self.received_by(request) == [TO]

    def test_the_1001st_recipient_is_put_off_for_another_transaction(self, service: Service) -> None:
        recipients = [f"r{number}@d.example" for number in range(1_002)]
        with running(Handler(client("ses", service.url))) as server, server.connect() as connection:
            refused = connection.sendmail(SENDER, recipients, LIFTED)
            assert {address: code for address, (code, _) in refused.items()} == dict.fromkeys(recipients[1_000:], 452)
            assert connection.sendmail(SENDER, list(refused), LIFTED) == {}
        calls = [self.received_by(request) for request in service.received]
        assert [len(call) for call in calls] == [50] * 20 + [2]
        assert [one for call in calls for one in call] == recipients
