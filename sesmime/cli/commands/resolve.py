"""`sesmime resolve`: which settings count, and why."""

from __future__ import annotations

import argparse

from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, parameters
from sesmime.cli.files import add_message, read_message, refuse_output, write_lines, write_output
from sesmime.ses.precedence import Resolution, resolve

USAGE = "[OPTION]... [FILE]"
REDACTED = "what is shown"
EPILOG = SETTINGS_EPILOG


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    parser.add_argument("--json", action="store_true", help="write JSON")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Resolve the settings of a submission and return the exit code."""
    refuse_output(None)
    given = parameters(arguments)
    resolution = resolve(read_message(arguments.file), parameters=given, interface=arguments.interface)
    if arguments.json:
        write_output(_as_json(resolution), None)
    else:
        write_lines(resolution.explain().split("\n"))
    return 0


def _as_json(resolution: Resolution) -> bytes:
    from sesmime.cli.as_json import dumps, json_conflict, json_decision

    return dumps(
        {
            "interface": resolution.interface.value,
            "settings": [json_decision(decision) for decision in resolution.decisions],
            "conflicts": [json_conflict(conflict) for conflict in resolution.conflicts],
        }
    )
