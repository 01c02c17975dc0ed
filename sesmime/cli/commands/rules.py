"""`sesmime rules`: all rules there are."""

from __future__ import annotations

import argparse
import sys

from sesmime.cli.files import CommandError, refuse_output, write_lines, write_output
from sesmime.cli.terminal import shown, tell, wants_colour
from sesmime.linter.listing import all_rules, rule_object

USAGE = "[--json | --markdown | --pages FOLDER]"
EPILOG = "Run `sesmime rule CODE` for more about one rule."

_COLUMNS = ("Code", "Name", "Severity", "Evidence", "What it finds")
# On a terminal that is narrower rich would leave a word or two for the last column.
_LEAST_WIDTH = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--json", action="store_true", help="write JSON: a list of objects as in `sesmime rule --json`")
    which.add_argument("--markdown", action="store_true", help="write a Markdown table")
    which.add_argument("--pages", metavar="FOLDER", help="write a page in Markdown for each rule, and an index, there")


def run(arguments: argparse.Namespace) -> int:
    """List the rules and return the exit code."""
    refuse_output(None)
    if arguments.pages is not None:
        from sesmime.cli.pages import write_pages

        try:
            count = write_pages(arguments.pages)
        except OSError as error:
            raise CommandError(f"{shown(arguments.pages)}: {error.strerror}") from None
        tell(f"{shown(arguments.pages)}: {count} pages written")
        return 0
    rules = all_rules()
    if arguments.json:
        from sesmime.cli.as_json import dumps

        write_output(dumps([rule_object(rule) for rule in rules]), None)
        return 0
    table = [(rule.code, rule.name, rule.severity.name.lower(), rule.evidence.name, rule.summary) for rule in rules]
    if arguments.markdown:
        write_lines(_markdown([_COLUMNS, tuple("---" for _ in _COLUMNS), *table]))
    elif not _drawn_by_rich(table):
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        write_lines(
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
        )
    return 0


def _markdown(table: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table]


def _drawn_by_rich(table: list[tuple[str, str, str, str, str]]) -> bool:
    """Draw the table with rich (extra `cli`) on a terminal; False where it is not there or not wanted."""
    if not wants_colour(sys.stdout):
        return False
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    console = Console(highlight=False, force_terminal=True, no_color=False)
    if console.width < _LEAST_WIDTH:
        return False
    drawn = Table(box=None, pad_edge=False)
    for name, style in zip(_COLUMNS, ("bold", "cyan", "", "dim", ""), strict=True):
        # Where there is no room a name goes on in the next line: cut, nobody could ask for it.
        drawn.add_column(name, style=style, no_wrap=name == "Code", overflow="fold")
    colours = {"error": "red", "warning": "yellow", "info": "cyan"}
    for code, name, severity, evidence, summary in table:
        drawn.add_row(code, name, Text(severity, style=colours[severity]), evidence, Text(summary))
    console.print(drawn)
    return True
