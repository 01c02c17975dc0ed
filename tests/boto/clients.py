"""Clients of botocore with its Stubber behind them, and messages for them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from sesmime import (
    Interface,
    Refused,
    Report,
)

# Fixtures of moto's server.

V1, V2 = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW
OPERATIONS = {V1: ("ses", "send_raw_email", "SendRawEmail"), V2: ("sesv2", "send_email", "SendEmail")}
RAW = pytest.mark.parametrize("interface", [V1, V2])
MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nBcc: e@f.example\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\nHi\r\n"
# The same, less Bcc and the SES field.
LIFTED = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
# SES takes Subject once; removing one of two that differ is no safe fix, of two that are the same it is.
REPEATED = b"Subject: one\r\nSubject: two\r\n" + LIFTED
REPEATED_ALIKE = b"Subject: one\r\nSubject: one\r\n" + LIFTED
TAGS = [{"Name": "a", "Value": "1"}]
EVENT = "provide-client-params.ses.SendRawEmail"


def make_client(service: Any, session: Any = boto3) -> Any:
    return session.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def client_of(interface: Interface, session: Any = boto3) -> Any:
    return make_client(OPERATIONS[interface][0], session)


def request_of(interface: Interface, data: Any, **more: Any) -> dict[str, Any]:
    return ({"RawMessage": {"Data": data}} if interface is V1 else {"Content": {"Raw": {"Data": data}}}) | more


def lifted_request(interface: Interface, data: bytes = LIFTED) -> dict[str, Any]:
    """Return the request that MESSAGE becomes, as DESIGN section 4 has it under `prepare`."""
    if interface is V1:
        return {"RawMessage": {"Data": data}, "Destinations": ["c@d.example", "e@f.example"], "Tags": TAGS}
    destination = {"ToAddresses": ["c@d.example"], "BccAddresses": ["e@f.example"]}
    return {"Content": {"Raw": {"Data": data}}, "Destination": destination, "EmailTags": TAGS}


def recipients(interface: Interface) -> dict[str, Any]:
    """Return the destination of the messages that have To alone."""
    if interface is V1:
        return {"Destinations": ["c@d.example"]}
    return {"Destination": {"ToAddresses": ["c@d.example"]}}


def call(client: Any, interface: Interface, request: dict[str, Any], expected: dict[str, Any] | None = None) -> Any:
    """Send a request to a stub that takes what is expected and nothing else."""
    _, method, _ = OPERATIONS[interface]
    with Stubber(client) as stubber:
        stubber.add_response(method, {"MessageId": "1"}, expected)
        response = getattr(client, method)(**request)
        stubber.assert_no_pending_responses()
    return response


def refusal(client: Any, method: str, request: dict[str, Any]) -> Report:
    """Return the report of a request that is refused before anything is sent."""
    with Stubber(client) as stubber:
        stubber.add_response(method, {"MessageId": "1"})
        with pytest.raises(Refused) as caught:
            getattr(client, method)(**request)
        with pytest.raises(AssertionError, match="responses remaining in queue"):
            stubber.assert_no_pending_responses()
    report: Report = caught.value.report  # type: ignore[assignment]
    return report


def emitted(client: Any, interface: Interface, request: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Return a request as botocore has it after the event, without sending it."""
    service, _, operation = OPERATIONS[interface]
    model = client.meta.service_model.operation_model(operation)
    params = dict(request)
    event = f"provide-client-params.{service}.{operation}"
    responses = client.meta.events.emit(event, params=params, model=model, context=context)
    # A handler that gave a request would silence the others.
    assert all(answer is None for _, answer in responses)
    return params
