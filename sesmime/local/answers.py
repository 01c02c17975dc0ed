"""How AWS answers: errors in the shapes of both protocols, so that the SDKs raise their typed exceptions.

The API v1 speaks AWS's query protocol (XML), the API v2 its REST-JSON protocol. A refusal is raised as `Refusal` by
whatever handles a call, and written here. Sources: Smithy's pages on the two protocols, and the error shapes of the
service models `ses/2010-12-01` and `sesv2/2019-09-27`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

# What XML 1.0 cannot carry, section 2.2.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# AWS's errors that are common to all operations and stand in no model, with their status.
_COMMON: Final = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "UnrecognizedClientException": 403,
}


class Refusal(Exception):
    """A call is refused: AWS's code of the error, its text, the HTTP status (None: what the model says).

    `smtp_reply` is the whole reply by SMTP, None where it is to be made of code and text.
    """

    def __init__(self, code: str, text: str, *, status: int | None = None, smtp_reply: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
        self.smtp_reply = smtp_reply


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def error_answer(service: str, refusal: Refusal, *, request_id: str) -> Answer:
    """Return the answer that a client of `service` ("ses" or "sesv2") takes as that error.

    What XML cannot carry is written as U+FFFD.
    """
    status = refusal.status if refusal.status is not None else _status(service, refusal.code)
    if service == "ses":
        kind = "Sender" if status < 500 else "Receiver"
        text = _NOT_XML.sub("\ufffd", refusal.text)
        body = (
            '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">\n  <Error>\n'
            f"    <Type>{kind}</Type>\n    <Code>{escape(refusal.code)}</Code>\n    <Message>{escape(text)}</Message>\n"
            f"  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        )
        headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    else:
        body = json.dumps({"message": refusal.text})
        headers = {
            "Content-Type": "application/json",
            "x-amzn-ErrorType": refusal.code,
            "x-amzn-RequestId": request_id,
        }
    return Answer(status, headers, body.encode("utf-8", "replace"))


def _status(service: str, code: str) -> int:
    return _modelled(service).get(code) or _COMMON.get(code, 400)


@cache
def _modelled(service: str) -> dict[str, int]:
    """The HTTP status of each error of the service's model, by its code."""
    statuses = {}
    for shape in get_service_model(service).error_shapes:
        error = shape.metadata.get("error", {})
        statuses[str(error.get("code", shape.name))] = int(error.get("httpStatusCode", 400))
    return statuses
