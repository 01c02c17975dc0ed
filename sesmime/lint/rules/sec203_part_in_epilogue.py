"""SEC203."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.fields import Span
from sesmime.lint.findings import Fix, Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.structure import boundary_of, multiparts
from sesmime.ses.settings import Evidence

# So much of an epilogue is looked at.
_MOST: Final = 1 << 16
_FIELD: Final = re.compile(rb"\nContent-(?:Type|Transfer-Encoding|Disposition)[ \t]*:", re.IGNORECASE)


@rule(
    "SEC203",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
)
def part_in_epilogue(outgoing: Outgoing) -> Iterator[Fault]:
    """What looks like a part stands after the closing delimiter line of a multipart.

    It is to be passed over; some readers show it as a part all the same, and what looks into messages for viruses may
    have passed over it.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for part in outgoing.once(multiparts):
        epilogue = part.entity.epilogue_span
        if epilogue is None or epilogue.stop - epilogue.start < 5:
            continue
        start = epilogue.start
        text = b"\n" + bytes(outgoing.source[start : min(epilogue.stop, start + _MOST)])
        place = text.find(b"\n--" + (boundary_of(part) or "").encode("utf-8", "surrogateescape"))
        if place < 0:
            field = _FIELD.search(text)
            place = -1 if field is None else field.start()
        if place >= 0:
            # The line end that was put before the text stands for the one at the place.
            end = text.find(b"\n", place + 1)
            stop = start + (end if end >= 0 else len(text)) - 1
            yield Fault(
                "what looks like a part, after the closing delimiter line",
                Span(start + place, max(stop, start + place)),
                part,
                fix=Fix("put it before the closing delimiter line, or leave it out"),
            )
