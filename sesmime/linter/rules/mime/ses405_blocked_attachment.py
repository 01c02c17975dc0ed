"""SES405."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    FileName,
    Fix,
    Outgoing,
    Severity,
    Stage,
    file_name_place,
    named_parts,
    quoted,
    rule,
    safe_name,
)
from sesmime.ses.pages import ATTACHMENTS
from sesmime.ses.quotas import BLOCKED_SUFFIXES

_USUAL_SUFFIX: Final = re.compile(r".*\.([0-9A-Za-z]+)")


@rule(
    "SES405",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=ATTACHMENTS,
    stage=Stage.MIME,
    order=70,
    triggers=(":odd-file-name",),
)
def blocked_attachment(outgoing: Outgoing) -> Iterator[Fault]:
    """An attachment has a file name of a type that SES does not accept.

    SES has a list of suffixes of programs, scripts and shortcuts. It is not documented which names SES checks or
    what its error text is; this rule checks every name, in every way that mail readers may read it, and in attached
    messages too.
    """
    for part, names in outgoing.once(named_parts):
        for name in names:
            suffix = _blocked_suffix(name)
            if suffix:
                yield Fault(
                    f"the file name {quoted(name.text, 80)} ends in .{suffix}, which SES does not accept",
                    file_name_place(part, name),
                    part,
                    rejection=UNKNOWN_TEXT,
                    fix=Fix("send the file in an archive, or send a link to it"),
                )
                break


def _blocked_suffix(name: FileName) -> str:
    """Return the suffix of a name that SES does not take, "" if it takes the name."""
    if name.is_plain:
        suffix = name.text.rpartition(".")[2].lower() if "." in name.text else ""
        return suffix if suffix in BLOCKED_SUFFIXES else ""
    for reading in name.readings:
        # What some readers cut off, leave out or trim does not hide it.
        for text in dict.fromkeys((reading, reading.partition("\0")[0])):
            seen = _USUAL_SUFFIX.fullmatch(safe_name(text) or "")
            if seen is not None and seen[1].lower() in BLOCKED_SUFFIXES:
                return seen[1].lower()
    return ""
