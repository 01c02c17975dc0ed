"""What the relay answers when the API does not take a message, and what it logs."""

from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from sesmime.relay import Handler
from tests.relay.servers import (
    BLIND,
    LIFTED,
    MESSAGE,
    REPEATED,
    SENDER,
    TO,
    Plain,
    client,
    deliver,
    running,
    transaction,
)
from tests.servers import REGION, Service, v1_error

pytestmark = pytest.mark.edges


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
