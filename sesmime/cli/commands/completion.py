"""`sesmime completion`: the script that lets a shell complete the commands, their options and values."""

from __future__ import annotations

import argparse
from importlib import import_module

from sesmime.cli.completing import SHELLS, commands_of
from sesmime.cli.files import refuse_output, write_output

USAGE = "SHELL"
EPILOG = (
    'bash: eval "$(sesmime completion bash)" in ~/.bashrc. zsh: eval "$(sesmime completion zsh)" in ~/.zshrc, after'
    " compinit. fish: sesmime completion fish > ~/.config/fish/completions/sesmime.fish. Exit codes: 0 written, 2 wrong"
    " usage."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("shell", choices=tuple(SHELLS), metavar="SHELL", help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    """Write the script and return the exit code."""
    from sesmime.cli.__main__ import COMMANDS, command_parser

    refuse_output(None)
    parsers = {
        name: (summary, command_parser(name, import_module(f"sesmime.cli.commands.{name}")))
        for name, summary in COMMANDS.items()
    }
    lines = SHELLS[arguments.shell](commands_of(parsers))
    write_output("".join(f"{line}\n" for line in lines).encode(), None)
    return 0
