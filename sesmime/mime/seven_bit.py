r"""Seven bits: parts re-encoded so that every octet is ASCII and no line is too long, their contents unchanged.

SES takes 8-bit bodies and does not keep their octets where it edits a message (open and click tracking, unsubscribe
links: AWS's page on SendRawEmail). Base64 and quoted-printable go through everything. It stands for what
`email.policy.SMTP.clone(cte_type="7bit")` does in writing a message anew. The pieces:

- `fault` tells whether a range of a message needs anything, by `isascii`, `memchr`, and one backward search a kilobyte.
- `encode_base64` and `encode_quoted_printable` go over a content block by block. What they give is decoded to the same
  octets by every reader: line ends stand as they are, every other control is escaped.
- `recoding_edits` gives the edits of one part; `recode` those of a message, in one pass over its tree: the parts that
  need it, and the labels of what encloses them. What a signature covers stays, and the account says so.

Header fields are never written here but for Content-Transfer-Encoding and a missing MIME-Version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from sesmime.mime.agreement import Agreement, is_plainly_quoted
from sesmime.mime.charsets import charset_codec
from sesmime.mime.decoding import BLOCK, IDENTITY, decoded
from sesmime.mime.edits import Edit, appending_edit, apply_edits, as_bytes, format_field, line_ending
from sesmime.mime.encoding import encode_base64, encode_quoted_printable
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Message, Source, as_source
from sesmime.mime.grammar import BODY_SIGNATURES, CRLF, MAX_LINE
from sesmime.mime.signatures import Signature, read_signature

_ENCODING: Final = "Content-Transfer-Encoding"


class Left(NamedTuple):
    """What stays as it is although it is not seven-bit: the part path, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """A message made seven-bit: `changed` are the paths of the parts re-encoded, `left` what could not be."""

    message: bytes = field(repr=False)
    changed: tuple[str, ...]
    left: tuple[Left, ...]


def to_7bit(message: Message) -> bytes:
    r"""Re-encode the parts of a message that hold 8-bit octets, NUL, or lines of more than 998 octets.

    Every content stays the same, octet for octet. Text becomes quoted-printable, or base64 where that is shorter; all
    else base64. What a signature covers stays, and so do header fields (`recode` tells). A message that needs nothing
    is given back as it is. Never raises on content; TypeError for what does not hold bytes.

    >>> to_7bit(b"MIME-Version: 1.0\n\nUn caf\xc3\xa9 noir\n")
    b'MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\nUn caf=C3=A9 noir\n'
    """
    return recode(message).message


def recode(message: Message, *, max_quoted: int = 0) -> Recoded:
    r"""Do what `to_7bit` does, and tell what was changed and what stays.

    A text of at most `max_quoted` octets becomes quoted-printable even where base64 is shorter.

    Attached messages are gone into. A part inside multipart/signed or multipart/encrypted, S/MIME data, and the body
    of a message whose DKIM-Signature (or the like) covers it stay; so does a part that readers do not see alike, for a
    line that is no field stands above it, say: to some of them the new label would be text. An enclosing entity
    labelled 8bit or binary becomes 7bit where all in it now is.

    >>> recode(b"Subject: caf\xe9\n\n\xe9\n")
    Recoded(changed=('',), left=(Left(path='', reason='its header section holds 8-bit octets'),))
    """
    source = as_source(message)
    if fault(source, 0, len(source)) is None:
        return Recoded(message=as_bytes(source), changed=(), left=())
    ending = line_ending(source)
    edits: list[Edit] = []
    changed: list[str] = []
    left: list[Left] = []
    places: list[_Place] = []
    waiting: list[tuple[Entity, _Place | None]] = [(parse(source), None)]
    while waiting:
        entity, above = waiting.pop()
        place = _Place(entity, above)
        places.append(place)
        left += [Left(entity.path, found) for found in place.own_faults()]
        if place.is_leaf and (found := fault(source, *entity.body_span)) is not None:
            new: tuple[Edit, ...] = ()
            reason = place.stays
            if not reason:
                new, reason = _recoded(entity, ending, is_message=place.is_message, max_quoted=max_quoted)
            if new and not place.agreement.divides:
                new, reason = (), _DISAGREEMENT
            if new:
                edits += new
                changed.append(entity.path)
                place.is_changed = True
                place.label = "7bit"
            else:
                left.append(Left(entity.path, f"its body contains {found}: {reason}"))
                place.is_clean = False
        waiting.extend((part, place) for part in reversed(entity.parts))
    for place in reversed(places):  # what is inside before what is around it
        if place.is_changed and place.is_clean and place.label in ("8bit", "binary"):
            edits += _label_edits(place.entity, "7bit", ending, is_message=False)
            place.label = "7bit"
        place.tell_above()
    return Recoded(message=apply_edits(source, edits), changed=tuple(changed), left=tuple(left))


def recoding_edits(entity: Entity, *, ending: bytes | None = None) -> tuple[Edit, ...]:
    r"""Return the edits of the source that make one leaf seven-bit, with lines of at most 76 octets in its body.

    None where it needs none, where it is no leaf, or where its content would not surely stay the same; octets beyond
    ASCII in quoted-printable, which some readers drop, are taken as they stand. Says nothing of signatures that cover
    the part, of readers that do not see it, nor of the labels of what encloses it: `recode` minds them. `ending` is the
    line end of what is written, that of the message by default.

    >>> recoding_edits(parse(b"MIME-Version: 1.0\n\n\xe9\n"))
    (Edit(18..18, 34 bytes), Edit(19..21, 5 bytes))
    """
    if not _is_leaf(entity) or fault(entity.source, *entity.body_span) is None:
        return ()
    if ending is None:
        ending = line_ending(entity.source)
    return _recoded(entity, ending, is_message=not entity.path, is_lenient=True)[0]


class _Place:
    """An entity of the tree on the way through it, and what is known of it by then."""

    __slots__ = ("above", "agreement", "entity", "is_changed", "is_clean", "is_leaf", "is_message", "label", "stays")

    def __init__(self, entity: Entity, above: _Place | None) -> None:
        self.entity = entity
        self.above = above
        self.agreement: Agreement = Agreement(entity, above.agreement if above else None)
        self.is_leaf = _is_leaf(entity)
        self.is_message = above is None or not above.entity.is_multipart
        self.label = entity.content_transfer_encoding
        # Why nothing in it may be changed; "" if it may.
        self.stays: str = (above.stays if above else "") or _protection(entity, is_message=self.is_message)
        self.is_changed = False
        # Whether it is seven-bit, what is inside it by the label too.
        self.is_clean = True

    def own_faults(self) -> Iterator[str]:
        """Return what is wrong outside the parts that could be re-encoded."""
        entity = self.entity
        source, body = entity.source, entity.body_span
        if (found := fault(source, *entity.header_section.span)) is not None:
            self.is_clean = False
            yield f"its header section contains {found}"
        if self.is_leaf:
            return
        starts = [body.start, *(part.span.stop for part in entity.parts)]
        stops = [*(part.span.start for part in entity.parts), body.stop]
        for start, stop in zip(starts, stops, strict=True):
            if (found := fault(source, start, stop)) is not None:
                self.is_clean = False
                yield f"the text before, between or after its parts contains {found}"
                return

    def tell_above(self) -> None:
        if self.above is not None:
            self.above.is_changed |= self.is_changed
            self.above.is_clean &= self.is_clean and self.label not in ("8bit", "binary")


def _is_leaf(entity: Entity) -> bool:
    return not entity.is_multipart and not entity.parts


def fault(source: Source, start: int, stop: int) -> str | None:
    r"""Tell what is not seven-bit (RFC 2045 section 2.7) in a range of a source; lone CRs pass.

    >>> fault(b"caf\xe9", 0, 4), fault(b"caf\xe9", 0, 3)
    ('8-bit octets', None)
    """
    if not _is_ascii(source, start, stop):
        return "8-bit octets"
    if source.find(b"\0", start, stop) >= 0:
        return "NUL octets"
    return f"a line of more than {MAX_LINE} octets" if _has_long_line(source, start, stop) else None


def _is_ascii(source: Source, start: int, stop: int) -> bool:
    if stop - start == len(source) and isinstance(source, bytes | bytearray):
        return source.isascii()
    return all(bytes(source[at : min(at + BLOCK, stop)]).isascii() for at in range(start, stop, BLOCK))


def _has_long_line(source: Source, start: int, stop: int) -> bool:
    """Hop from a line end to the last one within reach: of two hops at least one takes a whole line's length."""
    while stop - start > MAX_LINE:
        end = source.rfind(b"\n", start, start + MAX_LINE + 1)
        if end < 0:
            end = start + MAX_LINE + 1
            if source[end - 1 : min(end + 1, stop)] != CRLF:
                return True
        start = end + 1
    return False


# What stays

_DISAGREEMENT: Final = "readers disagree where its fields end, on its type, or on what it is a part of"

# RFC 1847: what is inside must not be changed on the way.
_SEALED: Final = ("multipart/signed", "multipart/encrypted")
# RFC 8551 section 3.2.
_SMIME: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def _protection(entity: Entity, *, is_message: bool) -> str:
    """Say why nothing in an entity may be changed; "" if it may."""
    kind = entity.content_type
    if kind in _SEALED:
        return f"{kind} must not be changed"
    if kind in _SMIME:
        return "S/MIME data must not be changed"
    if is_message:
        for name in BODY_SIGNATURES:
            for signature in map(read_signature, entity.header_section.all(name)):
                if _covers_body(signature):
                    return f"{signature.field.name} covers it"
    return ""


def _covers_body(signature: Signature) -> bool:
    """Tell whether a signature covers octets of the body, or the fields that say how it is encoded."""
    # RFC 6376 section 3.5: l= counts the octets of the body that are covered.
    lengths = {tag.value.strip(" \t") for tag in signature.tags if tag.name == "l"}
    if lengths != {"0"}:
        return True
    return signature.covers(_ENCODING.lower()) or signature.covers("mime-version")


# Edits


def _recoded(
    entity: Entity, ending: bytes, *, is_message: bool, is_lenient: bool = False, max_quoted: int = 0
) -> tuple[tuple[Edit, ...], str]:
    """Return the edits that re-encode a leaf; or none, and why."""
    kind, label = entity.content_type, entity.content_transfer_encoding
    if kind.startswith(("multipart/", "message/")):
        return (), f"{kind} cannot be encoded"  # RFC 2045 section 6.4
    if len({standing.body.strip(" \t").lower() for standing in entity.header_section.all(_ENCODING)}) > 1:
        return (), f"its {_ENCODING} fields differ"
    labels: tuple[Edit, ...] = ()
    if label in IDENTITY:
        octets: memoryview | bytes = entity.body
        encoding = _encoding_for(entity, max_quoted)
        labels = tuple(_label_edits(entity, encoding, ending, is_message=is_message))
    elif label in ("base64", "quoted-printable"):
        encoding = label
        noted: set[str] = set()
        octets = decoded(entity.body, label, lambda name, *_: noted.add(name))
        is_plain = is_lenient or label == "base64" or is_plainly_quoted(entity.source, *entity.body_span)
        if noted - {"raw-8bit"} or not is_plain:
            return (), f"mail readers interpret its {label} differently"
    else:
        return (), "its content-transfer-encoding is unknown"
    encode = encode_base64 if encoding == "base64" else encode_quoted_printable
    return (*labels, Edit(entity.body_span, encode(octets, ending))), ""


@cache
def _label(encoding: str, ending: bytes) -> bytes:
    return format_field(_ENCODING, encoding, ending)


def _label_edits(entity: Entity, encoding: str, ending: bytes, *, is_message: bool) -> list[Edit]:
    """Make an entity say its encoding, in the place of the first such field; a message says MIME-Version, too."""
    section = entity.header_section
    raw = _label(encoding, ending)
    first, *repeats = section.all(_ENCODING) or (None,)
    edits = [Edit(repeat.span, b"") for repeat in repeats if repeat is not None]
    appended = b""
    if first is None:
        appended = raw
    else:
        edits.append(Edit(first.span, raw))
    if is_message and "MIME-Version" not in section:
        # RFC 2045 section 4: without it a reader need not undo any encoding.
        appended += format_field("MIME-Version", "1.0", ending)
    if appended:
        edits.append(appending_edit(entity.source, section, appended, ending))
    return edits


# What quoted-printable leaves as it is (RFC 2045 section 6.7).
_PLAIN: Final = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x3D) + b"\t\r\n"


def _encoding_for(entity: Entity, max_quoted: int) -> str:
    """Choose an encoding: quoted-printable for text, unless base64 is shorter or a line end is more than an octet."""
    codec = charset_codec(entity.charset or "") or ""
    # UTF-16 can look like ASCII (U+4E2D is "N-"); a quarter of UTF-32 and more is NUL.
    if not entity.content_type.startswith("text/") or codec.startswith("utf-16"):
        return "base64"
    body = entity.body
    size = len(body)
    if size <= max_quoted and b"\0" not in bytes(body):
        return "quoted-printable"
    escaped = sum(len(bytes(body[at : at + BLOCK]).translate(None, _PLAIN)) for at in range(0, size, BLOCK))
    # An octet takes three characters in one encoding, and three octets take four in the other.
    return "quoted-printable" if escaped * 6 <= size else "base64"


# Base64


# Quoted-printable
