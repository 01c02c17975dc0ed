"""`sesmime reference`: every public name, setting and option in one page, made from docstrings and parsers."""

from __future__ import annotations

import argparse

from sesmime.cli.files import refuse_output, write_output

USAGE = "[-o FILE]"
EPILOG = "Names of an edge are shown where its extra is installed."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("-o", "--output", metavar="FILE", help="write the page there instead of to standard output")


def run(arguments: argparse.Namespace) -> int:
    """Write the reference; return the exit code."""
    from sesmime.cli.reference import reference

    refuse_output(arguments.output)
    write_output(reference().encode(), arguments.output)
    return 0
