"""The texts that SES answers with, each with its causes in the order in which people met them.

Most are texts of JavaMail 1.4.7, whose strict parser SES is taken to use; texts that users quote of SES itself, and
those that AWS documents, stand beside. SES ends its own with a full stop and JavaMail does not, and what quotes a text
changes its quotes: so a text is found by its beginning.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sesmime.linter.answers.texts.access import ACCESS_TEXTS, COMMON_ERRORS
from sesmime.linter.answers.texts.addresses import ADDRESS_TEXTS
from sesmime.linter.answers.texts.header import HEADER_TEXTS
from sesmime.linter.answers.texts.mime import MIME_TEXTS
from sesmime.linter.answers.texts.parameters import PARAMETER_TEXTS
from sesmime.linter.answers.texts.service import ACCOUNT_TEXTS, CARRIERS, SETTING_TEXTS
from sesmime.linter.answers.texts.text import KnownText, plain

__all__ = ["KNOWN_TEXTS", "FoundText", "KnownText", "find_texts"]

KNOWN_TEXTS: Final = (
    *HEADER_TEXTS,
    *MIME_TEXTS,
    *ADDRESS_TEXTS,
    *PARAMETER_TEXTS,
    *SETTING_TEXTS,
    *ACCOUNT_TEXTS,
    *ACCESS_TEXTS,
    *CARRIERS,
    *COMMON_ERRORS,
)


class FoundText(NamedTuple):
    """A known text that was found, with the part of it that changes ("" for none), in small letters."""

    known: KnownText
    value: str


def find_texts(text: str) -> tuple[FoundText, ...]:
    """Return the known texts in a text, in the order of their places; a carrier only where there is nothing else.

    Of texts at one place the longest counts. Takes linear time: of long texts the beginning and the end are read.

    >>> [found.known.title for found in find_texts("554 Transaction failed: duplicate header `Subject`")]
    ["Duplicate header 'X'."]
    """
    text = plain(text)
    lowered = text.lower()
    matches = [(known, match) for known in KNOWN_TEXTS if (match := known.search(text, lowered)) is not None]
    special = [one for one in matches if not one[0].is_general]
    found: list[FoundText] = []
    end = 0
    for known, match in sorted(special or matches, key=lambda one: (one[1].start(), -one[1].end())):
        if match.start() < end:
            continue
        end = match.end()
        value = match.groupdict().get("value", "")
        found.append(FoundText(known, value.strip("'<>. ").lower()))
    return tuple(found)
