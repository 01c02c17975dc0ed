"""`sesmime forward`: a received message made ready to be sent on."""

from __future__ import annotations

import argparse
from dataclasses import replace

from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, parameters
from sesmime.cli.commands.prepare import add_emit, hand_over, refuse_emit
from sesmime.cli.files import CommandError, add_message, read_message
from sesmime.errors import SesMimeError
from sesmime.handover.forward import prepare_forward_leniently
from sesmime.mime.addresses import parse_addresses

USAGE = "--sender ADDRESS --to ADDRESS... [OPTION]... [FILE]"
EPILOG = f"{SETTINGS_EPILOG} The original's X-SES- fields are never read as settings."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    parser.add_argument(
        "--sender",
        required=True,
        metavar="ADDRESS",
        help='a verified address to send from; with a display name ("Desk <us@example.com>") that is shown, else the'
        " author's",
    )
    parser.add_argument(
        "--visible-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="what the To field says instead of what it says (*)",
    )
    parser.add_argument(
        "--reply-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="where answers go, instead of to the author (*)",
    )
    parser.add_argument("--subject-prefix", default="", metavar="TEXT", help="put this before the subject")
    add_emit(parser)
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Forward a message; give the exit code."""
    refuse_emit(arguments)
    if arguments.source is not None:
        raise CommandError("--source: --sender says who sends")
    given = parameters(arguments, lifting=True)
    if given.destination is None:
        raise CommandError("--to: name who shall receive it")
    message = read_message(arguments.file)
    try:
        prepared = prepare_forward_leniently(
            message,
            sender=arguments.sender,
            destination=given.destination,
            to=_listed(arguments.visible_to),
            reply_to=_listed(arguments.reply_to),
            subject_prefix=arguments.subject_prefix,
            parameters=replace(given, destination=None),
            interface=arguments.interface,
        )
    except SesMimeError as error:
        raise CommandError(str(error)) from None
    return hand_over(prepared, arguments, message)


def _listed(given: list[str]) -> list[str]:
    """Return addresses one by one; an argument may hold a list of them."""
    found: list[str] = []
    for text in given:
        addresses = parse_addresses(text)
        found += [str(one) for one in addresses] if len(addresses) > 1 and not addresses.defects else [text]
    return found
