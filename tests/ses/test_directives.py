"""Directives in texts: found where they stand, however hostile the HTML."""

from __future__ import annotations

import pytest

from sesmime import ApiParameters, Interface, MessageTag, Submission
from sesmime.mime.limits import MAX_TEXT
from sesmime.ses.directives import Directives, read_directives
from sesmime.ses.links import Link
from sesmime.ses.sent_texts import SentText, sent_texts


def links(html: str) -> tuple[Link, ...]:
    return read_directives(html.encode()).links


def only(html: str) -> Link:
    (link,) = links(html)
    return link


def at(html: bytes, place: tuple[int, int]) -> bytes:
    return html[place[0] : place[1]]


class TestLinks:
    def test_the_example_of_the_guide(self) -> None:
        html = (
            b'<a ses:tags="product:book;genre:fiction;subgenre:scifi;type:newrelease;" href="https://a.example">Buy</a>'
        )
        (link,) = read_directives(html).links
        assert [f"{name}={value}" for name, value in link.tags] == [
            *("product=book", "genre=fiction", "subgenre=scifi", "type=newrelease")
        ]
        assert at(html, link.span) == html[: html.index(b"Buy")]
        assert link.is_trackable

    @pytest.mark.parametrize("written", ["ses:no-track", "SES:NO-TRACK", 'ses:no-track=""', "ses:no-track='x'"])
    def test_no_track_is_there_or_not_whatever_its_value(self, written: str) -> None:
        assert not only(f"<a href='https://a.example' {written}>x</a>").is_trackable

    @pytest.mark.parametrize(
        ("href", "is_trackable"),
        [
            ("https://a.example", True),
            (" HTTP://a.example ", True),
            ("{{link}}", True),
            ("{{amazonSESUnsubscribeUrl}}", False),
            ("mailto:a@b.example", False),
            ("tel:1", False),
            ("#top", False),
            ("", False),
        ],
    )
    def test_links_of_the_web_are_tracked(self, href: str, is_trackable: bool) -> None:
        assert only(f'<a href="{href}">x</a>').is_trackable is is_trackable

    @pytest.mark.parametrize(
        ("value", "tags", "malformed"),
        [
            ("a:b", ["a:b"], []),
            ("a:b;", ["a:b"], []),
            ("a:b; c-d:e_f;", ["a:b", "c-d:e_f"], []),
            ("", [], [""]),
            ("a:b;;", ["a:b"], [""]),
            ("a:b;c", ["a:b"], ["c"]),
            ("a:b c;d:e", ["d:e"], ["a:b c"]),
            ("stra\u00dfe:x;d:e", ["d:e"], ["stra\u00dfe:x"]),
            ("a:&#98;", ["a:b"], []),
        ],
    )
    def test_tags_are_pairs_of_the_documented_characters(
        self, value: str, tags: list[str], malformed: list[str]
    ) -> None:
        link = only(f"<a href='https://a.example' ses:tags='{value}'>x</a>")
        assert [f"{name}:{text}" for name, text in link.tags] == tags
        assert list(link.malformed_tags) == malformed

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ("spring", "spring"),
            ("Spring_2026.sale-1", "Spring_2026.sale-1"),
            ("a" * 32, "a" * 32),
            ("a" * 33, None),
            ("", None),
            ("spring/sale", None),
            ("fr\u00fchling", None),
        ],
    )
    def test_a_custom_path_has_its_characters_and_its_length(self, value: str, path: str | None) -> None:
        assert only(f'<a href="https://a.example" ses:custom-path="{value}">x</a>').custom_path == path

    def test_the_first_of_two_attributes_counts_as_in_html(self) -> None:
        link = only('<a ses:tags="a:1" ses:tags="a:2" href="https://a.example" href="#">x</a>')
        assert link.tags == (MessageTag("a", "1"),)
        assert link.href == "https://a.example"

    @pytest.mark.parametrize(
        "html",
        [
            '<!-- <a href="https://a.example" ses:no-track> -->',
            "<!--[if mso]><a href='https://a.example'><![endif]-->",
            "<script>document.write('<a href=\"https://a.example\">')</script>",
            "<style>/* <a href='https://a.example'> */</style>",
            "&lt;a href='https://a.example'&gt;",
            "<abbr href='https://a.example'>",
            "<a name=top>",
        ],
    )
    def test_what_only_looks_like_a_link_is_none(self, html: str) -> None:
        assert links(html) == ()

    @pytest.mark.parametrize(
        "before",
        ["<![if !mso]>", "<![foo[", "<!>", "<!doctype html>", "<?xml version='1'?>", "<!-->", "<", "<1>", "& "],
    )
    def test_odd_declarations_hide_no_link_after_them(self, before: str) -> None:
        close = ">" if before == "<![foo[" else ""
        assert len(links(f"{before}{close}<a href='https://a.example'>x</a>")) == 1

    def test_what_is_misplaced_or_unknown_is_kept_apart(self) -> None:
        found = read_directives(b"<td ses:no-track><a ses:notrack ses:tags='a:b' href='https://a.example'>")
        assert [(one.directive.name, one.element) for one in found.misplaced] == [
            ("ses:no-track", "td"),
            ("ses:notrack", "a"),
        ]
        assert [one.name for one in found.links[0].directives] == ["ses:tags"]

    def test_a_tag_without_end_has_its_directive_and_is_no_link_to_click(self) -> None:
        link = only('<p><a href="https://a.example" ses:tags="a:b;')
        assert (link.is_trackable, link.malformed_tags) == (False, ("",))
        assert links('<p><a href="https://a.example') == ()


class TestPlaces:
    def test_places_are_octets_whatever_stands_before(self) -> None:
        html = "\u00fcber \U0001f600 <a href='https://\u00fc.example' ses:tags='k:v' ses:custom-path=p>".encode()
        (link,) = read_directives(html).links
        assert [at(html, one.span) for one in link.directives] == [b"k:v", b"p"]
        assert link.href is not None
        assert at(html, link.span).startswith(b"<a ")

    def test_placeholders_are_found_in_any_text(self) -> None:
        text = b"{{ses:openTracker}} {{amazonSESUnsubscribeUrl}}{{amazonSESUnsubscribeUrl}}"
        for is_html in (True, False):
            found = read_directives(text, is_html=is_html)
            assert [at(text, place) for place in found.open_trackers] == [text[:19]]
            assert [at(text, place) for place in found.unsubscribe_places] == [b"{{amazonSESUnsubscribeUrl}}"] * 2

    def test_plain_text_has_no_links(self) -> None:
        assert read_directives(b"<a href='https://a.example' ses:no-track>", is_html=False) == Directives()
        assert not read_directives(b"<a href='https://a.example'>Hi")
        assert read_directives(b"<a href='https://a.example' ses:no-track>")


# What makes a parser go over the rest of the text again and again: each is in a tag, in a script, and by itself.
_REPEATED = (
    *("<!--", "<![", "<![CDATA[", "<a ", "</a ", "<", "<?", "<!", "&#", "&", "<a ses:tags=", "<a a=", 'a="'),
    *("<script>", "<a/", "<a '", "</", "<a =", "<![if mso]>", "<style><a>", "ses:a ", "ses:a=", "ses:a = "),
    *("--!>", "<!-->", '<a x="'),
)


@pytest.mark.parametrize("before", ["", "<a ", "<script>", "<a ses:tags=", "<!--"])
@pytest.mark.parametrize("repeated", _REPEATED)
def test_much_hostile_html_is_read_at_once(before: str, repeated: str) -> None:
    html = (before + repeated * ((1 << 17) // len(repeated))).encode()
    for link in read_directives(html).links:
        assert 0 <= link.span.start < link.span.stop <= len(html)


class TestSentTexts:
    HTML = b"Content-Type: text/html\r\n\r\n"

    def test_texts_of_a_raw_message_are_decoded_and_have_their_parts(self) -> None:
        message = (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
            b"--c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n"
            b"\r\nPGE+\r\n--c--\r\n"
            b"--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n<p>\r\n"
            b"--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n"
        )
        assert [(text.part, text.is_html, text.content) for text in sent_texts(Submission(message))] == [
            ("1.1", False, b"plain"),
            ("1.2", True, b"<a>"),
        ]

    def test_utf_16_is_read_and_a_text_too_long_is_not(self) -> None:
        utf16 = b"Content-Type: text/html; charset=utf-16-le\r\n\r\n" + "{{ses:openTracker}}".encode("utf-16-le")
        (text,) = sent_texts(Submission(utf16))
        assert len(text.directives.open_trackers) == 1
        assert list(sent_texts(Submission(self.HTML + b"x" * (MAX_TEXT + 1)))) == []
        assert len(list(sent_texts(Submission(self.HTML + b"x" * MAX_TEXT)))) == 1

    @pytest.mark.parametrize(
        ("interface", "extra", "path"),
        [
            (Interface.SEND_EMAIL, {"Message": {"Body": {"Html": {"Data": "<p>"}}}}, "Message.Body.Html"),
            (
                Interface.V2_SEND_EMAIL_SIMPLE,
                {"Content": {"Simple": {"Body": {"Html": {"Data": "<p>"}}}}},
                "Content.Simple.Body.Html",
            ),
            (
                Interface.V2_SEND_EMAIL_TEMPLATE,
                {"Content": {"Template": {"TemplateContent": {"Html": "<p>"}}}},
                "Content.Template.TemplateContent.Html",
            ),
            (
                Interface.V2_SEND_BULK_EMAIL,
                {"DefaultContent": {"Template": {"TemplateContent": {"Html": "<p>"}}}},
                "DefaultContent.Template.TemplateContent.Html",
            ),
        ],
    )
    def test_texts_of_requests_have_their_paths(
        self, interface: Interface, extra: dict[str, object], path: str
    ) -> None:
        submission = Submission(None, ApiParameters(extra=extra), interface)
        assert list(sent_texts(submission)) == [SentText(True, b"<p>", parameter=path)]

    @pytest.mark.parametrize(
        "odd", [None, 1, "x", [], {"Body": 1}, {"Body": {"Html": 1}}, {"Body": {"Html": {"Data": 1}}}]
    )
    def test_a_request_of_another_form_has_none(self, odd: object) -> None:
        for interface in Interface:
            extra = {"Message": odd, "Content": {"Simple": odd, "Template": odd}, "DefaultContent": odd}
            submission = Submission(None, ApiParameters(extra=extra), interface)
            assert list(sent_texts(submission)) == []

    def test_half_a_character_is_no_error(self) -> None:
        extra = {"Message": {"Body": {"Html": {"Data": "\ud800<a ses:no-track>"}}}}
        (text,) = sent_texts(Submission(None, ApiParameters(extra=extra), Interface.SEND_EMAIL))
        assert len(text.directives.links) == 1
