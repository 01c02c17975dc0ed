"""What the rules about bodies share: which part a place is in, octets beyond ASCII, and encoding anew."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from sesmime.linter.findings import Fix
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.linter.view.places import first_eight_bit
from sesmime.mime.agreement import is_plainly_quoted
from sesmime.mime.decoding import IDENTITY
from sesmime.mime.edits import Edit
from sesmime.mime.entity import parse
from sesmime.mime.hints import Final
from sesmime.mime.values import NamedTuple

# RFC 2045 section 6.4: these take no encoding. RFC 8551 section 3.2: S/MIME data stay as they are.
_NEVER_ENCODED: Final = ("multipart/", "message/", "application/pkcs7-mime", "application/x-pkcs7-mime")
# What re-encoding starts from: it decodes nothing else.
_FROM: Final = IDENTITY | {"base64", "quoted-printable"}


def part_at(outgoing: Outgoing, place: int) -> Part:
    """Return the innermost part that a place of the body stands in."""
    parts = outgoing.every_part
    index = bisect_right(parts, place, key=lambda part: part.entity.span.start) - 1
    while index > 0 and parts[index].entity.span.stop <= place:
        index -= 1
    return parts[max(index, 0)]


def is_leaf(part: Part) -> bool:
    """Whether the body of a part is content: it is no multipart, and no attached message that was looked into."""
    return part.is_leaf and not part.entity.is_multipart


class EightBit(NamedTuple):
    """A leaf whose body holds octets beyond ASCII, and the place of the first."""

    part: Part
    place: int


def eight_bit_leaves(outgoing: Outgoing) -> tuple[EightBit, ...]:
    """Return the leaves that hold octets beyond ASCII, those in attached messages too."""
    if outgoing.is_ascii:
        return ()
    found = []
    for part in outgoing.every_part:
        if is_leaf(part):
            place = first_eight_bit(outgoing.source, *part.entity.body_span)
            if place >= 0:
                found.append(EightBit(part, place))
    return tuple(found)


# Re-encoding


def recoding(outgoing: Outgoing, part: Part, title: str = "encode the part as quoted-printable or base64") -> Fix:
    """Return the remedy for octets or lines that a body must not hold: another encoding of the same content.

    By hand where the part is no leaf, is covered by an S/MIME signature, or has an encoding that cannot be undone.
    """
    kind = part.content_type
    if not is_leaf(part) or part.is_signed or kind.startswith(_NEVER_ENCODED) or part.encoding not in _FROM:
        return Fix(title)
    # Attached messages may bear signatures of their own; a label is one only to those who see the fields end there.
    is_safe = not (outgoing.is_signed or part.is_attached) and part.agreement.divides
    if part.encoding == "quoted-printable":
        is_safe = is_safe and is_plainly_quoted(outgoing.source, *part.entity.body_span)
    return Fix(title, lambda: _recoding_edits(outgoing, part), is_safe=is_safe)


def _recoding_edits(outgoing: Outgoing, part: Part) -> Iterator[Edit]:
    from sesmime.mime.seven_bit import recoding_edits  # seldom needed

    if not part.is_root or not outgoing.is_head_new:
        # Told, since each part would look for it in the whole header section of the message.
        yield from recoding_edits(part.entity, ending=outgoing.ending)
        return
    # The fields that are sent are not those of the source.
    message = outgoing.octets(outgoing.span)
    for (start, stop), replacement in recoding_edits(parse(message)):
        yield Edit(outgoing.head_span(start, stop), replacement)
