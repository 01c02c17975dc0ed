"""Archives that tests make: of messages in every container, whole and broken."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from typing import Final

from sesmime.archive import Stored

MAIL: Final = b"From: a@b.example\nSubject: Hi\n\nHello\n"
BOX: Final = (
    b"From a@b.example Mon Jan  1 00:00:00 2024\n" + MAIL + b"\nFrom c@d.example Tue Jan  2 00:00:00 2024\n" + MAIL
)
# Where the second message of the box has its "From " line.
SECOND: Final = BOX.index(b"From c")


def mail(number: int, size: int = 0) -> bytes:
    """Return a message that is like no other, of about so many octets."""
    return b"From: a@b.example\r\nSubject: %d\r\n\r\n" % number + b"%09d\r\n" % number * (size // 11)


def tar(files: Iterable[tuple[str, bytes]], *, form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def zipped(files: Iterable[tuple[str, bytes]], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return made.getvalue()


COMPRESSED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def relative(found: Iterable[Stored], prefix: str) -> list[tuple[str, bytes | str]]:
    """Return the ids without what they all begin with, each with its message or the error without its id."""
    return [
        (
            one.id.removeprefix(prefix),
            one.message if one.error is None else one.error.removeprefix(one.id).strip(),
        )
        for one in found
    ]
