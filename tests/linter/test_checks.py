"""What fails, and what becomes of it: `Checks`, and the names of severities."""

from __future__ import annotations

import warnings

import pytest

from sesmime import InvalidSetting, LintConfig, Refused, Severity, lint
from sesmime.linter.checks import LINT, Checks, SesMimeWarning
from sesmime.linter.findings import LEVELS

REPORT = lint(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\nMIME-Version: 1\r\n\r\nHi\r\n")


def test_what_is_at_or_above_the_level_fails() -> None:
    assert {finding.severity for finding in REPORT} == {Severity.ERROR, Severity.WARNING}
    assert {finding.severity for finding in Checks().failing(REPORT)} == {Severity.ERROR}
    assert Checks(level=Severity.INFO).failing(REPORT) == REPORT


def test_what_fails_is_refused_with_the_whole_report() -> None:
    with pytest.raises(Refused) as caught:
        Checks().judge(REPORT)
    assert caught.value.report == REPORT


def test_what_fails_is_told_by_a_warning_at_the_line_of_the_caller() -> None:
    with pytest.warns(SesMimeWarning, match=r"^ses\.SendRawEmail: SES101 ") as caught:
        Checks(lint="warn").judge(REPORT, about="ses.SendRawEmail: ")
    assert caught[0].filename == __file__
    warning = caught[0].message
    assert isinstance(warning, SesMimeWarning)
    assert warning.report == Checks().failing(REPORT)


def test_nothing_is_said_where_nothing_fails_or_nobody_asks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Checks(lint="off").judge(REPORT)
        for asked in LINT:
            Checks(lint=asked, config=LintConfig()).judge(lint(b"From: a@b.example\nTo: c@d.example\n\nHi\n"))


def test_another_word_for_what_becomes_of_it_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="it must be error, warn or off"):
        Checks(lint="warning")  # type: ignore[arg-type]


@pytest.mark.parametrize("severity", Severity)
def test_a_severity_is_named_in_any_case_or_given_as_it_is(severity: Severity) -> None:
    assert Severity.of(severity) is severity
    assert Severity.of(severity.name.lower()) is Severity.of(severity.name.title()) is severity
    assert severity.name.lower() in LEVELS


def test_what_names_no_severity_is_refused() -> None:
    with pytest.raises(ValueError, match="severity 'bad' is invalid: it must be one of error, warning, info"):
        Severity.of("bad")
    with pytest.raises(TypeError, match="int"):
        Severity.of(3)  # type: ignore[arg-type]
