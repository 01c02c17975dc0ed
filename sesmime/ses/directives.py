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

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final, NamedTuple

from sesmime.mime.fields import Span
from sesmime.ses.tags import MessageTag

OPEN_TRACKER: Final = b"{{ses:openTracker}}"
UNSUBSCRIBE: Final = b"{{amazonSESUnsubscribeUrl}}"

NO_TRACK: Final = "ses:no-track"
LINK_TAGS: Final = "ses:tags"
CUSTOM_PATH: Final = "ses:custom-path"
# The attributes of a link that SES acts on; it removes them from what it sends.
LINK_DIRECTIVES: Final = (NO_TRACK, LINK_TAGS, CUSTOM_PATH)

# dg/faqs-metrics: links of a message that are tracked at most.
MAX_TRACKED_LINKS: Final = 250
# dg/sending-email-subscription-management: the first two placeholders are replaced.
MAX_UNSUBSCRIBE: Final = 2

_PAIR: Final = re.compile(r"([0-9A-Za-z_-]+):([0-9A-Za-z_-]+)")
_PATH: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")
_BLANKS: Final = " \t\r\n\f"


class Directive(NamedTuple):
    """An attribute that begins with `ses:`: its name in lower case, its value (None: it has none), its place.

    `span` is that of the value, where it has one, else of the name; counted in octets of the text.
    """

    name: str
    value: str | None
    span: Span


class Link(NamedTuple):
    """An `<a>` with an address or a directive: its place is that of the start tag, in octets of the text."""

    href: str | None
    span: Span
    directives: tuple[Directive, ...] = ()

    def directive(self, name: str) -> Directive | None:
        """Return the directive of that name; the first, as HTML has it, where it is repeated."""
        return next((one for one in self.directives if one.name == name), None)

    @property
    def is_trackable(self) -> bool:
        """Whether SES may put its own address in the place of this one.

        ASSUMED: an address of http or https, or one that a template makes; `ses:no-track` forbids it (DOCUMENTED).
        """
        if self.href is None or self.directive(NO_TRACK) is not None:
            return False
        href = self.href.strip(_BLANKS)
        if href.startswith("{{"):
            return not href.startswith(UNSUBSCRIBE.decode())
        return href[:8].lower().startswith(("http://", "https://"))

    @property
    def tags(self) -> tuple[MessageTag, ...]:
        """The well-formed pairs of `ses:tags`: `name:value;`, only A-Z a-z 0-9 _ and - in both."""
        found = (_PAIR.fullmatch(pair) for pair in self._pairs)
        return tuple(MessageTag(pair[1], pair[2]) for pair in found if pair is not None)

    @property
    def malformed_tags(self) -> tuple[str, ...]:
        """What stands in `ses:tags` and is no pair; an attribute without a value has one, empty."""
        return tuple(pair for pair in self._pairs if _PAIR.fullmatch(pair) is None)

    @property
    def custom_path(self) -> str | None:
        """What `ses:custom-path` asks for; None where it is absent or has not the form, so that SES passes it over."""
        asked = self.directive(CUSTOM_PATH)
        return asked.value if asked is not None and is_custom_path(asked.value) else None

    @property
    def _pairs(self) -> tuple[str, ...]:
        asked = self.directive(LINK_TAGS)
        if asked is None:
            return ()
        value = (asked.value or "").strip(_BLANKS).removesuffix(";")
        return tuple(pair.strip(_BLANKS) for pair in value.split(";"))


class Misplaced(NamedTuple):
    """A directive that has no effect: on an element that is no link, or with a name that SES does not know."""

    directive: Directive
    element: str


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


def is_custom_path(value: str | None) -> bool:
    """Whether a value of `ses:custom-path` has the form: 1 to 32 characters of A-Z a-z 0-9 . _ and - (DOCUMENTED).

    >>> is_custom_path("spring.sale"), is_custom_path("spring sale"), is_custom_path(None)
    (True, False, False)
    """
    return value is not None and _PATH.fullmatch(value) is not None


def read_directives(text: bytes, *, is_html: bool = True) -> Directives:
    r"""Return what a text holds for SES, in any charset that ASCII is a part of; never raises, takes linear time.

    >>> found = read_directives(b'<a href="https://a.example" ses:tags="place:top;">Buy</a>{{ses:openTracker}}')
    >>> found.links[0].tags, found.open_trackers
    ((MessageTag(name='place', value='top'),), (Span(start=57, stop=76),))
    """
    links: tuple[Link, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()
    if is_html and b"<" in text:
        reader = _LinkReader()
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


# A directive as it is written, its value in quotes of either kind or in none.
_WRITTEN: Final = re.compile(r"[\s\"'/](ses:[^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*)))?", re.I)
_LINK_START: Final = re.compile(r"<a[\s/]", re.I)


class _LinkReader(HTMLParser):
    """Collects links and directives. It is fed one text, once, and never closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.misplaced: list[Misplaced] = []
        self._start = 0

    def parse_starttag(self, i: int) -> int:
        """Keep the place, which the parser would count in lines."""
        self._start = i
        return super().parse_starttag(i)

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: places are offsets here."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is a link or has a directive."""
        directives: tuple[Directive, ...] = ()
        if any(name.startswith("ses:") for name, _ in attrs):
            directives = tuple(self._directives(attrs))
        if tag != "a":
            self.misplaced.extend(Misplaced(one, tag) for one in directives)
            return
        self.misplaced.extend(Misplaced(one, tag) for one in directives if one.name not in LINK_DIRECTIVES)
        href = next((value for name, value in attrs if name == "href"), None)
        if href is not None or directives:
            known = tuple(one for one in directives if one.name in LINK_DIRECTIVES)
            stop = self._start + len(self.get_starttag_text() or "")
            self.links.append(Link(href, Span(self._start, stop), known))

    def keep_tag_without_end(self, size: int) -> None:
        """Keep the directives of a link at the end of the text whose tag does not end: they have no value."""
        rest = self.rawdata
        if _LINK_START.match(rest) is None:
            return
        start = size - len(rest)
        found = tuple(
            Directive(match[1].lower(), None, Span(start + match.start(1), start + match.end(1)))
            for match in _WRITTEN.finditer(rest)
            if match[1].lower() in LINK_DIRECTIVES
        )
        if found:
            self.links.append(Link(None, Span(start, size), found))

    def _directives(self, attrs: list[tuple[str, str | None]]) -> Iterator[Directive]:
        """Return the directives with their places in the text of the tag."""
        written = self.get_starttag_text() or ""
        places: dict[str, Span] = {}
        for match in _WRITTEN.finditer(written):
            kind = match.lastindex or 1
            place = Span(self._start + match.start(kind), self._start + match.end(kind))
            places.setdefault(match[1].lower(), place)
        whole = Span(self._start, self._start + len(written))
        for name, value in attrs:
            if name.startswith("ses:"):
                yield Directive(name, None if value is None else _as_text(value), places.get(name, whole))

    def parse_comment(self, i: int, report: bool = True) -> int:
        """Go past a comment; without an end it reaches to the end of the text."""
        return _end_of_comment(self.rawdata, i)

    def parse_html_declaration(self, i: int) -> int:
        """Go past `<!…>`: where it is neither comment nor document type, HTML has it as a comment up to the `>`."""
        if self.rawdata.startswith("<!--", i):
            return _end_of_comment(self.rawdata, i)
        return self.rawdata.find(">", i + 2) + 1 or -1


def _end_of_comment(text: str, start: int) -> int:
    """Return where a comment ends, -1 where it does not (HTML, "Comment start state")."""
    for abrupt in (">", "->"):
        if text.startswith(abrupt, start + 4):
            return start + 4 + len(abrupt)
    end = text.find("-->", start + 4)
    return end + 3 if end >= 0 else -1


def _as_text(value: str) -> str:
    """Return a value of the parser as it reads: its octets are mostly UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
