"""What of a message a report may show: the fields that everybody knows; of bodies and other values only the shape.

In a body, and in the value of a field that is no known one (`X-Api-Key`), letters and digits are shown as `x`. What
findings are about stays visible there: blanks, punctuation, control characters, octets that are no text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from sesmime.errors import is_assigned
from sesmime.linter.findings import Fix
from sesmime.linter.output.people import People
from sesmime.mime.edits import Edit
from sesmime.mime.entity import parse
from sesmime.mime.fields import Field, Span, fold_case
from sesmime.mime.grammar import STRUCTURED_FIELDS
from sesmime.mime.words import decode_raw
from sesmime.ses.fields_of_ses import FIELDS_OF_SES
from sesmime.ses.once_only import ONCE_ONLY

_KNOWN: Final = STRUCTURED_FIELDS | ONCE_ONLY | FIELDS_OF_SES.keys()
# Those that name nobody, which are shown where addresses are not.
_WITHOUT_PEOPLE: Final = frozenset(name for name in _KNOWN if name.startswith(("content-", "mime-", "date")))
_SIGNS: Final = (b"@", b"%40", b"=?")  # of an address, in a URL and in an encoded word
_LETTERS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_AS_X: Final = bytes.maketrans(_LETTERS, b"x" * len(_LETTERS))
# A fix that writes more octets, or makes more edits, is told by its title alone.
_MOST_WRITTEN: Final = 1 << 12
_MOST_EDITS: Final = 50
# A text of ours that is put in is looked for in the message: so short it is, and so short the message.
_MOST_PUT_IN: Final = 200
_MOST_SEARCHED: Final = 1 << 20
_WORD: Final = re.compile(rb"[0-9A-Za-z\x80-\xff]{3,}")


class Veil:
    """What may be shown of one message; `is_redacted`: nothing of the fields that may name somebody."""

    def __init__(self, message: bytes, *, is_redacted: bool = False) -> None:
        self._message = message
        self._known_names = _WITHOUT_PEOPLE if is_redacted else _KNOWN
        self._people = People(message) if is_redacted else None
        self._starts: list[int] | None = None
        self._stops: list[int] = []

    def octets(self, start: int, stop: int) -> bytes:
        """Return the octets of a place as they may be shown: as many, letters and digits of what is hidden as `x`."""
        starts = self._known()
        pieces: list[bytes] = []
        place = start
        index = max(bisect_right(starts, start) - 1, 0)
        while place < stop and index < len(starts):
            first, last = starts[index], self._stops[index]
            if first >= stop:
                break
            if last > place:
                if first > place:
                    pieces.append(_hidden(self._message[place:first]))
                    place = first
                pieces.append(self._message[place : min(last, stop)])
                place = min(last, stop)
            index += 1
        if place < stop:
            pieces.append(_hidden(self._message[place:stop]))
        return b"".join(pieces)

    def edits(self, fix: Fix) -> tuple[Edit, ...]:
        """Return the edits of a fix, each no wider than what changes; () where they would show what is hidden."""
        if len(fix.edits) > _MOST_EDITS or sum(len(edit.replacement) for edit in fix.edits) > _MOST_WRITTEN:
            return ()
        edits = tuple(_narrowed(self._message, edit) for edit in fix.edits)
        return edits if all(map(self._may_be_told, edits)) else ()

    def _may_be_told(self, edit: Edit) -> bool:
        (start, stop), written = edit
        if _WORD.search(written) is None:
            return True
        if start < stop:
            return self.octets(start, stop) == self._message[start:stop] and self._is_known(start)
        # A text is put in: ours, or one that stands elsewhere in the message.
        if len(written) > _MOST_PUT_IN or len(self._message) > _MOST_SEARCHED:
            return False
        self._known()
        hidden = self._hidden_octets()
        return all(word[0] not in hidden for word in _WORD.finditer(written))

    def _hidden_octets(self) -> bytes:
        starts = self._known()
        pieces, place = [], 0
        for first, last in zip(starts, self._stops, strict=True):
            pieces.append(self._message[place:first])
            place = max(place, last)
        return b"\n".join([*pieces, self._message[place:]])

    def _is_known(self, place: int) -> bool:
        index = bisect_right(self._known(), place) - 1
        return index >= 0 and place < self._stops[index]

    def _known(self) -> list[int]:
        """Return where the places begin that may be shown, in order; `_stops` has where they end."""
        if self._starts is None:
            spans = [
                _shown(field, self._known_names, self._people)
                for entity in parse(self._message).walk()
                for field in entity.header_section.fields
            ]
            self._starts = [span.start for span in spans]
            self._stops = [span.stop for span in spans]
        return self._starts


def _shown(field: Field, known: frozenset[str], people: People | None) -> Span:
    """Return what may be shown of a field: all of a known one, the name and the colon of any other.

    Redacted, which is with people, one that may hold an address or names one of them is no known one.
    """
    name, start = fold_case(field.name.strip()), field.span.start
    if (name in known or name.startswith("x-ses-")) and (people is None or not _may_name(field, people)):
        return field.span
    return Span(start, start + (0 if people is not None and "@" in name else field.raw.find(b":") + 1))


def _may_name(field: Field, people: People) -> bool:
    if any(map(field.raw.__contains__, _SIGNS)):
        return True
    text = decode_raw(field.raw.decode("ascii", "surrogateescape"))
    return people.hidden(text) != text


def _hidden(octets: bytes) -> bytes:
    if octets.isascii():
        return octets.translate(_AS_X)
    text = octets.decode("utf-8", "surrogateescape")
    pieces = [
        "x" * len(one.encode("utf-8", "surrogateescape")) if one.isalnum() or not is_assigned(one) else one
        for one in text
    ]
    return "".join(pieces).encode("utf-8", "surrogateescape")


def _narrowed(message: bytes, edit: Edit) -> Edit:
    """Return an edit less what it writes as it stands, at both ends."""
    (start, stop), written = edit
    old = message[start:stop]
    ahead = 0
    while ahead < min(len(old), len(written)) and old[ahead] == written[ahead]:
        ahead += 1
    behind = 0
    while behind < min(len(old), len(written)) - ahead and old[-1 - behind] == written[-1 - behind]:
        behind += 1
    return Edit(Span(start + ahead, stop - behind), written[ahead : len(written) - behind])
