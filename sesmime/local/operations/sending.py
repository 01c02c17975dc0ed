"""The sending operations of v1 and v2: the request is read, its message made, judged, kept and answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sesmime.compose.simple import raw_from_simple
from sesmime.errors import SesMimeError
from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.taking import Handed, invalid, made_by, operation_of, take
from sesmime.mime.edits import as_bytes
from sesmime.mime.fields import as_source
from sesmime.ses.interfaces import OPERATIONS as SENDING
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission


def send(desk: Desk, call: Call) -> Mapping[str, Any]:
    """Send a raw message, or subject and texts: v1 SendRawEmail and SendEmail, v2 SendEmail."""
    interface = interface_of(call)
    request = _with_body(call.parameters) if interface is Interface.SEND_EMAIL else call.parameters
    submission = submission_of(call.service, request, interface)
    if interface.is_raw:
        message = as_bytes(as_source(submission.message or b""))
    else:
        message = made_by(raw_from_simple, request, interface)
    kept = take(
        desk,
        desk.state.region(call.region),
        Handed(
            submission=submission,
            message=message,
            request=without_octets(request, interface),
            source_ip=call.source_ip,
            operation=operation_of(interface),
        ),
    )
    return {"MessageId": kept.message_id}


def _with_body(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a v1 request with a body: the query protocol carries no empty structure, and SES takes `Html: {}`.

    Seen by a user: https://github.com/localstack/localstack/issues/8536.
    """
    message = request.get("Message")
    if isinstance(message, Mapping) and "Body" not in message:
        return {**request, "Message": {**message, "Body": {"Html": {}}}}
    return request


def without_octets(request: Mapping[str, Any], interface: Interface) -> Mapping[str, Any]:
    """Return a request for people to read: in place of a raw message its size."""
    shown: Any = dict(request)
    inner = shown
    for name in interface.row.data[:-1]:
        inner[name] = dict(inner.get(name) or {})
        inner = inner[name]
    if interface.row.data:
        inner[interface.row.data[-1]] = f"({len(inner.get(interface.row.data[-1]) or b''):,} octets)"
    return dict(shown)


def interface_of(call: Call) -> Interface:
    """Return the interface of a sending call; raises `Refusal` where the content says none or several."""
    interfaces = SENDING[f"{call.service}.{call.operation}"]
    if "" in interfaces:
        return interfaces[""]
    content = call.parameters.get("Content") or {}
    given = [interface for name, interface in interfaces.items() if name in content]
    if len(given) != 1:
        raise Refusal("BadRequestException", "The content must have one of Raw, Simple and Template")
    return given[0]


def submission_of(service: str, request: Mapping[str, Any], interface: Interface) -> Submission:
    """Return the submission of a request; raises `Refusal` for what has not the form of the service's model."""
    try:
        return Submission.from_request(request, interface)
    except SesMimeError as error:
        raise invalid(service, error) from None


OPERATIONS: Final = {("ses", "SendRawEmail"): send, ("ses", "SendEmail"): send}
