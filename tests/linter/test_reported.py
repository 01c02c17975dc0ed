"""What people reported of the linter, and what a fuzzer found: the inputs stand beside the checkout."""

from __future__ import annotations

import pytest

from sesmime import Attachment, Finding, LintConfig, build, lint, parse
from tests import laws
from tests.conftest import shared

TOP = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def findings(message: bytes, code: str) -> list[Finding]:
    return [finding for finding in lint(message, config=LintConfig(select=("",))) if finding.code == code]


def case(*path: str) -> bytes:
    return shared("cases", *path).read_bytes()


def test_a_boundary_folded_inside_its_quotes_is_told() -> None:
    (finding,) = findings(case("reading", "09-folded-boundary-lf.eml"), "RFC411")
    assert "folded inside its quotes" in finding.message


def test_a_correctly_encoded_replacement_character_is_no_fault() -> None:
    message = case("reading", "12-rfc111-fffd.eml")
    assert findings(message, "RFC111") == []
    broken = message.replace(b"=EF=BF=BD", b"=EF=BF")
    assert len(findings(broken, "RFC111")) == 1


def test_a_content_id_that_no_part_has_is_told() -> None:
    (finding,) = findings(case("ses", "47.eml"), "RFC413")
    assert (finding.part, finding.line) == ("1", 10)
    assert "(cid:)" in finding.message
    assert "logo" not in finding.message  # it is text of the body


def test_an_empty_charset_is_one_error() -> None:
    message = TOP + b"Content-Type: text/plain; charset=\r\n\r\nhi\r\n"
    assert [finding.code for finding in lint(message) if finding.severity.name == "ERROR"] == ["SES402"]


def test_a_field_that_a_blank_makes_part_of_to_is_named() -> None:
    message = b"From: a@b.example\r\nTo: c@d.example\r\n Subject: x\r\n\r\nhi\r\n"
    (finding,) = findings(message, "SES201")
    assert finding.message == "the line Subject: begins with a blank, which makes it a part of To"
    assert finding.line == 3
    assert finding.fix is not None
    assert finding.fix.title == "remove the blank before Subject"


def test_a_group_on_a_folded_line_is_no_field() -> None:
    message = b"From: a@b.example\r\nTo: c@d.example,\r\n Friends: e@f.example;,, .\r\nSubject: x\r\n\r\nhi\r\n"
    assert all("begins with a blank" not in finding.message for finding in findings(message, "SES201"))


@pytest.mark.parametrize("name", ["unescaped-defect.eml", "unescaped-finding-SES206.eml"])
def test_texts_of_findings_and_defects_hold_no_raw_control(name: str) -> None:
    message = case("hostile", name)
    laws.read_everything(parse(message))
    assert laws.lints(message)


def test_an_attachment_with_a_content_id_is_inline_unless_told() -> None:
    for given, shown in ((None, "inline"), ("attachment", "attachment")):
        logo = Attachment(b"x", "logo.png", content_id="logo", disposition=given)
        message = build(sender="a@b.example", to=["c@d.example"], html='<img src="cid:logo">', attachments=[logo])
        assert [part.disposition for part in parse(message).walk() if part.content_type == "image/png"] == [shown]
    assert repr(Attachment(b"x", content_id="logo")) == "Attachment(1 bytes, content_id='logo')"


def test_blanks_at_the_end_of_a_string_without_an_end_are_not_removed_safely() -> None:
    message = TOP + b'Content-Type: application/pdf; name="setup.e\r\n \r\n\r\n%PDF-1.4\r\n'
    (finding,) = findings(message, "RFC109")
    assert finding.fix is not None
    assert not finding.fix.is_safe
    laws.fixes_for_every_reader(message)
