"""What the page shows of a message, as plain values for its templates: bounded, whatever the message holds.

Templates escape what they write (`shown.finalize`); long texts and lists are cut, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from sesmime.errors import printable
from sesmime.linter.findings import Finding
from sesmime.linter.output import remedy
from sesmime.local.inbox import Kept, KeptEvent
from sesmime.local.page.framing import links_of
from sesmime.local.page.shown import pruned
from sesmime.local.page.source import Shown, source_lines
from sesmime.mime.charsets import decode_text
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Field
from sesmime.ses.precedence import Origin, Resolution
from sesmime.ses.quotas import MAX_HTML, MAX_PARTS, MAX_RECIPIENTS
from sesmime.ses.tags import MessageTag

# How much is shown; the raw message and the JSON have more.
MAX_TEXT: Final = 100_000  # characters
MAX_BODY: Final = 1_000_000  # characters of a body in JSON and in the frame
MAX_FINDINGS: Final = 200
MAX_TREE: Final = 500
MAX_ADDRESSES: Final = 100
MAX_EVENTS: Final = 100
MAX_REQUEST: Final = 50_000  # characters
MAX_RECORD: Final = 10_000  # characters
_MAX_FIELDS: Final = 20
_WHOLE: Final = 1 << 20  # octets of a body that is decoded as a whole


class Branch(NamedTuple):
    """An entity of the tree; `share` of the message's octets in percent."""

    path: str
    depth: int
    content_type: str
    encoding: str
    disposition: str
    name: str
    size: int
    share: float
    is_leaf: bool


class Setting(NamedTuple):
    """A setting that is given somewhere: its value, where it comes from, what it overrules, and why."""

    name: str
    value: str
    origin: str
    overruled: tuple[str, ...]
    reason: str


class Limit(NamedTuple):
    """A size against its limit; `of` is who sets it."""

    name: str
    used: int
    limit: int
    is_octets: bool
    of: str

    @property
    def is_over(self) -> bool:
        """Whether there is too much."""
        return self.used > self.limit


class Recipient(NamedTuple):
    """A recipient; `is_blind`: only a Bcc names it."""

    address: str
    is_blind: bool


class MessageView(NamedTuple):
    """All that a page about a message shows of its octets."""

    size: int
    limits: tuple[Limit, ...]
    text: str | None
    has_html: bool
    links: tuple[str, ...]
    tree: tuple[Branch, ...]
    more_parts: int
    attachments: tuple[Branch, ...]
    source: Shown


def view_of(kept: Kept) -> MessageView:
    """Return what is shown of a message; where SES would have nothing to assemble, only the limits."""
    octets = kept.message or b""
    root = parse(octets)
    entities = list(islice(root.walk(), MAX_TREE))
    count = len(entities) if len(entities) < MAX_TREE else sum(1 for _ in root.walk())
    text, html = body_of(entities, "text/plain"), body_of(entities, "text/html")
    tree = tuple(_branch(entity, len(octets)) for entity in entities) if octets else ()
    return MessageView(
        size=len(octets),
        limits=tuple(_limits(kept, octets, count, html)),
        text=None if text is None else text_of(text, MAX_TEXT + 1),
        has_html=html is not None,
        links=() if html is None else links_of(text_of(html)),
        tree=tree,
        more_parts=count - len(tree) if octets else 0,
        attachments=tuple(one for one in tree if one.is_leaf and (one.name or one.disposition == "attachment")),
        source=source_lines(octets, kept.report),
    )


def body_of(entities: Iterable[Entity], content_type: str) -> Entity | None:
    """Return the first of the entities that is a body of that type."""
    return next((one for one in entities if _is_body(one, content_type)), None)


def text_of(entity: Entity, limit: int = MAX_BODY) -> str:
    """Return the beginning of an entity's text; of a large one no more is decoded than that needs."""
    if len(entity.body) <= _WHOLE:
        return entity.text()[:limit]
    decoded = b""
    for chunk in entity.iter_content():
        decoded += chunk
        if len(decoded) >= 4 * limit:
            break
    return decode_text(decoded[: 4 * limit], entity.charset)[0][:limit]


def html_of(root: Entity) -> str | None:
    """Return the beginning of a message's HTML, None where it has none."""
    entity = body_of(islice(root.walk(), MAX_TREE), "text/html")
    return None if entity is None else text_of(entity)


def recipients_of(kept: Kept) -> tuple[Recipient, ...]:
    """Return the first of a message's recipients."""
    shown = kept.recipients[:MAX_ADDRESSES]
    blind = frozenset() if kept.envelope is None else frozenset(map(str, kept.envelope.bcc))
    return tuple(Recipient(address, address in blind) for address in shown)


def settings_of(resolution: Resolution | None) -> tuple[Setting, ...]:
    """Return the settings that are given, or overruled."""
    if resolution is None:
        return ()
    return tuple(
        Setting(
            decision.setting,
            _value(decision.value)[:500],
            decision.origin.value if decision.origin is not Origin.UNSET else "unset",
            tuple(map(_field, decision.overruled[:_MAX_FIELDS])),
            decision.reason,
        )
        for decision in resolution.decisions
        if decision.origin is not Origin.UNSET or decision.overruled
    )


def request_text(request: Mapping[str, Any]) -> str:
    """Return a request as JSON for people: without the message's octets, long values cut."""
    return json.dumps(pruned(dict(request)), indent=2, ensure_ascii=False)[:MAX_REQUEST]


def record_text(event: KeptEvent) -> str:
    """Return an event's record as JSON for people."""
    return json.dumps(pruned(dict(event.record)), indent=2, ensure_ascii=False)[:MAX_RECORD]


def part_of(root: Entity, path: str) -> Entity | None:
    """Return the entity with that path."""
    return next((one for one in root.walk() if one.path == path), None)


def finding_row(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as the templates write it."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.name.lower(),
        "evidence": finding.evidence.name.lower(),
        "message": finding.message[:2_000],
        "line": finding.line if finding.span is not None else None,
        "part": finding.part,
        "parameter": finding.parameter,
        "rejection": None if finding.rejection is None else finding.rejection[:2_000],
        "fix": None if finding.fix is None else remedy(finding.fix),
        "url": finding.url,
    }


def _limits(kept: Kept, octets: bytes, parts: int, html: Entity | None) -> Iterator[Limit]:
    largest = kept.submission.interface.row.max_size
    if largest is not None:
        yield Limit("message", len(octets), largest, True, "SES")
    yield Limit("recipients", len(kept.recipients), MAX_RECIPIENTS, False, "SES")
    if octets:
        yield Limit("parts", parts, MAX_PARTS, False, "SES")
    if html is not None:
        yield Limit("HTML", len(html.body), MAX_HTML, True, "Gmail, which clips the rest")


def _is_body(entity: Entity, content_type: str) -> bool:
    return entity.content_type == content_type and entity.disposition != "attachment" and not entity.parts


def _branch(entity: Entity, whole: int) -> Branch:
    return Branch(
        entity.path,
        0 if not entity.path else entity.path.count(".") + 1,
        entity.content_type[:80],
        entity.content_transfer_encoding[:40],
        (entity.disposition or "")[:40],
        printable(entity.safe_filename or "")[:120],
        len(entity.body),
        100 * len(entity.body) / max(whole, 1),
        not entity.parts,
    )


def _field(field: Field) -> str:
    return f"{field.name[:80]}: {field.body[:1_000].strip()}"[:300]


def _value(value: Any) -> str:
    if isinstance(value, MessageTag):
        return f"{value.name}={value.value}"
    if isinstance(value, tuple):
        return ", ".join(map(_value, value[:MAX_ADDRESSES]))
    if hasattr(value, "all"):
        return ", ".join(value.all[:MAX_ADDRESSES])
    return str(value)
