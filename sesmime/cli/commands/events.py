"""`sesmime events`: what SES has told about messages, read from any carrier, in a table or as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import Any, Final

from sesmime.cli.event_files import read_event_file
from sesmime.cli.files import CommandError, refuse_output, shown_name, write_lines
from sesmime.cli.terminal import counted, note_people, redacts, shown, tell, wants_colour
from sesmime.ses.events.advice import Advice
from sesmime.ses.events.details import Bounce, Click, Complaint, DeliveryDelay, Reject, RenderingFailure, Subscription
from sesmime.ses.events.kinds import EventKind
from sesmime.ses.events.model import Event

USAGE = "[--json] [--unique] [FILE]"
REDACTED = "what is shown, in the JSON too"
EPILOG = (
    "FILE is what a program gets: a record, an SNS envelope, an SQS batch, the event of a Lambda function, an"
    " EventBridge event, an object that Firehose has written (gzip too). Nothing is verified or confirmed."
    " Exit codes: 0 events were read, 2 wrong usage, unreadable input, or no event in it."
)

_HEADINGS: Final = ("time", "kind", "recipients", "subtype", "advice", "tags", "message id")
# The widest that each column gets; the last is never cut.
_WIDEST: Final = (30, 30, 46, 40, 13, 46, 200)
_STYLES: Final = {Advice.STOP: "red", Advice.FIX_MESSAGE: "yellow", Advice.RETRY: "cyan"}
# Rows that the columns are made for, and that are written at once; rich draws no more than these.
ROWS: Final = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="what to read (default, or with -: standard input)")
    parser.add_argument("--json", action="store_true", help="write a JSON array with an object for each event")
    parser.add_argument("--unique", action="store_true", help="leave out repeats of an event that came before")


def run(arguments: argparse.Namespace) -> int:
    """Read events and return the exit code."""
    refuse_output(None)
    counts = _Counts()
    events = counts.counting(read_event_file(arguments.file), is_unique=arguments.unique)
    name = shown_name(arguments.file)
    first = list(islice(events, ROWS))
    if counts.is_nothing:
        raise CommandError(f"{name} has no event: it is not JSON, or an empty object or array")
    if arguments.json:
        _write_json(first, events)
    else:
        _write_table(first, events)
        counts.tell(name)
    return 0


class _Counts:
    """What has been read so far."""

    def __init__(self) -> None:
        self.events = self.unknown = self.empty = self.repeats = self.with_defects = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing that was read is a JSON object."""
        return self.events == self.empty

    def counting(self, events: Iterable[Event], *, is_unique: bool) -> Iterator[Event]:
        """Pass events on, and count them; with `is_unique` those whose key came before are left out."""
        seen: set[bytes] = set()
        for event in events:
            if is_unique:
                key = bytes.fromhex(event.key)
                if key in seen:
                    self.repeats += 1
                    continue
                seen.add(key)
            note_people(event.raw)
            self.events += 1
            self.unknown += event.kind is EventKind.UNKNOWN
            self.empty += event.kind is EventKind.UNKNOWN and not event.raw
            self.with_defects += bool(event.defects)
            yield event

    def tell(self, name: str) -> None:
        """Say on standard error what the table does not."""
        if self.repeats:
            tell(f"{name}: {counted(self.repeats, 'repeat')} left out")
        if self.unknown:
            tell(f"{name}: {self.unknown:,} of {counted(self.events, 'object')} {_are(self.unknown)} no event of SES")
        if self.with_defects:
            tell(f"{name}: {counted(self.with_defects, 'event')} with defects; --json tells them")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


# The table


def _write_table(first: list[Event], others: Iterator[Event]) -> None:
    """Write the rows; the first ones make the columns, for those that follow too."""
    rest = list(islice(others, 1))
    if not rest and _drawn_by_rich(first):
        return
    cells = [_cells(event) for event in first]
    widths = [
        min(max(len(row[column]) for row in [_HEADINGS, *cells]), widest) for column, widest in enumerate(_WIDEST)
    ]
    write_lines(_line(row, widths) for row in [_HEADINGS, *cells])
    while batch := [*rest, *islice(others, ROWS)]:
        write_lines(_line(_cells(event), widths) for event in batch)
        rest = []


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(event: Event) -> tuple[str, ...]:
    recipients = event.recipients or event.mail.destination
    tags = [f"{name}={value}" for name, values in event.mail.tags.items() for value in values]
    told = (
        _time(event.timestamp) or "",
        event.kind.value,
        _listed(recipients),
        _subtype(event),
        "" if event.advice is Advice.NOTHING else event.advice.value,
        ", ".join(tags),
        event.mail.message_id or event.delivery_id or "",
    )
    return tuple(shown(cell, widest) if cell else "" for cell, widest in zip(told, _WIDEST, strict=True))


def _listed(recipients: tuple[str, ...]) -> str:
    return recipients[0] + (f" and {len(recipients) - 1:,} more" if len(recipients) > 1 else "") if recipients else ""


def _subtype(event: Event) -> str:
    """Return what tells an event from others of its kind."""
    details = event.details
    if isinstance(details, Bounce):
        return "/".join(filter(None, (details.bounce_type, details.bounce_sub_type)))
    if isinstance(details, Complaint):
        return details.complaint_sub_type or details.complaint_feedback_type or ""
    if isinstance(details, DeliveryDelay):
        return details.delay_type or ""
    if isinstance(details, Reject):
        return details.reason or ""
    if isinstance(details, RenderingFailure):
        return details.template_name or ""
    if isinstance(details, Click):
        return details.link or ""
    if isinstance(details, Subscription):
        return details.contact_list or ""
    if event.kind is EventKind.UNKNOWN:
        return event.arrival.detail_type or _type(event)
    return event.topic_arn or "" if event.kind.row is None else ""


def _type(event: Event) -> str:
    """Return what an unknown event calls itself."""
    names = (event.raw.get(key) for key in _TYPES)
    return next((name for name in names if isinstance(name, str)), "")


_TYPES: Final = ("eventType", "notificationType", "Type", "detail-type")


def _drawn_by_rich(events: list[Event]) -> bool:
    """Draw the table with rich (extra `cli`) on a terminal; False where it is not there or not wanted."""
    if not wants_colour(sys.stdout) or redacts():
        return False
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    cells = [_cells(event) for event in events]
    console = Console(highlight=False, force_terminal=True, no_color=False)
    widths = [max(len(row[column]) for row in [_HEADINGS, *cells]) for column in range(len(_HEADINGS))]
    if sum(widths) + 2 * len(widths) > console.width:
        return False  # it would fold each cell
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=True)
    for event, row in zip(events, cells, strict=True):
        table.add_row(*map(Text, row), style=_STYLES.get(event.advice))
    console.print(table)
    return True


# JSON


def _write_json(first: list[Event], others: Iterator[Event]) -> None:
    """Write an array, a batch at a time."""
    from sesmime.cli.as_json import dumps
    from sesmime.cli.files import write_output

    batch, is_first = first, True
    while batch or is_first:
        text = dumps([_as_json(event) for event in batch]).strip().removeprefix(b"[").removesuffix(b"]").strip(b"\n")
        write_output((b"[\n" if is_first else b",\n") + text, None)
        batch, is_first = list(islice(others, ROWS)), False
    write_output(b"\n]\n", None)


def _as_json(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "format": event.format.value if event.format is not None else None,
        "carrier": event.carrier.value,
        "timestamp": _time(event.timestamp),
        "message_id": event.mail.message_id,
        "source": event.mail.source,
        "destination": event.mail.destination,
        "recipients": event.recipients,
        "subtype": _subtype(event) or None,
        "advice": event.advice.value,
        "tags": _plain(event.mail.tags),
        "auto_tags": _plain(event.mail.auto_tags),
        "details": _plain(event.details),
        "topic_arn": event.topic_arn,
        "delivery_id": event.delivery_id,
        "key": event.key,
        "text": event.text,
        "defects": [_plain(one) for one in event.defects],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; the names are those in Python."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(member) for name, member in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return _time(value) if isinstance(value, datetime) else value


def _time(when: datetime | None) -> str | None:
    """Return a time in UTC, to the millisecond; of a time that UTC does not have, as it is."""
    if when is None:
        return None
    try:
        return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return when.isoformat()
