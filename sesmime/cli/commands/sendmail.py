"""`sesmime sendmail`: sendmail(8) for programs that pipe a message into it: cron, PHP, Postfix's pipe(8)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sesmime.cli.arguments import SETTINGS_EPILOG, add_ses_fields, interface, parameters
from sesmime.cli.checking import add_checking, add_fail_level, read_checking
from sesmime.cli.commands.prepare import tell_account, tell_refusal
from sesmime.cli.files import CommandError, open_message, read_pieces
from sesmime.cli.given import Given
from sesmime.cli.sending import (
    EX_CONFIG,
    EX_DATAERR,
    EX_NOPERM,
    EX_TEMPFAIL,
    EX_UNAVAILABLE,
    EX_USAGE,
    add_endpoint,
    open_client,
    require_boto3,
    send_message,
)
from sesmime.cli.terminal import note_people, tell
from sesmime.errors import SesMimeError
from sesmime.handover.prepare import prepared_with_report
from sesmime.mime.addresses import Mailbox, format_addresses
from sesmime.mime.edits import prepend_field
from sesmime.mime.fields import is_mbox_line, parse_header_section
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import RAW_INTERFACES
from sesmime.ses.settings import ApiParameters, Destination

USAGE = "[-t] [-i] [-f ADDRESS] [OPTION]... [--] [RECIPIENT]..."
REDACTED = "what is told; what is sent stays as it is"
USAGE_CODE = EX_USAGE
EPILOG = (
    f"{SETTINGS_EPILOG} The message is read from standard input, and nothing is written on success. The other options"
    " of sendmail(8) are accepted and have no effect; modes that are no sending (-bs, -bd, -bv) are refused. A message"
    " whose lines end with LF gets CRLF, and one without From gets it from -f and -F. pyproject.toml is read only with"
    ' --config. A program that takes the path of sendmail needs a script: exec sesmime sendmail "$@". Exit codes, of'
    f" sysexits.h: 0 sent, {EX_USAGE} wrong usage, {EX_DATAERR} refused by the check or by SES, {EX_UNAVAILABLE}"
    f" sending is paused or the endpoint is not SES, {EX_TEMPFAIL} throttled, or SES cannot be reached: try again,"
    f" {EX_NOPERM} no permission, {EX_CONFIG} no credentials, no region, a missing configuration set, or a wrong"
    " settings file."
)

# The letters of sendmail(8) with a value, which may stand in the next argument, and with one that may not.
_WITH_VALUE: Final = frozenset("ABCDFLMNORVXbfhopr")
_ATTACHED: Final = frozenset("deqQ")
_USED: Final = frozenset("fFr")
# What -b asks for: sending; what a program that only cleans up may ask for; all else is refused.
_SENDING_MODES: Final = frozenset(("m", ""))
_EMPTY_MODES: Final = {"p": "the mail queue is empty: sesmime keeps none", "i": "there are no aliases", "h": ""}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("recipients", nargs="*", metavar="RECIPIENT", help="an address to send to")
    add(
        "-t", dest="has_listed", action="store_true", help="send to the addresses of To, Cc and Bcc too; Bcc is removed"
    )
    add(
        "-i", dest="ignores_dots", action="store_true", help="a line with a dot alone does not end the message (as -oi)"
    )
    add(
        *("-f", "-r"),
        dest="source",
        metavar="ADDRESS",
        help="the sender: Source or FromEmailAddress; <> is that of the From field",
    )
    add("-F", dest="sender_name", metavar="NAME", help="the name in a From field that is added")
    add("-b", dest="mode", default="m", metavar="MODE", help="m: send (default)")
    add("-q", dest="is_queue_run", action="store_true", help="run the queue: there is none, so nothing is done")
    add("-v", dest="is_verbose", action="store_true", help="tell on standard error what is sent")
    add("--dry-run", action="store_true", help="prepare and check the message, but send nothing; boto3 is not needed")
    add(
        "--interface",
        type=interface,
        metavar="NAME",
        help="the API to send with: ses (SendRawEmail, the default) or sesv2 (SendEmail with raw content)",
    )
    add_endpoint(parser)
    add_fail_level(parser, "refuse the message")
    add_checking(parser)
    add_ses_fields(parser.add_argument_group("settings"), SES_FIELDS)


def rewritten(argv: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    """Return the arguments as argparse reads them: letters one by one, without those that have no effect.

    >>> parser = argparse.ArgumentParser()
    >>> rewritten(["-oi", "-tfa@b.example", "-odb", "c@d.example", "-v"], parser)
    ['-i', '-t', '-fa@b.example', '-v', '--', 'c@d.example']
    """
    options: list[str] = []
    recipients: list[str] = []
    waiting = list(argv)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            recipients += waiting
            break
        if argument.startswith("--"):
            options.append(argument)
            action = parser._option_string_actions.get(argument)
            if action is not None and action.nargs != 0 and waiting:
                options[-1] += f"={waiting.pop(0)}"
        elif argument.startswith("-") and len(argument) > 1:
            options += _letters(argument[1:], waiting)
        else:
            recipients.append(argument)
    return [*options, "--", *recipients] if recipients else options


def _letters(letters: str, waiting: list[str]) -> list[str]:
    """Return the options of one argument; a value that it needs is taken from `waiting`."""
    options: list[str] = []
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in _WITH_VALUE:
            if not letters and not waiting:
                return [*options, f"-{letter}"]  # argparse says what is missing
            value, letters = letters or waiting.pop(0), ""
            if letter in _USED or letter == "b":
                options.append(f"-{letter}{value}" if value else f"-{letter}=")
            elif letter == "o" and value == "i":
                options.append("-i")
        elif letter in _ATTACHED:
            options += ["-q"] * (letter == "q")
            letters = ""
        elif letter in "tiv":
            options.append(f"-{letter}")
    return options


def run(arguments: argparse.Namespace) -> int:
    """Send the message of standard input; return the exit code."""
    if arguments.mode not in _SENDING_MODES or arguments.is_queue_run:
        return _no_sending(arguments)
    try:
        arguments.isolated = arguments.config is None
        checking = read_checking(arguments)
        if not arguments.dry_run:
            require_boto3()
    except CommandError as error:
        tell(f"sesmime sendmail: {error}")
        return EX_CONFIG
    arguments.interface = arguments.interface or checking.interface(tuple(RAW_INTERFACES.values()))
    if arguments.interface not in RAW_INTERFACES.values():
        raise CommandError(f"{arguments.interface.value} cannot be used with boto3; use --interface ses or sesv2")
    if not arguments.recipients and not arguments.has_listed:
        raise CommandError("there is no recipient; name one, or take those of the message with -t")
    given = _given(arguments)
    message = _message(arguments)
    if message is None:
        return EX_DATAERR
    if arguments.has_listed and given.destination is not None:
        given = replace(given, destination=_with_listed(given.destination, message))
    prepared = prepared_with_report(message, parameters=given, interface=arguments.interface, config=checking.config)
    about, level = Given("<stdin>", message), checking.level(arguments)
    if prepared.report.at_least(level):
        tell_refusal(prepared, about, level, "nothing is sent")
        return EX_DATAERR
    if arguments.is_verbose:
        tell_account(prepared, about)
    if arguments.dry_run:
        return 0
    try:
        client = open_client(arguments)
    except CommandError as error:
        tell(f"sesmime sendmail: {error}")
        return EX_CONFIG
    outcome = send_message(client, prepared, "sesmime sendmail")
    return 0 if isinstance(outcome, str) else outcome.code


def _no_sending(arguments: argparse.Namespace) -> int:
    """Answer what asks for no sending: there is no queue and there are no aliases."""
    told = "" if arguments.is_queue_run else _EMPTY_MODES.get(arguments.mode)
    if told is None:
        other = "; `sesmime relay` speaks SMTP" if arguments.mode in ("s", "d", "D") else ""
        raise CommandError(f"-b{arguments.mode} is not supported{other}")
    if told:
        tell(f"sesmime sendmail: {told}")
    return 0


def _given(arguments: argparse.Namespace) -> ApiParameters:
    """Return the settings; raises CommandError for an address that is none."""
    if arguments.source in ("", "<>"):
        arguments.source = None
    asked = argparse.Namespace(**(vars(arguments) | {"to": arguments.recipients}))
    try:
        return parameters(asked)
    except CommandError as error:
        raise CommandError(str(error).removeprefix("--to: ").replace("--source: ", "-f: ", 1)) from None


def _with_listed(given: Destination, message: bytes) -> Destination:
    """Return the recipients that are named and, as for Postfix, those of the message beside them, each once."""
    listed = prepared_with_report(
        message, parameters=ApiParameters(), interface=RAW_INTERFACES["ses"]
    ).parameters.destination
    if listed is None:
        return given
    named = {address.lower() for address in listed.all}
    return Destination(
        (*listed.to, *(address for address in given.to if address.lower() not in named)), listed.cc, listed.bcc
    )


def _message(arguments: argparse.Namespace) -> bytes | None:
    """Read the message as programs write it; None, and told, where there is none."""
    with open_message(None) as stream:
        message = b"".join(read_pieces(stream, None))
    note_people(message)
    if is_mbox_line(message[:1_000]):  # as Unix mailers wrote it before the fields
        message = message.partition(b"\n")[2]
    if not arguments.ignores_dots:
        message = _before_dot(message)
    if not message.strip():
        tell("sesmime sendmail: the message is empty")
        return None
    if b"\r" not in message:
        message = message.replace(b"\n", b"\r\n")
    if "From" not in {field.name.title() for field in parse_header_section(message).fields}:
        message = _with_from(message, arguments)
    return message


def _before_dot(message: bytes) -> bytes:
    """Return what comes before a line with a dot alone, which ends a message where -i is not given."""
    lines = message.splitlines(keepends=True) if b"\n." in message or message.startswith(b".") else [message]
    for number, line in enumerate(lines):
        if line.rstrip(b"\r\n") == b".":
            return b"".join(lines[:number])
    return message


def _with_from(message: bytes, arguments: argparse.Namespace) -> bytes:
    """Add the From field that a program has left to sendmail; without -f the check says that it is missing."""
    if arguments.source is None:
        return message
    name = arguments.sender_name
    try:
        sender = format_addresses([Mailbox(name, arguments.source) if name else arguments.source])
    except SesMimeError as error:
        raise CommandError(f"-F: {error}") from None
    return prepend_field(message, "From", sender)
