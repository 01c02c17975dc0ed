"""`sesmime lint --output-format html`: the page of messages as one file."""

from __future__ import annotations

import builtins
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import sesmime
from sesmime.linter.output import Examined, Style, Unreadable
from sesmime.linter.run import lint
from sesmime.local.page import as_file
from sesmime.ses.interfaces import Interface
from tests.cli.running import run
from tests.local.page_messages import hostile_html, image_part, png, with_html

pytestmark = pytest.mark.edges

REFUSED = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"
CLEAN = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Plain\r\nMIME-Version: 1.0\r\n\r\nHi\r\n"
TAGGED = b"X-SES-MESSAGE-TAGS: kind=order\r\n" + CLEAN


class Ids(HTMLParser):
    """The ids of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.places: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src"):
                self.places.append(value or "")


def page_of(folder: Path, *options: object) -> str:
    ran = run("lint", folder, "--isolated", "--output-format", "html", *options)
    assert ran.err == ""
    return ran.out.decode("ascii")


def examined(message: bytes, path: str = "a.eml") -> Examined:
    return Examined(path, path, None, message, Interface.SEND_RAW_EMAIL, lint(message))


def test_several_messages_are_one_page_with_an_index(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(REFUSED)
    (tmp_path / "b.eml").write_bytes(CLEAN)
    (tmp_path / "c.eml").write_bytes(with_html(hostile_html("http://x.example"), more=image_part(png(1, 2, 3), "i")))
    page = page_of(tmp_path)
    ids = Ids(page)
    assert len(ids.ids) == len(set(ids.ids))
    assert all(place.startswith("#") and place[1:] in ids.ids for place in ids.places)
    assert not ids.tags & {"script", "link", "form", "base"}
    assert re.findall(r"<li><span class=.verdict (\w+)", page) == ["refused", "taken", "warned"]
    assert "Expected to be refused: InvalidParameterValue" in page
    assert "Duplicate header &#39;Subject&#39;." in page
    assert page.count("<iframe") == 1
    assert f"lint {sesmime.__version__}" in page


def test_the_exit_code_and_the_settings_are_those_of_the_other_formats(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(REFUSED)
    assert run("lint", tmp_path / "a.eml", "--isolated", "--output-format", "html").code == 1
    ran = run("lint", tmp_path / "a.eml", "--isolated", "--output-format", "html", "--ignore", "SES101")
    assert ran.code == 0
    assert b"Expected to be refused" not in ran.out


def test_settings_of_the_command_line_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(TAGGED)
    page = page_of(tmp_path, "--tag", "kind=other")
    row = re.search(r"<tr><td>message_tags</td>.*?</tr>", page)
    assert row is not None
    assert "<code>kind=other</code>" in row[0]
    assert "X-SES-MESSAGE-TAGS: kind=order" in row[0]


def test_what_cannot_be_read_is_in_the_index() -> None:
    page = "".join(as_file.render([Unreadable("a<b>.eml", "a<b>.eml is not there"), examined(CLEAN)], Style()))
    assert "not read" in page
    assert "a&lt;b&gt;.eml is not there" in page


def test_large_inputs_stay_a_file_that_a_browser_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_file, "MAX_CHARACTERS", 100_000)
    results = [examined(CLEAN, f"clean{number}.eml") for number in range(30)]
    results += [examined(REFUSED, f"refused{number}.eml") for number in range(100)]
    page = "".join(as_file.render(results, Style()))
    assert page.count("<article") < 40
    assert page.count("<article") == page.count('<a href="#main">index')
    assert all(f"refused{number}.eml" in page for number in range(100))
    assert len(page) < 200_000
    monkeypatch.setattr(as_file, "MAX_ROWS", 50)
    page = "".join(as_file.render(results, Style()))
    assert "80 more are left out" in page
    assert "130 messages" in page


def test_a_large_message_is_bounded() -> None:
    image = image_part(b"\x89PNG" + bytes(900_000), "big")
    page = "".join(
        as_file.render([examined(with_html('<img src="cid:big">' * 10_000 + "<p>x" * 500_000, more=image))], Style())
    )
    assert len(page) < 4_000_000


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.eml").write_bytes(CLEAN)
    monkeypatch.delitem(__import__("sys").modules, "sesmime.local.page.as_file", raising=False)
    monkeypatch.delattr("sesmime.local.page.as_file", raising=False)
    importing = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "jinja2":
            raise ModuleNotFoundError(name=name)
        return importing(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    ran = run("lint", tmp_path, "--isolated", "--output-format", "html")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == "sesmime lint: the format html needs more packages: pip install 'sesmime[local]'\n"
