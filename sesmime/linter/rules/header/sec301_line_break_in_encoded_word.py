"""SEC301."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fields_with_words,
    quoted,
    rewritten,
    rule,
    span_in_body,
)

# What ends a line to some program, or a string, and the other controls but TAB. NEL is left out: it is what comes of
# Windows' ellipsis where a text is said to be ISO-8859-1.
_BREAK: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")


@rule(
    "SEC301",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://github.com/python/cpython/issues/121650",
    stage=Stage.SYNTAX,
    order=160,
    triggers=(":encoded-word",),
)
def line_break_in_encoded_word(outgoing: Outgoing) -> Iterator[Fault]:
    """An encoded word contains a line break, a NUL or another control character.

    A program that decodes the field and writes it again writes a new line, that is, a field chosen by an attacker,
    such as Bcc. Python's email did so (CVE-2024-6923).
    """
    for part, field, _, words in outgoing.once(fields_with_words):
        for word, decoded in words:
            character = _BREAK.search(decoded)
            if character is not None:
                yield Fault(
                    f"an encoded word in {quoted(field.name, 60)} contains the control character"
                    f" U+{ord(character[0]):04X}",
                    span_in_body(field, word.start(), word.end()),
                    part,
                    fix=Fix(
                        "write the text again with a space in its place",
                        partial(rewritten, field, instead=_BREAK),
                    ),
                )
                break
