"""What the page shows of a message, as plain values for its templates: bounded, escaped, and never run.

Text of a message is shown with its control and bidi characters escaped; long texts are cut, and say so.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sesmime.errors import printable
from sesmime.linter.findings import Finding, Report
from sesmime.linter.output import remedy
from sesmime.mime.entity import Entity, parse
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Origin, Resolution
from sesmime.ses.tags import MessageTag

# How much of a text, of the source and of the tree is shown; the raw message has it all.
MAX_TEXT: Final = 200_000  # characters
MAX_SOURCE_LINES: Final = 2_000
MAX_LINE: Final = 2_000  # octets
MAX_PARTS: Final = 500
MAX_HTML: Final = 2_000_000  # characters
MAX_INLINE_IMAGE: Final = 2_000_000  # octets
_CID: Final = re.compile(r"cid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
_IMAGE_TYPES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"))


class SourceLine(NamedTuple):
    """A line of the source: its number, its text, and the findings that begin in it."""

    number: int
    text: str
    findings: tuple[Finding, ...]


class Branch(NamedTuple):
    """An entity of the tree."""

    path: str
    depth: int
    content_type: str
    encoding: str
    disposition: str
    name: str
    size: int
    is_leaf: bool


class Setting(NamedTuple):
    """A setting that is given somewhere: its value, where it comes from, what it overrules, and why."""

    name: str
    value: str
    origin: str
    overruled: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageView:
    """All that a page about a message shows of its octets."""

    size: int
    limit: int | None
    text: str | None
    html: str | None
    tree: tuple[Branch, ...]
    attachments: tuple[Branch, ...]
    source: tuple[SourceLine, ...]
    source_cut: bool
    elsewhere: tuple[Finding, ...]


def view_of(message: bytes | None, report: Report, interface: Interface) -> MessageView:
    """Return what is shown of a message; of None, where SES would have nothing to assemble, only the findings."""
    octets = message or b""
    root = parse(octets)
    entities = list(_first(root.walk(), MAX_PARTS))
    text = next((one for one in entities if _is_body(one, "text/plain")), None)
    html_part = next((one for one in entities if _is_body(one, "text/html")), None)
    tree = tuple(map(_branch, entities))
    lines, cut = _source(octets, report)
    shown = {finding for line in lines for finding in line.findings}
    return MessageView(
        size=len(octets),
        limit=interface.row.max_size,
        text=None if text is None else shown_text(text.text()[:MAX_TEXT]),
        html=None if html_part is None else html_part.text()[:MAX_HTML],
        tree=tree,
        attachments=tuple(one for one in tree if one.is_leaf and (one.name or one.disposition == "attachment")),
        source=lines,
        source_cut=cut,
        elsewhere=tuple(finding for finding in report if finding not in shown),
    )


def settings_of(resolution: Resolution | None) -> tuple[Setting, ...]:
    """Return the settings that are given, or overruled."""
    if resolution is None:
        return ()
    return tuple(
        Setting(
            decision.setting,
            shown_text(_value(decision.value))[:500],
            decision.origin.value if decision.origin is not Origin.UNSET else "unset",
            tuple(shown_text(f"{field.name}: {field.body.strip()}")[:300] for field in decision.overruled),
            decision.reason,
        )
        for decision in resolution.decisions
        if decision.origin is not Origin.UNSET or decision.overruled
    )


def framed_html(text: str, root: Entity) -> str:
    """Return the HTML for a sandboxed frame: images of the message itself in place of their `cid:` names.

    Nothing else is changed: the frame runs no script and asks nobody for anything.
    """
    images: dict[str, str] = {}
    for entity in _first(root.walk(), MAX_PARTS):
        field = entity.header_section.first("Content-ID")
        if field is None or entity.content_type not in _IMAGE_TYPES or len(entity.body) > 2 * MAX_INLINE_IMAGE:
            continue
        content = entity.content()
        if len(content) <= MAX_INLINE_IMAGE:
            name = field.body.strip().strip("<>")
            images[name] = f"data:{entity.content_type};base64,{base64.b64encode(content).decode('ascii')}"
    if not images:
        return text
    return _CID.sub(lambda match: images.get(html.unescape(match[1]), match[0]), text)


def part_of(root: Entity, path: str) -> Entity | None:
    """Return the entity with that path."""
    return next((one for one in root.walk() if one.path == path), None)


def shown_text(text: str) -> str:
    """Return a text with its control and bidi characters escaped, its line ends and tabs kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def finding_row(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as the templates write it."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.name.lower(),
        "evidence": finding.evidence.name.lower(),
        "message": finding.message,
        "line": finding.line,
        "column": finding.column,
        "part": finding.part,
        "parameter": finding.parameter,
        "rejection": finding.rejection,
        "fix": None if finding.fix is None else remedy(finding.fix),
        "url": finding.url,
    }


def _first(entities: Iterator[Entity], count: int) -> Iterator[Entity]:
    for _, entity in zip(range(count), entities, strict=False):
        yield entity


def _is_body(entity: Entity, content_type: str) -> bool:
    return entity.content_type == content_type and entity.disposition != "attachment" and not entity.parts


def _branch(entity: Entity) -> Branch:
    return Branch(
        entity.path,
        0 if not entity.path else entity.path.count(".") + 1,
        printable(entity.content_type)[:80],
        printable(entity.content_transfer_encoding or "")[:40],
        printable(entity.disposition or "")[:40],
        printable(entity.safe_filename or "")[:120],
        len(entity.body),
        not entity.parts,
    )


def _source(octets: bytes, report: Report) -> tuple[tuple[SourceLine, ...], bool]:
    """Return the lines of the source that are shown: the first ones, and each that a finding is in."""
    by_line: dict[int, list[Finding]] = {}
    for finding in report:
        if finding.line is not None:
            by_line.setdefault(finding.line, []).append(finding)
    lines = octets.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    wanted = range(1, min(len(lines), MAX_SOURCE_LINES) + 1)
    later = sorted(number for number in by_line if wanted.stop <= number <= len(lines))[:MAX_SOURCE_LINES]
    shown = tuple(
        SourceLine(number, _line(lines[number - 1]), tuple(by_line.get(number, ()))) for number in (*wanted, *later)
    )
    return shown, len(lines) > len(wanted)


def _line(line: bytes) -> str:
    text = printable(line.removesuffix(b"\r")[:MAX_LINE].decode("utf-8", "backslashreplace"))
    return f"{text} …" if len(line) > MAX_LINE else text


def _value(value: Any) -> str:
    if isinstance(value, MessageTag):
        return f"{value.name}={value.value}"
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    if hasattr(value, "all"):
        return ", ".join(value.all)
    return str(value)
