"""Refusals that are botocore's errors too: seen by `except ClientError` and by the client's own classes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sesmime import Interface, LintConfig, Refused, Severity, lint, predict_rejection
from sesmime.boto import install, send, uninstall
from sesmime.linter.answers import expected_refusal
from tests.boto.clients import LIFTED, MESSAGE, OPERATIONS, RAW, REPEATED, V1, V2, client_of, make_client, request_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    uninstall()


def raised(client: Any, interface: Interface, message: bytes) -> Any:
    with pytest.raises(ClientError) as caught:
        getattr(client, OPERATIONS[interface][1])(**request_of(interface, message))
    return caught.value


@RAW
@pytest.mark.parametrize("of", ["client", "session", "process"])
def test_it_is_of_the_class_that_the_client_has_for_the_code(interface: Interface, of: str) -> None:
    session = boto3.Session()
    client = client_of(interface, session)
    other = client_of(interface, boto3.Session())
    options: dict[str, Any] = {"client_error": True}
    if of == "client":
        install(client, **options)
    elif of == "session":
        install(session, **options)
        client = client_of(interface, session)
    else:
        install(**options)
    error = raised(client, interface, REPEATED)
    expected = predict_rejection(REPEATED, interface=interface)
    assert expected is not None
    assert expected.code is not None
    assert isinstance(error, Refused)
    assert isinstance(error, client.exceptions.from_code(expected.code))
    assert error.response["Error"]["Code"] == expected.code
    assert error.response["Error"]["Message"] == "Duplicate header 'Subject'."
    assert error.operation_name == OPERATIONS[interface][2]
    assert [finding.code for finding in error.report] == ["SES101"]
    assert client.exceptions.from_code(expected.code) is not other.exceptions.from_code(expected.code) or (
        client.exceptions.from_code(expected.code) is ClientError
    )


@pytest.mark.parametrize("interface", [V1, V2])
def test_the_text_is_botocores_and_says_the_finding(interface: Interface) -> None:
    client = client_of(interface)
    install(client, client_error=True)
    error = raised(client, interface, REPEATED)
    code = error.response["Error"]["Code"]
    assert str(error).startswith(
        f"An error occurred ({code}) when calling the {OPERATIONS[interface][2]} operation: Duplicate header 'Subject'."
    )
    assert "SES101" in str(error)
    assert "line 2" in str(error)
    assert error.response["ResponseMetadata"] == {
        "RequestId": "",
        "HTTPStatusCode": 400,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }


def test_the_names_that_programs_catch() -> None:
    verified = LintConfig(verified_identities=("other.example",))
    client = make_client("ses")
    install(client, client_error=True, config=verified)
    with pytest.raises(client.exceptions.MessageRejected, match="Email address is not verified"):
        client.send_raw_email(**request_of(V1, LIFTED))
    client = make_client("sesv2")
    install(client, client_error=True)
    with pytest.raises(client.exceptions.BadRequestException):
        client.send_email(**request_of(V2, REPEATED))


def test_what_fails_by_the_level_alone_bears_a_code_of_sesmime() -> None:
    client = client_of(V1)
    install(client, client_error=True, fail_level=Severity.INFO)
    error = raised(client, V1, MESSAGE)
    assert error.response["Error"]["Code"] == "SesMimeRefused"
    assert str(error).count("SES514") == 1
    assert type(error).__bases__ == (Refused, ClientError)


def test_without_the_option_it_is_no_client_error() -> None:
    client = client_of(V1)
    install(client)
    with pytest.raises(Refused) as caught:
        client.send_raw_email(**request_of(V1, REPEATED))
    assert not isinstance(caught.value, ClientError)


def test_what_ses_assembles() -> None:
    client = make_client("ses")
    install(client, client_error=True)
    simple = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}
    with pytest.raises(ClientError) as caught:
        client.send_email(Source="a b@c.example", Destination={"ToAddresses": ["c@d.example"]}, Message=simple)
    assert caught.value.operation_name == "SendEmail"
    assert isinstance(caught.value, Refused)


@RAW
def test_send_raises_it_too(interface: Interface) -> None:
    client = client_of(interface)
    with pytest.raises(ClientError) as caught:
        send(client, REPEATED, client_error=True)
    assert caught.value.operation_name == OPERATIONS[interface][2]
    assert isinstance(caught.value, Refused)
    with pytest.raises(Refused) as plain:
        send(client, REPEATED)
    assert not isinstance(plain.value, ClientError)


def test_it_can_be_pickled() -> None:
    client = client_of(V1)
    install(client, client_error=True)
    error = raised(client, V1, REPEATED)
    twin = pickle.loads(pickle.dumps(error))
    assert isinstance(twin, Refused)
    assert isinstance(twin, ClientError)
    assert (str(twin), twin.response, twin.report) == (str(error), error.response, error.report)


@RAW
def test_the_code_and_the_text_are_those_that_are_predicted(interface: Interface) -> None:
    # A law over the messages of the tests: with default rules the report says what `predict_rejection` says.
    codes = set()
    for file in sorted((ROOT / "tests" / "data" / "messages").glob("*.eml")):
        message = file.read_bytes()
        predicted = predict_rejection(message, interface=interface)
        found = expected_refusal(lint(message, interface=interface), interface)
        assert found == (None if predicted is None else (predicted.code, predicted.text)), file.name
        codes.add(found and found[0])
    assert len(codes) > 1
    only = lint(REPEATED, interface=interface, config=LintConfig(ignore=("SES101",)))
    assert expected_refusal(only, interface) is None
