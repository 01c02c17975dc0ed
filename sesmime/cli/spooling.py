"""The options of the relay's spool: where it is, and what becomes of calls of which nobody knows what became."""

from __future__ import annotations

import argparse
import sqlite3
from typing import TYPE_CHECKING

from sesmime.cli.files import CommandError
from sesmime.cli.terminal import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from sesmime.relay.metrics import Metrics
    from sesmime.relay.spool import Spool

_HOUR = 3_600.0
_HOURS = 96.0


def add_spool(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("spool", "See `sesmime help spool`, and `sesmime spool --help` to look into it.")
    group.add_argument(
        "--spool",
        metavar="FILE",
        help="accept messages once they are in this file, and send them as soon as SES takes them (default: no spool)",
    )
    group.add_argument(
        "--uncertain",
        choices=("hold", "retry"),
        help="what to do with a request that may have reached SES and got no answer: hold it for an operator (the"
        " default), or send it again, and perhaps twice",
    )
    group.add_argument(
        "--give-up-after",
        type=_hours,
        metavar="HOURS",
        help="let messages fail that SES has not taken after so long (default: 96)",
    )


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 10_000:
        raise argparse.ArgumentTypeError(f"{shown(text, 40)} is no number of hours above 0")
    return hours


def open_spool(arguments: argparse.Namespace) -> Spool | None:
    """Return the spool that is asked for; raises CommandError where it cannot be used."""
    if arguments.spool is None:
        return None
    from sesmime.relay.spool import Spool, Uncertain

    try:
        return Spool(
            arguments.spool,
            uncertain=Uncertain(arguments.uncertain or "hold"),
            max_age=(arguments.give_up_after or _HOURS) * _HOUR,
        )
    except sqlite3.Error as error:
        raise spool_error(arguments, error) from None


def add_gauges(metrics: Metrics, spool: Spool) -> None:
    """Have it counted how many calls wait, and how many an operator is to decide on."""
    from sesmime.relay.spool import State

    def counted(state: State) -> Callable[[], float]:
        def count() -> float:
            try:
                return spool.counts()[state]
            except sqlite3.Error:  # it cannot be read, or is closed already
                return float("nan")

        return count

    metrics.add_gauge("spool_queued", "Calls that wait in the spool.", counted(State.QUEUED))
    metrics.add_gauge("spool_failed", "Calls that SES refused or that were given up.", counted(State.FAILED))
    metrics.add_gauge("spool_uncertain", "Calls that SES may have taken, held.", counted(State.UNCERTAIN))


def spool_error(arguments: argparse.Namespace, error: sqlite3.Error) -> CommandError:
    """Return the error that tells what is wrong with the spool."""
    return CommandError(f"--spool: {shown(arguments.spool)}: {error}")
