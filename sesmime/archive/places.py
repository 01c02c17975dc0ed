"""Where archives are: in this machine's file system, or behind a URL; either lists its files and opens them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from sesmime.archive.folders import File, list_files, why_not_read
from sesmime.archive.streams import BrokenArchive, Opened, error_text

# Octets that are read ahead: headers of members are small, and so are many messages.
_BUFFER: Final = 65_536


class Place(Protocol):
    """A source that exists, whose files have names that mean the same in another process."""

    # Whether passing over octets of a file costs next to nothing.
    is_near: bool

    def list_files(self) -> Iterator[File]:
        """Return the files, each once, in an order that is always the same; the source itself if it is a file."""
        ...

    def open_file(self, path: str) -> Opened:
        """Open a file. Raises OSError, and BrokenArchive for what must not be opened."""
        ...

    def open_files(self, paths: Sequence[str]) -> Iterator[tuple[str, Opened | OSError | BrokenArchive]]:
        """Open files one after the other, or say why one is not; each is closed when the next is asked for."""
        ...


def find_place(source: str, storage_options: Mapping[str, Any] | None) -> Place:
    """Return where a source is. Raises OSError if it does not exist or cannot be read, ImportError without fsspec."""
    if is_url(source):
        from sesmime.archive.remote import RemotePlace

        return RemotePlace(source, storage_options)
    return LocalPlace(source)


def is_url(source: str) -> bool:
    """Tell whether a source is a URL.

    >>> is_url("s3://bucket/inbound"), is_url("mail/a:b.eml")
    (True, False)
    """
    scheme, mark, _ = source.partition("://")
    return bool(mark) and scheme.replace("+", "").isalnum()


class LocalPlace:
    """A file or a folder of this machine."""

    is_near = True

    def __init__(self, source: str) -> None:
        self._source = source

    def _refuse_missing(self) -> None:
        """Raise OSError if the source does not exist, cannot be read, or is neither file nor folder."""
        name = self._source
        try:
            os.stat(name)
        except ValueError as error:
            raise OSError(errno.ENOENT, f"there is no archive to read: {error}", name) from None
        except OSError as error:
            reason = os.strerror(error.errno or errno.EIO)
            raise OSError(error.errno, f"there is no archive to read: {reason}", name) from None
        is_folder = os.path.isdir(name)
        special = None if is_folder else why_not_read(name)
        if special is not None:
            raise OSError(errno.EINVAL, f"the archive {special}", name)
        try:
            os.scandir(name).close() if is_folder else open(name, "rb").close()
        except OSError as error:
            raise OSError(error.errno, f"the archive cannot be read: {error_text(error)}", name) from None

    def list_files(self) -> Iterator[File]:
        self._refuse_missing()
        if os.path.isdir(self._source):
            return list_files(self._source)
        return iter((File(self._source, os.stat(self._source).st_size),))

    def open_file(self, path: str) -> Opened:
        if (reason := why_not_read(path)) is not None:
            # A folder is listed among the files if its own could not be.
            if os.path.isdir(path) and not os.path.islink(path):
                os.scandir(path).close()
            raise BrokenArchive(reason)
        return open(path, "rb", buffering=_BUFFER)

    def open_files(self, paths: Sequence[str]) -> Iterator[tuple[str, Opened | OSError | BrokenArchive]]:
        for path in paths:
            try:
                file = self.open_file(path)
            except (OSError, BrokenArchive) as error:
                yield path, error
                continue
            with file:
                yield path, file
