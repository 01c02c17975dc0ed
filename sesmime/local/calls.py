"""A call of the API of SES, v1 or v2, read from an HTTP request and answered: AWS's protocols, by moto's parsers.

moto reads and writes both protocols by botocore's service models, so that each operation's parameters and results have
the models' names and types. What is no operation, or cannot be read, is refused in the shape of its protocol.
"""

from __future__ import annotations

import re
import uuid
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from sesmime.errors import quoted
from sesmime.local.answers import Answer, Refusal
from sesmime.local.checking import checked_json

# Credential=AKIA…/20261128/us-east-1/ses/aws4_request: AWS, "Signature Version 4 signing process".
_CREDENTIAL: Final = re.compile(r"Credential=([^/\s,]+)/\d{8}/([^/\s,]+)/([^/\s,]+)/aws4_request")
_SIGNED_ACTION: Final = re.compile(rb"(?:^|&)Action=([A-Za-z]+)(?:&|$)")
# Where clients ask whose model is older than botocore's of 2026: both operations moved to a POST of their own.
_FORMER: Final = {
    ("GET", "/v2/email/configuration-sets"): "ListConfigurationSets",
    ("GET", "/v2/email/identities"): "ListEmailIdentities",
}
DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call: the operation, its parameters by the model's names (blobs decoded), and who called."""

    service: str  # "ses" or "sesv2"
    operation: str
    parameters: Mapping[str, Any]
    region: str
    access_key: str | None
    source_ip: str
    user_agent: str
    request_id: str


def service_of(request: Request) -> str | None:
    """Return "ses" or "sesv2" where the request is for SES, else None.

    The credential's scope names the service; an unsigned request is told by the path of the API v2.
    """
    is_v2 = request.path.startswith("/v2/")
    credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    if credential is None:
        credential_of_query = re.search(r"/([^/]+)/aws4_request", request.args.get("X-Amz-Credential", ""))
        name = (
            credential_of_query[1] if credential_of_query else ("ses" if request.path.startswith("/v2/email/") else "")
        )
    else:
        name = credential[3]
    if name.lower() not in ("ses", "email"):
        return None
    return "sesv2" if is_v2 else "ses"


def new_request_id() -> str:
    """Return a request id as AWS writes it: a UUID."""
    return str(uuid.uuid4())


def read_call(service: str, request: Request, *, request_id: str) -> Call:
    """Read the call from the request; raises `Refusal` for what is no operation or cannot be read."""
    model = get_service_model(service)
    former = _FORMER.get((request.method, request.path.rstrip("/"))) if service == "sesv2" else None
    if former is not None:
        parameters = _of_query(request, former)
        return _call(service, former, parameters, request, request_id)
    try:
        operation, uri_parameters = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError):
        raise _no_operation(service, request) from None
    try:
        protocol = determine_request_protocol(model, request.content_type)
        body = checked_json(operation, request.data) if protocol == "rest-json" else request.data
        parser = PROTOCOL_PARSERS[protocol](operation, blob_parser=_octets)
        parameters = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": uri_parameters,
            }
        )
    except (Refusal, HTTPException):
        raise
    except Exception:  # noqa: BLE001 whatever moto's parsers raise, the request is none that they can read
        raise malformed(service, operation.name) from None
    return _call(service, operation.name, parameters, request, request_id)


def _call(service: str, operation: str, parameters: Mapping[str, Any], request: Request, request_id: str) -> Call:
    credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    return Call(
        service=service,
        operation=operation,
        parameters=parameters,
        region=credential[2] if credential else DEFAULT_REGION,
        access_key=credential[1] if credential else None,
        source_ip=request.remote_addr or "127.0.0.1",
        user_agent=request.headers.get("User-Agent", ""),
        request_id=request_id,
    )


def _of_query(request: Request, operation: str) -> Mapping[str, Any]:
    """Return the parameters of a listing whose page is asked for in the query."""
    parameters: dict[str, Any] = {
        name: request.args[name] for name in ("NextToken", "PageSize") if name in request.args
    }
    if "PageSize" in parameters:
        try:
            parameters["PageSize"] = int(parameters["PageSize"])
        except ValueError:
            raise malformed("sesv2", operation) from None
    return parameters


def _octets(text: str | bytes) -> bytes:
    """Decode base64; moto would leave out what is none. Raises ValueError."""
    given = text.encode("ascii") if isinstance(text, str) else text
    return b64decode(given.replace(b"\r", b"").replace(b"\n", b""), validate=True)


def malformed(service: str, operation: str) -> Refusal:
    """Return the refusal of a body that the protocol cannot read."""
    if service == "ses":
        return Refusal("MalformedInput", f"The request of {operation} cannot be read", status=400)
    return Refusal("SerializationException", f"The request of {operation} cannot be read", status=400)


def _no_operation(service: str, request: Request) -> Refusal:
    if service == "sesv2":
        text = (
            f"Unable to determine service/operation name to be authorized: {request.method} {quoted(request.path, 120)}"
        )
        return Refusal("UnknownOperationException", text, status=404)
    action = request.values.get("Action", "")
    return Refusal("InvalidAction", f"Could not find operation {quoted(action, 60)} for version 2010-12-01", status=400)


def result_answer(call: Call, result: Mapping[str, Any]) -> Answer:
    """Write the result of a call by its model: members with the model's names, datetimes as the protocol has them."""
    model = get_service_model(call.service)
    protocol = str(model.protocol)
    serializer = get_serializer_class(call.service, protocol)(
        model.operation_model(call.operation), SerializationContext(request_id=call.request_id)
    )
    written = serializer.serialize(dict(result))
    body = written["body"]
    headers = {str(name): str(value) for name, value in written["headers"].items()}
    headers["x-amzn-RequestId"] = call.request_id
    return Answer(int(written["status_code"]), headers, body if isinstance(body, bytes) else body.encode())
