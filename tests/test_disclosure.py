"""What a message keeps to itself: no report, error, repr or log holds a body or an unknown field's value."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import pytest

import sesmime
from sesmime import Interface, LintConfig, Refused, SesMimeError, Submission
from sesmime.linter.output import FORMATS, Examined, Place, Style, renderer
from tests.cli.running import run
from tests.planted import MESSAGES, assert_silent

EVERY_RULE: Final = LintConfig(select=("SES", "RFC", "SEC", "BULK"), verified_identities=("example.org",))


@pytest.mark.parametrize("name", MESSAGES)
def test_no_report_holds_it(name: str) -> None:
    message = MESSAGES[name]
    for interface in (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP):
        report = sesmime.lint(message, interface=interface, config=EVERY_RULE)
        assert_silent("str", str(report))
        assert_silent("repr", repr(report))
        assert_silent("fixes", repr([finding.fix for finding in report]))
        examined = Examined("a.eml", "a.eml", Place(), message, interface, report)
        for form in FORMATS:
            assert_silent(form, "".join(renderer(form)([examined], Style(width=200))))


@pytest.mark.parametrize("name", MESSAGES)
def test_no_value_and_no_error_shows_it(name: str, caplog: pytest.LogCaptureFixture) -> None:
    message = MESSAGES[name]
    caplog.set_level(logging.DEBUG)
    root = sesmime.parse(message)
    for entity in root.walk():
        told = (entity, entity.defects, entity.content_defects(), entity.header_section, entity.header_section.fields)
        assert_silent("reading", repr(told))
        with pytest.raises((SesMimeError, StopIteration)):
            entity.text(strict=True)
            raise StopIteration
    submission = Submission(message)
    for made in (
        submission,
        sesmime.fix(message, unsafe=True, config=EVERY_RULE),
        sesmime.resolve(message),
        sesmime.resolve(message).explain(),
        sesmime.envelope(message),
        sesmime.predict_rejection(message),
        sesmime.explain_rejection("Illegal address", message),
        sesmime.translate(submission, Interface.V2_SEND_EMAIL_RAW),
        sesmime.recode(message),
    ):
        assert_silent(type(made).__name__, repr(made))
    for call in (
        sesmime.prepare,
        lambda m: sesmime.prepare_forward(m, sender="a@b.example", destination=["c@d.example"]),
    ):
        try:
            prepared = call(message)
        except Refused as refused:
            assert_silent("error", f"{refused} {refused!r} {refused.report}")
        else:
            assert_silent("prepared", repr(prepared) + repr(prepared.report))
    assert_silent("log", caplog.text)


@pytest.mark.parametrize("name", MESSAGES)
def test_no_command_writes_it_to_standard_error_or_into_a_report(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(MESSAGES[name])
    for command in (
        ["prepare", "--emit", "report"],
        ["prepare", "--emit", "report", "--interface", "smtp"],
        ["resolve"],
        ["tags"],
        ["explain", "Illegal address"],
        ["event", "--kind", "bounce"],
    ):
        ran = run(*command, file)
        assert_silent(" ".join(command), ran.err)
        if command[0] != "event":  # a record has the header section, as SES publishes it
            assert_silent(" ".join(command), ran.out)
    assert_silent("strip", run("strip", file).err)
    assert_silent("show", run("show", file).err)
