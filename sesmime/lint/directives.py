"""The directives that SES acts on inside texts: `{{amazonSESUnsubscribeUrl}}`, `{{ses:openTracker}}`, `ses:tags`.

Few messages have one, so every text is looked through for `{{` and `ses:` and most go no further. An encoded text is
decoded for that, which takes no longer than one search. Texts of more than 1 MiB are left out.
Sources: AWS's pages on subscription management and on open and click tracking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from sesmime.content import ENCODINGS, IDENTITY
from sesmime.entity import Entity
from sesmime.fields import Span

UNSUBSCRIBE: Final = b"{{amazonSESUnsubscribeUrl}}"
OPEN_TRACKER: Final = b"{{ses:openTracker}}"

_MOST: Final = 1 << 20


class Text(NamedTuple):
    """A text that may hold a directive: its decoded content, and where that stands (None: it is encoded)."""

    entity: Entity
    content: bytes
    start: int | None

    def span(self, start: int, stop: int) -> Span:
        """Give the place of a range of the content: of an encoded text the body, of which no smaller part is known."""
        if self.start is None:
            return self.entity.body_span
        return Span(self.start + start, self.start + stop)

    def places(self, directive: bytes) -> Iterator[int]:
        """Give where a directive stands in the content."""
        place = self.content.find(directive)
        while place >= 0:
            yield place
            place = self.content.find(directive, place + len(directive))


def text_with_directives(entity: Entity, encoding: str) -> Text | None:
    """Give the text of a leaf in that content-transfer-encoding if it holds `{{` or `ses:` and is no attachment."""
    start, stop = entity.body_span
    if stop - start > _MOST:
        return None
    is_encoded = encoding in ENCODINGS and encoding not in IDENTITY
    content = entity.content() if is_encoded else bytes(entity.source[start:stop])
    # One brace is looked for first, by `memchr`: a search for two octets takes as long as the decoding.
    if b"ses:" not in content and (b"{" not in content or b"{{" not in content):
        return None
    return None if entity.disposition == "attachment" else Text(entity, content, None if is_encoded else start)
