"""`sesmime send`: prepare a message and send it by boto3."""

from __future__ import annotations

import argparse
from typing import Any

from sesmime.cli.account import tell_below
from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, parameters
from sesmime.cli.checking import CHECKING_EPILOG, add_checking, add_fail_level, read_checking
from sesmime.cli.commands.prepare import add_switches, tell_account, tell_refusal
from sesmime.cli.files import CommandError, add_message, read_message, refuse_output, shown_name, write_lines
from sesmime.cli.given import Given
from sesmime.cli.terminal import tell
from sesmime.handover.prepare import prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.ses.interfaces import RAW_INTERFACES

USAGE = "[OPTION]... [FILE]"
EPILOG = (
    f"{SETTINGS_EPILOG} {CHECKING_EPILOG} Credentials are found as boto3 finds them. The message ID is written"
    " to standard output. Exit codes: 0 sent, 1 refused by the check (nothing is sent) or by SES, 2 wrong usage, no"
    " credentials, or SES cannot be reached."
)

_SHOWN_CAUSES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_message(parser)
    add = parser.add_argument
    add("--endpoint-url", metavar="URL", help="the endpoint to send to, such as a local SES (default: AWS)")
    add("--region", metavar="NAME", help="the AWS region (default: from the profile or the environment)")
    add("--profile", metavar="NAME", help="the profile in the AWS configuration (default: the default profile)")
    add("--dry-run", action="store_true", help="prepare and check the message, but send nothing; boto3 is not needed")
    add_switches(parser)
    add_fail_level(parser, "refuse the message")
    add_checking(parser)
    add("-q", "--quiet", action="store_true", help="no summary on standard error")
    add_settings(parser)
    parser.set_defaults(interface=None)


def run(arguments: argparse.Namespace) -> int:
    """Prepare and send a message; return the exit code."""
    checking = read_checking(arguments)
    interface = arguments.interface = arguments.interface or checking.interface(tuple(RAW_INTERFACES.values()))
    if interface not in RAW_INTERFACES.values():
        raise CommandError(f"{interface.value} cannot be used with boto3; use --interface ses or sesv2")
    refuse_output(None)
    if not arguments.dry_run:
        require_boto3()
    given = parameters(arguments)
    message = read_message(arguments.file)
    prepared = prepared_with_report(
        message,
        parameters=given,
        interface=interface,
        fix=not arguments.no_fix,
        lift=not arguments.no_lift,
        config=checking.config_for(arguments.file),
    )
    about = Given(shown_name(arguments.file), message)
    level = checking.level(arguments)
    if prepared.report.at_least(level):
        tell_refusal(prepared, about, level, "nothing is sent")
        return 1
    client = None if arguments.dry_run else _client(arguments)
    if not arguments.quiet:
        tell_account(prepared, about)
    return 0 if arguments.dry_run else _send(client, prepared)


def require_boto3() -> None:
    """Raise CommandError, with the command that installs it, unless boto3 is there."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        raise CommandError("sending needs boto3: pip install 'sesmime[boto3]'") from None


def _client(arguments: argparse.Namespace) -> Any:
    from boto3.session import Session
    from botocore.exceptions import BotoCoreError

    try:
        session = Session(profile_name=arguments.profile, region_name=arguments.region)
        return session.client(arguments.interface.row.service, endpoint_url=arguments.endpoint_url)
    except BotoCoreError as error:
        raise CommandError(told(error)) from None
    except ValueError as error:  # botocore's word for an address that is none
        raise CommandError(f"--endpoint-url: {told(error)}") from None


def _send(client: Any, prepared: Prepared) -> int:
    """Send, and write the identifier that SES gives; or tell why SES refuses. Give the exit code."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    from sesmime.boto import send_prepared

    try:
        response = send_prepared(client, prepared)
    except ClientError as error:
        _tell_rejection(error.response.get("Error", {}), prepared)
        return 1
    except BotoCoreError as error:
        raise CommandError(told(error)) from None
    except (ResponseParserError, KeyError):  # KeyError: what botocore makes of XML that is of another kind
        response = {}
    if "MessageId" not in response:
        raise CommandError("the response has no MessageId, so the endpoint is not SES; check --endpoint-url")
    write_lines([response["MessageId"]])
    return 0


# What helps, by the name of botocore's exception.
_REMEDIES = {
    "NoCredentialsError": "no credentials: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "NoRegionError": "no region: give --region, or set AWS_DEFAULT_REGION",
}


def told(error: Exception) -> str:
    """Return an error of botocore in one sentence."""
    return _REMEDIES.get(type(error).__name__) or " ".join(str(error).split())


def _tell_rejection(answer: dict[str, str], prepared: Prepared) -> None:
    """Tell SES's answer, and what is known of its causes."""
    from sesmime.linter.answers import explain_rejection
    from sesmime.linter.answers.texts import find_texts

    text = answer.get("Message", "")
    tell(f"refused by {prepared.interface.value}: {answer.get('Code', 'no code')}: {' '.join(text.split())}")
    if not find_texts(text):
        return
    explained = explain_rejection(text, prepared.message, parameters=prepared.parameters, interface=prepared.interface)
    for one in explained[:_SHOWN_CAUSES]:
        tell_below([f"cause: {one.cause}", f"remedy: {one.remedy}"])
