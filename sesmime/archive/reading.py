"""Archives read as a whole, or piece by piece: each piece by itself, in whatever process.

A source is looked through once, and only as far as names, sizes and beginnings tell (`pieces`). Small files are put
together in a piece; an mbox file that is larger than a piece is divided into ranges. What is in a file is seen only
when its piece is read (`read_piece`), so that ids and order are those of `messages`, however the source was divided.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final

from sesmime.archive.folders import File, list_files, maildir_name, why_not_read
from sesmime.archive.members import Kind, Member, failed, kind_of, read_mbox, read_member, shown, unreadable
from sesmime.archive.stored import Piece, Stored
from sesmime.mime.mbox import BEFORE

PIECE_SIZE: Final = 64 << 20
# Above what SES takes (40 MB), so that what is too large for it is told as a finding.
MAX_MESSAGE: Final = 64 << 20
# So many names at most in a piece: what is sent to a process stays small.
_MOST_MEMBERS: Final = 5_000
# What a file costs beside its octets, in octets that could be read in that time.
_FILE_COST: Final = 4_096
_START: Final = 16_384


def messages(source: str | os.PathLike[str], *, max_size: int = MAX_MESSAGE) -> Iterator[Stored]:
    """Return every message of an archive, one after the other, and what cannot be read as a `Stored` with an error.

    `source` is a file with a message, an mbox file, a Maildir, or a folder that holds such, at any depth. In a folder,
    what is no mail is left out; what the source itself names never is. A message of more than `max_size` octets is not
    held, and told as an error.

    Raises OSError if there is no such source, or it cannot be read at all.
    """
    found = pieces(source)
    return (one for piece in found for one in read_piece(piece, max_size=max_size))


def pieces(source: str | os.PathLike[str], *, piece_size: int = PIECE_SIZE) -> Iterator[Piece]:
    """Return the pieces of an archive, each of about `piece_size` octets, always in the same order.

    `read_piece` reads one, in this process or in another that sees the same files. Together they hold each message
    once, and its id does not depend on `piece_size`. Names and sizes are read as the pieces are taken.

    Raises OSError if there is no such source, or it cannot be read at all.
    """
    if piece_size < 1:
        raise ValueError("a piece has at least 1 octet")
    name = os.fspath(source)
    _refuse_missing(name)
    if os.path.isdir(name):
        return _pieces_of_files(name, list_files(name), piece_size)
    return _pieces_of_files(name, iter((File(name, os.stat(name).st_size),)), piece_size)


def read_piece(piece: Piece, *, max_size: int = MAX_MESSAGE) -> Iterator[Stored]:
    """Return the messages of a piece; see `messages`."""
    if piece.kind == "mbox":
        yield from _read_range(piece, max_size)
    elif piece.kind in ("files", "maildir"):
        for path in piece.members:
            yield from _read_file(path, _member(piece, path), max_size)
    else:
        raise ValueError(f"{piece.kind!r} is no kind of piece")


def _refuse_missing(name: str) -> None:
    try:
        os.stat(name)
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        raise OSError(error.errno, f"there is no archive to read: {reason}", name) from None
    if not os.access(name, os.R_OK):
        raise PermissionError(errno.EACCES, "the archive cannot be read: Permission denied", name)
    special = None if os.path.isdir(name) else why_not_read(name)
    if special is not None:
        raise OSError(errno.EINVAL, f"the archive {special}", name)


def _pieces_of_files(source: str, files: Iterator[File], size: int) -> Iterator[Piece]:
    """Return the pieces of files: small ones together, large ones that can be divided in ranges."""
    group = _Group(source, size)
    for file in files:
        if file.size > size and file.maildir is None and _is_mbox(file.path, is_asked_for=file.path == source):
            yield from group.taken()
            for start in range(0, file.size, size):
                stop = start + size if start + size < file.size else None
                yield Piece(file.path, "mbox", start, stop, (), min(size, file.size - start))
            continue
        if group.ends_before(file):
            yield from group.taken()
        group.add(file)
    yield from group.taken()


class _Group:
    """Files that are put together in a piece."""

    def __init__(self, source: str, size: int) -> None:
        self._source = source
        self._most = size
        self._files: list[File] = []
        self._size = 0

    def ends_before(self, file: File) -> bool:
        """Tell whether a file begins another piece."""
        if not self._files:
            return False
        is_other = file.maildir != self._files[-1].maildir
        return is_other or len(self._files) >= _MOST_MEMBERS or self._size + file.size + _FILE_COST > self._most

    def add(self, file: File) -> None:
        self._files.append(file)
        self._size += file.size + _FILE_COST

    def taken(self) -> Iterator[Piece]:
        """Return the files so far as a piece, if there are any, and begin another."""
        if self._files:
            maildir = self._files[0].maildir
            kind = "files" if maildir is None else "maildir"
            members = tuple(file.path for file in self._files)
            yield Piece(maildir or self._source, kind, 0, None, members, sum(file.size for file in self._files))
        self._files, self._size = [], 0


def _is_mbox(path: str, *, is_asked_for: bool) -> bool:
    try:
        if why_not_read(path) is not None:
            return False
        with open(path, "rb") as stream:
            start = stream.read(_START)
    except OSError:
        return False
    return kind_of(start, Member(path, path, path, is_asked_for=is_asked_for)) is Kind.MBOX


def _member(piece: Piece, path: str) -> Member:
    name = shown(path)
    if piece.kind == "maildir":
        return Member(path, f"{shown(piece.source)}#{shown(maildir_name(path))}", name, is_message=True)
    return Member(path, name, name, is_asked_for=path == piece.source)


def _read_file(path: str, member: Member, max_size: int) -> Iterator[Stored]:
    try:
        if (reason := why_not_read(path)) is not None:
            # A folder is here because it could not be listed.
            if os.path.isdir(path) and not os.path.islink(path):
                os.scandir(path).close()
            yield failed(member, reason)
            return
        stream = open(path, "rb", buffering=0)  # noqa: SIM115, what a reader does is no matter of this `try`
    except OSError as error:
        yield unreadable(member, error)
        return
    with stream:
        yield from read_member(stream, member, max_size=max_size)


def _read_range(piece: Piece, max_size: int) -> Iterator[Stored]:
    """Return the messages that begin in a range of an mbox file."""
    name = shown(piece.source)
    member = Member(piece.source, name, name)
    try:
        stream = open(piece.source, "rb", buffering=0)  # noqa: SIM115, as above
    except OSError as error:
        yield unreadable(member._replace(id=f"{name}@{piece.start}"), error)
        return
    with stream:
        stream.seek(max(0, piece.start - BEFORE))
        yield from read_mbox(stream, member, max_size=max_size, start=piece.start, stop=piece.stop)
