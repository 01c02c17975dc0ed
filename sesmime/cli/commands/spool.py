"""`sesmime spool`: what is in the spool of a relay, and what is to become of calls that failed or are uncertain."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sesmime.cli.files import CommandError, refuse_output, write_lines, write_output
from sesmime.cli.terminal import counted, note_people, redacts, shown, tell

if TYPE_CHECKING:
    from sesmime.relay.holding import Held

USAGE = "[OPTION]... FILE"
REDACTED = "the list; the message that --message writes stays as it is"
EPILOG = (
    "(*) can be given more than once. A number is that of a message: the relay gave it in its reply (queued as NUMBER)"
    " and in its log; `all` stands for all that failed or is uncertain. Uncertain means that a request may have reached"
    " SES and no answer came: look for the message in the events of SES, then --retry or --drop it. The relay can run"
    " meanwhile. Exit codes: 0 nothing failed or is uncertain, 1 something is, 2 wrong usage or unreadable input."
)

_ALL: Final = "all"
# Recipients that are named.
_NAMED: Final = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="the spool, as given to `sesmime relay --spool FILE`")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--retry",
        action="append",
        metavar="NUMBER",
        help="send the failed and uncertain calls of the message again (*)",
    )
    which.add_argument(
        "--drop",
        action="append",
        metavar="NUMBER",
        help="remove the failed and uncertain calls of the message (*)",
    )
    which.add_argument("--message", metavar="NUMBER", help="write the message as it is sent")
    parser.add_argument("--json", action="store_true", help="write JSON: a list of objects")


def run(arguments: argparse.Namespace) -> int:
    """Decide and list, and return the exit code."""
    from sesmime.relay.holding import drop, queue_again, read_calls
    from sesmime.relay.spool import State

    refuse_output(None)
    file = arguments.file
    try:
        if arguments.message is not None:
            return _write_message(file, _number("--message", arguments.message))
        if arguments.retry:
            count = queue_again(file, _numbers("--retry", arguments.retry))
            tell(f"{counted(count, 'call')} queued again")
        if arguments.drop:
            count = drop(file, _numbers("--drop", arguments.drop))
            tell(f"{counted(count, 'call')} dropped")
        calls = read_calls(file)
        if redacts():
            _note_people(file, calls)
    except sqlite3.Error as error:
        raise CommandError(f"{shown(file)}: {error}") from None
    if arguments.json:
        from sesmime.cli.as_json import dumps

        write_output(dumps([_json(one) for one in calls]), None)
    else:
        write_lines(line for one in calls for line in _lines(one))
        states = [one.state.value for one in calls]
        numbers = [f"{states.count(one.value):,} {one.value}" for one in State if one.value in states]
        tell(", ".join(numbers) or "the spool is empty")
    return 1 if any(one.state in (State.FAILED, State.UNCERTAIN) for one in calls) else 0


def _note_people(file: str, calls: Iterable[Held]) -> None:
    from sesmime.relay.holding import read_message

    for number in dict.fromkeys(one.message for one in calls if one.reason):
        note_people(read_message(file, number) or b"")


def _write_message(file: str, number: int) -> int:
    from sesmime.relay.holding import read_message

    message = read_message(file, number)
    if message is None:
        raise CommandError(f"{shown(file)}: there is no message {number}")
    write_output(message, None)
    return 0


def _number(option: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise CommandError(f"{option}: {shown(text)} is no number of a message")
    return int(text)


def _numbers(option: str, texts: list[str]) -> Collection[int] | None:
    return None if _ALL in texts else {_number(option, text) for text in texts}


def _lines(call: Held) -> list[str]:
    recipients = ", ".join(call.recipients[:_NAMED])
    if len(call.recipients) > _NAMED:
        recipients += f" and {len(call.recipients) - _NAMED} others"
    told = f"{call.message}  {call.state.value}  {_time(call.received)}  {counted(call.attempts, 'attempt')}"
    lines = [f"{told}  <{call.sender}> to {recipients}  {call.message_id}".rstrip()]
    return [*lines, f"    {call.reason}"] if call.reason else lines


def _json(call: Held) -> dict[str, Any]:
    return {
        "message": call.message,
        "state": call.state.name,
        "received": _time(call.received),
        "changed": _time(call.changed),
        "due": _time(call.due) if call.state.value == "queued" else None,
        "attempts": call.attempts,
        "size": call.size,
        "sender": call.sender,
        "recipients": call.recipients,
        "message_id": call.message_id,
        "reason": call.reason,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
