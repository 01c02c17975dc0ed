"""SEC402."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.content import safe_name
from sesmime.errors import quoted
from sesmime.lint.findings import Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.file_names import named_parts, place_of, renaming
from sesmime.ses.settings import Evidence

# What is wrong with a name, the first that fits.
_FAULTS: Final = (
    ("controls of the direction of writing", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("control characters", re.compile("[\0-\x1f\x7f-\x9f]")),
    (
        "characters that show nothing",
        re.compile("[\xad\u200b-\u200d\u2028\u2029\u2060-\u2064\ufeff\U000e0000-\U000e0fff]"),
    ),
    ("a path", re.compile(r"[/\\]|\A[A-Za-z]:|\A\.\.?\Z")),
    ("blanks before its suffix", re.compile(r"(?:[ \xa0\u2000-\u200a\u3000]){3}\.?[^ .\xa0\u2000-\u200a\u3000]+\Z")),
    ("dots or blanks at its end", re.compile(r"[. \xa0]\Z")),
)


@rule(
    "SEC402",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2183#section-5",
)
def misleading_file_name(outgoing: Outgoing) -> Iterator[Fault]:
    """A file name is not what the reader sees, or leads elsewhere.

    Controls of direction show `invoicefdp.exe` as if it ended in pdf, blanks push the suffix out of sight, dots and
    blanks at the end vanish when the file is stored, and a path may write the file where it does not belong.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for named in outgoing.once(named_parts):
        found = next(
            (
                (name, what)
                for name in named.names
                if not name.is_plain
                for what, pattern in _FAULTS
                for reading in name.readings
                if pattern.search(reading)
            ),
            None,
        )
        if found is None:
            continue
        name, what = found
        safe = {name: safe_name(name.text) or "" for name in named.names}
        fix = renaming(outgoing, named, safe, "write a harmless name")
        yield Fault(
            f"the file name {quoted(name.text, 80)} holds {what}", place_of(named.part, name), named.part, fix=fix
        )
