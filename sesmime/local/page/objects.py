"""The page's JSON: which messages a query asks for, and a message as an object.

`GET /api/messages` gives {"count": N, "messages": [...]}, the newest first. Its query, each name at most once:

- `to`, `subject`: text that a recipient, or the subject, has in it; `q`: one of subject, sender, recipients, ids
- `tag`: NAME or NAME=VALUE of a message tag; `set`: the configuration set that counts
- `verdict`: `taken`, `warned` (taken, with findings that are no notes) or `refused`
- `wait`: seconds (at most 60) to wait for the first message that matches, where there is none; answered with 503 and
  Retry-After where three quarters of the connections wait already
- `limit`: how many to give at the most (100 if absent)

`GET /api/messages/ID` (our id, or SES's MessageId) adds `text`, `html` (the first 1,000,000 characters), `fields`,
`report`, `settings`, `request`, `attachments` and the events with their records; `/messages/ID/raw` has the octets, and
`/messages/ID/parts/PATH` a part's content. `DELETE` on either deletes. An unknown name or a bad value is answered with
400, an unknown id with 404, each with {"error": TEXT}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from sesmime.errors import quoted
from sesmime.local.inbox import Kept, KeptEvent
from sesmime.local.page import views
from sesmime.local.page.shown import pruned
from sesmime.mime.entity import parse

PAGE_SIZE: Final = 100
VERDICTS: Final = ("taken", "warned", "refused")
_MAX_WAIT: Final = 60.0  # seconds
NAMES: Final = ("q", "to", "subject", "tag", "set", "verdict")
_MAX_FIELDS: Final = 1_000
_MAX_VALUE: Final = 10_000  # characters
_MAX_ADDRESSES: Final = 10_000
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What is asked for: texts to look for, and how much to give."""

    wanted: Mapping[str, str]
    wait: float = 0.0
    limit: int = PAGE_SIZE
    page: int = 1

    @classmethod
    def of(cls, arguments: MultiDict[str, str], *, options: tuple[str, ...] = ("wait", "limit")) -> Query:
        """Return what the arguments of a request ask for; raises BadRequest for a name or value that is none."""
        for name, values in arguments.lists():
            if name not in (*NAMES, *options):
                raise BadRequest(f"The query has no {quoted(name, 60)}; it has {', '.join((*NAMES, *options))}.")
            if len(values) > 1:
                raise BadRequest(f"The query has {name} more than once.")
        wanted = {name: arguments[name].strip() for name in NAMES if arguments.get(name, "").strip()}
        if wanted.get("verdict", "taken") not in VERDICTS:
            raise BadRequest(f"verdict is one of {', '.join(VERDICTS)}.")
        wait, limit, page = (arguments.get(name) for name in ("wait", "limit", "page"))
        if wait is not None and not _SECONDS.fullmatch(wait):
            raise BadRequest("wait is a number of seconds.")
        for name, value in (("limit", limit), ("page", page)):
            if value is not None and not _COUNT.fullmatch(value):
                raise BadRequest(f"{name} is a whole number.")
        return cls(
            wanted=wanted,
            wait=min(float(wait or 0), _MAX_WAIT),
            limit=PAGE_SIZE if limit is None else int(limit),
            page=max(1, int(page or 1)),
        )

    def matches(self, kept: Kept) -> bool:
        """Whether a message has all that is asked for."""
        return all(_has(kept, name, value) for name, value in self.wanted.items())


def _has(kept: Kept, name: str, value: str) -> bool:
    text = value.lower()
    match name:
        case "q":
            ids = (kept.id, kept.message_id or "")
            return value in ids or any(text in one.lower() for one in (kept.subject, kept.sender, *kept.recipients))
        case "to":
            return any(text in one.lower() for one in kept.recipients)
        case "subject":
            return text in kept.subject.lower()
        case "tag":
            return any(value in (tag, f"{tag}={one}") for tag, one in kept.tags)
        case "set":
            return kept.configuration_set == value
    return value == verdict_of(kept) or (value == "taken" and kept.refusal is None)


def verdict_of(kept: Kept) -> str:
    """Return the verdict in one word: refused, warned (taken with findings that are no notes), taken."""
    if kept.refusal is not None:
        return "refused"
    return "warned" if any(finding.severity.name != "INFO" for finding in kept.report) else "taken"


def message_object(kept: Kept, *, whole: bool = False) -> dict[str, Any]:
    """Return a message as JSON has it; `whole` with bodies, report, settings, request and events' records."""
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
        "rendering_failure": kept.rendering_failure,
        "from": kept.sender[:_MAX_VALUE],
        "subject": kept.subject[:_MAX_VALUE],
        "envelope_sender": None if envelope is None or envelope.sender is None else str(envelope.sender),
        "recipients": list(kept.recipients[:_MAX_ADDRESSES]),
        "bcc": [] if envelope is None else list(map(str, envelope.bcc[:_MAX_ADDRESSES])),
        "tags": dict(kept.tags),
        "configuration_set": kept.configuration_set,
        "size": kept.size,
        "findings": len(kept.report),
        "events": [event.kind for event in kept.events],
    }
    return made | _details(kept) if whole else made


def _details(kept: Kept) -> dict[str, Any]:
    view, root = views.view_of(kept), parse(kept.message or b"")
    text = views.body_of(islice(root.walk(), views.MAX_TREE), "text/plain")
    return {
        "text": None if text is None else views.text_of(text),
        "html": views.html_of(root),
        "fields": [
            [field.name[:_MAX_VALUE], field.body[:_MAX_VALUE]] for field in islice(root.header_section, _MAX_FIELDS)
        ],
        "report": kept.report.to_dict(),
        "settings": [setting._asdict() for setting in views.settings_of(kept.resolution)],
        "request": pruned(dict(kept.request), length=_MAX_VALUE, count=_MAX_ADDRESSES),
        "attachments": [
            {"name": one.name, "type": one.content_type, "size": one.size, "part": one.path} for one in view.attachments
        ],
        "events": list(map(_event_object, kept.events)),
    }


def _event_object(event: KeptEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "timestamp": event.timestamp.isoformat(timespec="milliseconds"),
        "recipients": list(event.recipients),
        "published_to": list(event.published_to),
        "failures": list(event.failures),
        "record": event.record,
    }
