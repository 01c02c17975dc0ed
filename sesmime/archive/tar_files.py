"""The members of a tar file, one after the other, from a stream or from a place in a file.

It stands for `tarfile.TarFile`, which keeps a record of every member, takes as much memory as an extended header asks
for, and ends at the first header that is damaged. Nothing is extracted: a member's name is shown and looked at for its
suffix, and never a path.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Final, NamedTuple

from sesmime.archive.streams import CHUNK, BrokenArchive, Section, Seekable, Stream, read_exactly

_BLOCK: Final = 512
# Octets of an extended header or a long name; real ones have some hundred.
_MOST_EXTENDED: Final = 1 << 20
_LINKS: Final = (tarfile.LNKTYPE, tarfile.SYMTYPE)
_DEVICES: Final = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
# Octet of an old GNU header, and of the blocks behind it, that says that another block of the map of holes follows.
_IS_EXTENDED: Final = 482
_IS_CONTINUED: Final = 504


class TarHeader(NamedTuple):
    """What is read of a header; `kind` is its type flag."""

    name: str
    size: int
    kind: bytes


class TarMember(NamedTuple):
    """A member; `begin` is where its headers begin, `offset` where its octets do, in octets of the tar file.

    `fault` says why it is not read, in words that follow its name. A damaged header has no name.
    """

    name: str
    begin: int
    offset: int
    content: Section
    fault: str | None = None


def is_tar(start: bytes) -> bool:
    """Tell whether a file begins with the header of a tar member, of whatever kind, with a right checksum."""
    return len(start) >= _BLOCK and any(start[:_BLOCK]) and read_header(start[:_BLOCK]) is not None


def tar_members(stream: Stream, *, start: int = 0, stop: int | None = None) -> Iterator[TarMember]:
    """Return the files of a tar file whose headers begin before `stop`; the stream begins at `start`, with a header.

    A member's content is to be read before the next is asked for; what is not read of it is passed over. Folders are
    left out. Past a damaged header the next good one is looked for; octets after the end that begin no member are left
    out. Raises BrokenArchive where the stream breaks off between members, OSError where it cannot be read.
    """
    blocks = _Blocks(stream, start)
    begin: int | None = None  # where the headers of the next member begin, if it has several
    extended: dict[str, str] = {}
    is_lost = False  # whether a damaged header has been told
    is_ended = True  # whether the last member is followed by empty blocks
    while True:
        place = blocks.offset
        block = blocks.read(_BLOCK)
        if not block:
            if not (is_ended or is_lost):
                raise BrokenArchive("is cut off: the empty blocks at its end are missing", offset=place)
            return
        if not block.strip(b"\0"):
            # The end; another tar file may have been appended, octets that are none are padding.
            is_lost = is_ended = len(block) == _BLOCK
            continue
        first = place if begin is None else begin
        if stop is not None and first >= stop:
            return
        header = read_header(block)
        if header is None:
            if not is_lost:
                reason = "is damaged: what should be a header is none" if len(block) == _BLOCK else "is cut off"
                yield TarMember("", first, place, Section(blocks, 0), reason)
            is_lost, begin, extended = True, None, {}
            continue
        is_lost = is_ended = False
        if header.kind in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME):
            begin = first
            extended |= _extended(blocks, header)
            continue
        if header.kind in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            begin = first
            blocks.skip(_padded(header.size))
            continue
        yield from _member(blocks, header, block, first, extended)
        if blocks.has_failed:
            return
        begin, extended = None, {}


def _member(
    blocks: _Blocks, header: TarHeader, block: bytes, begin: int, extended: dict[str, str]
) -> Iterator[TarMember]:
    name = extended.get("path", header.name)
    if header.kind == tarfile.DIRTYPE:
        return
    if header.kind in _LINKS or header.kind in _DEVICES:
        what = "a link" if header.kind in _LINKS else "a device or a pipe"
        yield TarMember(name, begin, blocks.offset, Section(blocks, 0), f"is not read: it is {what} in a tar file")
        return
    fault = None
    if header.kind == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse.") for key in extended):
        fault = "is not read: it is stored with holes, as a sparse file"
        is_more = header.kind == tarfile.GNUTYPE_SPARSE and block[_IS_EXTENDED] != 0
        while is_more and len(following := blocks.read(_BLOCK)) == _BLOCK:
            is_more = following[_IS_CONTINUED] != 0
    size = int(extended["size"]) if extended.get("size", "").isdecimal() else header.size
    offset = blocks.offset
    content = Section(blocks, size)
    yield TarMember(name, begin, offset, content, fault)
    if content.has_failed:
        blocks.has_failed = True
        return
    blocks.skip(content.left + _padded(size) - size)


def read_header(block: bytes) -> TarHeader | None:
    """Return what a header says; None for a block that is none.

    POSIX.1-2001, pax, "ustar Interchange Format", and what GNU tar makes of it.
    It stands for `tarfile.TarInfo.frombuf`, at a quarter of its time, and does not refuse a header for what it says of
    owners and times.
    """
    checksum = _number(block[148:156])
    if len(block) < _BLOCK or checksum is None:
        return None
    field = block[148:156]
    unsigned = sum(block) - sum(field) + 8 * 0x20
    # Some old programs add octets as if they had a sign.
    if checksum != unsigned and checksum != unsigned - 256 * sum(one > 0x7F for one in block[:148] + block[156:]):
        return None
    size = _number(block[124:136])
    if size is None or size < 0:
        return None
    kind, name = block[156:157], _text(block[:100])
    if kind == tarfile.AREGTYPE and name.endswith("/"):
        kind = tarfile.DIRTYPE
    if block[345] and kind not in tarfile.GNU_TYPES:
        name = f"{_text(block[345:500])}/{name}"
    return TarHeader(name, size, kind)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int | None:
    """Return a number in octal digits, or in the octets themselves, as GNU tar has what is larger; None for none."""
    if field[:1] in (b"\x80", b"\xff"):
        number = int.from_bytes(field[1:], "big")
        return number if field[0] == 0x80 else number - (1 << 8 * (len(field) - 1))
    try:
        return int(field.split(b"\0", 1)[0].strip() or b"0", 8)
    except ValueError:
        return None


def _extended(blocks: _Blocks, header: TarHeader) -> dict[str, str]:
    """Return what an extended header (pax, POSIX.1-2001) or a long name (GNU) says of the member that follows."""
    if header.size > _MOST_EXTENDED:
        blocks.skip(_padded(header.size))
        return {}
    data = blocks.read(_padded(header.size))[: header.size]
    if header.kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")}
    found = {}
    while data:
        # "<octets of the record> <key>=<value>\n"
        length, blank, _ = data[:20].partition(b" ")
        if not blank or not length.isdigit() or not len(length) < int(length) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        found[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    return found


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


class _Blocks:
    """A stream that knows where it is, and passes over octets by a seek where it can."""

    def __init__(self, stream: Stream, offset: int) -> None:
        self._stream = stream
        self._can_seek = isinstance(stream, Seekable)
        self.offset = offset
        self.has_failed = False

    def read(self, size: int, /) -> bytes:
        data = read_exactly(self._stream, size)
        self.offset += len(data)
        return data

    def skip(self, size: int) -> None:
        if self._can_seek and size > 8 * _BLOCK:
            assert isinstance(self._stream, Seekable)
            # To one before the end, so that a file that ends before it is met with.
            self._stream.seek(size - 1, 1)
            self.offset += size - 1
            size = 1
        while size > 0:
            piece = self._stream.read(min(size, CHUNK))
            if not piece:
                raise BrokenArchive("is cut off", offset=self.offset)
            self.offset += len(piece)
            size -= len(piece)
