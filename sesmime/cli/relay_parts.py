"""What a relay is made of, from the options of `sesmime relay`: its client, its handler, its log, its counters."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sesmime.cli.arguments import parameters
from sesmime.cli.files import CommandError
from sesmime.cli.relay_options import UsersFile, read_access, read_tls
from sesmime.cli.sending import told
from sesmime.cli.terminal import tell

if TYPE_CHECKING:
    from sesmime.linter.config import LintConfig
    from sesmime.linter.findings import Severity
    from sesmime.relay import Handler
    from sesmime.relay.access import Access
    from sesmime.relay.metrics import Metrics
    from sesmime.relay.tls import Tls
    from sesmime.ses.interfaces import Interface

# Calls in all, made again only where SES has certainly not taken the message.
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Security:
    """Who may send, and what of that is read from files."""

    access: Access
    tls: Tls | None
    users: UsersFile | None


def read_security(arguments: argparse.Namespace, host: str) -> Security:
    """Read the certificate and the users. Raises CommandError."""
    tls = read_tls(arguments)
    users = None if arguments.users is None else UsersFile(arguments.users)
    return Security(read_access(arguments, host, users=users, has_tls=tls is not None), tls, users)


def make_handler(
    arguments: argparse.Namespace,
    client: Any,
    security: Security,
    *,
    config: LintConfig,
    fail_level: Severity,
    **options: Any,
) -> Handler:
    """Return the handler that the options ask for; `options` are further ones of `Handler`."""
    from sesmime.relay import Handler

    return Handler(
        client,
        defaults=parameters(arguments),
        strip=arguments.strip,
        fail_level=fail_level,
        fix=not arguments.no_fix,
        config=config,
        attempts=_ATTEMPTS,
        access=security.access,
        max_size=arguments.max_message_size,
        **options,
    )


def make_client(arguments: argparse.Namespace, workers: int) -> Any:
    """Return the client of boto3. Raises CommandError for what boto3 cannot use."""
    from boto3.session import Session
    from botocore.exceptions import BotoCoreError, NoCredentialsError

    from sesmime.relay.clients import client_config, quicken

    config = client_config(workers)
    try:
        session = Session(profile_name=arguments.profile, region_name=arguments.region)
        client = session.client(arguments.interface.row.service, endpoint_url=arguments.endpoint_url, config=config)
        # Without any, every message would be put off.
        if session.get_credentials() is None:
            raise NoCredentialsError
    except BotoCoreError as error:
        raise CommandError(told(error)) from None
    except ValueError as error:  # botocore's word for an address that is none
        raise CommandError(f"--endpoint-url: {told(error)}") from None
    quicken(client)
    return client


@contextlib.contextmanager
def journal(
    arguments: argparse.Namespace, *, turn: Callable[[], contextlib.AbstractContextManager[None]] | None = None
) -> Iterator[None]:
    """Have the relay's log told on standard error, and that of aiosmtpd, which says the same unescaped, not.

    `turn` is taken for each line, where other processes write there too.
    """
    from sesmime.relay import LOGGER
    from sesmime.relay.journal import Journal

    def tell_in_turn(line: str) -> None:
        with turn() if turn is not None else contextlib.nullcontext():
            tell(line)

    others = logging.getLogger("mail.log")
    handler = Journal(tell_in_turn, as_json=arguments.log_format == "json", redact=arguments.redact)
    before = LOGGER.level, LOGGER.propagate, others.disabled
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate, others.disabled = False, True
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        level, LOGGER.propagate, others.disabled = before
        LOGGER.setLevel(level)


def make_metrics() -> Metrics | None:
    """Return where is counted; None without the extra, where `/healthz` answers alone."""
    from sesmime.relay.metrics import Metrics

    try:
        return Metrics()
    except ImportError:
        return None


@contextlib.contextmanager
def watched(
    http: tuple[str, int] | None,
    health: Callable[[], tuple[bool, dict[str, Any]]],
    metrics: Metrics | None,
) -> Iterator[str | None]:
    """Answer those who watch over the relay, where that was asked for; yields the address."""
    if not http:
        yield None
        return
    from sesmime.relay.web import WatchServer

    try:
        server = WatchServer(*http, health=health, metrics=metrics)
    except OSError as error:
        place = ":".join(map(str, http))
        raise CommandError(f"--http: cannot listen on {place}: {error.strerror or error}") from None
    try:
        yield server.address
    finally:
        server.close()


def add_work(
    metrics: Metrics, *, workers: Callable[[], int], in_work: Callable[[], int], held: Callable[[], int]
) -> None:
    """Have it counted how much is in work."""
    metrics.add_gauge("workers", "Threads that call the API.", workers)
    metrics.add_gauge("in_work", "Messages that have come and are not answered yet.", in_work)
    metrics.add_gauge("held_bytes", "Octets of messages in memory.", held)


def heed_signals(stop: asyncio.Event, reload: Callable[[], object]) -> None:
    """Have the first SIGINT or SIGTERM set `stop`, a second end the process at once, and SIGHUP read files again."""
    from sesmime.relay.telling import tell_notice

    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        # A second signal ends it at once. Python's own handler of SIGINT would wait for the threads.
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)
        tell_notice(f"{number.name}: finishing the messages in progress")
        stop.set()

    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C ends it at once
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end, number)
        loop.add_signal_handler(signal.SIGHUP, reload)


def tell_beginning(addresses: Sequence[str], interface: Interface, watched_at: str | None) -> None:
    """Tell the log that connections are taken."""
    from sesmime.relay.telling import tell_notice

    tell_notice(f"listening on {', '.join(addresses)}, sending with {interface.value}")
    if watched_at is not None:
        tell_notice(f"watched at http://{watched_at}/healthz and http://{watched_at}/metrics")
