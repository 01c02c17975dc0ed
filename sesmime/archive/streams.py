"""Streams of octets: read to their end only, never held as a whole, and told apart from what breaks off."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

# How much is read at once of what may be of any size.
CHUNK: Final = 1 << 20


class Stream(Protocol):
    """What can be read from its beginning on; fewer octets than asked for do not mean the end, none do."""

    def read(self, size: int, /) -> bytes: ...


@runtime_checkable
class Seekable(Protocol):
    """A stream that can be read from any place on."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


class BrokenArchive(Exception):
    """A compressed file or an archive that is not what its format says, in words that follow its name."""


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
