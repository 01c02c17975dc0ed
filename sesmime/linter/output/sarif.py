"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

Places are those of the file: of a message in an mbox file they are moved, of a message in a request there are none.
Columns count characters of UTF-8 text (`columnKind` is "unicodeCodePoints", an octet that is no UTF-8 counts as one);
bytes are told beside as `byteOffset` and `byteLength`.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote_from_bytes

from sesmime.errors import printable
from sesmime.linter.findings import Finding, Fix, Severity
from sesmime.linter.listing import paragraphs, rule_of
from sesmime.linter.output import Examined, Result, Style, Unreadable, expected
from sesmime.linter.output.as_json import dumps
from sesmime.linter.output.capped import more_of, untold
from sesmime.linter.output.veil import Veil
from sesmime.linter.rule import Rule
from sesmime.mime.fields import Span

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


# Where the results stand in the log, and how far they are indented.
_MARK: Final = "results of the run"
_INDENT: Final = " " * 8


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the log as it comes: the results before the rules that they are of, which are known in the end."""
    rules: dict[str, int] = {}
    notifications: list[dict[str, Any]] = []
    is_whole = True
    before, _ = _log({"columnKind": "unicodeCodePoints", "results": [_MARK]})
    yield before
    separator = ""
    for result in results:
        if isinstance(result, Unreadable):
            location = {"physicalLocation": {"artifactLocation": _artifact(result.path)}}
            message = {"text": printable(result.reason)}
            notifications.append({"level": "error", "message": message, "locations": [location]})
            is_whole = False
            continue
        notifications += [_more(result, code, count) for code, count in untold(result.findings).items()]
        veil = Veil(result.message or b"", is_redacted=style.is_redacted)
        for finding in result.findings:
            index = rules.setdefault(finding.code, len(rules))
            told = {"ruleId": finding.code, "ruleIndex": index, **_result(result, finding, veil)}
            yield f"{separator}\n{_INDENT}{_dumped(told).replace(chr(10), chr(10) + _INDENT)}"
            separator = ","
    invocation: dict[str, Any] = {"executionSuccessful": is_whole}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    driver = {"name": "sesmime", "version": style.version, "rules": [_rule(rule_of(code)) for code in rules]}
    _, after = _log({"results": [_MARK], "invocations": [invocation], "tool": {"driver": driver}})
    yield (after if separator else after.lstrip()) + "\n"


def _more(examined: Examined, code: str, count: int) -> dict[str, Any]:
    """Return what says how many more places of a message a rule has than it tells of."""
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(examined.file or examined.path)}}
    if examined.path != examined.file:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(examined.path), "kind": "message"}]
    return {
        "level": "note",
        "message": {"text": more_of(code, count)},
        "associatedRule": {"id": code},
        "locations": [location],
    }


def _log(run: dict[str, Any]) -> tuple[str, str]:
    """Return a log in two halves: what stands before the results and after them."""
    text = _dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})
    before, _, after = text.partition(f'\n{_INDENT}"{_MARK}"')
    return before, after


def _dumped(value: Any) -> str:
    return dumps(value).decode("ascii").rstrip("\n")


def _rule(rule: Rule) -> dict[str, Any]:
    explanation = "\n\n".join(paragraphs(rule))
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": explanation},
        "help": {"text": f"{explanation}\n\n{rule.evidence.name}, {rule.source}"},
        "helpUri": rule.source,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"evidence": rule.evidence.name},
    }


def _result(examined: Examined, finding: Finding, veil: Veil) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(examined.file or examined.path)}}
    region = None if finding.span is None else _region(examined, finding.span)
    if region is not None:
        location["physicalLocation"]["region"] = region
    if examined.path != examined.file:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(examined.path), "kind": "message"}]
    properties = {
        "evidence": finding.evidence.name,
        "source": finding.url,
        "part": finding.part,
        "interface": examined.interface.value,
        "rejection": finding.rejection,
    }
    result: dict[str, Any] = {
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding, has_place=region is not None)},
        "locations": [location],
        "properties": {name: value for name, value in properties.items() if value},
    }
    fix = None if finding.fix is None else _fix(examined, finding.fix, veil)
    if fix is not None:
        result["fixes"] = [fix]
    return result


def _text(finding: Finding, *, has_place: bool) -> str:
    text = printable(finding.message + (f" ({finding.parameter})" if finding.parameter is not None else ""))
    if not has_place and finding.line is not None:
        text += f" (line {finding.line} of the message)"
    if (answer := expected(finding)) is not None:
        text += f"; {answer}"
    return text


def _fix(examined: Examined, fix: Fix, veil: Veil) -> dict[str, Any] | None:
    """Return a fix; None where it is to be done by hand, cannot be told, or would show what a log must not hold."""
    edits = () if examined.place is None else veil.edits(fix)
    if not edits:
        return None
    replacements = [
        {"deletedRegion": _region(examined, edit.span), "insertedContent": _content(edit.replacement)} for edit in edits
    ]
    changes = [{"artifactLocation": _artifact(examined.file or examined.path), "replacements": replacements}]
    title = printable(fix.title)
    return {"description": {"text": f"{title} ({fix.applicability})"}, "artifactChanges": changes}


def _content(octets: bytes) -> dict[str, str]:
    return {"text": octets.decode("ascii")} if octets.isascii() else {"binary": b64encode(octets).decode("ascii")}


def _region(examined: Examined, span: Span) -> dict[str, int] | None:
    """Return a place in the file, None where the message does not stand there as it is."""
    if examined.place is None or examined.message is None:
        return None
    offset, line = examined.place
    message = examined.message
    first = line + message.count(b"\n", 0, span.start)
    return {
        "startLine": first,
        "startColumn": _column(message, span.start),
        "endLine": first + message.count(b"\n", span.start, span.stop),
        "endColumn": _column(message, span.stop),
        "byteOffset": offset + span.start,
        "byteLength": span.stop - span.start,
    }


def _column(message: bytes, place: int) -> int:
    """Return the column in characters, counted from 1."""
    line = message[message.rfind(b"\n", 0, place) + 1 : place]
    return 1 + (len(line) if line.isascii() else len(line.decode("utf-8", "surrogateescape")))


def _artifact(path: str) -> dict[str, str]:
    octets = os.fsencode(path.replace(os.sep, "/"))
    return {"uri": ("file://" if os.path.isabs(path) else "") + quote_from_bytes(octets)}
