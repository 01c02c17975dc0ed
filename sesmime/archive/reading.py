"""Archives read as a whole, or piece by piece: each piece by itself, in whatever process.

A source is looked through once, and only as far as names, sizes and beginnings tell (`pieces`). Small files are put
together in a piece; a file that is larger than a piece is divided if it is an mbox file, a tar file, a ZIP archive or a
Parquet file. What is in a file is seen only when its piece is read (`read_piece`), so that ids and order are those of
`messages`, however the source was divided.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sesmime.archive.dividing import divide_file
from sesmime.archive.folders import File, maildir_name
from sesmime.archive.kinds import Member, shown, unreadable
from sesmime.archive.members import LEVELS, Options, range_of, read_mbox, read_member, read_parquet, read_tar, read_zip
from sesmime.archive.parquet_files import load_pyarrow
from sesmime.archive.places import Place, find_place, is_url
from sesmime.archive.stored import Piece, Stored
from sesmime.archive.streams import BrokenArchive
from sesmime.mime.mbox import BEFORE

PIECE_SIZE: Final = 64 << 20
# Above what SES takes (40 MB), so that what is too large for it is told as a finding.
MAX_MESSAGE: Final = 64 << 20
# So many names at most in a piece: what is sent to a process stays small.
_MOST_MEMBERS: Final = 5_000
# What a file costs beside its octets, in octets that could be read in that time.
_FILE_COST: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How sources are read, wherever that is done: see `messages`. Secrets in `storage_options` are in no `repr`."""

    column: str | None = None
    id_column: str | None = None
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)

    def pieces(self, source: str, *, piece_size: int) -> Iterator[Piece]:
        """Return the pieces of a source; see `pieces`."""
        return pieces(source, piece_size=piece_size, storage_options=self._options_of(source))

    def read(self, piece: Piece) -> Iterator[Stored]:
        """Return the messages of a piece; see `read_piece`."""
        options = self._options_of(piece.source)
        return read_piece(piece, column=self.column, id_column=self.id_column, storage_options=options)

    def _options_of(self, source: str) -> Mapping[str, Any] | None:
        return self.storage_options if is_url(source) else None


AS_IT_IS: Final = Reading()


def messages(
    source: str | os.PathLike[str],
    *,
    max_size: int = MAX_MESSAGE,
    column: str | None = None,
    id_column: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[Stored]:
    r"""Return every message of an archive, one after the other, and what cannot be read as a `Stored` with an error.

    `source` is a file with a message, an mbox file, a Maildir, an Apple Mail file (.emlx), a tar file, a ZIP archive,
    a Parquet file, any of these compressed with gzip, bzip2 or xz, or a folder that holds such, at any depth; or the
    URL of one: `s3://bucket/prefix` with the extra `s3`, and what else fsspec reads, with its `storage_options`. An
    archive in an archive is read too, once. What is found in a folder or an archive and is no mail is left out; the
    source itself never is.

    Memory is bounded whatever the source: a message of more than `max_size` octets is not held, but told as an error.
    `column` and `id_column` name those of Parquet files, which otherwise have their messages in `message` or in their
    only column of octets, and their ids in `id`.

    Raises OSError if there is no such source or it cannot be read at all, ImportError if an extra is missing for it.

    >>> import io, tarfile, tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".tar") as file:
    ...     with tarfile.open(fileobj=file, mode="w") as tar:
    ...         member = tarfile.TarInfo("inbound/1.eml")
    ...         member.size = 16
    ...         tar.addfile(member, io.BytesIO(b"Subject: Hi\n\nHo\n"))
    ...     file.flush()
    ...     for one in messages(file.name):
    ...         print(one.id.removeprefix(file.name), one.offset, one.message)
    #inbound/1.eml@0 512 b'Subject: Hi\n\nHo\n'
    """
    _refuse_size(max_size)
    found = pieces(source, storage_options=storage_options)
    return (
        one
        for piece in found
        for one in read_piece(
            piece, max_size=max_size, column=column, id_column=id_column, storage_options=storage_options
        )
    )


def pieces(
    source: str | os.PathLike[str],
    *,
    piece_size: int = PIECE_SIZE,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[Piece]:
    """Return the pieces of an archive, each of about `piece_size` octets, always in the same order.

    `read_piece` reads one, in this process or in another that reaches the same files. Together they hold each message
    once, and its id does not depend on `piece_size`. Names and sizes are read as the pieces are taken.

    Raises OSError if there is no such source or it cannot be read at all, ImportError if an extra is missing for it;
    OSError as well, in the midst of the pieces, if a bucket can be listed no further.
    """
    if piece_size < 1:
        raise ValueError("a piece has at least 1 octet")
    name = os.fsdecode(source)
    place = find_place(name, storage_options)
    if name.lower().endswith(".parquet"):
        load_pyarrow()
    return _pieces_of_files(place, place.list_files(), name, piece_size)


def read_piece(
    piece: Piece,
    *,
    max_size: int = MAX_MESSAGE,
    column: str | None = None,
    id_column: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[Stored]:
    """Return the messages of a piece; see `messages`. Raises ImportError if an extra is missing for it."""
    _refuse_size(max_size)
    options = Options(max_size, column, id_column)
    place = find_place(piece.source, storage_options)
    if piece.kind in ("files", "maildir"):
        for path, file in place.open_files(piece.members):
            member = _member(piece, path)
            if isinstance(file, OSError | BrokenArchive):
                yield unreadable(member, file)
            else:
                yield from read_member(file, member, options)
    else:
        yield from _read_range(place, piece, options)


def _refuse_size(max_size: int) -> None:
    if max_size < 1:
        raise ValueError("a message has at least 1 octet")


def _pieces_of_files(place: Place, files: Iterator[File], source: str, size: int) -> Iterator[Piece]:
    """Return the pieces of files: small ones together, large ones divided where they can be."""
    group = _Group(source, size)
    for file in files:
        if file.size > size and file.maildir is None:
            yield from group.taken()
            yield from divide_file(place, file, size, is_asked_for=file.path == source) or _alone(file, source)
            continue
        if group.ends_before(file):
            yield from group.taken()
        group.add(file)
    yield from group.taken()


def _alone(file: File, source: str) -> tuple[Piece, ...]:
    return (Piece(source, "files", 0, None, (file.path,), file.size),)


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


def _member(piece: Piece, path: str) -> Member:
    name = shown(path)
    if piece.kind == "maildir":
        return Member(path, f"{shown(piece.source)}#{shown(maildir_name(path))}", name, is_message=True)
    return Member(path, name, name, is_asked_for=path == piece.source)


def _read_range(place: Place, piece: Piece, options: Options) -> Iterator[Stored]:
    """Return the messages of a range of a large file."""
    name = shown(piece.source)
    member = Member(piece.source, name, name)
    try:
        file = place.open_file(piece.source)
    except (OSError, BrokenArchive) as error:
        yield unreadable(range_of(member, piece.start), error)
        return
    start, stop = piece.start, piece.stop
    with file:
        if piece.kind == "mbox":
            file.seek(max(0, start - BEFORE))
            yield from read_mbox(file, member, options, start=start, stop=stop)
        elif piece.kind == "tar":
            file.seek(start)
            yield from read_tar(file, member, options, levels=LEVELS - 1, start=start, stop=stop)
        elif piece.kind == "zip":
            yield from read_zip(file, member, options, levels=LEVELS - 1, start=start, stop=stop)
        elif piece.kind == "parquet":
            yield from read_parquet(file, member, options, start=start, stop=stop)
        else:
            raise ValueError(f"{piece.kind!r} is no kind of piece")
