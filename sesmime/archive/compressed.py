"""What is compressed with gzip, bzip2 or xz, as a stream; of what it may grow to, a chunk is in memory.

It stands for the files of the modules `gzip`, `bz2` and `lzma`: those cannot bound the memory that an xz file asks for,
and lose what is there of a file that is cut off.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Final

from sesmime.archive.streams import BrokenArchive, Stream

# Octets that are read at once of the compressed ones.
_READ: Final = 65_536
# xz(1) needs 65 MiB for what `xz -9` has written; a file may ask for 4 GiB.
_XZ_MEMORY: Final = 128 << 20
_ENDINGS: Final = ((".tgz", ".tar"), (".tbz2", ".tar"), (".txz", ".tar"), (".gz", ""), (".bz2", ""), (".xz", ""))


class _Deflated:
    """zlib's decompressor with the manners of those of bz2 and lzma."""

    def __init__(self, bits: int) -> None:
        self._made = zlib.decompressobj(bits)
        self._left = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        made = self._made.decompress(self._left + data, max_length)
        self._left = self._made.unconsumed_tail
        self._is_full = len(made) == max_length
        return made

    @property
    def needs_input(self) -> bool:
        # A full output may have more behind it that is no longer in the input.
        return not self._left and not self._is_full

    @property
    def eof(self) -> bool:
        return self._made.eof

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data


def _gzip() -> Any:
    return _Deflated(16 + zlib.MAX_WBITS)


def _xz() -> Any:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def raw_deflate() -> Any:
    """Return a decompressor for what a ZIP archive has of a member (its method 8)."""
    return _Deflated(-zlib.MAX_WBITS)


_SIGNATURES: Final[tuple[tuple[bytes, Callable[[], Any]], ...]] = (
    (b"\x1f\x8b\x08", _gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", _xz),
)
_BZIP2_MARKS: Final = (b"1AY&SY", b"\x17rE8P\x90")


def decompressor(start: bytes) -> Callable[[], Any] | None:
    """Return what makes a decompressor for a file that begins so; None for what is not compressed."""
    found = next((make for signature, make in _SIGNATURES if start.startswith(signature)), None)
    # "BZh" is text as well: a digit and the mark of a block (or of the end) follow, as far as the file goes.
    if found is bz2.BZ2Decompressor and not any(mark.startswith(start[4:10]) for mark in _BZIP2_MARKS):
        return None
    return found


def inner_name(name: str) -> str:
    """Return the name of what a compressed file holds.

    >>> inner_name("box.mbox.gz"), inner_name("mail.TGZ"), inner_name("a.eml")
    ('box.mbox', 'mail.tar', 'a.eml')
    """
    for ending, instead in _ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)] + instead
    return name


class Decompressed:
    """The octets that a stream holds compressed, also where several compressed files follow one another.

    Raises BrokenArchive for what is damaged or cut off; what comes before the damage is given first.
    """

    def __init__(self, stream: Stream, make: Callable[[], Any], *, is_single: bool = False) -> None:
        self._stream = stream
        self._make = make
        self._is_single = is_single
        self._decompressor: Any = make()
        self._is_begun = False  # whether anything of the present compressed file has been read
        self._is_over = False

    def read(self, size: int, /) -> bytes:
        while not self._is_over:
            made = self._next(size)
            if made:
                return made
        return b""

    def _next(self, size: int) -> bytes:
        if self._decompressor.eof:
            self._begin_another()
            return b""
        data = b""
        if not self._is_begun or self._decompressor.needs_input:
            data = self._stream.read(_READ)
            if not data:
                self._is_over = True
                raise BrokenArchive("is cut off: its compressed octets end too early")
        return self._decompress(data, size)

    def _decompress(self, data: bytes, size: int) -> bytes:
        self._is_begun = True
        try:
            made: bytes = self._decompressor.decompress(data, size)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
            self._is_over = True
            raise BrokenArchive(f"is damaged: {' '.join(str(error).split())}") from None
        return made

    def _begin_another(self) -> None:
        """Begin the compressed file that follows; octets that begin none, as padding does, are the end."""
        rest = b"" if self._is_single else self._decompressor.unused_data or self._stream.read(_READ)
        while rest and len(rest) < 16 and (more := self._stream.read(_READ)):
            rest += more
        if not rest or decompressor(rest) is not self._make:
            self._is_over = True
            return
        self._decompressor = self._make()
        self._stream = _Back(rest, self._stream)
        self._is_begun = False


class _Back:
    """A stream with what has been read of it put back; forgotten once it is read, so that no chain grows."""

    def __init__(self, start: bytes, rest: Stream) -> None:
        self._start = start
        self._rest: Stream = rest._rest if isinstance(rest, _Back) and not rest._start else rest

    def read(self, size: int, /) -> bytes:
        if self._start:
            piece, self._start = self._start, b""
            return piece
        return self._rest.read(size)
