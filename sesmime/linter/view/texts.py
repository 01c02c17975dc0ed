"""What the rules ask of texts: octets that their charset does not have, and the directives that SES acts on.

Each text is decoded once for both, which takes no longer than a search or two. Texts of more than 1 MiB are left out.
The directives (`sesmime.ses.directives`) begin with `{{` or `ses:`; few messages have one, so every text is looked
through for the two and most go no further.
Sources: AWS's pages on subscription management and on open and click tracking.
"""

from __future__ import annotations

from collections.abc import Iterable

from sesmime.linter.view.part import Part
from sesmime.linter.view.places import first_eight_bit, octet_span
from sesmime.mime.charsets import charset_codec, mislabelled_windows_1252, text_defect
from sesmime.mime.decoding import ENCODINGS, IDENTITY, decoded
from sesmime.mime.fields import Defect, Source, Span
from sesmime.mime.hints import Final
from sesmime.mime.limits import MAX_TEXT
from sesmime.mime.values import NamedTuple
from sesmime.ses.quotas import MAX_TRACKED_LINKS

_MOST: Final = MAX_TEXT
# Charsets of which ASCII octets may be no text.
_NOT_ASCII: Final = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
# Those of most texts, of which they are always one; so they are where none is named.
_HOLD_ASCII: Final = frozenset((None, "utf-8", "UTF-8", "us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-1"))


class TextDefect(NamedTuple):
    """What is wrong with a text in its charset: a defect of `content.text_defect`, and its place."""

    part: Part
    defect: Defect


class Text(NamedTuple):
    """A text that may hold a directive: its decoded content, and where that stands (None: it is encoded)."""

    part: Part
    content: bytes
    start: int | None

    def span(self, start: int, stop: int) -> Span:
        """Return the place of a range of the content: of an encoded text the body, no smaller part is known."""
        if self.start is None:
            return self.part.entity.body_span
        return Span(self.start + start, self.start + stop)


class Texts(NamedTuple):
    """What there is to say about the texts of a message."""

    defects: tuple[TextDefect, ...]
    with_directives: tuple[Text, ...]
    """Those that may hold a directive, attached files left out."""
    with_content_ids: tuple[Text, ...]
    """Those in HTML that may name another part by its Content-ID, attached files left out."""
    with_many_links: tuple[Text, ...]
    """Those in HTML with an `href`, where they have together more of them than SES tracks, attached files left out."""


_NOTHING: Final = Texts((), (), (), ())


def look_at_texts(parts: Iterable[Part], source: Source, *, is_ascii: bool) -> Texts:
    """Decode each text of some parts of a source, and give what there is to say.

    `is_ascii` says that all bodies are in ASCII.
    """
    defects: list[TextDefect] = []
    with_directives: list[Text] = []
    with_content_ids: list[Text] = []
    with_links: list[Text] = []
    links = 0
    for part in parts:
        entity, kind = part.entity, part.content_type
        if not kind.startswith("text/") or not part.is_leaf:
            continue
        start, stop = part.body_span
        plain, encoding = part.plain_type, part.encoding
        charset = part.charset if plain is None else plain.charset
        is_identity = encoding in IDENTITY
        if stop - start > _MOST:
            is_undeclared = charset is None and is_identity and not is_ascii
            if is_undeclared and (place := first_eight_bit(source, start, stop)) >= 0:
                defects.append(TextDefect(part, Defect("undeclared-8bit", octet_span(place), "non-ASCII octets")))
            continue
        is_known = is_identity or encoding in ENCODINGS
        is_changed = is_known and not is_identity
        content = decoded(entity.body, encoding) if is_changed else bytes(source[start:stop])
        is_sound = not is_known or (charset in _HOLD_ASCII and content.isascii())
        defect = None if is_sound else _defect(content, charset)
        if defect is not None:
            at = Span(start + defect.span.start, start + defect.span.stop) if is_identity else entity.body_span
            defects.append(TextDefect(part, defect._replace(span=at)))
        # One brace is looked for first, by `memchr`: `in` of two octets takes as long as the decoding, `rfind` half.
        is_one = content.rfind(b"ses:") >= 0 or (b"{" in content and content.rfind(b"{{") >= 0)
        names_part, found = False, 0
        if kind == "text/html":
            names_part = content.rfind(b"cid:") >= 0 or content.rfind(b"CID:") >= 0
            found = count_addresses(content)
        if (is_one or names_part or found) and entity.disposition != "attachment":
            text = Text(part, content, None if is_changed else start)
            if is_one:
                with_directives.append(text)
            if names_part:
                with_content_ids.append(text)
            if found:
                links += found
                with_links.append(text)
    many = tuple(with_links) if links > MAX_TRACKED_LINKS else ()
    if not (defects or with_directives or with_content_ids or many):
        return _NOTHING
    return Texts(tuple(defects), tuple(with_directives), tuple(with_content_ids), many)


def count_addresses(content: bytes) -> int:
    """Return how often HTML has the attribute of links; more than there are links, where others have it too."""
    return sum(content.count(name) for name in (b"href", b"HREF") if content.rfind(name) >= 0)


def _defect(content: bytes, charset: str | None) -> Defect | None:
    is_ascii = content.isascii()
    if charset is not None:
        codec = charset_codec(charset)
        if codec is None or (is_ascii and not codec.startswith(_NOT_ASCII)):
            return None
    # A text that is read as what it is, and not as its label says, has no defect to `Entity`.
    return text_defect(content, charset) or mislabelled_windows_1252(content, charset)
