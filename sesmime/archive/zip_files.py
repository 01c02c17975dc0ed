"""The members of a ZIP archive, one after the other, or those of a range of its directory.

It stands for `zipfile.ZipFile`, which keeps a record of every member in memory and does not bound what a member that
is compressed with bzip2 grows to. PKWARE's APPNOTE.TXT 6.3 is the format; sections are named where they are read.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Any, Final, NamedTuple

from sesmime.archive.compressed import Decompressed, raw_deflate
from sesmime.archive.streams import BrokenArchive, Section, Seekable, Stream, read_exactly

# Section 4.3.7: a local header. 4.3.12: an entry of the directory. 4.3.16, 4.3.15, 4.3.14: what ends it.
_LOCAL: Final = Struct("<4s5H3I2H")
_ENTRY: Final = Struct("<4s6H3I5H2I")
_END: Final = Struct("<4s4H2IH")
_LOCATOR: Final = Struct("<4sIQI")
_END_64: Final = Struct("<4sQ2H2I4Q")
_MOST_COMMENT: Final = 0xFFFF
_UNKNOWN: Final = 0xFFFFFFFF
# Section 4.4.4: bits of the flags.
_IS_ENCRYPTED: Final = 0x1
_HAS_DESCRIPTOR: Final = 0x8
_IS_UTF_8: Final = 0x800
# Section 4.4.5: methods of compression.
_STORED: Final = 0
_METHODS: Final[dict[int, Callable[[], Any]]] = {8: raw_deflate, 12: bz2.BZ2Decompressor}
# Section 4.5.3: where numbers stand that need 64 bits.
_ZIP64: Final = 1


class ZipMember(NamedTuple):
    """A member; `offset` is where its local header begins, in octets of the archive.

    `fault` says why it is not read, in words that follow its name. `entry` and `next_entry` are where its entry in the
    directory begins and ends, counted from the directory's beginning; `size` is how many octets it has there.
    """

    name: str
    offset: int
    size: int
    entry: int
    next_entry: int
    flags: int
    method: int
    checksum: int
    full_size: int
    fault: str | None = None


class Directory(NamedTuple):
    """Where the directory of an archive is, and by how many octets all places are off, as something stands before."""

    offset: int
    size: int
    shift: int


def is_zip(start: bytes) -> bool:
    """Tell whether a file begins as a ZIP archive does."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def find_directory(file: Seekable) -> Directory:
    """Return where an archive's directory is. Raises BrokenArchive if it has none."""
    length = file.seek(0, 2)
    tail = min(length, _END.size + _MOST_COMMENT)
    file.seek(length - tail)
    data = read_exactly(file, tail)
    place = data.rfind(b"PK\x05\x06")
    while place >= 0:
        if len(data) - place >= _END.size:
            *_, size, offset, comment = _END.unpack_from(data, place)
            if place + _END.size + comment <= len(data):
                return _directory(file, length - tail + place, size, offset)
        place = data.rfind(b"PK\x05\x06", 0, place)
    raise BrokenArchive("is cut off: it has no directory at its end")


def _directory(file: Seekable, end: int, size: int, offset: int) -> Directory:
    """Return the directory before its end; with 64 bits, other numbers count than those of the end itself."""
    if end >= _LOCATOR.size:
        file.seek(end - _LOCATOR.size)
        signature, _, place, _ = _LOCATOR.unpack(read_exactly(file, _LOCATOR.size))
        if signature == b"PK\x06\x07":
            at = end - _LOCATOR.size - _END_64.size
            for begin in (place, at):
                file.seek(begin)
                data = read_exactly(file, _END_64.size)
                if len(data) == _END_64.size and data.startswith(b"PK\x06\x06"):
                    *_, size, offset = _END_64.unpack(data)
                    end = begin
                    break
    begin = end - size
    if begin < 0 or offset > begin:
        raise BrokenArchive("is damaged: its directory has no place in it")
    return Directory(begin, size, begin - offset)


def zip_members(
    file: Seekable, directory: Directory, *, start: int = 0, stop: int | None = None
) -> Iterator[ZipMember]:
    """Return the files whose entries begin in a range of the directory, which begins with an entry.

    Folders are left out. Raises BrokenArchive where an entry is damaged: where the next begins is not known then.
    """
    place = start
    data, begin = b"", start  # octets of the directory, and where in it they begin
    while place < directory.size and (stop is None or place < stop):
        if place + _ENTRY.size + 3 * 0xFFFF > begin + len(data) and begin + len(data) < directory.size:
            file.seek(directory.offset + place)
            data, begin = read_exactly(file, min(1 << 19, directory.size - place)), place
        at = place - begin
        if data[at : at + 4] == b"PK\x05\x05":
            return  # section 4.3.13: a signature of the directory is its last
        if len(data) - at < _ENTRY.size or data[at : at + 4] != b"PK\x01\x02":
            reason = "is damaged: what should be an entry of its directory is none"
            raise BrokenArchive(reason, offset=directory.offset + place)
        member, place = _entry(data, at, place, directory)
        if not _is_folder(member):
            yield member
    if place > directory.size:
        reason = "is damaged: the last entry of its directory is longer than it"
        raise BrokenArchive(reason, offset=directory.offset + directory.size)


def _is_folder(member: ZipMember) -> bool:
    return member.name.endswith("/") and not member.full_size


def _entry(data: bytes, at: int, place: int, directory: Directory) -> tuple[ZipMember, int]:
    (_, _, _, flags, method, _, _, checksum, size, full, named, extra, comment, _, _, _, offset) = _ENTRY.unpack_from(
        data, at
    )
    name_end = at + _ENTRY.size + named
    extras = data[name_end : name_end + extra]
    full, size, offset = _with_64_bits(extras, (full, size, offset))
    name = data[at + _ENTRY.size : name_end].decode("utf-8" if flags & _IS_UTF_8 else "cp437", "surrogateescape")
    after = place + _ENTRY.size + named + extra + comment
    fault = _fault(flags, method)
    return (
        ZipMember(name, offset + directory.shift, size, place, after, flags, method, checksum, full, fault),
        after,
    )


def _fault(flags: int, method: int) -> str | None:
    if flags & _IS_ENCRYPTED:
        return "is not read: it is encrypted"
    if method != _STORED and method not in _METHODS:
        return f"is not read: it is compressed by method {method} of ZIP"
    return None


def _with_64_bits(extras: bytes, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return numbers, those that are too large for their places taken from where they stand instead."""
    at = 0
    while at + 4 <= len(extras):
        kind, size = int.from_bytes(extras[at : at + 2], "little"), int.from_bytes(extras[at + 2 : at + 4], "little")
        if kind == _ZIP64:
            wide = extras[at + 4 : at + 4 + size]
            found = []
            for number in numbers:
                if number == _UNKNOWN and len(wide) >= 8:
                    number, wide = int.from_bytes(wide[:8], "little"), wide[8:]
                found.append(number)
            return tuple(found)
        at += 4 + size
    return numbers


def zip_content(file: Seekable, member: ZipMember) -> Stream:
    """Return the octets of a member, decompressed and held against its checksum and its size.

    Raises BrokenArchive if there is none where the directory says.
    """
    file.seek(member.offset)
    data = read_exactly(file, _LOCAL.size)
    if len(data) < _LOCAL.size or not data.startswith(b"PK\x03\x04"):
        raise BrokenArchive("is damaged: it is not where the directory says")
    *_, named, extra = _LOCAL.unpack(data)
    file.seek(member.offset + _LOCAL.size + named + extra)
    section = Section(file, member.size)
    if member.method == _STORED:
        return _Checked(section, member)
    return _Checked(Decompressed(section, _METHODS[member.method], is_single=True), member)


def local_members(file: Seekable) -> Iterator[ZipMember]:
    """Return the files of an archive without a directory, by their local headers, as far as those give sizes."""
    place = 0
    while True:
        file.seek(place)
        data = read_exactly(file, _LOCAL.size)
        if len(data) < _LOCAL.size or not data.startswith(b"PK\x03\x04"):
            return
        _, _, flags, method, _, _, checksum, size, full, named, extra = _LOCAL.unpack(data)
        rest = read_exactly(file, named + extra)
        if flags & _HAS_DESCRIPTOR or len(rest) < named + extra:
            return
        full, size = _with_64_bits(rest[named:], (full, size))
        name = rest[:named].decode("utf-8" if flags & _IS_UTF_8 else "cp437", "surrogateescape")
        member = ZipMember(name, place, size, 0, 0, flags, method, checksum, full, _fault(flags, method))
        if not _is_folder(member):
            yield member
        place += _LOCAL.size + named + extra + size


class _Checked:
    """A member's octets; raises BrokenArchive at their end where checksum or size are not those of the directory."""

    def __init__(self, stream: Stream, member: ZipMember) -> None:
        self._stream = stream
        self._member = member
        self._checksum = 0
        self._size = 0

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(size)
        self._checksum = zlib.crc32(piece, self._checksum)
        self._size += len(piece)
        if not piece and (self._checksum, self._size) != (self._member.checksum, self._member.full_size):
            raise BrokenArchive("is damaged: its checksum or its size is wrong")
        return piece
