"""The requests of prepared messages, sent by boto3 to moto's SES on 127.0.0.1."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag, prepare
from tests.servers import client

pytestmark = pytest.mark.edges

MESSAGE = (
    b"From: Joe <joe@a.example>\r\n"
    b"To: c@d.example\r\n"
    b"Bcc: e@f.example\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"X-SES-MESSAGE-TAGS: campaign=spring\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Gr\xc3\xbc\xc3\x9fe\r\n"
    b"From: no field\n"
)
# As moto is to have it: the SES field and Bcc gone, every other byte in its place.
SENT = MESSAGE.replace(b"Bcc: e@f.example\r\n", b"").replace(b"X-SES-MESSAGE-TAGS: campaign=spring\r\n", b"")


class TestMoto:
    def test_send_raw_email_takes_the_request_and_gets_the_prepared_bytes(self, endpoint: str, sent: list[Any]) -> None:
        prepared = prepare(MESSAGE, parameters=ApiParameters(configuration_set="shop"))
        assert prepared.message == SENT
        assert client("ses", endpoint).send_raw_email(**prepared.to_request())["MessageId"]
        (message,) = sent
        assert message.raw_data.encode() == SENT
        assert {"c@d.example", "e@f.example"} <= set(message.destinations)

    def test_send_email_takes_the_request_and_gets_the_prepared_bytes(self, endpoint: str, sent: list[Any]) -> None:
        parameters = ApiParameters(
            source="joe@a.example", configuration_set="shop", message_tags=(MessageTag("a", "1"),)
        )
        prepared = prepare(MESSAGE, parameters=parameters, interface=Interface.V2_SEND_EMAIL_RAW)
        assert prepared.message == SENT
        assert client("sesv2", endpoint).send_email(**prepared.to_request())["MessageId"]
        (message,) = sent
        assert message.raw_data.encode() == SENT
        assert message.source == "joe@a.example"
        assert {"c@d.example", "e@f.example"} <= set(message.destinations)

    @pytest.mark.parametrize(
        ("interface", "service", "operation"),
        [(Interface.SEND_RAW_EMAIL, "ses", "send_raw_email"), (Interface.V2_SEND_EMAIL_RAW, "sesv2", "send_email")],
    )
    def test_a_given_destination_is_the_one_that_is_sent_to(
        self, endpoint: str, sent: list[Any], interface: Interface, service: str, operation: str
    ) -> None:
        parameters = ApiParameters(destination=Destination(to=("Zoe <z@y.example>",)))
        prepared = prepare(MESSAGE, parameters=parameters, interface=interface)
        getattr(client(service, endpoint), operation)(**prepared.to_request())
        (message,) = sent
        # moto adds the addresses of To; the blind one, which is no destination, must be nowhere.
        assert set(message.destinations) == {"z@y.example", "c@d.example"}
        assert message.raw_data.encode() == SENT
