"""SEC103."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    Subject,
    body_span,
    decode_words,
    fields_with_words,
    mailbox_place,
    mailboxes,
    rule,
)

# Unicode Standard Annex 9, sections 2.1 to 2.5: embeddings, overrides, isolates, and what ends them.
_CONTROL: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
# In one encoded word: a control, or what is no whole character, as it may be in the next one.
_CONTROL_OR_PIECE: Final = re.compile("[\u202a-\u202e\u2066-\u2069\ufffd]")


@rule(
    "SEC103",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing",
    stage=Stage.ADDRESSES,
    order=140,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox", ":encoded-word", ":odd-octet"),
)
def bidirectional_control(outgoing: Outgoing) -> Iterator[Fault]:
    """The subject or a display name contains a bidirectional control character.

    People then do not see the characters in their real order: a name, an address or a file name can be made to look
    like another. Hebrew and Arabic text does not need these controls.
    """
    for field in outgoing.section.all("Subject"):
        if _may_hold_control(outgoing, field):
            control = _CONTROL.search(decode_words(field.body))
            if control is not None:
                yield _fault("Subject", control[0], _written(field, control[0]))
    for addresses, mailbox in mailboxes(outgoing):
        name = mailbox.display_name
        control = None if name.isascii() else _CONTROL.search(name)
        if control is not None:
            yield _fault(f"a display name in {addresses.label}", control[0], mailbox_place(addresses, mailbox))


def _may_hold_control(outgoing: Outgoing, field: Field) -> bool:
    """Tell of a subject whether a control may stand in it as UTF-8, or in its encoded words, one by one or in a row."""
    raw = field.raw
    if raw.rfind(b"\xe2\x80") >= 0 or raw.rfind(b"\xe2\x81") >= 0:
        return True
    if raw.rfind(b"=?") < 0:
        return False
    return any(
        _CONTROL_OR_PIECE.search(text)
        for one in outgoing.once(fields_with_words)
        if one.field is field
        for _, text in one.words
    )


def _written(field: Field, control: str) -> Span:
    """Return the place of a control that stands in the field as UTF-8, of the whole body where it is encoded."""
    octets = control.encode()
    at = field.raw.find(octets)
    if at < 0:
        return body_span(field)
    return Span(field.span.start + at, field.span.start + at + len(octets))


def _fault(what: str, control: str, place: Span | None) -> Fault:
    return Fault(
        f"{what} contains the bidirectional control U+{ord(control):04X}",
        place,
        fix=Fix("remove the control character"),
    )
