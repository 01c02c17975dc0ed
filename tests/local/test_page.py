"""The page and its JSON by HTTP: bad queries, unknown ids, waiting, bounds, and escapes wherever a message is shown."""

from __future__ import annotations

import base64
import html
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sesmime.local.page.framing import MAX_IMAGES, framed_html, links_of
from sesmime.local.page.source import source_lines
from sesmime.mime.entity import parse
from sesmime.ses.tags import MessageTag
from tests.local.page_messages import (
    HOSTILE_NAME,
    HOSTILE_SUBJECT,
    attachment,
    hostile_html,
    image_part,
    png,
    with_html,
)
from tests.local.page_site import Site, raw_texts

pytestmark = pytest.mark.edges

HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"\r\nHi\r\n"
MEGABYTE = 1024 * 1024


@pytest.fixture
def site() -> Site:
    return Site()


class TestJson:
    @pytest.mark.parametrize(
        "query",
        [
            *(f"wait={value}" for value in ("abc", "-1", "nan", "inf", "1e3", "", "1" * 5_000, "0x1", "٣")),
            *(f"limit={value}" for value in ("abc", "-5", "1.5", "1" * 30, "")),
            *("verdict=good", "too=a@b.example", "to=a&to=b", "page=1"),
        ],
    )
    def test_a_bad_query_is_answered_with_400(self, site: Site, query: str) -> None:
        answer = site.get(f"/api/messages?{query}")
        assert answer.status_code == 400
        assert answer.json["error"]

    @pytest.mark.parametrize("query", ["page=-1", f"page={10**30}", "page=a", "wait=5", "verdict=x", "x=y"])
    def test_so_is_one_of_the_inbox_but_with_a_page(self, site: Site, query: str) -> None:
        answer = site.get(f"/?{query}")
        assert answer.status_code == 400
        assert "<h1>Bad Request</h1>" in answer.text

    def test_a_page_beyond_the_last_is_the_last(self, site: Site) -> None:
        for _ in range(101):
            site.send(PLAIN)
        assert "page 2 of 2" in site.get("/?page=999999999").text
        assert site.get("/?page=2").text.count("<li class=") == 1

    @pytest.mark.parametrize("path", ["", "/html", "/raw", "/parts/1"])
    @pytest.mark.parametrize("id", ["0", "x" * 5_000, "%00", "..%2f", "<script>"])
    def test_unknown_ids_are_not_found(self, site: Site, path: str, id: str) -> None:
        answer = site.get(f"/messages/{id}{path}")
        assert answer.status_code == 404
        assert "<script>" not in answer.text
        assert site.get(f"/api/messages/{id}").status_code == 404
        assert site.client.delete(f"/api/messages/{id}").status_code == 404

    def test_unknown_parts_and_rules_are_not_found(self, site: Site) -> None:
        kept = site.send(PLAIN)
        for path in (f"/messages/{kept.id}/parts/9.9", f"/messages/{kept.id}/html", "/rules/SES999", "/static/app.py"):
            assert site.get(path).status_code == 404

    def test_a_message_is_waited_for(self, site: Site) -> None:
        site.send(PLAIN)
        later = threading.Timer(0.2, lambda: site.send(PLAIN.replace(b"c@d", b"new@d")))
        later.start()
        answer = site.get("/api/messages?wait=5&to=new@d.example").json
        later.join()
        assert (answer["count"], answer["messages"][0]["recipients"]) == (1, ["new@d.example"])

    def test_waiting_ends(self, site: Site) -> None:
        begun = time.monotonic()
        assert site.get("/api/messages?wait=0.2&to=nobody").json == {"count": 0, "messages": []}
        assert 0.2 <= time.monotonic() - begun < 3

    def test_what_is_there_is_not_waited_for(self, site: Site) -> None:
        site.send(PLAIN)
        begun = time.monotonic()
        assert site.get("/api/messages?wait=50&subject=S&limit=0").json == {"count": 1, "messages": []}
        assert time.monotonic() - begun < 5

    def test_one_message_has_its_bodies_and_its_report(self, site: Site) -> None:
        kept = site.send(with_html("<p>Ünï", subject="Ünï", more=attachment("a b.pdf")))
        told = site.get(f"/api/messages/{kept.message_id}").json
        assert (told["id"], told["subject"], told["text"], told["html"]) == (kept.id, "Ünï", "Hello Bob", "<p>Ünï")
        assert told["bcc"] == ["eve@example.net"]
        assert told["attachments"] == [{"name": "a b.pdf", "type": "application/pdf", "size": 12, "part": "3"}]
        assert ["To", "bob@example.org"] in told["fields"]
        assert "SES205" in [finding["code"] for finding in told["report"]["findings"]]
        assert site.client.delete(f"/api/messages/{kept.message_id}").json == {"deleted": 1}
        assert site.get("/api/messages").json["count"] == 0


class TestLive:
    def test_what_came_before_the_stream_is_told_at_once(self, site: Site) -> None:
        serial = site.desk.inbox.serial
        site.send(PLAIN)
        stream = site.get(f"/live?since={serial}").iter_encoded()
        assert [next(stream), next(stream)] == [b"retry: 2000\n\n", f"data: {serial + 1}\n\n".encode()]
        site.desk.inbox.close()

    def test_a_stream_ends_with_the_server(self, site: Site) -> None:
        stream = site.get("/live?since=x").iter_encoded()
        assert next(stream) == b"retry: 2000\n\n"
        threading.Timer(0.1, site.desk.inbox.close).start()
        assert list(stream) == [b": still here\n\n"]


class TestFrame:
    def test_an_image_is_shown_as_often_as_there_is_room(self) -> None:
        content = png(1, 2, 3, side=400)
        big = b"\x89PNG" + bytes(MEGABYTE)
        message = with_html("", more=image_part(content, "a") + image_part(big, "b"))
        text = framed_html('<img src="cid:a"><img src="cid:b">' * 50_000, parse(message))
        assert f'src="data:image/png;base64,{base64.b64encode(content).decode()}"' in text
        assert MAX_IMAGES / 2 < len(text) < 2 * MAX_IMAGES
        assert 'src="cid:b"' in text

    def test_other_types_and_unknown_names_stay_names(self) -> None:
        svg = image_part(b"<svg/>", "s").replace(b"image/png", b"image/svg+xml")
        text = framed_html('<img src=cid:s><img src="cid:none"><p>cid:s', parse(with_html("", more=svg)))
        assert text == '<html inert><img src=cid:s><img src="cid:none"><p>cid:s'

    def test_the_policy_of_the_frame_forbids_all_but_its_own_images(self, site: Site) -> None:
        kept = site.send(with_html(hostile_html("http://x.example")))
        answer = site.get(f"/messages/{kept.id}/html", headers={"Sec-Fetch-Dest": "iframe"})
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; img-src data:;")
        assert not re.search(r"<(link|meta|base|i?frame|object|embed|video|audio)\b", answer.text, re.IGNORECASE)
        assert answer.text.startswith("<!doctype html><html inert>")
        page = site.get(f"/messages/{kept.id}")
        assert page.headers["Content-Security-Policy"].endswith(f"frame-src http://localhost/messages/{kept.id}/html")

    @pytest.mark.parametrize("before", ["", "\ufeff", " \r\n", "<!-- a\n<link> -->\n", "<!---->" * 50])
    def test_the_doctype_stays_the_first(self, before: str) -> None:
        text = framed_html(f"{before}<!DOCTYPE html PUBLIC 'x'>\n<p>", parse(b""))
        assert text == f"{before}<!DOCTYPE html PUBLIC 'x'><html inert>\n<p>"

    def test_downloads_have_harmless_names_and_types(self, site: Site) -> None:
        kept = site.send(with_html("<p>", more=attachment(HOSTILE_NAME) + attachment("größe\r\nX: y.pdf")))
        for path, name in (("3", "gnp.exe"), ("4", "gr_eX__y.pdf")):
            answer = site.get(f"/messages/{kept.id}/parts/{path}")
            assert answer.data == b"content"
            assert answer.content_type == "application/octet-stream"
            assert f'filename="{name}"' in answer.headers["Content-Disposition"]
            assert "X" not in answer.headers
        assert site.get(f"/messages/{kept.id}/raw").data == kept.message


def large(factor: int) -> Iterator[tuple[str, bytes]]:
    """Return messages that grow with a factor, each in a way of its own; 16 is the largest that SES takes."""
    size = factor * 40 * MEGABYTE // 16
    yield "lines", HEAD + b"\r\n" + b"\n" * size
    yield "one line", HEAD + b"\r\n" + b"\x00" * size
    yield "bidi", HEAD + b"\r\n" + b"<&\xe2\x80\xae'\"" * (size // 7)
    encoded = base64.encodebytes(b"<a href=x <link cid: " * (size // 29))
    yield "html", HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded
    part = b"--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: z\r\n\r\nx\r\n"
    yield "parts", HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * (10_000 * factor // 16)
    bad = b"Subject: s\r\nX-SES-CONFIGURATION-SET: \x01<\r\nX-Bad\r\n"
    yield "fields", bad * (100 * factor) + PLAIN
    yield "subject", b"Subject: " + b"\x1b<" * (size // 8) + b"\r\n" + PLAIN


class TestBounds:
    @pytest.mark.slow
    def test_time_grows_as_the_message_and_the_page_does_not(self, site: Site) -> None:
        took: dict[str, list[float]] = {}
        for factor in (1, 4, 16):
            for name, message in large(factor):
                kept = site.send(message)
                for path in ("/", f"/messages/{kept.id}", f"/messages/{kept.id}/html"):
                    begun = time.process_time()
                    answer = site.get(path)
                    took.setdefault(name + path.replace(kept.id, ""), []).append(time.process_time() - begun)
                    assert answer.status_code in (200, 404)
                    assert len(answer.data) < 3_000_000, (name, path)
                site.desk.inbox.delete()
        for name, (small, _, big) in took.items():
            assert big < 2.5, name
            assert big < 16 * max(small, 0.1), name

    def test_hundreds_of_findings_are_shown_as_far_as_they_can_be_read(self, site: Site) -> None:
        part = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a%d.exe\r\n\r\nx\r\n"
        parts = b"".join(part % number for number in range(900))
        kept = site.send(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n")
        text = site.get(f"/messages/{kept.id}").text
        assert len(text) < 1_000_000
        assert text.count('<li class="finding') == min(200, len(kept.report))

    def test_later_lines_are_shown_where_a_finding_is_in_them(self, site: Site) -> None:
        body = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"x\r\n" * 5_000
        last = b"--b\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n--b--\r\n"
        kept = site.send(HEAD + body + last)
        shown = source_lines(kept.message or b"", kept.report)
        assert shown.is_cut
        lines = (kept.message or b"").split(b"\n")
        for line in shown.lines:
            assert lines[line.number - 1].rstrip(b"\r").decode() == line.text
        (later,) = [line for line in shown.lines if line.number > 2_000]
        assert later.skips
        assert later.text == "Content-Disposition: attachment; filename=a.exe"
        assert later.findings[0].code == "SES405"


class TestEscapes:
    def test_whatever_is_hostile_is_escaped_in_every_place(self, site: Site) -> None:
        evil = "<b>\x1b[31m\u202e\u2066\x00\x85'\"&\ud800"
        kept = site.send(with_html("<p>", subject=HOSTILE_SUBJECT, more=attachment(HOSTILE_NAME)))
        kept.sender = kept.subject = kept.region = kept.operation = evil
        kept.configuration_set = kept.source_ip = kept.rendering_failure = evil
        kept.recipients, kept.tags = (evil, evil), (MessageTag(evil, evil),)
        kept.request = {evil: [evil, {evil: evil.encode("utf-8", "surrogatepass")}]}
        for refusal in (None, (evil, evil)):
            kept.refusal = refusal
            for path in ("/", f"/messages/{kept.id}", "/?q=x", "/?q=%3Cb%3E%1b%e2%80%ae"):
                page = site.get(path)
                assert page.status_code == 200
                assert "<b>" not in page.text
                assert "\ufffd" not in page.text
                assert raw_texts(page.text).isprintable()
                assert "<b>\\x1b[31m\\u202e\\u2066\\x00\\x85'\"&" in html.unescape(page.text) or "?q" in path
        assert site.get(f"/api/messages/{kept.id}").data.isascii()

    def test_a_fault_of_ours_shows_no_traceback(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*arguments: object) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr(site.desk.inbox, "messages", fail)
        answer = site.get("/")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "secret" in caplog.text


def test_a_form_of_the_page_is_taken_and_one_of_others_is_not(local: Callable[..., Any]) -> None:
    ses = local(any_identity=True)
    for origin, refused in ((ses.endpoint_url, False), ("http://evil.example", True), ("null", True)):
        request = urllib.request.Request(f"{ses.endpoint_url}/delete", data=b"", headers={"Origin": origin})
        if refused:
            with pytest.raises(urllib.error.HTTPError, match="403") as caught:
                urllib.request.urlopen(request)
            caught.value.close()
        else:
            with urllib.request.urlopen(request) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("<a href=\"https://x.example/a>b\" title=c>d</a><AREA HREF = 'https://y.example/'>", ["a>b", ""]),
        ("<a href= href=https://x.example/1>1</a> <a href=https://x.example/2>2</a>", ["href=1", "2"]),
        ('<a <a <a href="https://x.example/" href=https://y.example/>', [""]),
        ("<abbr href=https://x.example/><a href=#top><a hrefs=x><a>", []),
        ("<a " * 400 + "href=https://x.example/1>", ["1"]),
        ("<a href=https://x.example/%d>" * 150 % tuple(range(150)), [str(number) for number in range(100)]),
    ],
)
def test_links_are_found_in_their_tags(text: str, links: list[str]) -> None:
    assert [re.sub("https://[xy].example/", "", link) for link in links_of(text)] == links
