"""The page in headless Chromium: readable, usable without JavaScript, and deaf to what messages want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.local import LocalSes, Options
from tests.cli.running import run
from tests.local.browsing import Outside, contrast, launched
from tests.local.conftest import client_of
from tests.local.page_messages import (
    HOSTILE_NAME,
    HOSTILE_SUBJECT,
    attachment,
    hostile_html,
    image_part,
    png,
    send_raw,
    with_html,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFUSED = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"
PLAIN = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Plain\r\n\r\nHi\r\n"
LINKS = ("plain", "blank", "top", "parent", "script", "ping", "data", "save", "own")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from launched()


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalSes]:
    with LocalSes(Options(any_identity=True)) as ses:
        client_of(ses, "sesv2").create_configuration_set(ConfigurationSetName="news")
        yield ses


@pytest.fixture
def ses(server: LocalSes) -> LocalSes:
    server.inbox.delete()
    return server


class Tab:
    """A tab of its own context: what it asked for, what it complained about."""

    def __init__(self, browser: Any, ses: LocalSes | None = None, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self._home = None if ses is None else ses.endpoint_url
        self.requests: list[str] = []
        self.blocked: dict[str, str | None] = {}
        self.dialogs: list[str] = []
        self.pages: list[Any] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("requestfailed", lambda request: self.blocked.update({request.url: request.failure}))
        self.context.on("page", self._opened)
        self.page.on("dialog", self._asked)

    def _asked(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _opened(self, page: Any) -> None:
        self.pages.append(page)

    def go(self, path: str) -> Any:
        self.page.goto(path if self._home is None else f"{self._home}{path}")
        return self.page

    def assert_silent(self, outside: Outside, *, settle: int = 700) -> None:
        """Nothing ran, and nothing was asked of the server outside."""
        self.page.wait_for_timeout(settle)
        assert outside.heard == []
        assert self.dialogs == []
        assert self.pages == []
        assert "ran" not in self.page.title()
        # Those that Chromium tells of never left it: a policy forbids them, or the origin (`use` of SVG).
        home = self._home or "file:"
        elsewhere = [url for url in self.requests if not url.startswith((home, "data:"))]
        assert {self.blocked.get(url) for url in elsewhere} <= {"csp", "origin"}


@pytest.fixture
def tab(browser: Any, ses: LocalSes) -> Iterator[Callable[..., Tab]]:
    tabs: list[Tab] = []

    def make(**options: Any) -> Tab:
        tabs.append(Tab(browser, ses, **options))
        return tabs[-1]

    yield make
    for one in tabs:
        one.context.close()


def click_everywhere(page: Any, frame: Any) -> None:
    """Click the links and the button of the hostile HTML in all ways, and with the keyboard."""
    for name in (*LINKS, "send"):
        element = frame.locator(f"#{name}")
        element.evaluate("(element) => element.scrollIntoView()")
        box = element.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, button="middle")
        for key in ("Control", "Shift"):
            page.keyboard.down(key)
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.keyboard.up(key)
    frame.locator("h1").click(force=True)
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") != "IFRAME":
            break
        page.keyboard.press("Enter")


class TestInbox:
    def test_it_is_renewed_when_something_arrives(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        page = tab().go("/")
        assert page.get_by_text("Nothing yet").is_visible()
        for subject in (b"First", b"Second"):
            send_raw(ses, PLAIN.replace(b"Plain", subject))
        page.get_by_text("Second").wait_for(timeout=5_000)
        assert page.locator("ol.inbox > li").count() == 2
        assert page.title() == "Inbox (2) · sesmime"

    def test_what_is_typed_and_focused_stays(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        send_raw(ses, PLAIN)
        page = tab().go("/")
        page.get_by_label("Recipient").fill("c@d")
        page.wait_for_timeout(300)
        send_raw(ses, PLAIN.replace(b"Plain", b"Later"))
        page.get_by_text("Later").wait_for(timeout=5_000)
        assert page.get_by_label("Recipient").input_value() == "c@d"
        assert page.evaluate("document.activeElement.name") == "to"

    def test_it_works_without_javascript(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        send_raw(ses, PLAIN)
        send_raw(ses, REFUSED)
        page = tab(java_script_enabled=False).go("/")
        page.get_by_label("Verdict").select_option("refused")
        page.get_by_role("button", name="Search").click()
        assert page.locator("ol.inbox > li").count() == 1
        page.locator("ol.inbox a").click()
        assert page.get_by_role("heading", name="Refused: InvalidParameterValue").is_visible()
        page.get_by_role("button", name="Delete").click()
        assert page.locator("ol.inbox > li").count() == 1
        page.get_by_role("button", name="Delete all messages").click()
        assert page.get_by_text("Nothing yet").is_visible()
        assert len(ses.inbox) == 0

    def test_search_and_filters(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        tags = [{"Name": "kind", "Value": "order"}]
        send_raw(ses, PLAIN.replace(b"Plain", b"Tagged"), Tags=tags, ConfigurationSetName="news")
        send_raw(ses, PLAIN.replace(b"c@d", b"other@d"))
        send_raw(ses, REFUSED)
        page = tab().go("/")
        for label, value, subjects in (
            ("Search", "TAGGED", ["Tagged"]),
            ("Recipient", "other@", ["Plain"]),
            ("Tag", "kind=order", ["Tagged"]),
            ("Configuration set", "news", ["Tagged"]),
        ):
            page.get_by_label(label, exact=True).fill(value)
            page.keyboard.press("Enter")
            page.wait_for_url("**/?q=*")
            assert page.locator(".subject").all_inner_texts() == subjects
            page.get_by_role("link", name="show all").click()
        page.get_by_label("Verdict").select_option("taken")
        page.get_by_role("button", name="Search").click()
        assert page.locator(".subject").all_inner_texts() == ["Plain", "Tagged"]


class TestHostileHtml:
    def test_nothing_runs_and_nothing_is_requested(
        self, ses: LocalSes, tab: Callable[..., Tab], outside: Outside
    ) -> None:
        id = send_raw(ses, with_html(hostile_html(outside.origin)))
        one = tab()
        page = one.go(f"/messages/{id}")
        page.frame_locator("iframe.html").get_by_text("Hostile").wait_for()
        one.assert_silent(outside)

    @pytest.mark.parametrize("where", ["message", "alone"])
    def test_no_link_and_no_form_leads_away(
        self, ses: LocalSes, tab: Callable[..., Tab], outside: Outside, where: str
    ) -> None:
        id = send_raw(ses, with_html(hostile_html(outside.origin)))
        one = tab()
        page = one.go(f"/messages/{id}{'/html' if where == 'alone' else ''}")
        before, frame = page.url, page.frame_locator("iframe.html")
        click_everywhere(page, frame)
        one.assert_silent(outside)
        assert page.url == before
        assert frame.get_by_text("Hostile").is_visible()
        assert not any(url.endswith("/api/messages") for url in one.requests)

    def test_where_links_lead_is_told(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        page = tab().go(f"/messages/{send_raw(ses, with_html(hostile_html('http://127.0.0.1:9')))}")
        page.locator(".links summary").click()
        told = page.locator(".links li").all_inner_texts()
        assert told[0] == "http://127.0.0.1:9/plain"
        assert "javascript:fetch('http://127.0.0.1:9/javascript')" in told

    def test_opened_directly_it_is_framed(self, ses: LocalSes, tab: Callable[..., Tab], outside: Outside) -> None:
        id = send_raw(ses, with_html(hostile_html(outside.origin)))
        one = tab()
        page = one.go(f"/messages/{id}/html")
        page.frame_locator("iframe.html").get_by_text("Hostile").wait_for()
        one.assert_silent(outside)

    def test_the_test_would_hear_of_it(self, browser: Any, outside: Outside, tmp_path: Path) -> None:
        file = tmp_path / "page.html"
        file.write_text(
            f'<link rel=preconnect href="{outside.origin}"><img src="{outside.origin}/a">', encoding="utf-8"
        )
        one = Tab(browser)
        one.go(file.as_uri())
        one.page.wait_for_timeout(1_500)
        one.context.close()
        assert b"GET /a HTTP/1.1" in outside.heard

    def test_images_of_the_message_are_shown(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        html = '<img id=a src="cid:red%40x"><p id=b style="background: url( cid:red@x )">see cid:red@x</p>'
        id = send_raw(ses, with_html(html, more=image_part(png(255, 0, 0), "red@x")))
        page = tab().go(f"/messages/{id}")
        frame = page.frame_locator("iframe.html")
        frame.locator("#a").wait_for()
        assert frame.locator("#b").inner_text() == "see cid:red@x"
        shot = frame.locator("#a")
        page.wait_for_function("document.querySelector('iframe.html')")
        assert shot.bounding_box()["width"] == 32
        assert page.frames[1].evaluate("1 + 1") == 2  # Playwright's own world, not the page's


class TestMessage:
    def test_a_refused_one_says_why_where_and_what_to_do(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        page = tab().go(f"/messages/{send_raw(ses, REFUSED)}")
        banner = page.locator(".banner.refused")
        assert "Duplicate header 'Subject'." in banner.inner_text()
        assert "To do: remove this field" in banner.inner_text()
        banner.get_by_role("link", name="line 4").click()
        marked = page.locator("#line-4")
        assert marked.locator("code").inner_text() == "Subject: two"
        assert "SES101" in marked.inner_text()
        banner.get_by_role("link", name="SES101").click()
        assert page.get_by_role("heading", level=1).inner_text().startswith("SES101")

    def test_hostile_names_are_shown_and_saved_harmlessly(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        message = with_html("<p>x", subject=HOSTILE_SUBJECT, more=attachment(HOSTILE_NAME, b"octets"))
        id = send_raw(ses, message)
        one = tab(accept_downloads=True)
        page = one.go("/")
        assert "\\u202eevil" in page.locator(".subject").inner_text()
        page.locator("ol.inbox a").click()
        heading = page.get_by_role("heading", level=1).inner_text()
        assert "<script>alert(1)</script> \\u202eevil\\u202c \\x07bell" in heading
        with page.expect_download() as saving:
            page.locator("#attachments a").first.click()
        name = saving.value.suggested_filename
        assert name.isprintable()
        assert not set(name) & set('<>"/\\\u202e')
        assert Path(saving.value.path()).read_bytes() == b"octets"
        with page.expect_download() as saving:
            page.get_by_role("link", name="Download raw").click()
        assert saving.value.suggested_filename == f"{id}.eml"
        assert Path(saving.value.path()).read_bytes() == message
        assert one.dialogs == []

    def test_more_events_are_made_and_shown(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        page = tab().go(f"/messages/{send_raw(ses, PLAIN, ConfigurationSetName='news')}")
        for kind in ("bounce", "complaint", "delivery", "open", "click"):
            page.get_by_role("button", name=kind).click()
            page.locator("ol.events strong", has_text=kind.capitalize()).last.wait_for(timeout=5_000)
        page.locator("summary").last.click()
        assert '"eventType": "Click"' in page.locator("details[open] pre").inner_text()

    def test_events_arrive_while_it_is_read(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        id = send_raw(ses, PLAIN)
        page = tab().go(f"/messages/{id}")
        page.wait_for_timeout(300)
        kept = ses.inbox.get(id)
        assert kept is not None
        ses.publisher.make(kept, "complaint")
        page.locator("ol.events strong", has_text="Complaint").wait_for(timeout=5_000)

    def test_settings_say_what_was_overruled_and_why(self, ses: LocalSes, tab: Callable[..., Tab]) -> None:
        message = b"X-SES-MESSAGE-TAGS: kind=field\r\n" + PLAIN
        id = send_raw(ses, message, Tags=[{"Name": "kind", "Value": "parameter"}], Destinations=["blind@d.example"])
        page = tab().go(f"/messages/{id}")
        row = page.locator("table.settings tr", has_text="message_tags").inner_text()
        assert "kind=parameter" in row
        assert "X-SES-MESSAGE-TAGS: kind=field" in row
        assert "SES uses only the tags of the parameter" in row
        assert "blind@d.example" in page.locator(".facts").inner_text()


class TestAppearance:
    @pytest.fixture
    def paths(self, ses: LocalSes) -> list[str]:
        html = "<p>x</p>" * 50
        long = send_raw(ses, with_html(html, subject="L" * 400, more=attachment("n" * 200)), Tags=[])
        refused = send_raw(ses, REFUSED.replace(b"one", b"o" * 900))
        settings = send_raw(ses, b"X-SES-MESSAGE-TAGS: " + b"k" * 200 + b"=v\r\nX-SES-CONFIGURATION-SET: n\r\n" + PLAIN)
        return ["/", *(f"/messages/{id}" for id in (long, refused, settings)), "/rules", "/rules/SES101", "/none"]

    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_nothing_is_wider_than_the_screen(self, paths: list[str], tab: Callable[..., Tab], width: int) -> None:
        one = tab(viewport={"width": width, "height": 700})
        for path in paths:
            page = one.go(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_texts_can_be_read_in_both_schemes(self, paths: list[str], tab: Callable[..., Tab], scheme: str) -> None:
        one = tab(color_scheme=scheme)
        for path, selectors in (
            (
                "/",
                ("h1", ".meta", ".subject", ".why", ".verdict.refused", ".verdict.warned", "button", ".search label"),
            ),
            (paths[2], (".banner p", ".facts dt", ".finding", ".source code", ".inline", ".sections a", ".expected")),
        ):
            page = one.go(path)
            for selector in selectors:
                assert contrast(page, selector) >= 4.5, selector
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(20, 23, 26)") == (scheme == "dark")

    def test_the_keyboard_and_the_labels(self, paths: list[str], tab: Callable[..., Tab]) -> None:
        page = tab().go("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        for path in paths:
            page.goto(f"{page.url.rstrip('/').partition('/messages')[0].partition('/rules')[0]}{path}")
            assert page.locator("h1").count() == 1, path
            assert page.evaluate("document.documentElement.lang") == "en"
            unnamed = page.evaluate(
                """[...document.querySelectorAll("input, select, iframe, button, a")].filter(
                  (e) => !(e.labels?.length || e.title || e.textContent.trim())).length"""
            )
            assert unnamed == 0, path


class TestFile:
    def test_a_file_for_ci_asks_nobody(self, browser: Any, outside: Outside, tmp_path: Path) -> None:
        more = image_part(png(0, 200, 0), "g@x") + attachment(HOSTILE_NAME)
        html = hostile_html(outside.origin) + '<img id=g src="cid:g@x">'
        (tmp_path / "hostile.eml").write_bytes(with_html(html, subject=HOSTILE_SUBJECT, more=more))
        (tmp_path / "refused.eml").write_bytes(REFUSED)
        (tmp_path / "plain.eml").write_bytes(PLAIN)
        found = tmp_path / "found.html"
        assert run("lint", tmp_path, "--isolated", "--output-format", "html", "-o", found).code == 1
        one = Tab(browser, color_scheme="dark", viewport={"width": 360, "height": 700})
        page = one.go(found.as_uri())
        frame = page.frame_locator("iframe.html").first
        assert frame.locator("#g").bounding_box()["width"] == 32
        assert page.locator(".index li").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".index a", has_text="refused.eml").click()
        assert page.locator(":target .banner.refused h2").is_visible()
        click_everywhere(page, frame)
        one.assert_silent(outside)
        one.context.close()
