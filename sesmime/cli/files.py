"""Reading messages and writing results: files, standard input and output, and what is wrong with them.

What cannot be read or written is told in one sentence, as CommandError. Output for people, and anything at all that
goes to a terminal, holds no control character of a message.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from sesmime.cli.kinds import why_no_mail
from sesmime.cli.replacing import NotReplaced, beside, refuse_read_only, replace_message
from sesmime.cli.terminal import encodable, note_people, printable, redacted, tell
from sesmime.mime.kinds import why_no_message

_PIECE = 1 << 20
# A read from a pipe is told of on a terminal once it has taken so many seconds, and then as often.
_PATIENCE = 1.0
# Names of what the process has open already; bash makes `>(command)` one of them.
_DESCRIPTOR = re.compile(r"/dev/stderr|(?:/dev/fd|/proc/self/fd)/([0-9]{1,9})")


class CommandError(Exception):
    """What a command cannot do, in one sentence for people; the command ends with exit code 2."""


def add_message(parser: argparse._ActionsContainer) -> None:
    """Add the message to read."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a raw message (default, or with -: standard input)")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where to write, and whether to tell of it."""
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default, or with -: standard output)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary on standard error")


def shown_name(name: str | None) -> str:
    """Return a message's name as people read it."""
    return "<stdin>" if _is_standard(name) else str(name)


def told_name(name: str | None) -> str:
    return "standard input" if _is_standard(name) else name or "''"


def _is_standard(name: str | None) -> bool:
    return name is None or name == "-"


def _is_standard_output(name: str | None) -> bool:
    return name is None or name in ("-", "/dev/stdout")


# Reading


def read_message(name: str | None, *, is_noted: bool = True) -> bytes:
    """Read a message from a file, or from standard input for None and "-"; `--redact` hides whom it names.

    One that is not noted is one of many, each with its own names.

    Raises CommandError for what cannot be read, is empty, or is no message at all but a binary file.
    """
    with open_message(name) as stream:
        data = b"".join(read_pieces(stream, name, _PIECE if _is_watched() or not _is_regular(stream) else -1))
    refuse_no_message(data, name)
    if is_noted:
        note_people(data)
    return data


@contextlib.contextmanager
def open_message(name: str | None) -> Iterator[BinaryIO]:
    """Open a file, or standard input, to read bytes from."""
    if _is_standard(name):
        if sys.stdin is None:
            raise CommandError("there is no standard input; give a file")
        if sys.stdin.isatty():
            tell("reading a message from the terminal; end it with Ctrl-D")
        yield sys.stdin.buffer
        return
    try:
        stream = open(str(name), "rb")  # noqa: SIM115, what the caller does with it is no matter of this `try`
    except IsADirectoryError:
        raise CommandError(f"{name} is a folder; give a file with one message") from None
    except OSError as error:
        raise CommandError(f"{told_name(name)} cannot be read: {error.strerror}") from None
    with stream:
        yield stream


def read_pieces(stream: BinaryIO, name: str | None, most: int = _PIECE) -> Iterator[bytes]:
    """Read a stream in pieces of at most so many bytes, and tell on a terminal how far it is where that takes long."""
    size, told, line = 0, time.monotonic(), ""
    try:
        while piece := _read_once(stream, most):
            yield piece
            size += len(piece)
            if _is_watched() and time.monotonic() - told >= _PATIENCE:
                told = time.monotonic()
                line = f"{size / 1e6:,.0f} MB read"
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
    except OSError as error:
        raise CommandError(f"{told_name(name)} cannot be read: {error.strerror}") from None
    finally:
        if line:
            print("\r" + " " * len(line) + "\r", end="", file=sys.stderr, flush=True)


def _read_once(stream: BinaryIO, most: int) -> bytes:
    """Read what one call gives: asked for more, Python's stream would wait for it, deaf to a signal that has come."""
    if most < 0 or not isinstance(stream, io.BufferedReader):
        return stream.read(most)
    return stream.read1(most)


def _is_regular(stream: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def refuse_no_message(data: bytes, name: str | None) -> None:
    """Raise CommandError for what is no message, however broken: nothing, UTF-16 text, a binary file."""
    reason = why_no_message(data)
    if reason is not None:
        raise CommandError(f"{told_name(name)} {reason}")


# Writing


def write_output(data: bytes | Iterable[bytes | memoryview], name: str | None) -> None:
    """Write to standard output (None and "-"), or to a file that is whole or not there.

    A terminal gets the text with its control characters escaped.
    """
    pieces: Iterable[bytes | memoryview] = [data] if isinstance(data, bytes) else data
    if _is_standard_output(name) and sys.stdout is not None and sys.stdout.isatty():
        text = b"".join(pieces).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        write_painted(map(printable_line, text.removesuffix("\n").split("\n")))
        return
    with open_output(name) as stream:
        for piece in pieces:
            stream.write(piece)


def write_fixed(message: bytes, old: bytes, name: str) -> None:
    """Write a fixed message to the file it was read from, which held `old`.

    Raises CommandError, with the file untouched, for what is no mail, is read-only, is a link, has changed since.
    """
    reason = why_no_mail(old, name)
    if reason is not None:
        raise CommandError(f"{name} is not fixed: {reason}")
    try:
        replace_message(name, old, message)
    except NotReplaced as error:
        raise CommandError(f"{name} {error}") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from None


def write_lines(lines: Iterable[str]) -> None:
    """Write text for people to standard output: no control gets through, and what its encoding lacks is escaped."""
    write_painted(printable_line(redacted(line)) for line in lines)


def printable_line(line: str) -> str:
    r"""Return a line with every control escaped except tabs.

    >>> printable_line("a\tb\x1b[31m")
    'a\tb\\x1b[31m'
    """
    return "\t".join([printable(cell) for cell in line.split("\t")])


def write_painted(lines: Iterable[str]) -> None:
    """Write lines that may have colours, and whose text is printable, to standard output."""
    text = "".join([line + "\n" for line in lines])
    with open_output(None) as stream:
        stream.write(encodable(text, sys.stdout.encoding))


def refuse_output(name: str | None) -> None:
    """Raise CommandError for an output that cannot be written, before any work is done for it."""
    if _is_standard_output(name):
        if sys.stdout is None:
            raise CommandError("there is no standard output")
        return
    folder, file = os.path.split(str(name))
    if os.path.isdir(str(name)):
        raise CommandError(f"{name} is a folder, not a file")
    if folder and not os.path.isdir(folder):
        raise CommandError(f"{name} cannot be written: there is no folder {folder}")
    if not file:
        raise CommandError("'' is not a file name; give the file to write")


@contextlib.contextmanager
def open_output(name: str | None) -> Iterator[BinaryIO]:
    """Open standard output (None and "-"), or a file that is whole or not there, to write bytes to."""
    refuse_output(name)
    if _is_standard_output(name):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _opened(str(name)) as stream:
            yield stream
    except NotReplaced as error:
        raise CommandError(f"{name} {error}") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from None


def _opened(name: str) -> contextlib.AbstractContextManager[BinaryIO]:
    descriptor = _DESCRIPTOR.fullmatch(name)
    if descriptor is not None:
        # Opened by its name, a file that the shell has opened would be emptied, and written from its beginning.
        return open(os.dup(2 if descriptor[1] is None else int(descriptor[1])), "wb")
    if not os.path.exists(name):
        return beside(os.path.realpath(name))
    mode = os.stat(name).st_mode
    # Renamed onto, a file that its owner has made read-only would be replaced all the same.
    refuse_read_only(name, mode)
    if not stat.S_ISREG(mode):
        return open(name, "wb")  # a device or a pipe, which cannot be renamed onto
    return beside(os.path.realpath(name))
