"""The typed requests: held against botocore's models, and against the stubs by mypy."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints

import botocore.session
import pytest

from sesmime import ApiParameters, Interface, MessageTag, prepare
from sesmime.boto.types import (
    DestinationShape,
    EmailContentShape,
    ListManagementOptionsShape,
    MessageTagShape,
    RawMessageShape,
    SendEmailRequest,
    SendRawEmailRequest,
)

ROOT = Path(__file__).parents[2]
# Each with the service and the name of its shape in AWS's model.
SHAPES: list[tuple[Any, str, str]] = [
    (SendRawEmailRequest, "ses", "SendRawEmailRequest"),
    (SendEmailRequest, "sesv2", "SendEmailRequest"),
    (RawMessageShape, "ses", "RawMessage"),
    (RawMessageShape, "sesv2", "RawMessage"),
    (MessageTagShape, "ses", "MessageTag"),
    (MessageTagShape, "sesv2", "MessageTag"),
    (DestinationShape, "sesv2", "Destination"),
    (EmailContentShape, "sesv2", "EmailContent"),
    (ListManagementOptionsShape, "sesv2", "ListManagementOptions"),
]


@pytest.mark.parametrize(("ours", "service", "name"), SHAPES, ids=lambda value: getattr(value, "__name__", value))
def test_the_members_are_those_of_the_service_model(ours: Any, service: str, name: str) -> None:
    shape = botocore.session.get_session().get_service_model(service).shape_for(name)
    # An older botocore may lack what AWS has added since.
    assert set(shape.members) <= set(ours.__annotations__)
    assert ours.__required_keys__ == set(shape.required_members)


@pytest.mark.parametrize(
    ("typed", "interface"),
    [(SendRawEmailRequest, Interface.SEND_RAW_EMAIL), (SendEmailRequest, Interface.V2_SEND_EMAIL_RAW)],
)
def test_a_prepared_request_has_the_type(typed: Any, interface: Interface) -> None:
    message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
    parameters = ApiParameters(message_tags=(MessageTag("a", "1"),), configuration_set="shop")
    request = prepare(message, parameters=parameters, interface=interface).to_request()
    assert typed.__required_keys__ <= request.keys() <= get_type_hints(typed).keys()


TYPED = """
from typing import Any
from {family}_ses.client import SESClient
from {family}_ses.type_defs import SendRawEmailRequestTypeDef, SendRawEmailResponseTypeDef
from {family}_sesv2.client import SESV2Client
from {family}_sesv2.type_defs import SendEmailRequestTypeDef, SendEmailResponseTypeDef
from sesmime import ApiParameters, Interface, Submission, prepare
from sesmime.boto import install, send
from sesmime.boto.types import SendEmailRequest, SendRawEmailRequest, SendResponse

def v1_to_theirs(request: SendRawEmailRequest) -> SendRawEmailRequestTypeDef:
    return request

def v1_to_ours(request: SendRawEmailRequestTypeDef) -> SendRawEmailRequest:
    return request

def v2_to_theirs(request: SendEmailRequest) -> SendEmailRequestTypeDef:
    return request

def v2_to_ours(request: SendEmailRequestTypeDef) -> SendEmailRequest:
    return request

def v1_answer(answer: SendRawEmailResponseTypeDef) -> SendResponse:
    return answer

def v2_answer(answer: SendEmailResponseTypeDef) -> SendResponse:
    return answer

def call_v1(client: SESClient, request: SendRawEmailRequest) -> SendResponse:
    return client.send_raw_email(**request)

def call_v2(client: SESV2Client, request: SendEmailRequest) -> SendResponse:
    return client.send_email(**request)

def prepared_v1(client: SESClient) -> SendResponse:
    return client.send_raw_email(**prepare(b"").to_request())

def prepared_v2(client: SESV2Client) -> SendResponse:
    return client.send_email(**prepare(b"", interface=Interface.V2_SEND_EMAIL_RAW).to_request())

def submitted_v1(client: SESClient) -> SendResponse:
    return client.send_raw_email(**Submission(b"").to_request())

def submitted_v2(client: SESV2Client) -> SendResponse:
    return client.send_email(**Submission(b"", ApiParameters(), Interface.V2_SEND_EMAIL_RAW).to_request())

def read_v1(client: SESClient, request: SendRawEmailRequest) -> SendResponse:
    return client.send_raw_email(**Submission.from_request(request, Interface.SEND_RAW_EMAIL).to_request())

def sent_by_v1(client: SESClient) -> SendResponse:
    install(client, lint="warn")
    return send(client, b"")

def sent_by_v2(client: SESV2Client) -> SendResponse:
    return send(client, b"")

def sent_by_untyped(client: Any) -> SendResponse:
    return send(client, b"")  # type: ignore[no-any-return]

# What must be an error; an ignore that is not used is one too.
def mixed(request: SendEmailRequest) -> SendRawEmailRequestTypeDef:
    return request  # type: ignore[return-value]

def misspelt(client: SESClient) -> SendRawEmailRequest:
    return {{"RawMessage": {{"Data": b""}}, "ConfigurationSet": "shop"}}  # type: ignore[typeddict-unknown-key]

def prepared_for_the_other(client: SESClient) -> SendResponse:
    request = prepare(b"", interface=Interface.V2_SEND_EMAIL_RAW).to_request()
    return client.send_raw_email(**request)  # type: ignore[misc]

def answer_of_another_type(client: SESClient) -> int:
    return send(client, b"")  # type: ignore[return-value]
"""


@pytest.mark.slow
@pytest.mark.edges
@pytest.mark.parametrize("family", ["types_boto3", "mypy_boto3"])
def test_a_type_checker_takes_them_for_those_of_the_stubs_and_back(family: str, tmp_path: Path) -> None:
    for package in (f"{family}_ses", f"{family}_sesv2", "mypy"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    file = tmp_path / "typed.py"
    file.write_text(TYPED.format(family=family), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(file)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout.startswith("Success"), done.stdout
