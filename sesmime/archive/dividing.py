"""A large file divided into ranges that can be read by themselves, without reading the messages in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sesmime.archive.folders import File
from sesmime.archive.kinds import START, Kind, Member, kind_of
from sesmime.archive.parquet_files import open_parquet, row_groups
from sesmime.archive.places import Place
from sesmime.archive.stored import Piece
from sesmime.archive.streams import BrokenArchive, Seekable, read_exactly
from sesmime.archive.tar_files import tar_members
from sesmime.archive.zip_files import find_directory, zip_members


def divide_file(place: Place, file: File, size: int, *, is_asked_for: bool) -> Iterator[Piece] | None:
    """Return the pieces of a file, each of about `size` octets; None for one that is read as a whole.

    The ranges of mbox files are made of octets. Those of tar files begin where a member does, and of ZIP archives where
    an entry of the directory does; those of Parquet files are row groups, counted from 0.
    """
    try:
        with place.open_file(file.path) as stream:
            kind = kind_of(read_exactly(stream, START), Member(file.path, "", "", is_asked_for=is_asked_for))
            if kind is Kind.MBOX:
                starts = range(0, file.size, size)
                return _ranges(file.path, "mbox", ((start, min(size, file.size - start)) for start in starts))
            if kind is Kind.TAR and place.is_near:
                return _divided(place, file, size, "tar", _tar_members)
            if kind is Kind.ZIP:
                find_directory(stream)
                return _divided(place, file, size, "zip", _zip_entries)
            if kind is Kind.PARQUET:
                return _ranges(file.path, "parquet", _joined(enumerate(row_groups(open_parquet(stream))), size))
    except (OSError, BrokenArchive, ImportError):
        pass  # it is told when it is read
    return None


def _ranges(path: str, kind: str, found: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    """Return the pieces that begin at these places and end where the next begins, each with its size."""
    last: tuple[int, int] | None = None
    for start, size in found:
        if last is not None:
            yield Piece(path, kind, last[0], start, (), last[1])
        last = (start, size)
    if last is not None:
        yield Piece(path, kind, last[0], None, (), last[1])


def _joined(found: Iterable[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """Return where ranges begin and their sizes, from the places and the sizes of what they hold."""
    begin, total = 0, 0
    for start, size in found:
        if total and total + size > most:
            yield begin, total
            begin, total = start, 0
        total += size
    yield begin, total


def _divided(
    place: Place, file: File, size: int, kind: str, parts: Callable[[Seekable], Iterator[tuple[int, int]]]
) -> Iterator[Piece]:
    """Return the pieces of an archive; its headers are read as the pieces are taken.

    Where they can be read no further, what follows belongs to the last piece, and is told when that is read.
    """
    with place.open_file(file.path) as stream:
        yield from _ranges(file.path, kind, _joined(_readable(parts(stream)), size))


def _readable(parts: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    try:
        yield from parts
    except (OSError, BrokenArchive):
        return


def _tar_members(stream: Seekable) -> Iterator[tuple[int, int]]:
    """Return where the headers of members begin, and their sizes."""
    for one in tar_members(stream):
        yield one.begin, one.content.left


def _zip_entries(stream: Seekable) -> Iterator[tuple[int, int]]:
    """Return where the entries of members begin, and the sizes of those."""
    for one in zip_members(stream, find_directory(stream)):
        yield one.entry, one.size
