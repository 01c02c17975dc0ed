"""What the options of `relay` say of those who connect: TLS, who may send, how much at once."""

from __future__ import annotations

import argparse
import ipaddress
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sesmime.cli.files import CommandError
from sesmime.cli.listening import is_loopback
from sesmime.errors import quoted

if TYPE_CHECKING:
    from sesmime.relay.access import Access, AddressPattern, Network
    from sesmime.relay.limits import Limits
    from sesmime.relay.passwords import Users
    from sesmime.relay.tls import Tls

# The rate that stands for the account's.
ACCOUNT: Final = -1.0
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def positive(text: str) -> int:
    """Read a number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is not a number from 1 on")
    return int(text)


def size(text: str) -> int:
    """Read a number of octets, such as 10M; K, M and G are powers of 1,024."""
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if not (number.isascii() and number.isdigit() and int(number) and unit in _UNITS):
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is not a size, such as 500K or 10M")
    return int(number) * _UNITS[unit]


def rate(text: str) -> float:
    """Read a number of recipients a second; 0 for `none`, ACCOUNT for `account`."""
    if text in ("account", "none"):
        return ACCOUNT if text == "account" else 0.0
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is not recipients a second, such as 14; account; or none")
    return number


def network(text: str) -> Network:
    """Read a network, or one address."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{quoted(text, 80)} is not a network, such as 10.0.0.0/8: {error}") from None


def pattern(text: str) -> AddressPattern:
    """Read a pattern of addresses."""
    from sesmime.relay.access import AddressPattern

    try:
        return AddressPattern(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{quoted(text, 80)} is not a pattern of addresses: {error}") from None


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add who may send, and how they encrypt."""
    tls = parser.add_argument_group("TLS")
    add = tls.add_argument
    add("--tls-certificate", metavar="FILE", help="the certificate, with those between it and its root, as PEM")
    add("--tls-key", metavar="FILE", help="its key (default: in the same file)")
    add(
        "--tls",
        choices=("starttls", "implicit"),
        help="offer STARTTLS (the default with a certificate), or begin TLS at once, as port 465 does",
    )
    add("--require-tls", action="store_true", help="take no mail without TLS")
    access = parser.add_argument_group(
        "access", "Without --users and --network, everybody may send who can reach the address; of both, one is enough."
    )
    add = access.add_argument
    add("--users", metavar="FILE", help="ask for AUTH PLAIN or LOGIN: lines NAME:HASH; see --hash-password")
    add("--network", type=network, action="append", metavar="CIDR", help="clients of this network may send (*)")
    add("--allow-plain-auth", action="store_true", help="take AUTH without TLS on other addresses than loopback")
    add("--sender", type=pattern, action="append", metavar="PATTERN", help="allow only these in MAIL FROM and From (*)")
    add("--recipient", type=pattern, action="append", metavar="PATTERN", help="allow only these in RCPT TO (*)")
    add(
        "--hash-password",
        nargs="?",
        const="",
        metavar="NAME",
        help="ask for a password, or read it from standard input, print its line for --users, and exit",
    )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add how much is taken at once."""
    add = parser.add_argument_group("limits", "Sizes are in octets, or as 500K, 10M, 1G.").add_argument
    add("--workers", type=positive, metavar="N", help="calls of the API at once (default: 32)")
    add(
        "--processes",
        type=positive,
        metavar="N",
        help="processes that share connections and workers (default: one for each processor, 4 at most; 1 with --spool"
        " or port 0)",
    )
    add(
        "--rate",
        type=rate,
        metavar="N",
        help="recipients a second; `none`; or `account` (the default): as SES says, asked for every five minutes",
    )
    add("--max-connections", type=positive, metavar="N", help="connections at once (default: 1000)")
    add("--max-connections-per-client", type=positive, metavar="N", help="of one address (default: 250)")
    add("--max-message-size", type=size, metavar="SIZE", help="of a message (default: what the API takes)")
    add("--max-memory", type=size, metavar="SIZE", help="of the messages in work and in receipt (default: 256M)")


def read_limits(arguments: argparse.Namespace) -> Limits:
    """Return the bounds."""
    from sesmime.relay.limits import Limits

    usual = Limits()
    return Limits(
        connections=arguments.max_connections or usual.connections,
        connections_per_client=arguments.max_connections_per_client or usual.connections_per_client,
        octets=arguments.max_memory or usual.octets,
    )


def read_tls(arguments: argparse.Namespace) -> Tls | None:
    """Return the certificate; raises CommandError for one that cannot be used, and for what needs one."""
    from sesmime.relay.tls import Tls

    if arguments.tls_certificate is None:
        for option in ("tls_key", "tls", "require_tls"):
            if getattr(arguments, option):
                raise CommandError(f"--{option.replace('_', '-')} needs --tls-certificate")
        return None
    key = None if arguments.tls_key is None else Path(arguments.tls_key)
    try:
        return Tls.read(Path(arguments.tls_certificate), key, implicit=arguments.tls == "implicit")
    except OSError as error:
        raise CommandError(f"--tls-certificate: {_told(error, arguments.tls_certificate, arguments.tls_key)}") from None


def _told(error: OSError, *files: str | None) -> str:
    names = " and ".join(quoted(one, 80) for one in files if one is not None)
    return f"cannot use {names}: {error.strerror or error}"


class UsersFile:
    """The users of a file, which can be read again."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._users = self._read()

    def users(self) -> Users:
        """Return them as they were read last."""
        return self._users

    def reload(self) -> None:
        """Read the file again. Raises CommandError; then the users are as they were."""
        self._users = self._read()

    def _read(self) -> Users:
        from sesmime.relay.passwords import parse_users

        try:
            return parse_users(Path(self._path).read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"--users: {_told(error, self._path)}") from None
        except ValueError as error:  # UnicodeDecodeError too
            raise CommandError(f"--users: {quoted(self._path, 80)}: {error}") from None


def read_access(arguments: argparse.Namespace, host: str, *, users: UsersFile | None, has_tls: bool) -> Access:
    """Return who may send; raises CommandError where everybody or nobody could, unless that was asked for."""
    from sesmime.relay.access import Access

    near = is_loopback(host)
    networks = tuple(arguments.network or ())
    if not (near or users or networks or arguments.allow_remote):
        raise CommandError(
            f"--listen: other machines can reach {quoted(host, 80)}, and anybody there could send mail; give --users or"
            " --network, or add --allow-remote to let everybody in"
        )
    plain_auth = near or arguments.allow_plain_auth
    if users is not None and not (has_tls or plain_auth):
        raise CommandError("--users needs --tls-certificate, or --allow-plain-auth to take passwords that can be read")
    return Access(
        networks=networks,
        users=None if users is None else users.users,
        senders=tuple(arguments.sender or ()),
        recipients=tuple(arguments.recipient or ()),
        plain_auth=plain_auth,
        require_tls=arguments.require_tls,
    )


def read_again(tls: Tls | None, users: UsersFile | None) -> str | None:
    """Read the certificate and the users again; return what cannot be read, and then all stays as it was."""
    try:
        if tls is not None:
            tls.reload()
        if users is not None:
            users.reload()
    except (OSError, CommandError) as error:
        return str(error)
    return None


def tell_read_again(fault: str | None) -> None:
    """Tell the log that they were, or why not."""
    from sesmime.relay.telling import tell_notice

    if fault is None:
        tell_notice("SIGHUP: the certificate and the users are read again")
    else:
        tell_notice(f"SIGHUP: all is as it was: {fault}", logging.ERROR)
