"""Retries: where the answer is lost a message is sent once; where SES answers that it failed, botocore's rules hold."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from sesmime.boto import send
from sesmime.boto.retries import is_answer_lost, is_unconnected, send_once
from tests.servers import REGION, Service

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
MODES = ["legacy", "standard", "adaptive"]


def client(name: Any, url: str, mode: Any) -> Any:
    return boto3.client(
        name,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(retries={"mode": mode, "total_max_attempts": 2}),
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["ses", "sesv2"])
def test_a_message_whose_answer_is_lost_is_sent_once(service: Service, name: str, mode: str) -> None:
    service.hangs_up = True
    careless, careful = client(name, service.url, mode), client(name, service.url, mode)
    send_once(careful)
    with pytest.raises(ConnectionClosedError):
        send(careless, MESSAGE)
    assert len(service.received) == 2, "botocore alone makes a copy"
    service.received.clear()
    with pytest.raises(ConnectionClosedError) as caught:
        send(careful, MESSAGE)
    assert is_answer_lost(caught.value)
    assert len(service.received) == 1


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_that_says_that_it_failed_is_no_reason_to_stop(service: Service, mode: str) -> None:
    service.status, service.answer = 500, '{"message": "x"}'
    careful = client("sesv2", service.url, mode)
    send_once(careful)
    with pytest.raises(ClientError) as caught:
        send(careful, MESSAGE)
    assert not is_answer_lost(caught.value)
    assert len(service.received) == 2


def test_a_connection_that_is_not_made_has_sent_nothing(service: Service) -> None:
    service.shutdown()  # while it waits for connections, the system takes them
    service.server_close()
    careful = client("sesv2", service.url, "standard")
    send_once(careful)
    with pytest.raises(EndpointConnectionError) as caught:
        send(careful, MESSAGE)
    assert not is_answer_lost(caught.value)


URL = "https://email.us-east-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (NoCredentialsError(), False),
        (EndpointConnectionError(endpoint_url=URL), False),
        (ConnectTimeoutError(endpoint_url=URL), False),
        (ProxyConnectionError(proxy_url=URL), False),
        (SSLError(endpoint_url=URL, error="[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), False),
        (SSLError(endpoint_url=URL, error="[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), True),
        (ReadTimeoutError(endpoint_url=URL), True),
        (ConnectionClosedError(endpoint_url=URL), True),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), True),
        (ResponseParserError("no XML"), True),
        (BotoCoreError(), True),
    ],
)
def test_what_may_have_been_taken(error: Exception, *, is_lost: bool) -> None:
    assert is_answer_lost(error) is is_lost
    assert not (is_lost and is_unconnected(error)), "what may have been taken is not sent again"
