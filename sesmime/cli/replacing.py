"""Files replaced: whole or not at all, with their owner and mode, and never a file that is not the one that was read.

A new file is written beside and renamed onto the old one. That is not enough where others work on the same folder, as
they do on a Maildir: renamed onto a name that has gone, it would double a message or bring back a deleted one, and what
was appended after the read would be lost. So a fixed message and its file are exchanged in one step (Linux: `renameat2`
with RENAME_EXCHANGE, which fails where the name has gone), the file that was there is looked at once more, and taken
away only if it is still what was read; if not, the two are exchanged back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_OWN_FILES: Final = ".sesmime-"


class NotReplaced(Exception):
    """Why a file was left as it is, in words that follow its name."""


@contextlib.contextmanager
def beside(target: str) -> Iterator[BinaryIO]:
    """Return a new file to write, renamed onto `target` in the end and removed if anything goes wrong.

    It gets the mode of the old file and, where the user may give files away, its owner.
    """
    with _temporary(target) as temporary:
        with _created(temporary, target) as stream:
            yield stream
        os.replace(temporary, target)


def replace_message(path: str, old: bytes, new: bytes) -> None:
    """Replace the content of a file that holds `old`. Raises NotReplaced, and OSError, with the file untouched."""
    state = _replaceable(path)
    if _content(path) != old:
        raise NotReplaced("changed after it was read")
    with _temporary(path) as temporary:
        with _created(temporary, path) as stream:
            stream.write(new)
        made = os.lstat(temporary)
        if (made.st_uid, made.st_gid) != (state.st_uid, state.st_gid):
            raise NotReplaced("cannot be written: it has another owner, who would not stay")
        try:
            _exchange(temporary, path, old, made.st_ino)
        except FileNotFoundError:
            raise NotReplaced("was renamed or deleted after it was read") from None


def refuse_read_only(path: str, mode: int) -> None:
    """Raise NotReplaced for a file that nobody may write; root may, and others may rename onto it."""
    if not mode & 0o222 or not os.access(path, os.W_OK):
        raise NotReplaced("cannot be written: it is read-only")


def _replaceable(path: str) -> os.stat_result:
    try:
        state = os.lstat(path)
    except FileNotFoundError:
        raise NotReplaced("was renamed or deleted after it was read") from None
    if stat.S_ISLNK(state.st_mode):
        raise NotReplaced("is not fixed: it is a symbolic link; give the file that it names")
    if not stat.S_ISREG(state.st_mode):
        raise NotReplaced("is not fixed: it is no regular file")
    refuse_read_only(path, state.st_mode)
    if state.st_nlink > 1:
        raise NotReplaced(
            f"is not fixed: it has {state.st_nlink} names (hard links), and the others would keep the fault"
        )
    return state


def _content(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


# The file beside


@contextlib.contextmanager
def _temporary(target: str) -> Iterator[str]:
    """Return a name beside `target`; what has it in the end is removed, whatever happens."""
    name = os.path.join(os.path.dirname(target), f"{_OWN_FILES}{os.urandom(6).hex()}")
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


@contextlib.contextmanager
def _created(name: str, target: str) -> Iterator[BinaryIO]:
    """Return a new file; it gets the mode, owner and extended attributes (ACLs too) of `target`, if that is there."""
    state = os.stat(target) if os.path.exists(target) else None
    mode = 0o666 if state is None else 0o600
    stream = open(name, "xb", opener=partial(os.open, mode=mode))  # noqa: SIM115, closed below whether or not it is full
    try:
        yield stream
        stream.flush()
        if state is not None:
            _give_attributes(stream.fileno(), target, state)
        stream.close()
    finally:
        # A full disk makes the last write fail here, and the one of the `close` that follows a failed flush again.
        with contextlib.suppress(OSError):
            stream.close()


def _give_attributes(descriptor: int, target: str, state: os.stat_result) -> None:
    made = os.fstat(descriptor)
    if hasattr(os, "fchown") and (made.st_uid, made.st_gid) != (state.st_uid, state.st_gid):
        try:
            os.fchown(descriptor, state.st_uid, state.st_gid)
        except OSError:
            with contextlib.suppress(OSError):
                os.fchown(descriptor, -1, state.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(state.st_mode))  # whatever the umask, and after the owner, which clears bits
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(target):
                with contextlib.suppress(OSError):
                    os.setxattr(descriptor, attribute, os.getxattr(target, attribute))


# The exchange


def _exchange(temporary: str, path: str, old: bytes, made: int) -> None:
    """Exchange two files, and back if what stood at `path` is not what was read. `made` is the new file's inode."""
    try:
        if not _swapped(temporary, path):
            # No such call on this system or file system: as near to it as can be.
            _refuse_changed(path, old)
            os.replace(temporary, path)
            return
        _refuse_changed(temporary, old)
    except BaseException:
        # An interrupt may come right after the call: the inode tells what has happened.
        with contextlib.suppress(OSError):
            if os.lstat(temporary).st_ino != made:
                _put_back(temporary, path, made)
        raise


def _refuse_changed(path: str, old: bytes) -> None:
    if not stat.S_ISREG(os.lstat(path).st_mode) or _content(path) != old:
        raise NotReplaced("changed after it was read")


def _put_back(temporary: str, path: str, made: int) -> None:
    """Exchange the files back; the new one may have been renamed meanwhile, and is known by its inode."""
    folder = os.path.dirname(path)
    if not (os.path.lexists(path) and os.lstat(path).st_ino == made):
        names = [entry.path for entry in os.scandir(folder or ".") if entry.inode() == made]
        if not names:
            return  # deleted by its owner, and it stays so
        path = names[0]
    _swapped(temporary, path)


def _swapped(one: str, other: str) -> bool:
    """Exchange two names in one step; False where that cannot be done. Raises FileNotFoundError if one has gone."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    names = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    if call(*names, _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), other)
