"""A report as text and as data, and a refusal as one line of a log."""

from __future__ import annotations

import json
import pickle

import pytest

from sesmime import ApiParameters, Finding, Refused, Report, Severity, lint, prepare
from sesmime.mime.values import replace, value_names
from tests.cli.running import run

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"


class TestReport:
    def test_its_text_is_what_the_command_prints_without_the_lines_of_the_message(self) -> None:
        printed = run("lint", "-", "--stdin-filename", "message", stdin=MESSAGE).out.decode().splitlines()
        for line in str(lint(MESSAGE)).splitlines():
            assert line.strip() in {one.strip() for one in printed}

    def test_its_text_names_place_rule_expected_words_and_remedy(self) -> None:
        told = str(lint(MESSAGE))
        assert told.startswith("message:4:1: SES101 repeated-field [error]\n")
        assert "expected from SES: \"Duplicate header 'Subject'.\"" in told
        assert "fix: " in told
        assert not told.endswith("\n")

    def test_one_without_findings_says_so(self) -> None:
        assert str(Report()) == "no findings"

    def test_no_control_of_a_message_is_in_its_text(self) -> None:
        told = str(lint(b"From: a@b.example\r\nTo: \x1b[31m<c@d.example\r\nX\x07: 1\r\n\r\n"))
        assert told.replace("\n", "").isprintable()

    def test_its_data_are_json_with_the_names_of_findings(self) -> None:
        report = lint(MESSAGE)
        data = json.loads(json.dumps(report.to_dict()))
        assert data == {"findings": [finding.to_dict() for finding in report], "capped_rules": [], "untold": {}}
        assert data["findings"][0]["code"] == "SES101"

    def test_its_findings_are_as_the_class_makes_them_and_frozen(self) -> None:
        for finding in lint(MESSAGE):
            made = Finding(**{name: getattr(finding, name) for name in value_names(Finding)})
            assert type(finding) is Finding
            assert (made, repr(made)) == (finding, repr(finding))
            assert pickle.loads(pickle.dumps(finding)) == finding
            with pytest.raises(AttributeError):
                finding.code = "SES102"  # type: ignore[misc]

    def test_the_worst_come_first_and_else_the_order_of_the_checks_stays(self) -> None:
        (one,) = lint(MESSAGE)[:1]
        given = [replace(one, severity=Severity(n % 3 + 1), line=n) for n in range(7)]
        assert [finding.line for finding in Report.of(iter(given))] == [2, 5, 1, 4, 0, 3, 6]


class TestRefused:
    def test_it_is_one_line_with_code_place_and_the_words_expected_from_ses(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(MESSAGE)
        line = str(raised.value)
        assert line.startswith("SES101 repeated-field at line 4, column 1: ")
        assert line.endswith("; expected from SES: 'Duplicate header 'Subject'.'")
        assert line.isprintable()

    def test_what_is_about_parameters_has_no_place(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(MESSAGE.replace(b"Subject: two\r\n", b""), parameters=ApiParameters(configuration_set="a b\n"))
        assert " at line " not in str(raised.value)
        assert str(raised.value).isprintable()

    def test_one_without_report_can_be_told(self) -> None:
        assert str(Refused(())) == "refused without a finding"
