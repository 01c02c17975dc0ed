"""`python -m sesmime.rules`: make the table of rules."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from sesmime.linter.tabulate import write_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sesmime.rules", description="Make the table of rules.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("catalogue", help="make the table of rules from their files")
    parser.parse_args(arguments)
    write_table()
    return 0
