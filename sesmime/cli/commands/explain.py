"""`sesmime explain`: from what SES answered to the cause, its place in the message, and the remedy."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, any_message_tag, unchecked_parameters
from sesmime.cli.checking import CHECKING_EPILOG, add_checking, read_checking
from sesmime.cli.files import add_message, read_message, refuse_output, shown_name, write_lines, write_output
from sesmime.cli.terminal import columns, rows, shown
from sesmime.linter.answers import Explanation, explain_rejection
from sesmime.linter.config import LintConfig
from sesmime.linter.listing import rule_of
from sesmime.linter.output import shown_place

USAGE = "[OPTION]... TEXT [FILE]"
REDACTED = "what is shown"
EPILOG = (
    f"{SETTINGS_EPILOG} Without FILE, only the text is explained; with -, the message is read from standard input."
    f" {CHECKING_EPILOG}"
)

_SHOWN_PLACES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("text", metavar="TEXT", help="the error text from SES, or a log line that contains it")
    add_message(parser)
    parser.add_argument("--json", action="store_true", help="write JSON: a list of causes, the most likely first")
    add_checking(parser)
    add_settings(parser, tag=any_message_tag)
    parser.set_defaults(interface=None)


def run(arguments: argparse.Namespace) -> int:
    """Explain a text and return the exit code."""
    refuse_output(None)
    checking = read_checking(arguments)
    config = checking.config_for(arguments.file)
    found = explain_rejection(
        arguments.text,
        None if arguments.file is None else read_message(arguments.file),
        parameters=unchecked_parameters(arguments),
        interface=arguments.interface or checking.interface(),
        config=config,
    )
    explained = [_asked(one, config) for one in found]
    if arguments.json:
        from sesmime.cli.as_json import dumps

        write_output(dumps([_as_json(one) for one in explained]), None)
        return 0
    width = columns(sys.stdout)
    lines: list[str] = []
    for number, one in enumerate(explained, 1):
        lines += [""] * bool(lines)
        lines += [f"{number}. {shown(one.title)}", *rows(_facts(one, shown_name(arguments.file)), width, indent=3)]
    write_lines(lines)
    return 0


def _asked(explained: Explanation, config: LintConfig) -> Explanation:
    """Return it with the places of those rules only that are asked for."""
    return replace(explained, findings=tuple(one for one in explained.findings if config.wants(one.code)))


def _facts(explained: Explanation, name: str) -> list[tuple[str, str]]:
    facts = [("cause", explained.cause), ("remedy", explained.remedy)]
    places = [f"{shown_place(name, finding)}: {finding.message}" for finding in explained.findings]
    more = len(places) - _SHOWN_PLACES
    places = places[:_SHOWN_PLACES] + ([f"and {more:,} more"] if more > 0 else [])
    facts += zip(["here", *[""] * len(places)], places, strict=False)
    rules = [f"{code} {rule_of(code).name}" for code in explained.rules]
    facts += zip(["rules", *[""] * len(rules)], rules, strict=False)
    return [*facts, ("source", f"{explained.evidence.name}, {explained.source}")]


def _as_json(explained: Explanation) -> dict[str, Any]:
    return {
        "title": explained.title,
        "cause": explained.cause,
        "remedy": explained.remedy,
        "rules": explained.rules,
        "evidence": explained.evidence.name,
        "source": explained.source,
        "findings": [finding.to_dict() for finding in explained.findings],
    }
