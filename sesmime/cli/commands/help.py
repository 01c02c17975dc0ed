"""`sesmime help`: the topics, or the text of one."""

from __future__ import annotations

import argparse

from sesmime.cli.files import CommandError, refuse_output, write_lines, write_output
from sesmime.cli.topics import topic_text, topics
from sesmime.errors import quoted

USAGE = "[TOPIC]"
EPILOG = "Run `sesmime COMMAND --help` for the options of a command."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="the topic to read; without it all are listed")


def run(arguments: argparse.Namespace) -> int:
    """Write a topic or the list of all; return the exit code."""
    refuse_output(None)
    found = topics()
    if arguments.topic is None:
        width = max(map(len, found))
        write_lines([f"{name:{width}}  {title}" for name, title in found.items()])
        return 0
    if arguments.topic not in found:
        from sesmime.cli.__main__ import COMMANDS

        hint = f"choose from {', '.join(found)}"
        if arguments.topic in COMMANDS:
            hint = f"it is a command; run `sesmime {arguments.topic} --help`"
        raise CommandError(f"there is no topic {quoted(arguments.topic, 60)}: {hint}")
    write_output(topic_text(arguments.topic).encode(), None)
    return 0
