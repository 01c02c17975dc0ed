"""`sesmime serve`: a local SES for every language, with a page that shows why it answered so."""

from __future__ import annotations

import argparse
import logging
import signal
import sqlite3
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sesmime.cli.files import CommandError
from sesmime.cli.listening import is_loopback, listening_address
from sesmime.cli.terminal import tell
from sesmime.errors import quoted

if TYPE_CHECKING:
    from sesmime.local import LocalSes, Options

USAGE = "[OPTION]..."
REDACTED = "the log; the page and the API show messages as they are"
EPILOG = (
    "(*) can be given more than once. Any credentials are taken. Point an SDK at the address (endpoint_url,"
    " AWS_ENDPOINT_URL), SMTP clients at theirs, a browser at the page. The rest of AWS (SNS, SQS, Firehose,"
    " EventBridge, CloudWatch, S3) answers at the same address, by moto. Nothing is sent, and nothing is fetched from"
    " outside. SIGINT or SIGTERM ends it. Exit codes: 0 stopped, 2 wrong usage, or an address that is not available."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add(
        "--listen",
        default="127.0.0.1:8005",
        metavar="HOST:PORT",
        help="the address of the API and the page (default: 127.0.0.1:8005); port 0 picks a free port",
    )
    add(
        "--smtp-port",
        type=_port,
        default=2587,
        metavar="PORT",
        help="the port of SMTP on the same host (default: 2587); 0 picks a free port",
    )
    add(
        "--allow-remote",
        action="store_true",
        help="allow an address that other machines can reach: anybody there can read and delete all messages; let SNS"
        " post to endpoints on other machines",
    )
    add(
        "--public-url",
        type=_url,
        metavar="URL",
        help="where others find this server, as http://ses:8005 in a container: what SNS signs says so",
    )
    add("--any-identity", action="store_true", help="count every sender as verified")
    add(
        "--strict-identities",
        action="store_true",
        help="require identities to be created before they send (the default)",
    )
    add(
        "--verified-identity",
        action="append",
        default=[],
        metavar="IDENTITY",
        help="a domain or an address that is verified from the start, in every region (*)",
    )
    add("--pending", action="store_true", help="leave identities that are created unverified")
    add("--sandbox", action="store_true", help="require recipients to be verified too, as in a new account")
    add("--quota", type=_count, metavar="N", help="refuse what goes beyond N recipients in 24 hours")
    add("--rate", type=_rate, metavar="N", help="throttle what goes beyond N recipients a second")
    add("--smtp-login", metavar="NAME:PASSWORD", help="require this login by SMTP (default: take any, or none)")
    add("--smtp-region", default="us-east-1", metavar="NAME", help="the region of SMTP (default: us-east-1)")
    add("--max-messages", type=_count, default=1_000, metavar="N", help="keep the last N messages (default: 1000)")
    add("--store", metavar="FILE", help="keep inbox and account in FILE (SQLite) for the next start")


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal comes; give the exit code."""
    host, port = listening_address("--listen", arguments.listen, example="127.0.0.1:8005")
    if not (arguments.allow_remote or is_loopback(host)):
        raise CommandError(
            f"--listen: other machines can reach {quoted(host, 80)}, and there is no authentication; add"
            " --allow-remote to listen there anyway"
        )
    if arguments.any_identity and arguments.strict_identities:
        raise CommandError("--any-identity and --strict-identities exclude each other")
    try:
        from sesmime.local import LocalSes
    except ImportError:
        raise CommandError("the local SES needs more packages: pip install 'sesmime[local]'") from None
    _log(redacts=arguments.redact)
    try:
        ses = LocalSes(
            _options(arguments),
            host=host,
            port=port,
            smtp_port=arguments.smtp_port,
            allow_remote=arguments.allow_remote,
            store=arguments.store,
            public_url=arguments.public_url,
        )
    except OSError as error:
        raise CommandError(f"cannot listen on {arguments.listen}: {error.strerror or error}") from None
    except sqlite3.Error as error:
        raise CommandError(f"--store: {quoted(arguments.store, 80)} cannot be used: {error}") from None
    try:
        ses.start()
    except OSError as error:
        text = error.strerror or str(error)
        raise CommandError(f"--smtp-port: cannot listen on port {arguments.smtp_port}: {text}") from None
    others = logging.getLogger("mail.log")  # aiosmtpd's, which says unescaped what clients say
    before, others.disabled = others.disabled, True
    try:
        _serve(ses)
    finally:
        others.disabled = before
    return 0


def _log(*, redacts: bool) -> None:
    """Have the log written to standard error."""
    handler = logging.StreamHandler()
    if redacts:
        handler.setFormatter(_WithoutAddresses())
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])


class _WithoutAddresses(logging.Formatter):
    """Writes records, tracebacks too, without addresses; threads of the servers do not know what was asked for."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text."""
        from sesmime.linter.output.redacting import redacted_text

        return redacted_text(super().format(record))


def _serve(ses: LocalSes) -> None:
    stop = threading.Event()

    def end(number: int, frame: object) -> None:
        # A second signal ends it at once.
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    smtp_host, smtp_port = ses.smtp_address
    tell(f"API and page: {ses.page_url}")
    tell(f"SMTP: {smtp_host}:{smtp_port}")
    tell("Press Ctrl-C to stop.")
    stop.wait()
    ses.stop()
    tell(f"stopped; {len(ses.inbox)} message{'' if len(ses.inbox) == 1 else 's'} in the inbox")


def _options(arguments: argparse.Namespace) -> Options:
    from sesmime.local import Options

    login = None
    if arguments.smtp_login is not None:
        name, colon, password = arguments.smtp_login.partition(":")
        if not (colon and name):
            raise CommandError("--smtp-login: it is not NAME:PASSWORD")
        login = (name, password)
    return Options(
        sandbox=arguments.sandbox,
        any_identity=arguments.any_identity,
        pending=arguments.pending,
        verified_identities=tuple(arguments.verified_identity),
        quota=arguments.quota,
        rate=arguments.rate,
        smtp_login=login,
        smtp_region=arguments.smtp_region,
        max_messages=arguments.max_messages,
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is no port")
    return int(text)


def _url(text: str) -> str:
    try:
        split = urlsplit(text)
        split.port  # noqa: B018 it raises for what is no port
    except ValueError:
        split = urlsplit("")
    if split.scheme not in ("http", "https") or not split.hostname or split.query or split.fragment:
        raise argparse.ArgumentTypeError(f"{quoted(text, 80)} is no URL of a server")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is no count")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1
    if not 0 < rate < 1e6:
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is no rate")
    return rate
