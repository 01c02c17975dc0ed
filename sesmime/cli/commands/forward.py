"""`sesmime forward`: a received message made ready to be sent on."""

from __future__ import annotations

import argparse
from dataclasses import replace

from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, parameters
from sesmime.cli.checking import CHECKING_EPILOG, read_checking
from sesmime.cli.commands.prepare import add_emit, hand_over, refuse_emit
from sesmime.cli.files import CommandError, add_message, read_message
from sesmime.errors import SesMimeError
from sesmime.handover.forward import forward_with_report
from sesmime.mime.addresses import parse_addresses

USAGE = "--sender ADDRESS --to ADDRESS... [OPTION]... [FILE]"
EPILOG = (
    f"{SETTINGS_EPILOG} X-SES- fields of the original message are never used as settings. {CHECKING_EPILOG}"
    " Exit codes: 0 prepared, 1 refused by the check, 2 wrong usage or unreadable input."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    parser.add_argument(
        "--sender",
        required=True,
        metavar="ADDRESS",
        help='a verified address to send from; its display name ("Desk <us@example.com>") is shown, otherwise the'
        " author's",
    )
    parser.add_argument(
        "--visible-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="an address for the To field, instead of the original ones (*)",
    )
    parser.add_argument(
        "--reply-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="an address for replies, instead of the author's (*)",
    )
    parser.add_argument("--subject-prefix", default="", metavar="TEXT", help="put this text before the subject")
    add_emit(parser)
    add_settings(parser)
    parser.set_defaults(interface=None)


def run(arguments: argparse.Namespace) -> int:
    """Forward a message and return the exit code."""
    checking = read_checking(arguments)
    arguments.interface = arguments.interface or checking.interface()
    refuse_emit(arguments)
    if arguments.source is not None:
        raise CommandError("--source cannot be used here; give the address with --sender")
    given = parameters(arguments, lifting=True)
    if given.destination is None:
        raise CommandError("--to is missing; give at least one recipient")
    message = read_message(arguments.file)
    try:
        prepared = forward_with_report(
            message,
            sender=arguments.sender,
            destination=given.destination,
            to=_listed(arguments.visible_to),
            reply_to=_listed(arguments.reply_to),
            subject_prefix=arguments.subject_prefix,
            parameters=replace(given, destination=None),
            interface=arguments.interface,
            config=checking.config_for(arguments.file),
        )
    except SesMimeError as error:
        raise CommandError(str(error)) from None
    return hand_over(prepared, arguments, message, checking)


def _listed(given: list[str]) -> list[str]:
    """Return addresses one by one; an argument may hold a list of them."""
    found: list[str] = []
    for text in given:
        addresses = parse_addresses(text)
        found += [str(one) for one in addresses] if len(addresses) > 1 and not addresses.defects else [text]
    return found
