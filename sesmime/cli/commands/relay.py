"""`sesmime relay`: take messages by SMTP on this machine, and send them through the API of SES."""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from sesmime.cli.arguments import add_ses_fields, interface, parameters
from sesmime.cli.checking import CHECKING_EPILOG, add_checking, add_fail_level, read_checking
from sesmime.cli.environment import add_environment, read_environment
from sesmime.cli.files import CommandError
from sesmime.cli.listening import listening_address
from sesmime.cli.relay_options import ACCOUNT, add_access, add_limits, read_again, read_limits, tell_read_again
from sesmime.cli.relay_parts import (
    Security,
    add_work,
    heed_signals,
    journal,
    make_client,
    make_handler,
    make_metrics,
    read_security,
    tell_beginning,
    watched,
)
from sesmime.cli.relay_processes import how_many, run_in_processes
from sesmime.cli.spooling import add_gauges, add_spool, open_spool, spool_error
from sesmime.ses.interfaces import RAW_INTERFACES

if TYPE_CHECKING:
    from sesmime.cli.checking import Checking
    from sesmime.relay import Handler
    from sesmime.relay.limits import Room

USAGE = "[OPTION]..."
EPILOG = (
    "(*) can be given more than once. Each option can also be given by the environment: SESMIME_RELAY_LISTEN for"
    " --listen and so on, lists separated by commas or blanks, 1 or 0 for an option without a value; the command line"
    " takes precedence. A PATTERN is an address, @domain, or has * for any characters. Credentials are found as boto3"
    " finds them. A message is accepted once SES has given it a message ID, refused if SES refuses it, and deferred"
    " while SES cannot be reached or throttles; nothing is stored without --spool, with which messages wait here until"
    " SES takes them. SIGINT or SIGTERM lets messages in progress finish, a second one stops at"
    " once; SIGHUP reads the certificate and the users again. `sesmime help relay` has the recipe"
    " for Postfix. Exit codes: 0 stopped, 2 wrong usage, or an address that is not available. " + CHECKING_EPILOG
)

PREFIX: Final = "SESMIME_RELAY_"
_LISTEN: Final = "127.0.0.1:2525"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_environment(parser)
    add = parser.add_argument
    add(
        "--listen",
        metavar="HOST:PORT",
        help=f"the address to listen on (default: {_LISTEN}); port 0 picks a free port",
    )
    add(
        "--allow-remote",
        action="store_true",
        help="allow an address that other machines can reach, without --users and --network: anybody can send then",
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
    add_access(parser)
    add_limits(parser)
    add_spool(parser)
    watching = parser.add_argument_group("watching")
    watching.add_argument("--log-format", choices=("text", "json"), help="of the log on standard error (default: text)")
    watching.add_argument(
        "--redact", action="store_true", help="hide the local parts of addresses, and names, in the log"
    )
    watching.add_argument(
        "--http", metavar="HOST:PORT", help="answer /healthz and /metrics (extra `metrics`) there (default: nowhere)"
    )
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
    if arguments.hash_password is not None:
        return _hash_password(arguments.hash_password)
    read_environment(arguments, os.environ, prefix=PREFIX, but=("hash_password",))
    checking = read_checking(arguments)
    arguments.interface = arguments.interface or checking.interface(tuple(RAW_INTERFACES.values()))
    if arguments.interface not in RAW_INTERFACES.values():
        raise CommandError(f"{arguments.interface.value} cannot be used by the relay; use --interface ses or sesv2")
    arguments.listen = _LISTEN if arguments.listen is None else arguments.listen
    host, port = listening_address("--listen", arguments.listen, example=_LISTEN)
    http = arguments.http and listening_address("--http", arguments.http, example="127.0.0.1:9025")
    security = read_security(arguments, host)
    parameters(arguments)  # what is wrong with them is told before anything else
    _require_extra()
    processes = how_many(arguments, port)
    if processes > 1:
        return run_in_processes(arguments, security, checking, (host, port), http, count=processes)
    return _run_alone(arguments, security, checking, (host, port), http)


def _run_alone(
    arguments: argparse.Namespace,
    security: Security,
    checking: Checking,
    place: tuple[str, int],
    http: tuple[str, int] | None,
) -> int:
    from sesmime.boto.rates import RateLimit
    from sesmime.relay.handler import WORKERS
    from sesmime.relay.limits import Room
    from sesmime.relay.pacing import AccountPace

    workers = arguments.workers or WORKERS
    client = make_client(arguments, workers)
    rate = ACCOUNT if arguments.rate is None else arguments.rate
    pace = AccountPace(client, is_v2=arguments.interface.is_v2) if rate == ACCOUNT else None
    metrics = make_metrics() if http else None
    room = Room(read_limits(arguments))
    spool = open_spool(arguments)
    try:
        with journal(arguments):
            handler = make_handler(
                arguments,
                client,
                security,
                config=checking.config,
                fail_level=checking.level(arguments),
                workers=workers,
                rate=pace.limit if pace is not None else RateLimit(rate),
                watch=metrics,
                spool=spool,
            )
            if metrics is not None and spool is not None:
                add_gauges(metrics, spool)
            if metrics is not None:
                add_work(metrics, workers=lambda: workers, in_work=lambda: handler.in_work, held=lambda: room.octets)
            with watched(http, lambda: _health(handler, room), metrics) as watched_at:
                begun = [pace.start] if pace is not None else []
                asyncio.run(_serve(handler, *place, security=security, room=room, begun=begun, also=watched_at))
    except sqlite3.Error as error:
        raise spool_error(arguments, error) from None
    except OSError as error:
        raise CommandError(f"--listen: cannot listen on {arguments.listen}: {error.strerror or error}") from None
    finally:
        if pace is not None:
            pace.close()
        client.close()
    return 0


def _health(handler: Handler, room: Room) -> tuple[bool, dict[str, Any]]:
    return not handler.is_closed, {
        "accepting": not handler.is_closed,
        "workers": handler.workers,
        "workers_busy": min(handler.in_work, handler.workers),
        "messages_in_work": handler.in_work,
        "connections": room.connections,
    }


def _hash_password(name: str) -> int:
    """Write the line of a user."""
    from sesmime.relay.passwords import hash_password

    if sys.stdin.isatty():
        import getpass

        password = getpass.getpass("Password: ")
    else:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not password:
        raise CommandError("--hash-password: there is no password on standard input")
    if ":" in name or name.strip() != name or name.startswith("#"):
        raise CommandError("--hash-password: a name has no colon, and no blanks around it")
    print(f"{name or 'NAME'}:{hash_password(password)}")
    return 0


async def _serve(
    handler: Handler,
    host: str,
    port: int,
    *,
    security: Security,
    room: Room,
    begun: Sequence[Callable[[], None]],
    also: str | None,
) -> None:
    """Serve until a signal comes; `begun` are called once it listens, `also` is the address of those who watch."""
    from sesmime.relay.server import serve

    stop = asyncio.Event()
    heed_signals(stop, lambda: tell_read_again(read_again(security.tls, security.users)))

    def listening(addresses: Sequence[str]) -> None:
        tell_beginning(addresses, handler.interface, also)
        for one in begun:
            one()

    await serve(handler, host, port, stop=stop, listening=listening, tls=security.tls, room=room)


def _require_extra() -> None:
    try:
        import aiosmtpd  # noqa: F401
        import boto3  # noqa: F401
    except ImportError:
        raise CommandError("the relay needs aiosmtpd and boto3: pip install 'sesmime[relay]'") from None
