"""What an archive holds: messages, or what is wrong with a member, and pieces that a process can read by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of an archive, or a member that is none.

    `id` names it: the same at every reading of the same archive, and one only. It is the path or the URL of its file,
    with `#name` for a member of an archive or a message of a Maildir (its unique name, without flags), and `@1234` for
    where its line "From ", its header or its row begins in there. `source` is the file, the object or the member that
    holds it, `offset` where it begins in there, in octets (None where it is not a part of a larger file). A member that
    cannot be read has no octets, and `error` says why in one line, which begins with the id.
    """

    id: str
    source: str
    offset: int | None
    message: bytes
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an archive that a process can read by itself: whole files, or the messages that begin in a range.

    `kind` says how it is read; `start` and `stop` bound the range (a stop of None: to the end), in octets of an mbox
    file, of a tar file or of the directory of a ZIP archive, in row groups of a Parquet file; `members` are the names
    of files or objects that are read one after the other. `size` is how many octets it has, as far as
    known.
    """

    source: str
    kind: str
    start: int = 0
    stop: int | None = None
    members: tuple[str, ...] = ()
    size: int = 0
