"""Text for people: what of it may be printed, how wide it is, in which colours, and standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TextIO

from sesmime.errors import printable as printable
from sesmime.errors import quoted

if TYPE_CHECKING:
    from sesmime.linter.output.people import People

# Columns where there is no terminal to ask, and the most that are used on a wide one.
_COLUMNS = 80
_MOST_COLUMNS = 100
# What `--color` takes.
COLOURS: Final = ("auto", "always", "never")
_COLOUR: Final = ContextVar("colour", default="auto")
# Whom `--redact` hides: those named in what the command has read; None where it was not given.
_REDACTED: Final = ContextVar["People | None"]("redacted", default=None)
# Colours and weights by the role of a text (SGR codes, ECMA-48 section 8.3.117).
SGR = {
    "error": "31",
    "warning": "33",
    "info": "36",
    "strong": "1",
    "frame": "34",
    "removed": "31",
    "added": "32",
}


def shown(text: str, limit: int = 160) -> str:
    """Return text of a message as it may be printed, cut to a limit; backslashes doubled, so that all is plain."""
    return quoted(redacted(text), limit)[1:-1]


def counted(count: int, word: str) -> str:
    """Return a number and its word.

    >>> counted(1, "error"), counted(2, "field")
    ('1 error', '2 fields')
    """
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def encodable(text: str, encoding: str | None) -> bytes:
    r"""Return text in an encoding, what that lacks escaped.

    >>> encodable("caf\xe9", "ascii")
    b'caf\\xe9'
    """
    return text.encode(encoding or "utf-8", "backslashreplace")


def tell(text: str, *, coloured: tuple[str, str] | None = None) -> None:
    """Write a line to standard error; `coloured` is a word of it and an SGR code, used where colours are wanted.

    Whoever has closed standard error does not want to be told.
    """
    stream = sys.stderr
    if stream is None:
        return
    line = encodable(printable(redacted(text)), stream.encoding).decode(stream.encoding or "utf-8")
    if coloured is not None and wants_colour(stream):
        word, code = coloured
        line = line.replace(word, f"\x1b[{code}m{word}\x1b[0m", 1)
    with contextlib.suppress(OSError):
        print(line, file=stream, flush=True)


def painted(text: str, role: str) -> str:
    r"""Return text in the colour of its role, for a terminal that wants colours.

    >>> painted("error", "error")
    '\x1b[31merror\x1b[0m'
    """
    return f"\x1b[{SGR[role]}m{text}\x1b[0m" if text else text


def wants_colour(stream: TextIO) -> bool:
    """Whether colours may be written: what `--color` says, else NO_COLOR (https://no-color.org), else FORCE_COLOR.

    Without them a terminal has colours unless TERM=dumb.
    """
    said = _COLOUR.get()
    if said != "auto":
        return said == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def colours(said: str) -> Iterator[None]:
    """Let `wants_colour` answer as `--color` says, one of COLOURS, while a command runs."""
    token = _COLOUR.set(said)
    try:
        yield
    finally:
        _COLOUR.reset(token)


@contextlib.contextmanager
def redaction(is_wanted: bool) -> Iterator[None]:
    """Let no address and no name out, as `--redact` says, while a command runs; its product is let out as it is."""
    people = None
    if is_wanted:
        from sesmime.linter.output.people import People  # few need it

        people = People()
    token = _REDACTED.set(people)
    try:
        yield
    finally:
        _REDACTED.reset(token)


def redacts() -> bool:
    """Whether `--redact` was given."""
    return _REDACTED.get() is not None


def people() -> People | None:
    """Return those that `--redact` hides, None where it was not given."""
    return _REDACTED.get()


def note_people(value: Any) -> None:
    """Have `--redact` hide who is named in a message (bytes), an address list (str) or a value of JSON."""
    people = _REDACTED.get()
    if people is not None:
        people.note(value)


def redacted(value: Any) -> Any:
    """Return a text, or a value of JSON, as it may be told: without addresses and names where `--redact` was given."""
    people = _REDACTED.get()
    if people is None:
        return value
    from sesmime.linter.output.redacting import redacted_value  # few need it

    return redacted_value(value, people=people)


def columns(stream: TextIO | None) -> int:
    """Return the width to write to: the terminal's, within reason; 80 where there is none."""
    if stream is None or not stream.isatty():
        return _COLUMNS
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _COLUMNS
    return min(found, _MOST_COLUMNS) if found > 40 else _COLUMNS


def wrapped(text: str, width: int) -> list[str]:
    """Break text at blanks into lines of at most `width` characters; a longer word has a line of its own.

    >>> wrapped("a bc def", 4)
    ['a bc', 'def']
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def rows(pairs: Iterable[tuple[str, str]], width: int, *, indent: int = 2) -> list[str]:
    """Set pairs of a label and a text in two columns, the texts wrapped; an empty label goes on with the one above.

    >>> rows([("a", "one two"), ("", "three"), ("bcd", "four")], 12)
    ['  a    one', '       two', '       three', '  bcd  four']
    """
    pairs = list(pairs)
    margin = indent + max((len(label) for label, _ in pairs), default=0) + 2
    lines: list[str] = []
    for label, text in pairs:
        lead = " " * indent + label
        for line in wrapped(text, width - margin):
            lines.append(f"{lead:{margin}}{line}".rstrip())
            lead = ""
    return lines
