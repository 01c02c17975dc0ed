"""Directives in texts: what a sender writes into HTML or plain text for SES to act on, found with its place.

`{{ses:openTracker}}` and `{{amazonSESUnsubscribeUrl}}` are looked for as they are, in any text. The attributes of a
link, `ses:no-track`, `ses:tags` and `ses:custom-path`, are read by the standard library's HTML parser.

The text is parsed as octets, one character each: what a directive is made of is ASCII, and so a place in the parser's
text is a place in the octets. The parser is fed once and not closed. What has no end (a comment, a tag, a quoted
value) reaches to the end of the text, as in a browser, and is looked at once; the parser's own way with it takes
quadratic time, or raises.

Source: https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html and
https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.mime.fields import Span
from sesmime.mime.values import NamedTuple
from sesmime.ses.links import UNSUBSCRIBE, Link, Misplaced

OPEN_TRACKER: Final = b"{{ses:openTracker}}"

# dg/sending-email-subscription-management: the first two placeholders are replaced.
MAX_UNSUBSCRIBE: Final = 2


class Directives(NamedTuple):
    """What one text holds for SES; places are counted in octets of the text."""

    links: tuple[Link, ...] = ()
    open_trackers: tuple[Span, ...] = ()
    unsubscribe_places: tuple[Span, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is a directive at all; links alone are none."""
        has_directive = any(link.directives for link in self.links)
        return bool(has_directive or self.open_trackers or self.unsubscribe_places or self.misplaced)


def read_directives(text: bytes, *, is_html: bool = True) -> Directives:
    r"""Return what a text holds for SES, in any charset that ASCII is a part of; never raises, takes linear time.

    >>> found = read_directives(b'<a href="https://a.example" ses:tags="place:top;">Buy</a>{{ses:openTracker}}')
    >>> found.links[0].tags, found.open_trackers
    ((MessageTag(name='place', value='top'),), (Span(start=57, stop=76),))
    """
    links: tuple[Link, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()
    if is_html and b"<" in text:
        from sesmime.ses.link_reader import LinkReader  # the library's parser is large, and many messages are text

        reader = LinkReader()
        reader.feed(text.decode("latin-1"))
        reader.keep_tag_without_end(len(text))
        links, misplaced = tuple(reader.links), tuple(reader.misplaced)
    return Directives(links, tuple(_places(text, OPEN_TRACKER)), tuple(_places(text, UNSUBSCRIBE)), misplaced)


def _places(text: bytes, directive: bytes) -> Iterator[Span]:
    start = text.find(directive)
    while start >= 0:
        stop = start + len(directive)
        yield Span(start, stop)
        start = text.find(directive, stop)
