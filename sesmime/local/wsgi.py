"""The HTTP side: one WSGI application that gives SES's calls to the desk, people to the page, the rest of AWS to moto.

Only this machine is served: the Host must name a loopback address (DNS rebinding), which `allow_remote` lifts. In any
case a page of another origin may not send requests here, by which browsers say so (Origin, Sec-Fetch-Site); a link to
the page may be followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from sesmime.local.answers import Answer, Refusal, error_answer
from sesmime.local.calls import new_request_id, read_call, service_of
from sesmime.local.desk import Desk
from sesmime.local.loopback import is_loopback
from sesmime.local.web import FAULT, Fault
from sesmime.ses.events.signing import SnsSigner

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]
# The operations of other services that need no signature, by the query protocol.
_UNSIGNED: Final = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
# AWS's codes for what no operation is asked about, by the HTTP status.
_CODES: Final = {403: "AccessDenied", 413: "RequestEntityTooLarge", 408: "RequestTimeout", 503: "ServiceUnavailable"}


class Application:
    """The WSGI application of a local SES."""

    def __init__(self, desk: Desk, *, page: WsgiApplication | None = None, allow_remote: bool = False) -> None:
        self._desk = desk
        self.page = page
        self._allow_remote = allow_remote
        self.signer: SnsSigner | None = None  # whose certificate is served
        self._moto: WsgiApplication = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> WsgiApplication:
        service = service_of(request)
        fault = self._fault(request, service)
        if fault is not None:
            return _response(_refused(service, fault))
        if service is not None:
            return _response(answer_request(self._desk, service, request))
        if self.signer is not None and self.signer.certificate_url.endswith(request.path) and request.path != "/":
            return Response(self.signer.certificate, mimetype="application/x-pem-file")
        if self.page is None or not _is_for_people(request):
            return self._moto
        if request.method == "POST" and request.path == "/":  # nothing of the page: a call without a signature
            if _is_unsigned_call(request):
                return self._moto
            text = "Request is missing Authentication Token"
            return _response(_refused("ses", Fault(403, text), code="MissingAuthenticationToken"))
        return self.page

    def _fault(self, request: Request, service: str | None) -> Fault | None:
        """Return why a request is not answered; None where it is."""
        environ = request.environ
        if not self._allow_remote and not is_loopback(environ.get("HTTP_HOST") or environ["SERVER_NAME"]):
            return Fault(403, "The local SES answers requests for a loopback address only (see --allow-remote).")
        is_for_page = service is None and _is_for_people(request)
        if is_of_other_origin(request) and not (is_for_page and _is_navigation(request)):
            return Fault(403, "A page of another origin may not use the local SES.")
        told: Fault | None = environ.get(FAULT)
        length, most = request.content_length, self._desk.options.max_request
        if told is None and length is not None and length > most:
            return Fault(413, f"The request has more than {most:,} octets.")
        return told


def answer_request(desk: Desk, service: str, request: Request) -> Answer:
    """Answer a request for SES ("ses" or "sesv2"), whatever it holds."""
    request_id = new_request_id()
    request.max_content_length = desk.options.max_request
    try:
        call = read_call(service, request, request_id=request_id)
    except Refusal as refusal:
        return error_answer(service, refusal, request_id=request_id)
    except RequestEntityTooLarge:
        too_large = Refusal("RequestEntityTooLarge", "The request is too large", status=413)
        return error_answer(service, too_large, request_id=request_id)
    except HTTPException:
        return error_answer(service, Refusal("MalformedInput", "The request cannot be read"), request_id=request_id)
    return desk.answer(call)


def is_of_other_origin(request: Request) -> bool:
    """Return whether a browser says that a page of another origin sends a request; SDKs say nothing.

    https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
    """
    origin = request.headers.get("Origin")
    if origin is not None:
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return True
        return not netloc or netloc != request.environ.get("HTTP_HOST")
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def _is_navigation(request: Request) -> bool:
    """Whether somebody follows a link, which changes nothing of the page."""
    headers = request.headers
    return request.method == "GET" and "Origin" not in headers and headers.get("Sec-Fetch-Dest") == "document"


def _is_for_people(request: Request) -> bool:
    """Whether a request is for the page: no request of AWS is unsigned but some of S3 and STS."""
    return "Authorization" not in request.headers and "X-Amz-Credential" not in request.args


def _is_unsigned_call(request: Request) -> bool:
    return "X-Amz-Target" in request.headers or request.form.get("Action") in _UNSIGNED


def _refused(service: str | None, fault: Fault, *, code: str | None = None) -> Answer:
    """Return the answer to a request that is not looked at further, in the shape of its service's errors."""
    if service is None:
        headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
        return Answer(fault.status, headers, f"{fault.text}\n".encode())
    code = code or _CODES.get(fault.status, "MalformedInput" if service == "ses" else "SerializationException")
    return error_answer(service, Refusal(code, fault.text, status=fault.status), request_id=new_request_id())


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)
