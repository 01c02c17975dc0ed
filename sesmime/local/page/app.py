"""The page's addresses: the inbox, a message, its parts, the rules, live changes; and the JSON for tests.

It works without JavaScript; where there is some, lists are renewed when something arrives. What a message brings is
shown in a sandboxed frame whose Content-Security-Policy forbids scripts and every request.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from importlib.resources import files
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, urlencode

from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, ServiceUnavailable
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sesmime.errors import printable
from sesmime.linter.listing import all_rules, find_rule, paragraphs
from sesmime.local.desk import Desk
from sesmime.local.inbox import Kept, NotKept
from sesmime.local.page import views
from sesmime.local.page.framing import framed_html
from sesmime.local.page.objects import NAMES, PAGE_SIZE, Query, message_object
from sesmime.local.page.templating import make_environment, message_values
from sesmime.local.seats import WAIT, Wait
from sesmime.mime.entity import parse

_LOG: Final = logging.getLogger("sesmime.local")
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src "
)
# Of the frame: no script, no form, no request of any kind, in an origin of its own.
_FRAME_POLICY: Final = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` a browser would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "no-store",
}
_FRAME_HEADERS: Final = {"Content-Security-Policy": _FRAME_POLICY, "Referrer-Policy": "no-referrer"}
_KINDS: Final = ("bounce", "complaint", "delivery", "open", "click")
_SAFE_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
# Hosts that a policy can name; it has no form for IPv6 addresses.
_NAMEABLE: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")

MakeEvent = Callable[[Kept, str], None]


class Page:
    """The WSGI application of the page; `make_event` publishes an event of a kind for a message."""

    def __init__(self, desk: Desk, *, make_event: MakeEvent | None = None) -> None:
        self._desk = desk
        self._make_event = make_event
        self._templates = make_environment()
        self._map = Map(
            [
                Rule("/", endpoint=self.inbox, methods=["GET"]),
                Rule("/messages/<id>", endpoint=self.message, methods=["GET"]),
                Rule("/messages/<id>/html", endpoint=self.html, methods=["GET"]),
                Rule("/messages/<id>/raw", endpoint=self.raw, methods=["GET"]),
                Rule("/messages/<id>/parts/<path>", endpoint=self.part, methods=["GET"]),
                Rule("/messages/<id>/events", endpoint=self.event, methods=["POST"]),
                Rule("/messages/<id>/delete", endpoint=self.delete, methods=["POST"]),
                Rule("/delete", endpoint=self.delete_all, methods=["POST"]),
                Rule("/rules", endpoint=self.rules, methods=["GET"]),
                Rule("/rules/<code>", endpoint=self.rule, methods=["GET"]),
                Rule("/live", endpoint=self.live, methods=["GET"]),
                Rule("/favicon.ico", endpoint=self.icon, methods=["GET"]),
                Rule("/static/<name>", endpoint=self.static, methods=["GET"]),
                Rule("/api/messages", endpoint=self.api_messages, methods=["GET"]),
                Rule("/api/messages", endpoint=self.api_delete_all, methods=["DELETE"]),
                Rule("/api/messages/<id>", endpoint=self.api_message, methods=["GET"]),
                Rule("/api/messages/<id>", endpoint=self.api_delete, methods=["DELETE"]),
                Rule("/api/identities/<name>/verify", endpoint=self.api_verify, methods=["POST"]),
            ],
            merge_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        response: Any
        try:
            endpoint, arguments = self._map.bind_to_environ(environ).match()
            response = endpoint(request, **arguments)
        except HTTPException as error:
            response = self._error(request, error)
        except NotKept as error:
            _LOG.error("nothing was deleted, the store cannot be written: %s", error)
            response = self._error(request, ServiceUnavailable(f"The store cannot be written: {error}."))
        except Exception:  # noqa: BLE001 a fault of ours is logged, and told without a traceback
            _LOG.exception("the page %s failed", printable(request.path[:200]))
            response = self._error(request, InternalServerError("The page failed; the log says how."))
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", f"{_POLICY}'none'")
        answered: Iterable[bytes] = response(environ, start_response)
        return answered

    # Pages

    def inbox(self, request: Request) -> Response:
        """The inbox, with what is searched for."""
        query = Query.of(request.args, options=("page",))
        serial = self._desk.inbox.serial
        found = [kept for kept in self._desk.inbox.messages() if query.matches(kept)]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(query.page, pages)
        start = (number - 1) * PAGE_SIZE
        return self._page(
            "inbox.html",
            messages=found[start : start + PAGE_SIZE],
            count=len(found),
            total=len(self._desk.inbox),
            number=number,
            pages=pages,
            serial=serial,
            wanted={name: query.wanted.get(name, "") for name in NAMES},
            address=lambda page: f"/?{urlencode({**query.wanted, 'page': page})}",
            url=request.host_url.rstrip("/"),
        )

    def message(self, request: Request, id: str) -> Response:
        """A message."""
        serial = self._desk.inbox.serial
        kept = self._kept(id)
        response = self._page("message.html", **message_values(kept), kinds=self._kinds(kept), serial=serial)
        return _framing(response, request, kept)

    def html(self, request: Request, id: str) -> Response:
        """The HTML of a message, for the sandboxed frame; for a tab of its own, a page with that frame."""
        kept = self._kept(id)
        root = parse(kept.message or b"")
        if views.body_of(islice(root.walk(), views.MAX_TREE), "text/html") is None:
            raise NotFound("The message has no HTML.")
        if request.headers.get("Sec-Fetch-Dest") == "document":
            # In a tab of its own a link that is clicked would be followed.
            return _framing(self._page("frame.html", kept=kept), request, kept)
        body = framed_html(views.html_of(root) or "", root)
        return Response(
            body.encode("utf-8", "replace"), headers={**_FRAME_HEADERS, "Content-Type": "text/html; charset=utf-8"}
        )

    def raw(self, request: Request, id: str) -> Response:
        """The message's octets."""
        kept = self._kept(id)
        if kept.message is None:
            raise NotFound("SES would have nothing to assemble of this request.")
        return _download(kept.message, f"{kept.id}.eml", "message/rfc822")

    def part(self, request: Request, id: str, path: str) -> Response:
        """The content of a part, under a harmless name."""
        entity = views.part_of(parse(self._kept(id).message or b""), path)
        if entity is None:
            raise NotFound("The message has no such part.")
        return _download(entity.content(), entity.safe_filename or f"part-{path}", "application/octet-stream")

    def event(self, request: Request, id: str) -> Response:
        """Make one more event for a message, and publish it."""
        kept, kind = self._kept(id), request.form.get("kind", "")
        if kind in self._kinds(kept) and self._make_event is not None:
            self._make_event(kept, kind)
        return _see(f"/messages/{kept.id}#events")

    def delete(self, request: Request, id: str) -> Response:
        """Delete a message."""
        self._desk.inbox.delete(self._kept(id).id)
        return _see("/")

    def delete_all(self, request: Request) -> Response:
        """Delete all messages."""
        self._desk.inbox.delete()
        return _see("/")

    def rules(self, request: Request) -> Response:
        """All rules."""
        return self._page("rules.html", rules=all_rules())

    def rule(self, request: Request, code: str) -> Response:
        """A rule's page."""
        rule = find_rule(code)
        if rule is None:
            raise NotFound("There is no such rule.")
        return self._page("rule.html", rule=rule, paragraphs=paragraphs(rule))

    def live(self, request: Request) -> Response:
        """Server-sent events: one each time that something changes; with `since`, at once if something has."""
        serial = request.args.get("since", self._desk.inbox.serial, type=int)
        return Response(self._changes(serial), headers={"Content-Type": "text/event-stream"})

    def icon(self, request: Request) -> Response:
        """There is none."""
        return Response(status=204)

    def static(self, request: Request, name: str) -> Response:
        """The style sheet and the script."""
        types = {"style.css": "text/css", "live.js": "text/javascript"}
        if name not in types:
            raise NotFound
        content = files("sesmime.local.page").joinpath("static", name).read_bytes()
        return Response(content, headers={"Content-Type": f"{types[name]}; charset=utf-8"})

    # JSON (`sesmime.local.page.objects` says how it is asked for)

    def api_messages(self, request: Request) -> Response:
        """The messages that match; with `wait=SECONDS` the first of them is waited for, unless too many wait."""
        query = Query.of(request.args)
        found = self._desk.inbox.wait(query.matches, seconds=0)
        wait: Wait | None = request.environ.get(WAIT)
        if not found and query.wait:
            with nullcontext(True) if wait is None else wait.begun() as may_wait:
                if not may_wait:
                    raise ServiceUnavailable("Too many wait for messages; try again in a second.", retry_after=1)
                has_gone = (lambda: False) if wait is None else wait.has_gone
                found = self._desk.inbox.wait(query.matches, seconds=query.wait, has_gone=has_gone)
        return _json({"count": len(found), "messages": [message_object(kept) for kept in found[: query.limit]]})

    def api_message(self, request: Request, id: str) -> Response:
        """One message, with its report, settings, events and bodies."""
        return _json(message_object(self._kept(id), whole=True))

    def api_delete_all(self, request: Request) -> Response:
        """Delete all messages."""
        return _json({"deleted": self._desk.inbox.delete()})

    def api_delete(self, request: Request, id: str) -> Response:
        """Delete one message."""
        return _json({"deleted": self._desk.inbox.delete(self._kept(id).id)})

    def api_verify(self, request: Request, name: str) -> Response:
        """Verify an identity that waits for it, as following the link of SES's mail or publishing the records does."""
        if not self._desk.verify(name, region=request.args.get("region")):
            raise NotFound("There is no such identity in the region.")
        return _json({"identity": name, "verified": True})

    # What these share

    def _kept(self, id: str) -> Kept:
        kept = self._desk.inbox.get(id)
        if kept is None:
            raise NotFound("There is no such message; it may have been deleted.")
        return kept

    def _kinds(self, kept: Kept) -> tuple[str, ...]:
        return _KINDS if self._make_event is not None and kept.message_id is not None else ()

    def _page(self, template: str, /, **values: Any) -> Response:
        text = self._templates.get_template(template).render(**values)
        return Response(text, headers={"Content-Type": "text/html; charset=utf-8"})

    def _changes(self, serial: int) -> Iterator[bytes]:
        yield b"retry: 2000\n\n"
        while not self._desk.inbox.closed:
            now = self._desk.inbox.changes(serial, seconds=15)
            yield f"data: {now}\n\n".encode() if now != serial else b": still here\n\n"
            serial = now

    def _error(self, request: Request, error: HTTPException) -> Response:
        if request.path.startswith("/api/"):
            response = _json({"error": error.description})
        else:
            response = self._page("error.html", code=error.code, name=error.name, text=error.description)
        response.status_code = error.code or 500
        response.headers.extend([pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")])
        return response


def _framing(response: Response, request: Request, kept: Kept) -> Response:
    """Let a page frame the HTML of a message, and nothing else: what the frame goes to is held to this too."""
    host = request.host
    place = f"{request.scheme}://{host}/messages/{kept.id}/html" if _NAMEABLE.fullmatch(host) else "'self'"
    response.headers["Content-Security-Policy"] = f"{_POLICY}{place}"
    return response


def _download(content: bytes, name: str, content_type: str) -> Response:
    ascii_name = _SAFE_NAME.sub("_", name)[:120] or "part"
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(printable(name)[:120], safe='')}"
    return Response(content, headers={"Content-Disposition": disposition, **_FRAME_HEADERS}, content_type=content_type)


def _json(value: Any) -> Response:
    return Response(json.dumps(value, default=repr) + "\n", content_type="application/json")


def _see(place: str) -> Response:
    return Response(status=303, headers={"Location": place})
