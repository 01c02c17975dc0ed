"""Reading messages and writing results: files, standard input and output, and what is wrong with them.

What cannot be read or written is told in one sentence, as CommandError. Output for people, and anything at all that
goes to a terminal, holds no control character of a message.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

from sesmime.cli.terminal import encodable, printable, tell

_PIECE = 1 << 20
# A read from a pipe is told of on a terminal once it has taken so many seconds, and then as often.
_PATIENCE = 1.0


class CommandError(Exception):
    """What a command cannot do, in one sentence for people; the command ends with exit code 2."""


def add_message(parser: argparse._ActionsContainer) -> None:
    """Add the message to read."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a raw message; standard input if absent or -")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where to write, and whether to tell of it."""
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write; standard output if absent or -")
    parser.add_argument("-q", "--quiet", action="store_true", help="no account of it on standard error")


def shown_name(name: str | None) -> str:
    """Return a message's name as people read it."""
    return "<stdin>" if _is_standard(name) else str(name)


def _told_name(name: str | None) -> str:
    return "standard input" if _is_standard(name) else name or "''"


def _is_standard(name: str | None) -> bool:
    return name is None or name == "-"


# Reading


def read_message(name: str | None) -> bytes:
    """Read a message from a file, or from standard input for None and "-".

    Raises CommandError for what cannot be read, is empty, or is no message at all but a binary file.
    """
    with open_message(name) as stream:
        data = b"".join(read_pieces(stream, name, _PIECE if _is_watched() else -1))
    refuse_no_message(data, name)
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
        raise CommandError(f"{name} is a folder; give the file of one message") from None
    except OSError as error:
        raise CommandError(f"{_told_name(name)} cannot be read: {error.strerror}") from None
    with stream:
        yield stream


def read_pieces(stream: BinaryIO, name: str | None, most: int = _PIECE) -> Iterator[bytes]:
    """Read a stream in pieces of at most so many bytes, and tell on a terminal how far it is where that takes long."""
    size, told, line = 0, time.monotonic(), ""
    try:
        while piece := stream.read(most):
            yield piece
            size += len(piece)
            if _is_watched() and time.monotonic() - told >= _PATIENCE:
                told = time.monotonic()
                line = f"{size / 1e6:,.0f} MB read"
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
    except OSError as error:
        raise CommandError(f"{_told_name(name)} cannot be read: {error.strerror}") from None
    finally:
        if line:
            print("\r" + " " * len(line) + "\r", end="", file=sys.stderr, flush=True)


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def refuse_no_message(data: bytes, name: str | None) -> None:
    """Raise CommandError for what is no message, however broken: nothing, UTF-16 text, a binary file."""
    what = _told_name(name)
    if not data:
        raise CommandError(f"{what} is empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CommandError(f"{what} is UTF-16 text; a message is bytes as they are sent, so save it without conversion")
    if b"\0" in data[:8192] and missing_header_section(data[:65536]):
        raise CommandError(f"{what} is a binary file, no message")


def missing_header_section(message: bytes) -> str | None:
    """Say why a message has no header section; None if it has a field (RFC 5322 section 2.1).

    >>> missing_header_section(b"Hello") , missing_header_section(b"Subject: Hello")
    ('line 1 is no field', None)
    """
    from sesmime.mime.fields import parse_header_section
    from sesmime.mime.grammar import FIELD_NAME

    if message.startswith((b"\n", b"\r\n")):
        return "line 1 is empty, so that all after it is body"
    if any(FIELD_NAME.fullmatch(field.name) for field in parse_header_section(message)):
        return None
    return "line 1 is no field"


# Writing


def write_output(data: bytes | Iterable[bytes | memoryview], name: str | None) -> None:
    """Write to standard output (None and "-"), or to a file that is whole or not there.

    A terminal gets the text with its control characters escaped.
    """
    pieces: Iterable[bytes | memoryview] = [data] if isinstance(data, bytes) else data
    if _is_standard(name) and sys.stdout is not None and sys.stdout.isatty():
        text = b"".join(pieces).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        write_lines(text.removesuffix("\n").split("\n"))
        return
    with _output(name) as stream:
        for piece in pieces:
            stream.write(piece)


def write_lines(lines: Iterable[str]) -> None:
    """Write text for people to standard output: no control gets through, and what its encoding lacks is escaped."""
    text = "".join(["\t".join([printable(cell) for cell in line.split("\t")]) + "\n" for line in lines])
    with _output(None) as stream:
        stream.write(encodable(text, sys.stdout.encoding))


def refuse_output(name: str | None) -> None:
    """Raise CommandError for an output that cannot be written, before any work is done for it."""
    if _is_standard(name):
        if sys.stdout is None:
            raise CommandError("there is no standard output")
        return
    folder, file = os.path.split(str(name))
    if os.path.isdir(str(name)):
        raise CommandError(f"{name} is a folder; give a file to write")
    if folder and not os.path.isdir(folder):
        raise CommandError(f"{name} cannot be written: there is no folder {folder}")
    if not file:
        raise CommandError("'' cannot be written: it names no file")


@contextlib.contextmanager
def _output(name: str | None) -> Iterator[BinaryIO]:
    refuse_output(name)
    if _is_standard(name):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = os.path.realpath(str(name))
    if os.path.exists(target) and not os.access(target, os.W_OK):
        # Renamed onto, a file that its owner has made read-only would be replaced all the same.
        raise CommandError(f"{name} cannot be written: it is read-only")
    try:
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb") as stream:  # a device or a pipe, which cannot be renamed onto
                yield stream
        else:
            with _beside(target) as stream:
                yield stream
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def _beside(target: str) -> Iterator[BinaryIO]:
    """Return a new file beside `target`, renamed onto it in the end and removed if anything goes wrong."""
    temporary = os.path.join(os.path.dirname(target), f".sesmime-{os.urandom(6).hex()}")
    mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else None
    with open(temporary, "xb", opener=partial(os.open, mode=0o666 if mode is None else mode)) as stream:
        try:
            if mode is not None:
                os.chmod(temporary, mode)  # whatever the umask
            yield stream
            stream.close()
            os.replace(temporary, target)
        except BaseException:
            stream.close()
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
