"""`sesmime relay`: take messages by SMTP on this machine, and send them through the API of SES."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sesmime.cli.arguments import add_ses_fields, interface, parameters
from sesmime.cli.checking import CHECKING_EPILOG, add_checking, add_fail_level, read_checking
from sesmime.cli.files import CommandError
from sesmime.cli.listening import is_loopback, listening_address
from sesmime.cli.sending import told
from sesmime.cli.terminal import tell
from sesmime.errors import quoted
from sesmime.ses.interfaces import RAW_INTERFACES

if TYPE_CHECKING:
    from sesmime.relay import Handler

USAGE = "[OPTION]..."
EPILOG = (
    "(*) can be given more than once. Credentials are found as boto3 finds them. There is no authentication and no TLS:"
    " anybody who can reach the address can send from the account. A message is accepted once SES has given it a"
    " message ID, refused if SES refuses it, and deferred while SES cannot be reached; nothing is stored. SIGINT or"
    " SIGTERM lets messages in progress finish, a second one stops at once. Exit codes: 0 stopped, 2 wrong usage, or an"
    " address that is not available. " + CHECKING_EPILOG
)

# Seconds, and calls in all: together less than the five minutes that an SMTP client's connection is kept.
_CONNECT_TIMEOUT, _READ_TIMEOUT, _ATTEMPTS = 10, 60, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add(
        "--listen",
        default="127.0.0.1:2525",
        metavar="HOST:PORT",
        help="the address to listen on (default: 127.0.0.1:2525); port 0 picks a free port",
    )
    add(
        "--allow-remote",
        action="store_true",
        help="allow an address that other machines can reach: anybody there can send mail",
    )
    add(
        "--interface",
        type=interface,
        metavar="NAME",
        help="the API to send with: ses (SendRawEmail, the default) or sesv2 (SendEmail with raw content)",
    )
    add("--endpoint-url", metavar="URL", help="the endpoint to send to, such as a local SES (default: AWS)")
    add("--region", metavar="NAME", help="the AWS region (default: from the profile or the environment)")
    add("--profile", metavar="NAME", help="the profile in the AWS configuration (default: the default profile)")
    add("--no-fix", action="store_true", help="apply no fixes")
    add_fail_level(parser, "refuse a message")
    add_checking(parser)
    group = parser.add_argument_group("settings", "Used for messages that have no X-SES- field for them.")
    add_ses_fields(group, ("configuration_set", "message_tags"))
    group.add_argument(
        "--strip",
        action="store_true",
        help="remove the X-SES- fields of messages, so that only the settings given here count",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the server until a signal comes; give the exit code."""
    checking = read_checking(arguments)
    arguments.interface = arguments.interface or checking.interface(tuple(RAW_INTERFACES.values()))
    if arguments.interface not in RAW_INTERFACES.values():
        raise CommandError(f"{arguments.interface.value} cannot be used by the relay; use --interface ses or sesv2")
    host, port = listening_address("--listen", arguments.listen, example="127.0.0.1:2525")
    if not (arguments.allow_remote or is_loopback(host)):
        raise CommandError(
            f"--listen: other machines can reach {quoted(host, 80)}, and there is no authentication and no TLS; add"
            " --allow-remote to listen there anyway"
        )
    defaults = parameters(arguments)
    _require_extra()
    client = _client(arguments)

    from sesmime.relay import Handler

    handler = Handler(
        client,
        defaults=defaults,
        strip=arguments.strip,
        fail_level=checking.level(arguments),
        fix=not arguments.no_fix,
        config=checking.config,
    )
    try:
        with _told_on_standard_error():
            asyncio.run(_serve(handler, host, port))
    except OSError as error:
        raise CommandError(f"--listen: cannot listen on {arguments.listen}: {error.strerror or error}") from None
    finally:
        client.close()
    return 0


@contextlib.contextmanager
def _told_on_standard_error() -> Iterator[None]:
    """Have the relay's log told, and that of aiosmtpd, which says the same unescaped, not."""
    from sesmime.relay import LOGGER

    others = logging.getLogger("mail.log")
    teller = _Told()
    before = LOGGER.level, LOGGER.propagate, others.disabled
    LOGGER.addHandler(teller)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate, others.disabled = False, True
    try:
        yield
    finally:
        LOGGER.removeHandler(teller)
        level, LOGGER.propagate, others.disabled = before
        LOGGER.setLevel(level)


class _Told(logging.Handler):
    """Writes each record as a line on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        tell(record.getMessage())


async def _serve(handler: Handler, host: str, port: int) -> None:
    from sesmime.relay.server import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        # A second signal ends it at once. Python's own handler of SIGINT would wait for the threads.
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)
        tell(f"{number.name}: finishing the messages in progress")
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C ends it at once
            loop.add_signal_handler(number, end, number)

    def listening(addresses: Sequence[str]) -> None:
        tell(f"listening on {', '.join(addresses)}, sending with {handler.interface.value}")

    await serve(handler, host, port, stop=stop, listening=listening)


def _require_extra() -> None:
    try:
        import aiosmtpd  # noqa: F401
        import boto3  # noqa: F401
    except ImportError:
        raise CommandError("the relay needs aiosmtpd and boto3: pip install 'sesmime[relay]'") from None


def _client(arguments: argparse.Namespace) -> Any:
    from boto3.session import Session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoCredentialsError

    config = Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    try:
        session = Session(profile_name=arguments.profile, region_name=arguments.region)
        client = session.client(arguments.interface.row.service, endpoint_url=arguments.endpoint_url, config=config)
        # Without any, every message would be put off.
        if session.get_credentials() is None:
            raise NoCredentialsError
        return client
    except BotoCoreError as error:
        raise CommandError(told(error)) from None
    except ValueError as error:  # botocore's word for an address that is none
        raise CommandError(f"--endpoint-url: {told(error)}") from None
