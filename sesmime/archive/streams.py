"""Streams of octets: read to their end only, never held as a whole, and told apart from what breaks off."""

from __future__ import annotations

import errno
import io
import os
from typing import BinaryIO, Final, Protocol, runtime_checkable

# How much is read at once of what may be of any size.
CHUNK: Final = 1 << 20
_BARE: Final = ((FileNotFoundError, errno.ENOENT), (PermissionError, errno.EACCES))


class Stream(Protocol):
    """What can be read from its beginning on; fewer octets than asked for do not mean the end, none do."""

    def read(self, size: int, /) -> bytes: ...


@runtime_checkable
class Seekable(Protocol):
    """A stream that can be read from any place on."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


# A file that was opened.
Opened = BinaryIO | io.RawIOBase


class BrokenArchive(Exception):
    """A compressed file or an archive that is not what its format says, in words that follow its name.

    `offset` is where in the archive that is seen, in octets, if it is known.
    """

    def __init__(self, reason: str, *, offset: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset


def error_text(error: BaseException) -> str:
    """Return what an error says, in one line, in the system's words where there are such.

    >>> error_text(FileNotFoundError("bucket/key")), error_text(OSError(5, "Connection\\nreset"))
    ('No such file or directory', 'Connection reset')
    """
    words = str(error)
    if isinstance(error, OSError):
        # Libraries raise some with a path alone.
        is_bare = error.errno is None and error_number(error) != errno.EIO
        words = os.strerror(error_number(error)) if is_bare else error.strerror or words
    return " ".join(words.split()) or type(error).__name__


def error_number(error: OSError) -> int:
    """Return the system's number of an error, EIO where it has none."""
    if error.errno is not None:
        return error.errno
    return next((number for kind, number in _BARE if isinstance(error, kind)), errno.EIO)


def read_exactly(stream: Stream, size: int) -> bytes:
    """Read so many octets, fewer only at the end."""
    first = stream.read(min(size, CHUNK))
    if len(first) >= size or not first:
        return first
    read = bytearray(first)
    while len(read) < size and (piece := stream.read(min(size - len(read), CHUNK))):
        read += piece
    return bytes(read)


class Joined:
    """A stream with what has been read of it put back."""

    def __init__(self, start: bytes, rest: Stream) -> None:
        self._start = start
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._start:
            piece, self._start = self._start[:size], self._start[size:]
            return piece
        return self._rest.read(size)


class Section:
    """So many octets of a stream; raises BrokenArchive where the stream ends before them.

    `has_failed` tells whether it has raised, that is whether the fault has been told.
    """

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self.left = size
        self.has_failed = False

    def read(self, size: int, /) -> bytes:
        if not self.left:
            return b""
        try:
            piece = self._stream.read(min(size, self.left))
        except (OSError, BrokenArchive):
            self.has_failed = True
            raise
        if not piece:
            self.has_failed = True
            raise BrokenArchive(f"is cut off: {self.left:,} octets are missing")
        self.left -= len(piece)
        return piece


class Bounded:
    """A stream that raises BrokenArchive past so many octets, whatever it says of itself."""

    def __init__(self, stream: Stream, most: int) -> None:
        self._stream = stream
        self._most = most
        self._left = most

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(min(size, self._left + 1))
        self._left -= len(piece)
        if self._left < 0:
            raise BrokenArchive(f"holds more than {self._most:,} octets, decompressed")
        return piece
