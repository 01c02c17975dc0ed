"""`sesmime rule`: what a rule looks for, why, who says so, and a message that it finds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from sesmime.cli.files import CommandError, printable_line, refuse_output, write_output, write_painted
from sesmime.cli.terminal import columns, painted, rows, wants_colour, wrapped
from sesmime.errors import quoted
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.config import LintConfig
from sesmime.linter.listing import find_rule, nearest_rule, paragraphs, rule_codes, rule_object
from sesmime.linter.output import plain
from sesmime.linter.rule import Rule
from sesmime.ses.evidence import Evidence

USAGE = "[--json] RULE..."
EPILOG = "`sesmime rules` lists all rules. JSON is one object, or a list of objects if several rules are given."

_PAGES_OF_AWS = "https://docs.aws.amazon.com/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("rules", nargs="+", metavar="RULE", help="a code (SES101) or a name (repeated-field)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show rules and return the exit code."""
    refuse_output(None)
    found = [_rule(text) for text in arguments.rules]
    if arguments.json:
        from sesmime.cli.as_json import dumps

        objects = [rule_object(rule) for rule in found]
        write_output(dumps(objects if len(objects) > 1 else objects[0]), None)
        return 0
    pages = [_page(rule, columns(sys.stdout)) for rule in found]
    write_painted([line for page in pages for line in ([""] if page is not pages[0] else []) + page])
    return 0


def _rule(text: str) -> Rule:
    rule = find_rule(text)
    if rule is None:
        raise CommandError(f"there is no rule {quoted(text, 60)}; {_hint(text)}")
    return rule


def _hint(text: str) -> str:
    codes = [code for code in rule_codes() if text and code.startswith(text.upper())]
    if codes:
        return f"codes with this prefix are {codes[0]} to {codes[-1]}; `sesmime rules` lists them"
    nearest = nearest_rule(text)
    return f"did you mean {nearest}?" if nearest else "`sesmime rules` lists them"


def _page(rule: Rule, width: int) -> list[str]:
    lines = [f"{rule.code} {rule.name}"]
    for paragraph in paragraphs(rule):
        lines += ["", *wrapped(paragraph, width)]
    facts = [
        ("severity", rule.severity.name.lower()),
        ("evidence", f"{rule.evidence.name}: {_who_says_so(rule)}"),
        ("source", rule.source),
    ]
    is_ours = any(entry.code == rule.code for entry in CATALOGUE)
    if is_ours and not LintConfig().wants(rule.code):
        facts.append(("default", f"off; `sesmime lint --extend-select {rule.code}` turns it on"))
    return [*map(printable_line, lines), *_examples(rule, width), "", *map(printable_line, rows(facts, width))]


def _examples(rule: Rule, width: int) -> Iterator[str]:
    from sesmime.cli.rule_examples import shown_example  # JSON does without

    paint = painted if wants_colour(sys.stdout) else plain
    for kind in ("bad", "good"):
        shown = shown_example(rule, kind, width=width - 4, paint=paint)
        if shown is None:
            continue
        yield from ("", f"{kind.capitalize()}:", "")
        yield from map(printable_line, rows(shown.given, width))
        yield from [""] * bool(shown.given and shown.message)
        yield from (f"    {line}".rstrip() for line in shown.message)
        if shown.told:
            yield from ("", *map(printable_line, rows(shown.told, width)))
        if shown.diff:
            yield from ("", *(f"    {line}" for line in shown.diff))


def _who_says_so(rule: Rule) -> str:
    """Return the meaning of a certainty: what a standard or a provider documents, AWS need not have said."""
    if rule.evidence is Evidence.DOCUMENTED and not rule.source.startswith(_PAGES_OF_AWS):
        return "the source documents it"
    return rule.evidence.value
