"""The HTML of a message for a sandboxed frame: nothing in it runs, nothing asks for anything, and nothing leads away.

The frame's sandbox and Content-Security-Policy forbid scripts, forms and every request but for `data:`. Chromium
connects all the same for `<link rel=preconnect>` and for frames in the frame, and opens a new tab for a link that is
clicked with Ctrl: elements that ask are renamed, and the document is inert. Where its links lead is told beside it.
"""

from __future__ import annotations

import base64
import html
import re
from typing import Final
from urllib.parse import unquote

from sesmime.mime.entity import Entity

MAX_HTML: Final = 1_000_000  # characters
MAX_IMAGES: Final = 5_000_000  # octets of images in one frame, each counted as often as it is shown
MAX_LINKS: Final = 100
_MAX_PARTS: Final = 500
_IMAGE_TYPES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"))
# In an attribute or in CSS: text that readers see stays as it is.
_CID: Final = re.compile(r"([\"'=(]\s{0,20})cid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
_ASKING: Final = re.compile(
    r"<(?=(?:link|meta|base|iframe|frame|frameset|object|embed|applet|portal|video|audio|source|track)(?![a-z0-9-]))",
    re.IGNORECASE,
)
# What may stand before the doctype, which decides how the rest is laid out.
_DOCTYPE: Final = re.compile(r"\ufeff?(?:\s|<!--.{0,1000}?-->)*<!doctype[^>]{0,1000}>", re.IGNORECASE | re.DOTALL)
# The tag of a link, read once and not again from each `<a` in it; where in it the attribute is, and its value.
_LINK: Final = re.compile(r"<a(?:rea)?\s[^>]{0,2040}", re.IGNORECASE)
_HREF: Final = re.compile(r"\bhref\s{0,20}=\s{0,20}", re.IGNORECASE)
_VALUE: Final = re.compile(r""""([^"]{1,2000})|'([^']{1,2000})|([^\s"'>]{1,2000})""")


def framed_html(text: str, root: Entity, *, max_html: int = MAX_HTML, max_images: int = MAX_IMAGES) -> str:
    """Return the HTML of a message, inert, with its own images in place of their `cid:` names.

    Images beyond `max_images` octets stay names, which show nothing.

    >>> from sesmime.mime.entity import parse
    >>> framed_html('<!doctype html><LINK rel=preconnect href="//x.example"><p>Hi', parse(b""))
    '<!doctype html><html inert><x-LINK rel=preconnect href="//x.example"><p>Hi'
    """
    doctype = _DOCTYPE.match(text[:5_000])
    start = 0 if doctype is None else doctype.end()
    text = f"{text[:start]}<html inert>{_ASKING.sub('<x-', text[start:max_html])}"
    if "cid:" not in text.lower():
        return text
    images = _images(root)
    left = max_images
    written: dict[str, str | None] = {}

    def image(match: re.Match[str]) -> str:
        nonlocal left
        name = unquote(html.unescape(match[2]))
        if name not in images:
            return match[0]
        if name not in written:
            written[name] = _data_url(images[name], left)
        url = written[name]
        if url is None or len(url) > left:
            return match[0]
        left -= len(url)
        return match[1] + url

    return _CID.sub(image, text)


def links_of(text: str) -> tuple[str, ...]:
    """Return where the links of HTML lead, each once, the first of them; those that lead nowhere else are left out.

    >>> links_of('<a class=b href="https://x.example/?a&amp;b">x</a> <A HREF=#top>top</A>')
    ('https://x.example/?a&b',)
    """
    found: dict[str, None] = {}
    at = 0
    while len(found) < MAX_LINKS and (tag := _LINK.search(text, at)) is not None:
        at = tag.end()
        values = (_VALUE.match(text, href.end()) for href in _HREF.finditer(text, tag.start(), tag.end()))
        value = next(filter(None, values), None)
        if value is not None:
            at = max(at, value.end())
            place = html.unescape(value[1] or value[2] or value[3]).strip()
            if place and not place.startswith("#"):
                found[place] = None
    return tuple(found)


def _images(root: Entity) -> dict[str, Entity]:
    """Return the images that have a Content-ID, by it; of two with one, the first."""
    found: dict[str, Entity] = {}
    for _, entity in zip(range(_MAX_PARTS), root.walk(), strict=False):
        field = entity.header_section.first("Content-ID")
        if field is not None and entity.content_type in _IMAGE_TYPES:
            found.setdefault(field.body.strip().strip("<>"), entity)
    return found


def _data_url(entity: Entity, room: int) -> str | None:
    """Return an image as a URL, None where it is larger than the room there is."""
    if len(entity.body) > 4 * room:
        return None
    content = entity.content()
    if 4 * len(content) // 3 > room:
        return None
    return f"data:{entity.content_type};base64,{base64.b64encode(content).decode('ascii')}"
