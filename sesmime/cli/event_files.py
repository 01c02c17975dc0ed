"""Files of events: as a whole, or, where Firehose has written a record a line, by pieces, so that size is no matter.

What is compressed by gzip, as Firehose's objects in S3 may be, is read as what is in it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from sesmime.cli.files import CommandError, open_message, read_pieces, told_name
from sesmime.ses.events.kinds import Carrier
from sesmime.ses.events.model import Event
from sesmime.ses.events.reading import read_events

# Octets that are read together at least; a first line is looked for in as many.
BATCH = 1 << 20
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's word for: with the header of gzip


def read_event_file(name: str | None) -> Iterator[Event]:
    """Return the events of a file, or of standard input for None and "-", in order.

    Raises CommandError for what cannot be read and for an empty file; never for what is in it.
    """
    with open_message(name) as stream:
        pieces = read_pieces(stream, name)
        first = next(pieces, b"")
        if not first:
            raise CommandError(f"{told_name(name)} is empty")
        if len(first) < len(_GZIP):
            first += next(pieces, b"")
        pieces = chain([first], pieces)
        yield from _events(_decompressed(pieces, name) if first.startswith(_GZIP) else pieces)


def _decompressed(pieces: Iterator[bytes], name: str | None) -> Iterator[bytes]:
    """Return what was compressed, by pieces of a bounded size; members may follow each other."""
    reader = zlib.decompressobj(_GZIP_WINDOW)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if reader.eof:
                    reader = zlib.decompressobj(_GZIP_WINDOW)
                yield reader.decompress(rest, BATCH)
                rest = reader.unused_data if reader.eof else reader.unconsumed_tail
        if not reader.eof:
            raise CommandError(f"{told_name(name)} is a gzip file that is cut off")
    except zlib.error:
        raise CommandError(f"{told_name(name)} is a damaged gzip file") from None


def _events(pieces: Iterator[bytes]) -> Iterator[Event]:
    batches = _batched(pieces)
    first = next(batches, b"")
    if not _is_of_lines(first):
        yield from read_events(b"".join(chain([first], batches)))
        return
    pending: list[bytes] = []
    for batch in chain([first], batches):
        cut = batch.rfind(b"\n") + 1
        if cut == 0:
            pending.append(batch)
            continue
        yield from _of_lines(b"".join([*pending, batch[:cut]]))
        pending = [batch[cut:]]
    yield from _of_lines(b"".join(pending))


def _batched(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join pieces: those of a pipe are small."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= BATCH:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _is_of_lines(start: bytes) -> bool:
    """Whether the first line is a JSON object by itself, and another line follows."""
    line, end, rest = start.partition(b"\n")
    if not end or not rest.strip() or not line.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _of_lines(lines: bytes) -> Iterator[Event]:
    for event in read_events(lines) if lines.strip() else ():
        yield replace(event, carrier=Carrier.FIREHOSE) if event.carrier is Carrier.RECORD else event
