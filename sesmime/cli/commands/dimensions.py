"""`sesmime dimensions`: what a CloudWatch destination will count of a message, or why its metric is lost."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from sesmime.cli.arguments import SETTINGS_EPILOG
from sesmime.cli.files import (
    CommandError,
    open_message,
    read_pieces,
    refuse_output,
    told_name,
    write_lines,
    write_output,
)
from sesmime.cli.submissions import add_submission, read_submission
from sesmime.cli.terminal import columns, counted, rows, shown, tell, wrapped
from sesmime.errors import InvalidSetting
from sesmime.ses.events.configuration import ConfigurationProblem, configuration_problems
from sesmime.ses.events.destinations import EventDestination, read_destinations
from sesmime.ses.events.dimensions import DimensionValue, dimension_values
from sesmime.ses.precedence import resolution_of
from sesmime.ses.requests import Submission

USAGE = "--destination FILE [OPTION]... [FILE]"
REDACTED = "what is shown"
EPILOG = (
    "The destination is the JSON of the API v1 or v2: of --cli-input-json for"
    " create-configuration-set-event-destination, of the answer to `aws ses describe-configuration-set` or"
    " `aws sesv2 get-configuration-set-event-destinations`, or a part of these. Exit codes: 0 all is counted, 1 a"
    " metric is lost or the configuration has a problem, 2 wrong usage or unreadable input."
    f" {SETTINGS_EPILOG}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_submission(parser)
    parser.add_argument(
        "--destination", required=True, metavar="FILE", help="the event destination, as JSON (-: standard input)"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what is counted and return the exit code: 1 where something is lost or wrong."""
    refuse_output(None)
    if arguments.destination == "-" and arguments.file in (None, "-"):
        raise CommandError("--destination and the message cannot both be standard input")
    given = _read_json(arguments.destination)
    try:
        destinations = read_destinations(given)
    except InvalidSetting as error:
        raise CommandError(f"{told_name(arguments.destination)}: {error.reason}") from None
    counting = [one for one in destinations if "CloudWatchDestination" in one.kinds]
    if not counting:
        raise CommandError(f"{told_name(arguments.destination)} has no CloudWatch destination: nothing is counted")
    submission = read_submission(arguments)
    problems = configuration_problems(given)
    found = [(one, dimension_values(submission, one)) for one in counting]
    if arguments.json:
        _write_json(found, problems)
    else:
        _write_rows(found, problems)
        _tell_of_set(submission, counting)
    return 1 if problems or any(value.lost for _, values in found for value in values) else 0


def _read_json(name: str) -> Mapping[str, Any]:
    with open_message(name) as stream:
        data = b"".join(read_pieces(stream, name))
    told = told_name(name)
    if not data.strip():
        raise CommandError(f"{told} is empty")
    try:
        given = json.loads(data)
    except json.JSONDecodeError as error:
        raise CommandError(f"{told} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError):
        raise CommandError(f"{told} is no JSON that can be read") from None
    if not isinstance(given, dict):
        raise CommandError(f"{told} is JSON, but no object")
    return given


def _write_rows(
    found: list[tuple[EventDestination, tuple[DimensionValue, ...]]], problems: tuple[ConfigurationProblem, ...]
) -> None:
    width = columns(sys.stdout)
    lines: list[str] = []
    for destination, values in found:
        lines += [_heading(destination), *rows([_row(value) for value in values], width)]
        if any(value.lost for value in values):
            warning = (
                "An event with a lost value is not counted at all: a metric has every dimension of its destination."
            )
            lines += [f"  {line}" for line in wrapped(warning, width - 2)]
    if problems:
        lines += ["", "Problems of the configuration"]
    for one in problems:
        lines.append(f"  {shown(one.path, 100)}")
        told = [f"{shown(one.message, 300)}; {one.remedy}", f"{one.evidence.name}, {one.source}"]
        if one.expected is not None:
            told.insert(1, f"expected from SES: {shown(one.expected, 300)}")
        lines += [f"    {line}" for text in told for line in wrapped(text, width - 4)]
    write_lines(lines)


def _heading(destination: EventDestination) -> str:
    name = shown(destination.name, 64) if destination.name else "CloudWatch"
    api = f" (API {destination.api.value})" if destination.api is not None else ""
    return f"{name}{api}: {counted(len(destination.dimensions), 'dimension')}"


def _row(value: DimensionValue) -> tuple[str, str]:
    if value.lost is not None:
        told = f"lost: {shown(value.lost, 300)}"
    elif value.value is None:
        told = f"not known before sending: {value.reason}"
    else:
        reason = f"default value: {shown(value.reason, 200)}" if value.origin.name == "DEFAULT" else value.reason
        told = f"{shown(value.value, 260)}  ({reason})"
    return shown(value.name, 60), f"{told} [{value.evidence.name}]"


def _tell_of_set(submission: Submission[Any], destinations: list[EventDestination]) -> None:
    message = submission.message if submission.interface.is_raw else None
    named = resolution_of(message, parameters=submission.parameters, interface=submission.interface).configuration_set
    if named is None:
        tell("the message names no configuration set: SES publishes events only if the identity has a default one")
    if any(one.is_enabled is False for one in destinations):
        tell("a destination is not enabled: SES publishes nothing to it")


def _write_json(
    found: list[tuple[EventDestination, tuple[DimensionValue, ...]]], problems: tuple[ConfigurationProblem, ...]
) -> None:
    from sesmime.cli.as_json import dumps

    write_output(
        dumps(
            {
                "destinations": [
                    {
                        "path": destination.path,
                        "name": destination.name,
                        "api": destination.api.value if destination.api is not None else None,
                        "dimensions": [_as_json(value) for value in values],
                    }
                    for destination, values in found
                ],
                "problems": [_as_json(problem) for problem in problems],
            }
        ),
        None,
    )


def _as_json(value: DimensionValue | ConfigurationProblem) -> dict[str, Any]:
    members = value._asdict() | {"evidence": value.evidence.name}
    return members | ({"origin": value.origin.name} if isinstance(value, DimensionValue) else {})
