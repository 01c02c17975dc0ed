"""The entry point: finds the command, runs it, and turns errors into one sentence and an exit code.

Exit: 0 clean; 1 findings at or above the fail level; 2 wrong usage or unreadable input; 130 when interrupted. SIGTERM
and SIGHUP end it as they end any process, once what is half done is cleared away.
Nothing is imported here that a run may not need: the start of the process is part of what a user waits for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

from sesmime import __version__
from sesmime.cli.ending import Ended, die_of, ended_by_signals
from sesmime.cli.files import CommandError
from sesmime.cli.terminal import COLOURS, colours, columns, note_people, redaction, tell
from sesmime.errors import SesMimeError, quoted

if TYPE_CHECKING:
    from types import ModuleType

# Each command stands in a module of its name, with `USAGE`, `add_arguments(parser)` and `run(arguments) -> int`.
COMMANDS = {
    "prepare": "prepare a raw message for SES: make settings and recipients explicit, fix or report faults",
    "lint": "report what SES is expected to refuse, what would be lost, and what recipients will not read correctly",
    "show": "show the MIME tree, header section, SES fields and directives of a message",
    "strip": "remove every X-SES- field from a message and change no other byte",
    "build": "build a message from fields, texts and attachments, with 7-bit parts and CRLF line endings",
    "forward": "prepare a received message to be forwarded from one of your own identities",
    "convert": "convert a message or a request to another interface, and report what is lost",
    "resolve": "show which settings take effect when parameters and fields disagree, and why",
    "tags": "read the message tags of a message, or write a message tags field",
    "events": "read what SES has told about messages, from any carrier, in a table or as JSON",
    "event": "make the record that is expected from SES when something happens to a message",
    "dimensions": "show what a CloudWatch destination will count of a message, or why its metric is lost",
    "rule": "explain a rule: what it looks for, why, its source, and a bad and a good example",
    "rules": "list all rules, or write a page of each",
    "help": "list the topics of the documentation, or show one",
    "reference": "write every public name, setting and option in one page",
    "completion": "write the script that completes commands and options in bash, zsh or fish",
    "explain": "explain an error from SES: its cause, where it is in a message, and how to fix it",
    "send": "prepare a raw message and send it with boto3 (extra `boto3`)",
    "serve": "run a local SES: the API v1 and v2, SMTP, events, and a page that shows what would happen",
    "sendmail": "send the message of standard input, with the arguments and exit codes of sendmail(8)",
    "scan": "check every message of archives of any size, with several processes or a Dask cluster",
    "relay": "accept messages by SMTP on this machine and send them through the SES API",
    "spool": "list what is in the spool of a relay, and decide on what failed or is uncertain",
}


class Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal; asked for the width, argparse would import shutil, whoever wants help or not."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **(options | {"width": columns(sys.stdout) - 2}))

    def format_help(self) -> str:
        """Return the help; argparse forgets the indent of the commands, and breaks the line after the longest."""
        self._action_max_length += self._indent_increment
        return super().format_help()


class Parser(argparse.ArgumentParser):
    """An argument parser that tells what is wrong in one line; the usage is in --help."""

    usage_code = 2

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, formatter_class=Formatter, allow_abbrev=False)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Refuse `--option=--`, of which Python before 3.12.5 makes an empty list, and newer ones the text."""
        if action.option_strings and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, "-- is no value")
        return super()._get_values(action, arg_strings)

    def error(self, message: str) -> NoReturn:
        """Tell it and leave with the code for wrong usage."""
        told = message.removeprefix("argument ")
        hint = "" if told != message else f"; see {self.prog} --help"
        tell(f"{self.prog}: {told}{self._meant(message)}{hint}")
        sys.exit(self.usage_code)

    def _meant(self, message: str) -> str:
        """Return the option that somebody may have meant who wrote one that there is not."""
        start, _, words = message.partition("unrecognized arguments: ")
        written = words.partition(" ")[0].partition("=")[0]
        if start or not written.startswith("--"):
            return ""
        from sesmime.linter.listing import nearest  # few need it

        meant = nearest(written, (option for option in self._option_string_actions if option.startswith("--")))
        return f" (did you mean {meant}?)" if meant else ""


# Options whose values name somebody, where they are no interface.
_WHO: Final = frozenset(
    ["--from", "--sender", "--source", "--to", "--cc", "--bcc", "--reply-to", "--mail-from", "--rcpt-to", "--recipient"]
)


def _note_people(command: str, words: Sequence[str]) -> None:
    """Have `--redact` hide whom the arguments name beside an address, and the name of sendmail's -F."""
    before = ""
    for word in words:
        option, _, value = word.partition("=") if word.startswith("--") else (before, "", word)
        if command == "sendmail" and word.startswith("-F"):
            note_people(word[2:])
        elif "@" in value and (option in _WHO or command == "sendmail"):
            note_people(value)
        before = word


def command_parser(name: str, module: ModuleType) -> Parser:
    """Make the parser of one command."""
    summary = COMMANDS[name]
    parser = Parser(
        prog=f"sesmime {name}",
        usage=f"sesmime {name} {module.USAGE}",
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_epilog(module),
    )
    parser.usage_code = getattr(module, "USAGE_CODE", 2)
    module.add_arguments(parser)
    if hasattr(module, "REDACTED"):  # what it tells that holds addresses
        parser.add_argument(
            "--redact", action="store_true", help=f"hide addresses and names of people in {module.REDACTED}"
        )
    parser.add_argument(
        "--color", choices=COLOURS, default="auto", help="when to write colours (default: auto, on a terminal)"
    )
    return parser


def _epilog(module: ModuleType) -> str:
    """Return what stands below the help: the exit codes too, which most commands have alike."""
    epilog: str = getattr(module, "EPILOG", "")
    if "Exit codes" in epilog:
        return epilog
    return f"{epilog} Exit codes: 0 done, 2 wrong usage or unreadable input.".strip()


def top_parser() -> Parser:
    """Make the parser for the arguments before a command: --help, --version, and wrong usage."""
    parser = Parser(
        prog="sesmime",
        usage="sesmime COMMAND [OPTION]... [FILE]",
        description="Know what Amazon SES will do with a raw message before you send it.",
        epilog="Run `sesmime COMMAND --help` for details, `sesmime help` for topics. Exit codes: 0 clean or done, 1"
        " findings at or above the fail level, or refused, 2 wrong usage or unreadable input, 130 interrupted; `send`"
        " has 69 and 75 too (75: try again), `sendmail` those of sysexits.h (`sesmime help exit-codes`).",
    )
    parser.add_argument(
        "--version", action="version", version=f"sesmime {__version__}", help="show the version and exit"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; wrong usage, --help and --version raise SystemExit, as in argparse."""
    try:
        try:
            with ended_by_signals():
                return _run(sys.argv[1:] if argv is None else list(argv))
        except Ended:
            _abandon(sys.stdout)  # whose reader may be what does not go on
            raise
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the pipe has gone, as `head` does.
        _abandon(sys.stdout)
        return 0
    except OSError as error:
        # Commands tell of their files themselves: this is standard output.
        _abandon(sys.stdout)
        tell(f"sesmime: cannot write to standard output: {error.strerror}")
        return 2
    except KeyboardInterrupt:
        if sys.stderr is not None and sys.stderr.isatty():
            tell("")  # past the ^C
        return 130
    except Ended as ended:
        die_of(ended.number)
        return 128 + ended.number


def _run(argv: list[str]) -> int:
    if not argv:
        top_parser().print_help(sys.stderr)
        return 2
    name = argv[0]
    if name not in COMMANDS:
        if not name.startswith("-"):
            top_parser().error(f"{quoted(name, 60)} is not a command; choose from {', '.join(COMMANDS)}")
        top_parser().parse_args(argv)
        top_parser().error("the command must come first")
    module = import_module(f"sesmime.cli.commands.{name}")
    parser, words = command_parser(name, module), argv[1:]
    if hasattr(module, "rewritten"):  # a command whose arguments argparse cannot read
        words = module.rewritten(words, parser)
    with redaction("--redact" in words):  # wrong usage is told without addresses too
        _note_people(name, words)
        arguments = parser.parse_args(words)
        try:
            with colours(arguments.color):
                code: int = module.run(arguments)
        except (CommandError, SesMimeError) as error:
            tell(f"sesmime {name}: {error}")
            return parser.usage_code
        return code


def _abandon(stream: TextIO | None) -> None:
    """Let what is still to be written go to nowhere, so that Python does not complain at exit."""
    try:
        if stream is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
    except (OSError, ValueError):
        pass  # it is no file


if __name__ == "__main__":
    sys.exit(main())
