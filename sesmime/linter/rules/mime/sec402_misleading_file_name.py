"""SEC402."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    FileName,
    Outgoing,
    Severity,
    Stage,
    file_name_place,
    is_printable,
    named_parts,
    quoted,
    renaming,
    rule,
    safe_name,
)

# What is wrong with a name, the first that fits.
_FAULTS: Final = (
    ("a bidirectional control", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("a control character", re.compile("[\0-\x1f\x7f-\x9f]")),
    (
        "an invisible character",
        re.compile(
            "[\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2064\u206a-\u206f\u2800"
            "\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
        ),
    ),
    ("a path", re.compile(r"[/\\]|\A[A-Za-z]:|\A\.\.?\Z")),
    # Some code pages turn them into these marks when the file is stored.
    (
        "a look-alike of the slash or colon of a path",
        re.compile("[\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff1a\uff3c]"),
    ),
    ("a look-alike of the dot before a suffix", re.compile(r"[\u2024\u3002\ufe52\uff0e\uff61][0-9A-Za-z]{1,5}\Z")),
    ("spaces before its suffix", re.compile(r"(?:[ \xa0\u2000-\u200a\u3000]){3}\.?[^ .\xa0\u2000-\u200a\u3000]+\Z")),
    ("dots or spaces at its end", re.compile(r"[. \xa0\u1680\u2000-\u200a\u2024\u202f\u205f\u3000\ufe52\uff0e]\Z")),
)
# What file systems take, in octets.
_MAX_NAME: Final = 255
# With these the names of the devices of Windows begin.
_DEVICES: Final = ("con", "prn", "aux", "nul", "clo", "com", "lpt")


@rule(
    "SEC402",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2183#section-5",
    stage=Stage.MIME,
    order=150,
    triggers=(":odd-file-name",),
)
def misleading_file_name(outgoing: Outgoing) -> Iterator[Fault]:
    """A file name looks different from what it is, or leads elsewhere.

    Bidirectional controls make `invoicefdp.exe` look as if it ended in pdf, spaces push the suffix out of sight,
    dots and spaces at the end vanish when the file is stored, and a path may write the file to another place. The
    name of a device (`NUL`, `COM1.txt`) is not a file on Windows.
    """
    for named in outgoing.once(named_parts):
        found = next(((name, what) for name in named.names if (what := _fault_of(name))), None)
        if found is None:
            continue
        name, what = found
        safe = {name: safe_name(name.text) or "" for name in named.names}
        fix = renaming(outgoing, named, safe, "use a safe file name")
        yield Fault(
            f"the file name {quoted(name.text, 80)} contains {what}",
            file_name_place(named.part, name),
            named.part,
            fix=fix,
        )


def _fault_of(name: FileName) -> str:
    """Say what is wrong with a name, "" if nothing is."""
    if not name.is_plain:
        for what, pattern in _FAULTS:
            found = next(filter(None, map(pattern.search, name.readings)), None)
            if found is not None:
                return what if is_printable(found[0]) else f"{what} (U+{ord(found[0][0]):04X})"
    if any(map(_is_device, name.readings)):
        return "the name of a Windows device"
    if any(len(reading.encode("utf-8", "surrogatepass")) > _MAX_NAME for reading in name.readings):
        return "more octets than a file name can have"
    return ""


def _is_device(name: str) -> bool:
    """Whether Windows takes a name for a device, with whatever suffix; one made harmless has `_` before it."""
    return name[:3].lower() in _DEVICES and safe_name(name) == f"_{name}"
