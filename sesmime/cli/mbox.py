"""The messages of an mbox file with the places that findings are told at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sesmime.linter.output import Place
from sesmime.mime.mbox import divide_mbox


def split_mbox(pieces: Iterable[bytes]) -> Iterator[tuple[Place, bytes]]:
    r"""Return the messages of an mbox file, each with its place, byte for byte as they stand in it.

    >>> list(split_mbox([b"From a\nA: b\n\nc\n\nFrom b\nD: e\n"]))
    [(Place(offset=7, line=2), b'A: b\n\nc\n'), (Place(offset=23, line=7), b'D: e\n')]
    """
    for one in divide_mbox(pieces, has_lines=True):
        yield Place(one.offset, one.line), one.message or b""
