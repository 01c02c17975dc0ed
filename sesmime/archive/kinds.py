"""What a file, an object or a member of an archive holds, by how it begins and by its name."""

from __future__ import annotations

import os
from enum import Enum, auto
from typing import Final, NamedTuple
from unicodedata import category

from sesmime.archive.compressed import decompressor
from sesmime.archive.stored import Stored
from sesmime.archive.streams import BrokenArchive, error_text
from sesmime.archive.tar_files import is_tar
from sesmime.archive.zip_files import is_zip
from sesmime.errors import masked_by_unicode_14
from sesmime.mime.fields import is_mbox_line
from sesmime.mime.kinds import begins_with_field, has_mail_field, has_mail_name, other_format
from sesmime.mime.mbox import FROM_LINE, begins_as_mbox

# How many octets tell what something is.
START: Final = 16_384
# AppleDouble (RFC 1740 appendix A): what macOS puts beside a file, `._name`, in archives and on other file systems.
_APPLE_DOUBLE: Final = b"\x00\x05\x16\x07"

_ARCHIVES: Final = (".gz", ".bz2", ".xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip", ".parquet")
_NEVER_EMPTY: Final = (".eml", ".emlx", *_ARCHIVES)
# What may hold mail and has no reader here: it is told, where a picture is left out.
_UNREAD: Final = frozenset(
    (
        *("a compressed file", "a Zstandard file", "an LZ4 file", "an lzip file", "a 7z archive", "a RAR archive"),
        *("a cabinet file", "a cpio archive", "an Outlook data file", "a TNEF file"),
    )
)
# The smallest archive, an empty bzip2 file, has 14 octets.
_SMALLEST: Final = 14

# Control and format characters (those that turn the direction of text are such), surrogates, line and paragraph ends.
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Kind(Enum):
    """What something holds."""

    MESSAGE = auto()
    MBOX = auto()
    EMLX = auto()
    COMPRESSED = auto()
    TAR = auto()
    ZIP = auto()
    PARQUET = auto()
    CUT_OFF = auto()
    UNREAD = auto()
    OTHER = auto()


class Member(NamedTuple):
    """Something that may be read as mail.

    `name` has its suffix, `id`, `source` and `offset` are those of the message that it may be. `is_message`: it is one
    whatever it holds, as a file of a Maildir is. `is_asked_for`: the user named it, so that something is said of it
    even if it is no mail.
    """

    name: str
    id: str
    source: str
    offset: int | None = None
    is_message: bool = False
    is_asked_for: bool = False


def kind_of(start: bytes, member: Member) -> Kind:
    """Tell what something holds. What has the name of a message is one, unless it is compressed."""
    name = member.name.lower()
    if 0 < len(start) < _SMALLEST and name.endswith(_ARCHIVES):
        return Kind.CUT_OFF
    if decompressor(start) is not None:
        return Kind.COMPRESSED
    if name.endswith(".emlx"):
        return Kind.EMLX
    if start.startswith(_APPLE_DOUBLE):
        return Kind.OTHER
    if member.is_message or is_named_message(name):
        return Kind.MESSAGE
    if is_tar(start) or (name.endswith(".tar") and start and not begins_with_field(start)):
        return Kind.TAR
    if is_zip(start):
        return Kind.ZIP
    if start.startswith(b"PAR1"):
        return Kind.PARQUET
    if not start and is_told_if_empty(name):
        return Kind.MESSAGE
    is_box = member.is_asked_for or name.endswith((".mbox", ".mbx"))
    if begins_as_mbox(start) or (is_box and is_mbox_line(start[:FROM_LINE])):
        return Kind.MBOX
    other = other_format(start)
    if other is not None:
        return Kind.UNREAD if other in _UNREAD or (name.endswith(".msg") and "OLE" in other) else Kind.OTHER
    is_mail = has_mail_name(name) or (begins_with_field(start) and has_mail_field(start))
    return Kind.MESSAGE if is_mail else Kind.OTHER


def is_told_if_empty(name: str) -> bool:
    """Tell whether something should not be empty by its name: a message, as SES names its objects, or an archive.

    >>> is_told_if_empty("inbound/o3vrnil0e2ic28trm7df"), is_told_if_empty("mail.tgz"), is_told_if_empty("drafts.mbox")
    (True, True, False)
    """
    return "." not in os.path.basename(name) or name.endswith(_NEVER_EMPTY)


def is_named_message(name: str) -> bool:
    """Tell whether something is a message by its name, whatever it holds: *.eml, and what stands in a Maildir.

    >>> is_named_message("a.EML"), is_named_message("box/cur/1:2,S"), is_named_message("a.mbox")
    (True, True, False)
    """
    return name.lower().endswith(".eml") or os.path.basename(os.path.dirname(name)) in ("cur", "new")


def shown(name: str) -> str:
    r"""Return a name as any row can hold it: octets that are no UTF-8 and invisible characters are written out.

    >>> shown("caf\udce9\n.eml")
    'caf\\udce9\\n.eml'
    """
    if name.isprintable():
        return name
    seen = zip(name, masked_by_unicode_14(name), strict=True)
    return "".join(
        one.encode("unicode_escape").decode("ascii") if category(known) in _INVISIBLE else one for one, known in seen
    )


# What is told of what cannot be read


def failed(member: Member, reason: str) -> Stored:
    """Return what is told of a member, by a reason that follows its name."""
    return Stored(member.id, member.source, member.offset, b"", f"{member.id} {reason}")


def unreadable(member: Member, error: OSError | BrokenArchive) -> Stored:
    """Return what is told of a member that cannot be read."""
    reason = f"cannot be read: {error_text(error)}" if isinstance(error, OSError) else str(error)
    return failed(member, reason)


def too_large(max_size: int) -> str:
    return f"has more than {max_size:,} octets"
