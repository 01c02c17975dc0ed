"""What reads links and directives out of HTML: the standard library's parser, told to be quick and never to raise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from sesmime.mime.fields import Span
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.links import LINK_DIRECTIVES, Directive, Link, Misplaced

# A directive as it is written, its value in quotes of either kind or in none.
_WRITTEN: Final = lazy_pattern(
    r"[\s\"'/](ses:[^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*)))?", re.I
)
_LINK_START: Final = lazy_pattern(r"<a[\s/]", re.I)


class LinkReader(HTMLParser):
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
