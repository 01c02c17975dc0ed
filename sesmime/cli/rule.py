"""`sesmime rule`: what a rule looks for, why, and who says so."""

from __future__ import annotations

import argparse
import sys

from sesmime.cli.files import CommandError, refuse_output, write_lines, write_output
from sesmime.cli.terminal import columns, rows, wrapped
from sesmime.errors import quoted
from sesmime.lint.listing import find_rule, nearest_rule, paragraphs, rule_object
from sesmime.lint.rule import Rule

USAGE = "[--json] RULE..."
EPILOG = "`sesmime rules` lists all rules. JSON is an object, and a list of them where several rules are asked for."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("rules", nargs="+", metavar="RULE", help="a code (SES101) or a name (repeated-field)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Tell of rules; give the exit code."""
    refuse_output(None)
    found = [_rule(text) for text in arguments.rules]
    if arguments.json:
        from sesmime.cli.as_json import dumps

        objects = [rule_object(rule) for rule in found]
        write_output(dumps(objects if len(objects) > 1 else objects[0]), None)
        return 0
    pages = [_page(rule, columns(sys.stdout)) for rule in found]
    write_lines([line for page in pages for line in ([""] if page is not pages[0] else []) + page])
    return 0


def _rule(text: str) -> Rule:
    rule = find_rule(text)
    if rule is None:
        hint = nearest_rule(text)
        told = f"; did you mean {hint}?" if hint else "; `sesmime rules` lists them"
        raise CommandError(f"there is no rule {quoted(text, 60)}{told}")
    return rule


def _page(rule: Rule, width: int) -> list[str]:
    lines = [f"{rule.code} {rule.name}"]
    for paragraph in paragraphs(rule):
        lines += ["", *wrapped(paragraph, width)]
    facts = [
        ("severity", rule.severity.name.lower()),
        ("evidence", f"{rule.evidence.name}: {rule.evidence.value}"),
        ("source", rule.source),
    ]
    return [*lines, "", *rows(facts, width)]
