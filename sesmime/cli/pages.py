"""A page in Markdown for each rule, with an example of a message that it finds and one that it lets pass; an index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sesmime.cli.rule_examples import Shown, shown_example
from sesmime.linter.config import LintConfig
from sesmime.linter.listing import SUBJECTS, all_rules, paragraphs
from sesmime.linter.output import plain
from sesmime.linter.rule import Rule

_MOST_COLUMNS: Final = 110


def pages() -> Iterator[tuple[str, str]]:
    """Return file names with their text: the index first, then a page for each rule."""
    rules = all_rules()
    yield "index.md", _index(rules)
    for rule in rules:
        yield f"{rule.code}.md", "\n".join(_page(rule)).rstrip() + "\n"


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


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.code} {rule.name}"
    for paragraph in paragraphs(rule):
        yield from ("", paragraph)
    yield from ("", f"- severity: {rule.severity.name.lower()}", f"- evidence: {rule.evidence.name}")
    yield f"- source: <{rule.source}>"
    if not LintConfig().wants(rule.code):
        yield f"- off by default: `sesmime lint --extend-select {rule.code}` turns it on"
    for kind in ("bad", "good"):
        shown = shown_example(rule, kind, width=_MOST_COLUMNS, paint=plain)
        if shown is not None:
            yield from ("", f"## {kind.capitalize()}")
            yield from _section(shown)


def _section(shown: Shown) -> Iterator[str]:
    for label, text in shown.given:
        yield from ("", f"{label.capitalize()}: `{text}`")
    if shown.message:
        # Longer than any fence that a message may hold.
        yield from ("", "`````eml", *shown.message, "`````")
    if shown.told:
        yield from ("", *(f"- {label}: {text}" for label, text in shown.told))
    if shown.diff:
        yield from ("", "## Fixed", "", "`````diff", *shown.diff, "`````")


def write_pages(folder: str) -> int:
    """Write the pages into a folder, which is made where it is not there; return how many. Raises OSError."""
    os.makedirs(folder, exist_ok=True)
    count = 0
    for name, text in pages():
        Path(folder, name).write_text(text, encoding="utf-8", newline="\n")
        count += 1
    return count
