"""`sesmime send`: prepare messages and send them by boto3."""

from __future__ import annotations

import argparse
from typing import Any

from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, parameters
from sesmime.cli.checking import CHECKING_EPILOG, Checking, add_checking, add_fail_level, read_checking
from sesmime.cli.commands.prepare import add_switches, tell_account, tell_refusal
from sesmime.cli.files import CommandError, read_message, refuse_output, shown_name, write_lines
from sesmime.cli.given import Given
from sesmime.cli.sending import EX_CONFIG, Failed, add_endpoint, open_client, require_boto3, send_message
from sesmime.cli.terminal import tell
from sesmime.handover.prepare import prepared_with_report
from sesmime.ses.interfaces import RAW_INTERFACES
from sesmime.ses.settings import ApiParameters

USAGE = "[OPTION]... [FILE]..."
REDACTED = "what is told; what is sent stays as it is"
EPILOG = (
    f"{SETTINGS_EPILOG} {CHECKING_EPILOG} Credentials are found as boto3 finds them. The message ID is written to"
    " standard output, of several files followed by a tab and the file. A message that is refused does not stop those"
    " after it; what would stop them too (no permission, SES out of reach) ends the run. Exit codes: 0 all sent,"
    " 1 refused by the check (not sent) or by SES, 2 wrong usage, no credentials or unreadable input, 69 sending is"
    " paused or the endpoint is not SES, 75 throttled, or SES cannot be reached: try again."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="raw messages (default, or with -: standard input)")
    add_endpoint(parser)
    add("--dry-run", action="store_true", help="prepare and check the messages, but send nothing; boto3 is not needed")
    add_switches(parser)
    add_fail_level(parser, "refuse a message")
    add_checking(parser)
    add("-q", "--quiet", action="store_true", help="no summary on standard error")
    add_settings(parser)
    parser.set_defaults(interface=None)


def run(arguments: argparse.Namespace) -> int:
    """Prepare and send messages; return the exit code."""
    checking = read_checking(arguments)
    interface = arguments.interface = arguments.interface or checking.interface(tuple(RAW_INTERFACES.values()))
    if interface not in RAW_INTERFACES.values():
        raise CommandError(f"{interface.value} cannot be used with boto3; use --interface ses or sesv2")
    refuse_output(None)
    if not arguments.dry_run:
        require_boto3()
    given = parameters(arguments)
    names = list(dict.fromkeys(arguments.files)) or [None]
    if len(names) == 1:
        return _ended(_send(names[0], arguments, checking, given))
    sent, worst = 0, 0
    for number, name in enumerate(names, 1):
        try:
            outcome = _send(name, arguments, checking, given)
        except CommandError as error:
            tell(f"sesmime send: {error}")
            worst = 2
            continue
        code = _ended(outcome)
        sent += not code
        worst = max(worst, code)
        if isinstance(outcome, Failed) and not outcome.is_refusal:
            if number < len(names):
                tell(f"sesmime send: not tried: {', '.join(shown_name(other) for other in names[number:])}")
            break
    if not arguments.quiet:
        tell(f"{'would send' if arguments.dry_run else 'sent'} {sent:,} of {len(names):,} messages")
    return worst


def _ended(outcome: str | int | Failed) -> int:
    """Return the exit code of what became of a message."""
    if isinstance(outcome, Failed):
        if outcome.is_refusal or outcome.code not in (69, 75):
            return 2 if outcome.code == EX_CONFIG and not outcome.is_refusal else 1
        return outcome.code
    return outcome if isinstance(outcome, int) else 0


def _send(
    name: str | None, arguments: argparse.Namespace, checking: Checking, given: ApiParameters
) -> str | int | Failed:
    """Prepare and send one message; return its identifier, 0 for a dry run, 1 if the check refuses it, or why not."""
    message = read_message(name)
    prepared = prepared_with_report(
        message,
        parameters=given,
        interface=arguments.interface,
        fix=not arguments.no_fix,
        lift=not arguments.no_lift,
        config=checking.config_for(name),
    )
    about = Given(shown_name(name), message)
    level = checking.level(arguments)
    if prepared.report.at_least(level):
        tell_refusal(prepared, about, level, "nothing is sent")
        return 1
    client = None if arguments.dry_run else _client(arguments)
    if not arguments.quiet:
        tell_account(prepared, about)
    if client is None:
        return 0
    outcome = send_message(client, prepared, "sesmime send")
    if isinstance(outcome, str):
        write_lines([outcome if len(arguments.files) < 2 else f"{outcome}\t{shown_name(name)}"])
    return outcome


def _client(arguments: argparse.Namespace) -> Any:
    """Return the client of this run, made for its first message that is sent."""
    if "client" not in arguments:
        arguments.client = open_client(arguments)
    return arguments.client
