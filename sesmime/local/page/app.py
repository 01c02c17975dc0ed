"""The page's addresses: the inbox, a message, its parts, the rules, live changes; and the JSON for tests.

It works without JavaScript; where there is some, the inbox is renewed when something arrives. What a message brings is
shown in a sandboxed frame whose Content-Security-Policy forbids scripts and every request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sesmime.errors import printable
from sesmime.linter.listing import all_rules, find_rule, paragraphs
from sesmime.local.desk import Desk
from sesmime.local.inbox import Kept
from sesmime.local.page import views
from sesmime.mime.entity import parse

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Of the frame: no script, no form, no request of any kind, in an origin of its own.
_FRAME_POLICY: Final = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "no-store",
}
_PAGE_SIZE: Final = 100
_MAX_WAIT: Final = 60.0  # seconds
_KINDS: Final = ("bounce", "complaint", "delivery", "open", "click")
_SAFE_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")

MakeEvent = Callable[[Kept, str], None]


class Page:
    """The WSGI application of the page; `make_event` publishes an event of a kind for a message."""

    def __init__(self, desk: Desk, *, make_event: MakeEvent | None = None) -> None:
        self._desk = desk
        self._make_event = make_event
        self._templates = Environment(
            loader=PackageLoader("sesmime.local.page"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["octets"] = shown_octets
        self._templates.filters["shown"] = views.shown_text
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
                Rule("/static/<name>", endpoint=self.static, methods=["GET"]),
                Rule("/api/messages", endpoint=self.api_messages, methods=["GET"]),
                Rule("/api/messages", endpoint=self.api_delete_all, methods=["DELETE"]),
                Rule("/api/messages/<id>", endpoint=self.api_message, methods=["GET"]),
                Rule("/api/messages/<id>", endpoint=self.api_delete, methods=["DELETE"]),
                Rule("/api/identities/<name>/verify", endpoint=self.api_verify, methods=["POST"]),
            ]
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        adapter = self._map.bind_to_environ(environ)
        response: Any
        try:
            endpoint, arguments = adapter.match()
            response = endpoint(request, **arguments)
        except HTTPException as error:
            response = self._error(request, error)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        answered: Iterable[bytes] = response(environ, start_response)
        return answered

    # Pages

    def inbox(self, request: Request) -> Response:
        """The inbox, with what is searched for."""
        found = [kept for kept in self._desk.inbox.messages() if _matches(kept, request.args)]
        number = max(1, request.args.get("page", 1, type=int))
        start = (number - 1) * _PAGE_SIZE
        return self._page(
            "inbox.html",
            messages=found[start : start + _PAGE_SIZE],
            count=len(found),
            total=len(self._desk.inbox),
            number=number,
            pages=max(1, -(-len(found) // _PAGE_SIZE)),
            wanted={name: request.args.get(name, "") for name in ("q", "tag", "set", "to", "verdict")},
            serial=self._desk.inbox.serial,
            url=request.host_url.rstrip("/"),
        )

    def message(self, request: Request, id: str) -> Response:
        """A message."""
        kept = self._kept(id)
        return self._page("message.html", **message_values(kept), static_file=False, kinds=self._kinds(kept))

    def html(self, request: Request, id: str) -> Response:
        """The HTML of a message, for the sandboxed frame."""
        kept = self._kept(id)
        view = views.view_of(kept.message, kept.report, kept.submission.interface)
        if view.html is None:
            raise NotFound("The message has no HTML.")
        body = views.framed_html(view.html, parse(kept.message or b""))
        return Response(
            body.encode("utf-8", "replace"),
            headers={"Content-Security-Policy": _FRAME_POLICY, "Content-Type": "text/html; charset=utf-8"},
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
        """Server-sent events: one each time that something changes."""
        return Response(self._changes(), headers={"Content-Type": "text/event-stream"})

    def static(self, request: Request, name: str) -> Response:
        """The style sheet and the script."""
        types = {"style.css": "text/css", "live.js": "text/javascript"}
        if name not in types:
            raise NotFound
        content = files("sesmime.local.page").joinpath("static", name).read_bytes()
        return Response(content, headers={"Content-Type": f"{types[name]}; charset=utf-8"})

    # JSON

    def api_messages(self, request: Request) -> Response:
        """The messages that match; with `wait=SECONDS` the first of them is waited for."""
        wait = min(max(request.args.get("wait", 0.0, type=float), 0.0), _MAX_WAIT)
        found = self._desk.inbox.wait(lambda kept: _matches(kept, request.args), seconds=wait)
        limit = max(0, request.args.get("limit", _PAGE_SIZE, type=int))
        return _json({"count": len(found), "messages": [message_object(kept) for kept in found[:limit]]})

    def api_message(self, request: Request, id: str) -> Response:
        """One message, with its report, settings, events and source."""
        kept = self._kept(id)
        return _json(message_object(kept, whole=True))

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

    def _page(self, name: str, **values: Any) -> Response:
        text = self._templates.get_template(name).render(**values)
        return Response(text, headers={"Content-Type": "text/html; charset=utf-8"})

    def _changes(self) -> Iterator[bytes]:
        serial = self._desk.inbox.serial
        yield b"retry: 2000\n\n"
        while not self._desk.inbox.closed:
            now = self._desk.inbox.changes(serial, seconds=15)
            yield f"data: {now}\n\n".encode() if now != serial else b": still here\n\n"
            serial = now

    def _error(self, request: Request, error: HTTPException) -> Response:
        if request.path.startswith("/api/"):
            response = _json({"error": error.description})
        else:
            response = self._page("error.html", code=error.code, text=error.description)
        response.status_code = error.code or 500
        response.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
        return response


def message_values(kept: Kept) -> dict[str, Any]:
    """Return what the template of a message is given."""
    return {
        "kept": kept,
        "view": views.view_of(kept.message, kept.report, kept.submission.interface),
        "settings": views.settings_of(kept.resolution),
        "findings": [views.finding_row(finding) for finding in kept.report],
        "row": views.finding_row,
        "request": views.shown_text(json.dumps(kept.request, indent=2, ensure_ascii=False, default=repr)[:50_000]),
        "reason": None if kept.rejection is None else views.finding_row(kept.rejection.finding),
    }


def message_object(kept: Kept, *, whole: bool = False) -> dict[str, Any]:
    """Return a message as JSON has it; `whole` with report, settings, request, source and events' records."""
    envelope = kept.envelope
    made: dict[str, Any] = {
        "id": kept.id,
        "message_id": kept.message_id,
        "received": kept.received.isoformat(timespec="milliseconds"),
        "region": kept.region,
        "interface": kept.submission.interface.value,
        "operation": kept.operation,
        "verdict": verdict_of(kept),
        "refusal": None if kept.refusal is None else {"code": kept.refusal[0], "text": kept.refusal[1]},
        "from": kept.sender,
        "subject": kept.subject,
        "recipients": list(kept.recipients),
        "bcc": [] if envelope is None else list(map(str, envelope.bcc)),
        "tags": dict(kept.tags),
        "configuration_set": kept.configuration_set,
        "size": kept.size,
        "findings": len(kept.report),
        "events": [event.kind for event in kept.events],
    }
    if whole:
        view = views.view_of(kept.message, kept.report, kept.submission.interface)
        made |= {
            "text": view.text,
            "html": view.html,
            "report": kept.report.to_dict(),
            "settings": [setting._asdict() for setting in views.settings_of(kept.resolution)],
            "request": json.loads(json.dumps(kept.request, default=repr)),
            "attachments": [
                {"name": one.name, "type": one.content_type, "size": one.size, "part": one.path}
                for one in view.attachments
            ],
            "events": [
                {
                    "kind": event.kind,
                    "timestamp": event.timestamp.isoformat(timespec="milliseconds"),
                    "recipients": list(event.recipients),
                    "published_to": list(event.published_to),
                    "failures": list(event.failures),
                    "record": event.record,
                }
                for event in kept.events
            ],
        }
    return made


def verdict_of(kept: Kept) -> str:
    """Return the verdict in one word: refused, warned (taken with warnings), taken."""
    if kept.refusal is not None:
        return "refused"
    return "warned" if any(finding.severity.name != "INFO" for finding in kept.report) else "taken"


def shown_octets(count: int) -> str:
    """Return a size as people read it.

    >>> shown_octets(900), shown_octets(20_480), shown_octets(5_000_000)
    ('900 B', '20.0 KB', '4.8 MB')
    """
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


def _matches(kept: Kept, wanted: Mapping[str, str]) -> bool:
    """Whether a message has what is searched for: text, tag (NAME or NAME=VALUE), set, recipient, verdict."""
    text, tag = wanted.get("q", "").strip().lower(), wanted.get("tag", "").strip()
    recipient, verdict = wanted.get("to", "").strip().lower(), wanted.get("verdict", "")
    if text and not any(text in one.lower() for one in (kept.subject, kept.sender, *kept.recipients)):
        return False
    if tag and not any(tag in (name, f"{name}={value}") for name, value in kept.tags):
        return False
    if wanted.get("set") and kept.configuration_set != wanted["set"]:
        return False
    if recipient and not any(recipient in one.lower() for one in kept.recipients):
        return False
    if wanted.get("subject") and wanted["subject"].lower() not in kept.subject.lower():
        return False
    return not verdict or verdict == verdict_of(kept) or (verdict == "taken" and kept.refusal is None)


def _download(content: bytes, name: str, content_type: str) -> Response:
    ascii_name = _SAFE_NAME.sub("_", name)[:120] or "part"
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(printable(name)[:120], safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": _FRAME_POLICY}
    return Response(content, headers=headers, content_type=content_type)


def _json(value: Any) -> Response:
    return Response(json.dumps(value, default=repr) + "\n", content_type="application/json")


def _see(place: str) -> Response:
    return Response(status=303, headers={"Location": place})
