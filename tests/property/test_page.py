"""Whatever a message holds, the page has none of its markup outside the frame, and no control or bidi character."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.linter.output import Examined, Style
from sesmime.linter.run import lint
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

pytest.importorskip("moto.moto_server", reason="the extra `local` is not installed")

from sesmime.local.page.as_file import render
from tests.local.page_site import Site, raw_texts

MARKUP = ("<evil>", "</script><evil>", "-->", "]]>", '"><evil evil=1 x="', "' evil=1 '", "&lt;evil&gt;", "&#60;evil")
CONTROLS = (
    "\x00",
    "\x1b[31m",
    "\x7f",
    "\x85",
    "\u202e",
    "\u2066",
    "\u2028",
    "\ufeff",
    "\ue000",
    "\U000e0001",
    "\r",
    "\n",
)
PLAIN = (
    "a",
    " ",
    "\t",
    "=?utf-8?B?PGV2aWw+4oCuGw==?=",
    "ü",
    "\u200d",
    "\xa0",
    "a@b.example",
    "\r\n ",
    "\r",
    "\n",
    "{{evil}}",
)
PIECES = st.sampled_from([*MARKUP, *CONTROLS, *PLAIN])
VALUE = st.lists(PIECES, max_size=6).map("".join)
OCTETS = st.one_of(VALUE.map(str.encode), st.binary(max_size=20))
NAME = st.sampled_from(
    [
        *(b"From", b"To", b"Bcc", b"Subject", b"X-SES-MESSAGE-TAGS", b"X-SES-CONFIGURATION-SET", b"X-SES-SOURCE-ARN"),
        *(b"Content-Type", b"Content-Transfer-Encoding", b"Content-ID", b"Message-ID", b"X-<evil>"),
    ]
)
FIELDS = st.lists(st.tuples(NAME, OCTETS), max_size=8).map(lambda made: b"".join(b"%s: %s\r\n" % one for one in made))
TYPES = st.sampled_from([b"text/plain", b"text/html", b"application/<evil>", b"image/png"])
PARTS = st.lists(
    st.tuples(TYPES, OCTETS, OCTETS).map(
        lambda one: b'--b\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename="%s"\r\n\r\n%s\r\n' % one
    ),
    max_size=4,
).map(b"".join)
MESSAGES = st.builds(
    lambda fields, parts, body: (
        b"%sContent-Type: multipart/mixed; boundary=b\r\n\r\n%s" % (fields, parts) if parts else fields + b"\r\n" + body
    ),
    FIELDS,
    PARTS,
    OCTETS,
)


class Markup(HTMLParser):
    """What a page's markup names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}


def assert_harmless(page: str) -> None:
    markup = Markup()
    markup.feed(page)
    assert not {name for name in markup.names if "evil" in name}
    assert "<evil" not in page
    assert raw_texts(page.replace("\u200d", "").replace("\xa0", "")).isprintable()


@given(MESSAGES, VALUE, VALUE)
def test_no_page_of_a_message_has_markup_or_controls_of_it(message: bytes, source: str, name: str) -> None:
    site = Site()
    kept = site.send(message, ApiParameters(source=source, configuration_set=name))
    for path in ("/", f"/messages/{kept.id}"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
    assert site.get(f"/api/messages/{kept.id}").status_code == 200
    assert site.get(f"/messages/{kept.id}/html").status_code in (200, 404)


@given(MESSAGES, VALUE)
def test_nor_has_the_file(message: bytes, path: str) -> None:
    examined = Examined(path, path, None, message, Interface.SEND_RAW_EMAIL, lint(message))
    page = "".join(render([examined], Style()))
    assert page.isascii()
    assert page.replace("\n", "").isprintable()
    assert_harmless(page)
