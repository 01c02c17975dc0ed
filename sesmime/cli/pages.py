"""A page in Markdown for each rule, and an index of them.

An example message is one of `tests/data/rules/CODE/{bad,good}/`. An installed package does not have them: its pages say
where they stand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sesmime.errors import UNKNOWN_WORDS
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding
from sesmime.linter.listing import OF_FORWARDS, SUBJECTS, all_rules, paragraphs
from sesmime.linter.rule import Rule
from sesmime.linter.run import lint
from sesmime.ses.fields import ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination
from sesmime.ses.tags import MessageTag

# Where the examples stand in a checkout.
EXAMPLES: Final = Path(__file__).parents[2] / "tests" / "data" / "rules"
# More than a reader wants to see of one message.
_MOST_LINES: Final = 30
_MOST_COLUMNS: Final = 110
_SETTINGS: Final = tuple(ApiParameters.__dataclass_fields__)


def pages(examples: Path = EXAMPLES) -> Iterator[tuple[str, str]]:
    """Return file names with their text: the index first, then a page for each rule."""
    rules = all_rules()
    yield "index.md", _index(rules)
    for rule in rules:
        yield f"{rule.code}.md", "\n".join(_page(rule, examples / rule.code)).rstrip() + "\n"


def _index(rules: tuple[Rule, ...]) -> str:
    lines = ["# The rules of sesmime", "", "Made by `sesmime rules --pages`."]
    family = ""
    for rule in rules:
        begin = next((start for start in SUBJECTS if rule.code.startswith(start)), "")
        if begin != family or len(lines) == 3:
            family = begin
            title = f"{begin}: {SUBJECTS[begin]}" if begin else "Rules of other packages"
            lines += ["", f"## {title}", "", "| rule | name | severity | what it finds |", "|---|---|---|---|"]
        summary = rule.summary.replace("|", "\\|")
        lines.append(f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity.name.lower()} | {summary} |")
    return "\n".join(lines) + "\n"


def _page(rule: Rule, examples: Path) -> Iterator[str]:
    yield f"# {rule.code} {rule.name}"
    for paragraph in paragraphs(rule):
        yield from ("", paragraph)
    yield from ("", f"- severity: {rule.severity.name.lower()}", f"- evidence: {rule.evidence.name}")
    yield f"- source: <{rule.source}>"
    if not LintConfig().wants(rule.code):
        yield f"- off by default: `sesmime lint --extend-select {rule.code}` turns it on"
    if rule.code in OF_FORWARDS:
        return
    if not examples.is_dir():
        yield from ("", f"Examples stand in a checkout of sesmime, in `tests/data/rules/{rule.code}`.")
        return
    bad = _first(examples / "bad")
    if bad is not None:
        message, arguments, identities = read_example(bad)
        yield from ("", "## Bad")
        yield from _shown(message, arguments)
        config = LintConfig(select=(rule.code,), verified_identities=identities)
        findings = [finding for finding in lint(message, config=config, **arguments) if finding.code == rule.code]
        for finding in findings[:1]:
            yield from _told(finding)
        fixed = bad.with_name(f"{bad.name}.fixed.eml")
        if fixed.exists():
            yield from ("", "## Fixed")
            yield from _shown(fixed.read_bytes(), {})
    good = _first(examples / "good")
    if good is not None:
        message, arguments, _ = read_example(good)
        yield from ("", "## Good")
        yield from _shown(message, arguments)


def _told(finding: Finding) -> Iterator[str]:
    place = f"line {finding.line}, column {finding.column}: " if finding.line else ""
    yield from ("", f"- finding: {place}{finding.message}")
    if finding.rejection is not None:
        yield f"- expected from SES: {f'`{finding.rejection}`' if finding.rejection else UNKNOWN_WORDS}"
    if finding.fix is not None:
        yield f"- fix: {finding.fix.title} ({'safe' if finding.fix.is_safe else 'unsafe'})"


def _first(folder: Path) -> Path | None:
    """Return the example of the shortest text, without suffix."""
    names = sorted({file.with_suffix("") for file in folder.glob("*") if not file.name.endswith(".fixed.eml")})
    return min(names, key=_length, default=None)


def _length(place: Path) -> int:
    return sum(file.stat().st_size for file in (place.with_suffix(".eml"), place.with_suffix(".json")) if file.exists())


def read_example(place: Path) -> tuple[bytes | None, dict[str, Any], tuple[str, ...]]:
    """Return the message of an example (None without one), the arguments beside it, and the verified identities.

    `place` has no suffix; `NAME.json` beside `NAME.eml` may hold the `interface`, the `parameters` by their names in
    ApiParameters, the `verified_identities`, and how often to `repeat_last_line`, for large messages.
    """
    message, told = place.with_suffix(".eml"), place.with_suffix(".json")
    facts = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    given = facts.pop("parameters", {})
    if "destination" in given:
        given["destination"] = Destination(**given["destination"])
    if "message_tags" in given:
        given["message_tags"] = tuple(MessageTag(*tag) for tag in given["message_tags"])
    if "list_management" in given:
        given["list_management"] = ListManagement(*given["list_management"])
    identities = tuple(facts.pop("verified_identities", ()))
    arguments = {
        "interface": Interface(facts.pop("interface", "ses.SendRawEmail")),
        "parameters": ApiParameters(**given),
    }
    source = message.read_bytes() if message.exists() else None
    if source is not None and "repeat_last_line" in facts:
        source += source.splitlines(keepends=True)[-1] * (facts.pop("repeat_last_line") - 1)
    if facts:
        raise ValueError(f"{told}: unknown keys {', '.join(sorted(facts))}")
    return source, arguments, identities


def _shown(message: bytes | None, arguments: dict[str, Any]) -> Iterator[str]:
    interface = arguments.get("interface", Interface.SEND_RAW_EMAIL)
    if interface is not Interface.SEND_RAW_EMAIL:
        yield from ("", f"Interface: {interface.value}")
    parameters = arguments.get("parameters", ApiParameters())
    if parameters != ApiParameters():
        given = (f"{name}={value!r}" for name in _SETTINGS if (value := getattr(parameters, name)) is not None)
        yield from ("", f"Parameters: `ApiParameters({', '.join(given)})`")
    if message is not None:
        lines = message.decode("ascii", "backslashreplace").replace("\r\n", "\n").split("\n")
        shown = [_visible(line) for line in (lines[:-1] if lines[-1] == "" else lines)]
        more = len(shown) - _MOST_LINES
        # Longer than any fence that a message may hold.
        yield from ("", "`````eml", *shown[:_MOST_LINES])
        if more > 0:
            yield f"[{more} more lines]"
        yield "`````"


def _visible(line: str) -> str:
    text = "".join(char if char == "\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in line)
    return text if len(text) <= _MOST_COLUMNS else f"{text[:_MOST_COLUMNS]} [{len(text)} characters]"


def write_pages(folder: str) -> int:
    """Write the pages into a folder, which is made where it is not there; return how many. Raises OSError."""
    os.makedirs(folder, exist_ok=True)
    count = 0
    for name, text in pages():
        Path(folder, name).write_text(text, encoding="utf-8", newline="\n")
        count += 1
    return count
