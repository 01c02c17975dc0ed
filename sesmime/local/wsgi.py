"""The HTTP side: one WSGI application that gives SES's calls to the desk, people to the page, the rest of AWS to moto.

Only this machine is served: the Host must name a loopback address (DNS rebinding), a browser's Origin must be our own
(a page elsewhere may not send requests here), and a body has a limit. `allow_remote` lifts the first two.
"""

from __future__ import annotations

import ipaddress
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
from sesmime.ses.events.signing import SnsSigner

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]
_LOOPBACK_NAMES: Final = ("localhost",)


class Application:
    """The WSGI application of a local SES."""

    def __init__(self, desk: Desk, *, page: WsgiApplication | None = None, allow_remote: bool = False) -> None:
        self._desk = desk
        self._page = page
        self._allow_remote = allow_remote
        self.signer: SnsSigner | None = None  # whose certificate is served
        self._moto: WsgiApplication = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        refused = self._refused(request)
        if refused is not None:
            return refused(environ, start_response)
        service = service_of(request)
        if service is not None:
            return _response(answer_request(self._desk, service, request))(environ, start_response)
        if self.signer is not None and self.signer.certificate_url.endswith(request.path) and request.path != "/":
            return Response(self.signer.certificate, mimetype="application/x-pem-file")(environ, start_response)
        if self._page is not None and _is_for_people(request):
            return self._page(environ, start_response)
        return self._moto(environ, start_response)

    def _refused(self, request: Request) -> Response | None:
        if not self._allow_remote:
            if not is_loopback(request.host):
                return _plain(403, "The local SES answers requests for a loopback address only (see --allow-remote).")
            origin = request.headers.get("Origin")
            if origin is not None and urlsplit(origin).netloc != request.host:
                return _plain(403, "A page of another origin may not use the local SES.")
        length = request.content_length
        if length is not None and length > self._desk.options.max_request:
            return _plain(413, f"The request has more than {self._desk.options.max_request:,} octets.")
        return None


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


def is_loopback(host: str) -> bool:
    """Return whether a Host field names this machine: localhost, a name under it, or a loopback address.

    >>> [is_loopback(host) for host in ("localhost:8005", "[::1]:80", "evil.example", "127.0.0.1.x.example")]
    [True, True, False, False]
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in _LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_for_people(request: Request) -> bool:
    """Whether a request is for the page: no request of AWS is unsigned but some of S3 and STS."""
    return "Authorization" not in request.headers and "X-Amz-Credential" not in request.args


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


def _plain(status: int, text: str) -> Response:
    return Response(text + "\n", status, {"Content-Type": "text/plain; charset=utf-8"})
