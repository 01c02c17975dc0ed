"""SES009."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from sesmime.linter.kit import (
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Part,
    Severity,
    Span,
    Stage,
    fold_case,
    is_text,
    rule,
)

# A line end as programming languages write it in a string; escaped more than once it has more backslashes.
_LINE_END: Final = re.compile(rb"(?<!\\)(?:\\++r\\++n|\\++[nr])++")
# What tells that it stands for a line end: a field after it, a delimiter line, nothing at all, or that it is doubled.
_NAME: Final = re.compile(
    rb"(?i)(?:(?:resent-)?(?:from|to|cc|bcc|sender|date|message-id)|subject|reply-to|return-path|in-reply-to|references"
    rb"|mime-version|content-[a-z-]{1,30}|list-[a-z-]{1,20}|x-[!-9;-~]{1,70})(?=[ \t]{0,9}:)"
)
_DELIMITER: Final = re.compile(rb"--[!-~]")
_ONE: Final = re.compile(rb"\\++r\\++n|\\++[nr]")
_DOUBLE: Final = re.compile(rb"(?:\\++r\\++n){2}|(?:\\++n){2}|(?:\\++r){2}")
_NUMBERS: Final = {2: "two", 4: "four"}
_NOTHING: Final = re.compile(rb"[ \t\r\n\"']*+\Z")


@rule(
    "SES009",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source="https://github.com/aws/aws-sdk-ruby/issues/1526",
    stage=Stage.SYNTAX,
    order=95,
    triggers=(":literal-line-end",),
)
def literal_line_end(outgoing: Outgoing) -> Iterator[Fault]:
    r"""A header section contains `\n` or `\r\n` as characters, a backslash and a letter, where a line should end.

    The message was written in a notation that does not know these escapes, such as single quotes in Ruby, PHP or a
    shell, or was escaped twice. What should be several fields is one: SES reports that To is missing or that the
    address in From is malformed, and readers see one long field.
    """
    for part in outgoing.screening.literal_line_ends:
        # What is made of a line with one in it is a matter of all that follows: one place in a field is enough.
        for field in part.section.fields:
            found = next(_line_ends(field, part), None)
            if found is not None:
                yield _fault(outgoing, field, part, found)


def _line_ends(field: Field, part: Part) -> Iterator[re.Match[bytes]]:
    raw = field.raw
    if b"\\n" not in raw and b"\\r" not in raw:
        return
    # In a text it may be what is written about: there it must hide a field that the message lacks.
    is_free = is_text(field)
    for found in _LINE_END.finditer(raw, raw.find(b":") + 1):
        name = _NAME.match(raw, found.end())
        if name is not None:
            if not is_free or fold_case(name[0].decode("ascii")) not in part.names:
                yield found
        elif not is_free and (
            _DOUBLE.match(found[0]) or _NOTHING.match(raw, found.end()) or _DELIMITER.match(raw, found.end())
        ):
            yield found


def _fault(outgoing: Outgoing, field: Field, part: Part, found: re.Match[bytes]) -> Fault:
    literal = found[0].decode("ascii")
    number = _NUMBERS.get(len(literal), str(len(literal)))
    return Fault(
        f"the line contains {literal[:40]} as {number} characters instead of a line ending",
        Span(field.span.start + found.start(), field.span.start + found.end()),
        part,
        fix=Fix(
            "end the line with CR and LF instead of a backslash and a letter", partial(_edits, outgoing, field, part)
        ),
    )


def _edits(outgoing: Outgoing, field: Field, part: Part) -> list[Edit]:
    """Return the edits that end the lines of a field; at its end, where a line ends anyway, the characters go."""
    raw, start = field.raw, field.span.start
    found = list(_line_ends(field, part))
    if any(_NAME.match(raw, one.end()) for one in found):
        # Where one is a line end all are: what follows the last field is the body.
        found = list(_LINE_END.finditer(raw, raw.find(b":") + 1))
    edits = []
    for one in found:
        is_last = raw.endswith(b"\n") and _NOTHING.match(raw, one.end()) is not None
        count = 0 if is_last else len(_ONE.findall(one[0]))
        edits.append(Edit(Span(start + one.start(), start + one.end()), outgoing.ending * count))
    return edits
