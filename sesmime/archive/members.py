"""The messages of a file, an object or a member of an archive, whatever it holds; errors of it are told, never raised.

A stream is looked at by its beginning (`kinds.py`) and handed on: a compressed one as the stream that it holds, an
archive as its members, each of which is such a stream again. `levels` bounds how often.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sesmime.archive.compressed import Decompressed, decompressor, inner_name
from sesmime.archive.kinds import START, Kind, Member, failed, is_named_message, kind_of, shown, too_large, unreadable
from sesmime.archive.parquet_files import find_columns, open_parquet, parquet_rows
from sesmime.archive.stored import Stored
from sesmime.archive.streams import CHUNK, Bounded, BrokenArchive, Joined, Seekable, Stream, read_exactly
from sesmime.archive.tar_files import tar_members
from sesmime.archive.zip_files import find_directory, local_members, zip_content, zip_members
from sesmime.mime.kinds import other_format, why_no_message
from sesmime.mime.mbox import divide_mbox

# A tar.gz in a folder that holds a box.mbox.gz has four: compressed, tar, compressed, mbox.
LEVELS: Final = 4
# What is compressed in an archive may grow to so many times the largest message.
_GROWTH: Final = 16
# Apple Mail's files: a line with the octets of the message, the message, and a property list.
_EMLX: Final = re.compile(rb"[ \t]*(\d{1,18})[ \t]*\r?\n")


class Options(NamedTuple):
    """How members are read: the octets of the largest message, and the columns of Parquet files."""

    max_size: int
    column: str | None = None
    id_column: str | None = None


def read_member(stream: Stream, member: Member, options: Options, *, levels: int = LEVELS) -> Iterator[Stored]:
    """Return the messages of a stream, none if it is no mail and nobody asked for it.

    A message of more than `max_size` octets is told as an error, and so is what is broken. Raises nothing.
    """
    try:
        start = read_exactly(stream, START)
        kind = kind_of(start, member)
        if kind is Kind.MBOX:
            yield from read_mbox(Joined(start, stream), member, options)
        elif kind is Kind.EMLX:
            yield _emlx(Joined(start, stream), member, options)
        elif kind is Kind.MESSAGE or (kind is Kind.OTHER and member.is_asked_for):
            yield _message(Joined(start, stream), member, options)
        elif kind is Kind.CUT_OFF:
            yield failed(member, f"is cut off: it has {len(start)} octets")
        elif kind is Kind.UNREAD:
            yield failed(member, f"is not read: it is {other_format(start)}")
        elif kind is not Kind.OTHER and not levels:
            yield failed(member, "is not read: archives are in one another too often")
        elif kind is Kind.COMPRESSED:
            yield from _compressed(start, stream, member, options, levels)
        elif kind is Kind.TAR:
            yield from read_tar(_from_start(start, stream), member, options, levels=levels - 1)
        elif kind is Kind.ZIP:
            yield from read_zip(_whole(start, stream, options), member, options, levels=levels - 1)
        elif kind is Kind.PARQUET:
            yield from read_parquet(_whole(start, stream, options), member, options)
    except (OSError, BrokenArchive) as error:
        yield unreadable(member, error)


def _from_start(start: bytes, stream: Stream) -> Stream:
    """Return a stream from its beginning on, a file as it is, so that what is not wanted of it need not be read."""
    if isinstance(stream, Seekable):
        stream.seek(0)
        return stream
    return Joined(start, stream)


def _whole(start: bytes, stream: Stream, options: Options) -> Seekable:
    """Return something to be read from any place on: the file itself, or a member of an archive held in memory."""
    if isinstance(stream, Seekable):
        return stream
    data = read_exactly(Joined(start, stream), options.max_size + 1)
    if len(data) > options.max_size:
        raise BrokenArchive(f"is not read: an archive in an archive, it {too_large(options.max_size)}")
    return io.BytesIO(data)


# Messages


def _message(stream: Stream, member: Member, options: Options) -> Stored:
    data = read_exactly(stream, options.max_size + 1)
    if len(data) > options.max_size:
        return failed(member, too_large(options.max_size))
    return _stored(member, data)


def _stored(member: Member, data: bytes) -> Stored:
    """Return a message, or why it is none."""
    reason = why_no_message(data)
    return Stored(member.id, member.source, member.offset, data) if reason is None else failed(member, reason)


def _emlx(stream: Stream, member: Member, options: Options) -> Stored:
    """Return the message of a file of Apple Mail, without the count before it and the property list after it."""
    start = read_exactly(stream, 64)
    if not start:
        return failed(member, "is empty")
    count = _EMLX.match(start)
    if count is None:
        return failed(member, "has no number of octets in its first line")
    size, begin = int(count[1]), count.end()
    if size > options.max_size:
        return failed(member, too_large(options.max_size))
    data = (start + read_exactly(stream, max(0, begin + size - len(start))))[begin : begin + size]
    if len(data) < size:
        return failed(member, f"is cut off: {len(data):,} of {size:,} octets are there")
    return _stored(member._replace(source=member.id, offset=begin), data)


# mbox files


def read_mbox(
    stream: Stream, member: Member, options: Options, *, start: int = 0, stop: int | None = None
) -> Iterator[Stored]:
    """Return the messages of an mbox file that begin in a range; the stream begins `BEFORE` octets before it.

    Where the stream breaks off, the message that it breaks in is told, and those before it are there.
    """
    faults: list[OSError | BrokenArchive] = []
    last: Stored | None = None
    for one in divide_mbox(_until_broken(stream, faults), start=start, stop=stop, most=options.max_size):
        if last is not None:
            yield last
        place = Member(member.name, f"{member.id}@{one.begin}", member.id, one.offset)
        last = failed(place, too_large(options.max_size)) if one.message is None else _stored(place, one.message)
        if not faults:
            # Another begins behind it, so that it is whole; given at once, it is not in memory beside the next.
            yield last
            last = None
    if faults and last is not None:
        yield unreadable(Member(member.name, last.id, last.source, last.offset), faults[0])
    elif faults:
        yield unreadable(range_of(member, start), faults[0])


def _until_broken(stream: Stream, faults: list[OSError | BrokenArchive]) -> Iterator[bytes]:
    try:
        while piece := stream.read(CHUNK):
            yield piece
    except (OSError, BrokenArchive) as error:
        faults.append(error)


# Compressed files and archives


def _compressed(start: bytes, stream: Stream, member: Member, options: Options, levels: int) -> Iterator[Stored]:
    make = decompressor(start)
    assert make is not None
    inside: Stream = Decompressed(Joined(start, stream), make)
    if levels < LEVELS:
        inside = Bounded(inside, _GROWTH * options.max_size)
    name = inner_name(member.name)
    inner = member._replace(name=name, is_message=member.is_message or is_named_message(member.name))
    begin = read_exactly(inside, START)
    if decompressor(begin) is not None:
        yield failed(member, "is not read: it is compressed twice")
        return
    yield from read_member(Joined(begin, inside), inner, options, levels=levels - 1)


def read_tar(
    stream: Stream, member: Member, options: Options, *, levels: int, start: int = 0, stop: int | None = None
) -> Iterator[Stored]:
    """Return the messages of the members of a tar file that begin in a range; the stream begins there."""
    try:
        for one in tar_members(stream, start=start, stop=stop):
            place = _place(member, one.name, one.begin, one.offset)
            if one.fault is not None:
                yield failed(place, one.fault)
            else:
                yield from read_member(one.content, place, options, levels=levels)
    except (OSError, BrokenArchive) as error:
        yield unreadable(_fault_of(member, start, error), error)


def read_zip(
    file: Seekable, member: Member, options: Options, *, levels: int, start: int = 0, stop: int | None = None
) -> Iterator[Stored]:
    """Return the messages of the members of a ZIP archive whose entries are in a range of its directory."""
    try:
        directory = find_directory(file)
    except BrokenArchive as error:
        yield unreadable(range_of(member, start), error)
        found = local_members(file)
    else:
        found = zip_members(file, directory, start=start, stop=stop)
    try:
        for one in found:
            place = _place(member, one.name, one.offset, one.offset)
            if one.fault is not None:
                yield failed(place, one.fault)
                continue
            try:
                content = zip_content(file, one)
            except (OSError, BrokenArchive) as error:
                yield unreadable(place, error)
                continue
            yield from read_member(content, place, options, levels=levels)
    except (OSError, BrokenArchive) as error:
        yield unreadable(_fault_of(member, start, error), error)


def range_of(member: Member, start: int) -> Member:
    """Return what stands for a range of a file in what is told of it: the file, if it is read from its beginning."""
    return member._replace(id=f"{member.id}#@{start}") if start else member


def _fault_of(member: Member, start: int, error: OSError | BrokenArchive) -> Member:
    """Return what stands for a fault of an archive between its members: its place, whatever range it was met in."""
    if isinstance(error, BrokenArchive) and error.offset is not None:
        return member._replace(id=f"{member.id}@{error.offset}", source=member.id, offset=error.offset)
    return range_of(member, start)


def _place(member: Member, name: str, begin: int, offset: int) -> Member:
    """Return a member of an archive; its place makes its id one only, as names may be repeated."""
    inside = f"#{shown(name)}" if name else ""
    return Member(name, f"{member.id}{inside}@{begin}", member.id, offset)


def read_parquet(
    file: Seekable, member: Member, options: Options, *, start: int = 0, stop: int | None = None
) -> Iterator[Stored]:
    """Return the messages of the row groups of a Parquet file that are in a range, counted from 0."""
    try:
        parquet = open_parquet(file)
        column, id_column = find_columns(parquet, options.column, options.id_column)
        for row in parquet_rows(parquet, column, id_column, start=start, stop=stop):
            place = Member(member.name, row.id or f"{member.id}@{row.number}", member.id)
            if row.message is None:
                yield failed(place, "is null")
            elif len(row.message) > options.max_size:
                yield failed(place, too_large(options.max_size))
            else:
                yield _stored(place, row.message)
    except (OSError, BrokenArchive) as error:
        yield unreadable(range_of(member, start), error)
    except ImportError as error:
        yield failed(range_of(member, start), f"is not read: {error}")
