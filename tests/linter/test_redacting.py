"""Reports without addresses: no form of them, and no report of `prepare`, holds one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from sesmime.linter.output import FORMATS
from sesmime.linter.output.redacting import redacted_text, redacted_value
from tests.cli.running import run

MESSAGE: Final = (
    b'From: Joe <joe.private@b.example>\r\nTo: "joe private"@c.example, joe.private@@d, joe.private@d@e\r\n'
    b"Cc: joe.private\xe9@b.example\r\nReply-To: joe.private@[1.2.3\r\nSubject: s\r\nX-Key: joe.private@b.example\r\n"
    b"List-Unsubscribe: <mailto:joe.private@b.example>\r\nMessage-ID: <joe.private@b.example\r\n\r\n"
    b"joe.private@b.example\r\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "a.eml"
    made.write_bytes(MESSAGE)
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_holds_an_address(form: str, file: Path) -> None:
    options = ("--output-format", form, "--select", "SES,RFC,SEC,BULK", "--interface", "smtp")
    plain, redacted = run("lint", file, *options), run("lint", file, *options, "--redact")
    assert redacted.code == plain.code == 1
    assert b"joe" in plain.out.lower()
    assert b"joe" not in redacted.out.lower().replace(b"-joe", b"")
    assert redacted.out.count(b"SES201") == plain.out.count(b"SES201") > 0


def test_a_report_of_prepare_holds_none(file: Path) -> None:
    plain, redacted = run("prepare", file, "--emit", "report"), run("prepare", file, "--emit", "report", "--redact")
    assert redacted.code == plain.code == 1
    assert b"joe" in plain.out
    assert b"joe" not in redacted.out
    assert redacted.err == ""
    assert redacted.json.keys() == plain.json.keys()


def test_a_diff_shows_the_message_itself(file: Path) -> None:
    ran = run("lint", file, "--diff", "--redact")
    assert (ran.code, ran.err) == (
        2,
        "sesmime lint: --redact cannot be used with --diff, which shows the message itself\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "<a@b.example>",
        "'a@b'",
        "x a.b+c@d.example, y",
        '"a b"@c.example',
        '"a \\" b"@c',
        "a@[1.2.3.4]",
        "a@b@c",
        "ü@ü.example",
    ],
)
def test_an_address_is_hidden_wherever_it_is(text: str) -> None:
    told = redacted_text(text)
    assert "***@***" in told
    assert not set("abcdü") & set(told)
    assert redacted_value({"x": [text, (text,)], text: 1}) == {"x": [told, [told]], told: 1}


@pytest.mark.parametrize("text", ["", "no address", "at @ all", "@media"])
def test_other_texts_stay(text: str) -> None:
    assert redacted_text(text) == text


def test_hiding_takes_linear_time_on_quotes() -> None:
    assert redacted_text('"' * 50_001 + "@") == '"' * 49_999 + "***@***"
