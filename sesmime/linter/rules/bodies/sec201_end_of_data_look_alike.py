"""SEC201."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Severity, Span, Stage, part_at, rule

# A dot between line ends, of which at least one is no CRLF, or beside which a NUL stands that a server may drop. An
# exact CRLF on both sides is no fault: who sends doubles the dot.
_DOT: Final = rb"\.(?:(?<=[\r\n]\.)|(?<=[\r\n]\0\.))(?=\0?[\r\n])"
_LOOK_ALIKE: Final = re.compile(_DOT + rb"(?!(?<=\r\n\.)\r\n)")
# Where lines end with LF, who sends makes CRLF of it.
_LOOK_ALIKE_IN_LF: Final = re.compile(_DOT + rb"(?!(?<=\n\.)\r?\n)")


@rule(
    "SEC201",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source="https://www.postfix.org/smtp-smuggling.html",
    stage=Stage.MIME,
    order=110,
    triggers=(":mixed-line-ends", ":nul"),
)
def end_of_data_look_alike(outgoing: Outgoing) -> Iterator[Fault]:
    """A line contains only a dot, and its line endings are not both CRLF.

    A server that accepts a bare LF or CR as a line ending takes it for the end of the message (SMTP smuggling,
    CVE-2023-51764): it reads the text after it as commands and sends a mail that the sender's domain never sent.
    RFC 5321 section 4.1.1.4 forbids that. In a message whose lines all end with LF, an LF stands for CRLF and is sent
    as CRLF. NULs next to the dot are ignored, because servers drop them.
    """
    if not (outgoing.is_mixed or outgoing.lines.lone_crs or outgoing.has_nul):
        return
    source = outgoing.source
    # One CRLF anywhere, and nothing makes CRLFs of the LFs.
    look_alike = _LOOK_ALIKE if outgoing.has_crlf else _LOOK_ALIKE_IN_LF
    ending = b"\r\n" if outgoing.has_crlf else outgoing.ending
    for found in look_alike.finditer(source, outgoing.body_start):
        base = max(found.start() - 3, 0)
        start, stop = _ends(bytes(source[base : found.end() + 3]), base, found.start())
        yield Fault(
            "a line with only a dot, next to a NUL or a bare CR or LF: servers may take it for the end of the message",
            Span(start, stop),
            part_at(outgoing, found.start()),
            fix=Fix("end these lines with CRLF", [Edit(Span(start, stop), ending + b"." + ending)]),
        )


def _ends(around: bytes, base: int, dot: int) -> tuple[int, int]:
    """Return where the line end before a dot begins, and where the one after it ends, with the NULs between."""
    before, after = around[: dot - base], around[dot - base + 1 :]
    text = before.rstrip(b"\0")
    start = base + len(text) - (2 if text.endswith(b"\r\n") else 1)
    text = after.lstrip(b"\0")
    stop = dot + 1 + len(after) - len(text) + (2 if text.startswith(b"\r\n") else 1)
    return start, stop
