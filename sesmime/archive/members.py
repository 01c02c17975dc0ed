"""What a file, an object or a member of an archive holds: a message, an mbox file, or something that is no mail."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from sesmime.archive.stored import Stored
from sesmime.mime.fields import is_mbox_line
from sesmime.mime.kinds import begins_with_field, has_mail_field, has_mail_name, other_format, why_no_message
from sesmime.mime.mbox import FROM_LINE, begins_as_mbox, divide_mbox

# How much is read at once of what may be of any size.
CHUNK: Final = 1 << 20
# How much of a file tells what it is.
_START: Final = 16_384
# AppleDouble (RFC 1740 appendix A): what macOS puts beside a file, `._name`, in archives and on other file systems.
_APPLE_DOUBLE: Final = b"\x00\x05\x16\x07"
# Apple Mail's files: a line with the octets of the message, the message, and a property list.
_EMLX: Final = re.compile(rb"[ \t]*(\d{1,18})[ \t]*\r?\n")


class Stream(Protocol):
    """What can be read from its beginning on; fewer octets than asked for do not mean the end, none do."""

    def read(self, size: int, /) -> bytes: ...


class BrokenArchive(Exception):
    """A compressed file or an archive that is not what its format says, in words that follow its name."""


class Kind(Enum):
    """What something holds."""

    MESSAGE = auto()
    MBOX = auto()
    EMLX = auto()
    OTHER = auto()


class Member(NamedTuple):
    """Something that may be read as mail.

    `name` has its suffix, `id`, `source` and `offset` are those of the message that it may be. `is_message`: it is one
    whatever it holds, as a file of a Maildir is. `is_asked_for`: the user named it, so that something is said of it
    even if it is no mail.
    """

    name: str
    id: str
    source: str
    offset: int | None = None
    is_message: bool = False
    is_asked_for: bool = False


def shown(name: str) -> str:
    r"""Return a name as any row can hold it, the octets that are no UTF-8 written out.

    >>> shown("caf\udce9.eml")
    'caf\\udce9.eml'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def is_named_message(name: str) -> bool:
    """Tell whether something is a message by its name, whatever it holds: *.eml, and what stands in a Maildir.

    >>> is_named_message("a.EML"), is_named_message("box/cur/1:2,S"), is_named_message("a.mbox")
    (True, True, False)
    """
    return name.lower().endswith(".eml") or os.path.basename(os.path.dirname(name)) in ("cur", "new")


def read_member(stream: Stream, member: Member, *, max_size: int) -> Iterator[Stored]:
    """Return the messages of a stream, none if it is no mail and nobody asked for it.

    A message of more than `max_size` octets is told as an error, and so is what is broken. Raises nothing.
    """
    try:
        start = read_exactly(stream, _START)
        kind = kind_of(start, member)
        joined = _Joined(start, stream)
        if kind is Kind.MBOX:
            yield from read_mbox(joined, member, max_size=max_size)
        elif kind is Kind.EMLX:
            yield _emlx(joined, member, max_size)
        elif kind is Kind.MESSAGE or member.is_asked_for:
            yield _message(joined, member, max_size)
    except (OSError, BrokenArchive) as error:
        yield unreadable(member, error)


def kind_of(start: bytes, member: Member) -> Kind:
    """Tell what something holds by how it begins and by its name."""
    name = member.name.lower()
    if name.endswith(".emlx"):
        return Kind.EMLX
    if start.startswith(_APPLE_DOUBLE):
        return Kind.OTHER
    if member.is_message or is_named_message(name):
        return Kind.MESSAGE
    if begins_as_mbox(start) or (member.is_asked_for and is_mbox_line(start[:FROM_LINE])):
        return Kind.MBOX
    if other_format(start) is not None:
        return Kind.OTHER
    is_mail = has_mail_name(name) or (begins_with_field(start) and has_mail_field(start))
    return Kind.MESSAGE if is_mail else Kind.OTHER


def unreadable(member: Member, error: OSError | BrokenArchive) -> Stored:
    """Return what is told of a member that cannot be read."""
    reason = f"cannot be read: {error_text(error)}" if isinstance(error, OSError) else str(error)
    return failed(member, reason)


def failed(member: Member, reason: str) -> Stored:
    return Stored(member.id, member.source, member.offset, b"", f"{member.id} {reason}")


def error_text(error: OSError) -> str:
    """Return what the system says of an error, in one line; libraries that raise OSError have their own words."""
    return error.strerror or " ".join(str(error).split()) or type(error).__name__


def too_large(max_size: int) -> str:
    return f"has more than {max_size:,} octets"


# Messages


def _message(stream: Stream, member: Member, max_size: int) -> Stored:
    data = read_exactly(stream, max_size + 1)
    if len(data) > max_size:
        return failed(member, too_large(max_size))
    return stored(member, data)


def stored(member: Member, data: bytes) -> Stored:
    """Return a message, or why it is none."""
    reason = why_no_message(data)
    return Stored(member.id, member.source, member.offset, data) if reason is None else failed(member, reason)


def _emlx(stream: Stream, member: Member, max_size: int) -> Stored:
    """Return the message of a file of Apple Mail, without the count before it and the property list after it."""
    start = read_exactly(stream, 64)
    count = _EMLX.match(start)
    if count is None:
        return failed(member, "has no number of octets in its first line")
    size, begin = int(count[1]), count.end()
    if size > max_size:
        return failed(member, too_large(max_size))
    data = (start + read_exactly(stream, max(0, begin + size - len(start))))[begin : begin + size]
    if len(data) < size:
        return failed(member, f"is cut off: {len(data):,} of {size:,} octets are there")
    return stored(member._replace(source=member.id, offset=begin), data)


# mbox files


def read_mbox(
    stream: Stream, member: Member, *, max_size: int, start: int = 0, stop: int | None = None
) -> Iterator[Stored]:
    """Return the messages of an mbox file that begin in a range; the stream begins `BEFORE` octets before it.

    Where the stream breaks off, the message that it breaks in is told, and those before it are there.
    """
    faults: list[OSError | BrokenArchive] = []
    last: Stored | None = None
    pieces = _until_broken(stream, faults)
    for one in divide_mbox(pieces, start=start, stop=stop, most=max_size):
        if last is not None:
            yield last
        place = Member(member.name, f"{member.id}@{one.begin}", member.id, one.offset)
        if one.message is None:
            last = failed(place, too_large(max_size))
        else:
            # Nothing but its From line: a box that was cut off there, or written so.
            last = stored(place, one.message)
    if faults:
        begin = Member(member.name, member.id, member.source) if last is None else member
        if last is not None:
            begin = Member(member.name, last.id, last.source, last.offset)
        yield unreadable(begin, faults[0])
    elif last is not None:
        yield last


def _until_broken(stream: Stream, faults: list[OSError | BrokenArchive]) -> Iterator[bytes]:
    try:
        while piece := stream.read(CHUNK):
            yield piece
    except (OSError, BrokenArchive) as error:
        faults.append(error)


# Streams


def read_exactly(stream: Stream, size: int) -> bytes:
    """Read so many octets, fewer only at the end."""
    first = stream.read(min(size, CHUNK))
    if len(first) >= size or not first:
        return first
    read = bytearray(first)
    while len(read) < size and (piece := stream.read(min(size - len(read), CHUNK))):
        read += piece
    return bytes(read)


class _Joined:
    """A stream with what has been read of it put back."""

    def __init__(self, start: bytes, rest: Stream) -> None:
        self._start = start
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._start:
            piece, self._start = self._start[:size], self._start[size:]
            return piece
        return self._rest.read(size)
