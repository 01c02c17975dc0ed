"""The files of a folder and all below it, in an order that is always the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

# Folders that no walk goes into: what tools keep there is not the user's.
TOOL_FOLDERS: Final = frozenset((".git", ".hg", ".svn", ".nox", ".tox", ".venv", "node_modules", "__pycache__"))
_SPECIAL: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class File(NamedTuple):
    """A file of a folder; `size` is in octets, 0 where it is not known. `maildir` is the Maildir it is a message of."""

    path: str
    size: int
    maildir: str | None = None


def list_files(folder: str) -> Iterator[File]:
    """Return what a folder and all below it hold: files by their names, then the folders by theirs.

    Links to folders are not followed, but returned, as are folders that cannot be listed and special files: what reads
    them tells why it does not. In memory are the names of one folder, and those of the folders that wait.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            files, folders = _names(place)
        except OSError:
            yield File(place, 0)
            continue
        for name in files:
            yield _file(place, name)
        # Copies of a Maildir often lack an empty `tmp`.
        if {"cur", "new"} <= set(folders):
            folders = [name for name in folders if name not in ("cur", "new", "tmp")]
            yield from _maildir_files(place)
        waiting += [os.path.join(place, name) for name in reversed(folders) if name not in TOOL_FOLDERS]


def why_not_read(path: str) -> str | None:
    """Say why a file must not be opened to be read to its end, in words that follow its name; None if it may be.

    Raises OSError where the system does not tell what it is.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode) and os.path.islink(path):
        return "is not read: it is a link to a folder"
    return f"is not read: it is {special_kind(mode)}"


def special_kind(mode: int) -> str:
    """Return what something is that is no regular file, by its mode."""
    return next((name for is_kind, name in _SPECIAL if is_kind(mode)), "no regular file")


def maildir_name(path: str) -> str:
    """Return the part of a message's file name in a Maildir that stays when it is read, flagged or moved to `cur`.

    >>> maildir_name("Maildir/cur/1700000000.M1P2.host:2,S")
    '1700000000.M1P2.host'
    """
    return os.path.basename(path).partition(":")[0]


def _maildir_files(place: str) -> Iterator[File]:
    """Return the messages of a Maildir; what its other folders hold (`tmp` most of all) is none.

    A name that is there twice, as when a program is stopped while it moves a message, is told apart by its path.
    """
    moved = _maildir_names(os.path.join(place, "new"))
    new = {maildir_name(name) for name in moved or ()}
    twice: set[str] = set()
    for kind in ("cur", "new"):
        folder = os.path.join(place, kind)
        last = None
        names = _maildir_names(folder)
        if names is None:
            yield File(folder, 0)
            continue
        for name in names:
            unique = maildir_name(name)
            is_first = unique != last and (kind == "cur" or unique not in twice)
            yield _file(folder, name, place if is_first else None)
            last = unique
            if kind == "cur" and unique in new:
                twice.add(unique)


def _maildir_names(folder: str) -> list[str] | None:
    """Return the names of messages in one folder of a Maildir, those of one message together; None for no folder.

    https://cr.yp.to/proto/maildir.html: names that begin with a dot are no messages.
    """
    try:
        files, _ = _names(folder)
    except OSError:
        return None
    return sorted((name for name in files if not name.startswith(".")), key=lambda name: (maildir_name(name), name))


def _names(folder: str) -> tuple[list[str], list[str]]:
    """Return the names in a folder, sorted: of folders, and of all else. Raises OSError."""
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as found:
        for entry in found:
            (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
    files.sort()
    folders.sort()
    return files, folders


def _file(folder: str, name: str, maildir: str | None = None) -> File:
    path = os.path.join(folder, name)
    try:
        return File(path, os.stat(path).st_size, maildir)
    except OSError:
        return File(path, 0, maildir)
