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
    them tells why it does not. Only one folder's names are in memory, and those of the folders on the way to it.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            yield File(place, 0)
            continue
        names = {entry.name for entry in entries if _is_folder(entry)}
        # Copies of a Maildir often lack an empty `tmp`.
        is_maildir = {"cur", "new"} <= names
        inside = []
        for entry in entries:
            if _is_folder(entry):
                if is_maildir and entry.name in ("cur", "new", "tmp"):
                    continue
                if entry.name not in TOOL_FOLDERS:
                    inside.append(entry.path)
            else:
                yield File(entry.path, _size(entry))
        if is_maildir:
            yield from _maildir_files(place)
        waiting += reversed(inside)


def why_not_read(path: str) -> str | None:
    """Say why a file must not be opened to be read to its end, in words that follow its name; None if it may be.

    Raises OSError where the system does not tell what it is.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode) and os.path.islink(path):
        return "is not read: it is a link to a folder"
    kind = next((name for is_kind, name in _SPECIAL if is_kind(mode)), "no regular file")
    return f"is not read: it is {kind}"


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
    met: set[str] = set()
    for kind in ("cur", "new"):
        folder = os.path.join(place, kind)
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: (maildir_name(entry.name), entry.name))
        except OSError:
            yield File(folder, 0)
            continue
        for entry in entries:
            # https://cr.yp.to/proto/maildir.html: names that begin with a dot are no messages.
            if entry.name.startswith("."):
                continue
            name = maildir_name(entry.name)
            is_message = name not in met and not _is_folder(entry)
            yield File(entry.path, _size(entry), place if is_message else None)
            met.add(name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0
