"""`sesmime rule`, `sesmime rules` and `sesmime explain`."""

from __future__ import annotations

import json
import sys

import pytest

from sesmime import Interface, prepare_forward
from sesmime.linter.answers import explain_rejection
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.listing import OF_FORWARDS, all_rules, rule_codes, rule_of
from sesmime.linter.output import Examined, Style, sarif
from tests.cli.running import PLAIN, REPEATED, Ran, run

PAGE = "https://docs.aws.amazon.com/ses/latest/dg/header-fields.html"
RULE_NAMES = ["code", "name", "summary", "explanation", "severity", "evidence", "source"]


class TestRule:
    def test_a_page_tells_name_summary_explanation_severity_evidence_and_source(self) -> None:
        ran = run("rule", "SES101")
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.decode().splitlines()
        assert lines[:4] == [
            "SES101 repeated-field",
            "",
            "A field that SES accepts only once is repeated.",
            "",
        ]
        assert lines[-4:] == [
            "",
            "  severity  error",
            "  evidence  DOCUMENTED: AWS documents it",
            f"  source    {PAGE}",
        ]
        assert "a forwarder keeps a second DKIM-Signature" in " ".join(lines)
        assert max(map(len, lines)) <= 80

    def test_a_page_shows_a_message_that_is_found_what_becomes_of_it_and_one_that_is_let_pass(self) -> None:
        lines = run("rule", "SES101").out.decode().splitlines()
        bad, good = lines.index("Bad:"), lines.index("Good:")
        assert "    Mime-Version: 1.0" in lines[bad:good]
        assert "    Mime-Version: 1.0" not in lines[good:]
        told = " ".join(" ".join(lines[bad:good]).split())
        assert "expected from SES \"Duplicate header 'MIME-Version'.\" [OBSERVED]" in told
        assert "fix remove this field and keep the first (safe)" in told
        assert "    -Mime-Version: 1.0" in lines[bad:good]

    @pytest.mark.slow
    def test_every_page_shows_both_within_the_width(self) -> None:
        for rule in all_rules():
            lines = run("rule", rule.code).out.decode().splitlines()
            assert {"Bad:", "Good:"} <= set(lines), rule.code
            # A word that is longer, such as the address of a source, is not broken.
            assert all(len(line) <= 80 or len(line.split()[-1]) > 50 for line in lines), rule.code

    def test_a_diff_has_colours_on_a_terminal(self) -> None:
        assert "\x1b[31m-Mime-Version: 1.0\x1b[0m" in run("rule", "SES101", terminal=True).out.decode()

    def test_what_a_standard_or_a_provider_documents_is_not_put_into_the_mouth_of_aws(self) -> None:
        for code, who in (
            ("SES101", "AWS documents it"),
            ("RFC101", "the source documents it"),
            ("BULK101", "the source documents it"),
        ):
            assert f"  evidence  DOCUMENTED: {who}\n" in run("rule", code).out.decode()
        assert "  evidence  ASSUMED: not confirmed; the safest assumption\n" in run("rule", "SEC302").out.decode()

    def test_a_rule_that_is_off_by_default_says_how_it_is_turned_on(self) -> None:
        for code in ("BULK101", "SES105"):
            line = f"  default   off; `sesmime lint --extend-select {code}` turns it on\n"
            assert run("rule", code).out.decode().endswith(line)
        assert b"  default " not in run("rule", "SES101", "RFC101", "SEC101").out

    def test_what_only_a_forward_tells_of_is_known(self) -> None:
        made = prepare_forward(
            b"From: J\xc3\xb8ran <j\xc3\xb8ran@example.net>\nTo: undisclosed, a@b.example\n\nHi\n",
            sender="us@b.example",
            destination=["c@d.example"],
        )
        told = {finding.code: finding for finding in made.report if finding.code in OF_FORWARDS}
        assert set(told) == set(OF_FORWARDS)
        for code, finding in told.items():
            rule = rule_of(code)
            assert (rule.name, rule.severity, rule.evidence, rule.source) == (
                finding.name,
                finding.severity,
                finding.evidence,
                finding.url,
            )
            assert run("rule", rule.name).out.decode().startswith(f"{code} {rule.name}\n")
            assert f"{code} " in run("rules").out.decode()
            assert json.loads(run("rule", "--json", code).out)["source"] == finding.url
            examined = Examined("a.eml", None, None, b"From: a@b.example\n\nHi\n", Interface.SEND_RAW_EMAIL, (finding,))
            log = "".join(sarif.render([examined], Style()))
            assert json.loads(log)["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == finding.url

    def test_a_rule_may_be_called_by_its_name(self) -> None:
        assert run("rule", "repeated-field") == run("rule", "ses101") == run("rule", "SES101")

    def test_several_rules_are_told_one_after_the_other(self) -> None:
        both = run("rule", "SES101", "SES102").out
        assert both == run("rule", "SES101").out + b"\n" + run("rule", "SES102").out

    def test_json_is_an_object_and_a_list_for_several(self) -> None:
        one = run("rule", "SES101", "--json").json
        assert list(one) == RULE_NAMES
        assert (one["code"], one["name"], one["severity"]) == ("SES101", "repeated-field", "ERROR")
        assert (one["evidence"], one["source"]) == ("DOCUMENTED", PAGE)
        assert one["summary"] == "A field that SES accepts only once is repeated."
        assert one["explanation"].startswith("This is by far the most common refusal: ")
        assert "\n" not in one["explanation"]
        both = run("rule", "SES101", "SES102", "--json").json
        assert [rule["code"] for rule in both] == ["SES101", "SES102"]

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("SES1O1", "did you mean SES101?"),
            ("repeated-feild", "did you mean repeated-field?"),
            ("qqqqqqqqqqqq", "`sesmime rules` lists them"),
            ("sec1", "codes with this prefix are SEC101 to SEC103; `sesmime rules` lists them"),
        ],
    )
    def test_an_unknown_rule_is_wrong_usage_and_the_nearest_is_named(self, text: str, hint: str) -> None:
        assert run("rule", "SES101", text) == Ran(2, b"", f"sesmime rule: there is no rule '{text}'; {hint}\n")

    def test_controls_of_the_text_are_escaped(self) -> None:
        assert "'\\x1b[31m\\u202e'" in run("rule", "\x1b[31m\u202e").err

    def test_without_a_rule_the_usage_is_wrong(self) -> None:
        assert run("rule").code == 2


class TestRules:
    def test_every_rule_has_a_line(self) -> None:
        ran = run("rules")
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.decode().splitlines()
        assert [line.split()[0] for line in lines] == list(rule_codes())
        assert len(lines) >= len(CATALOGUE)
        (line,) = (line for line in lines if line.startswith("SES101 "))
        assert line.split(None, 4) == [
            "SES101",
            "repeated-field",
            "error",
            "DOCUMENTED",
            "A field that SES accepts only once is repeated.",
        ]

    def test_columns_stand_below_each_other(self) -> None:
        starts = {
            line.index(f" {rule.severity.name.lower()} ")
            for line, rule in zip(run("rules").out.decode().splitlines(), all_rules(), strict=True)
        }
        assert len(starts) == 1

    def test_json_has_the_objects_of_the_pages(self) -> None:
        listed = run("rules", "--json").json
        assert [rule["code"] for rule in listed] == list(rule_codes())
        assert listed[0] == run("rule", listed[0]["code"], "--json").json

    def test_markdown_is_a_table(self) -> None:
        lines = run("rules", "--markdown").out.decode().splitlines()
        assert lines[:2] == ["| Code | Name | Severity | Evidence | What it finds |", "| --- | --- | --- | --- | --- |"]
        summary = "A field that SES accepts only once is repeated."
        assert f"| SES101 | repeated-field | error | DOCUMENTED | {summary} |" in lines
        assert len(lines) == 2 + len(rule_codes())

    def test_the_table_is_drawn_by_rich_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("rich")
        drawn = run("rules", terminal=True).out.decode()
        assert "\x1b[" in drawn
        assert all(code in drawn for code in rule_codes())
        names = {rule.name for rule in all_rules()}
        monkeypatch.setenv("COLUMNS", "150")
        assert names <= set(
            run("rules", terminal=True).out.decode().replace("\x1b[36m", " ").replace("\x1b", " ").split()
        )
        monkeypatch.setitem(sys.modules, "rich.console", None)
        assert run("rules", terminal=True).out == run("rules").out

    def test_on_a_narrow_terminal_no_name_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("rich")
        monkeypatch.setenv("COLUMNS", "50")
        assert run("rules", terminal=True).out == run("rules").out
        monkeypatch.setenv("COLUMNS", "80")
        assert "\N{HORIZONTAL ELLIPSIS}" not in run("rules", terminal=True).out.decode()


TEXT = "554 Transaction failed: Duplicate header 'Content-Type'."


class TestExplain:
    def test_each_cause_is_told_with_remedy_rules_and_source(self) -> None:
        ran = run("explain", TEXT)
        assert (ran.code, ran.err) == (0, "")
        causes = explain_rejection(TEXT)
        told = " ".join(ran.out.decode().split())
        for number, cause in enumerate(causes, 1):
            assert f"{number}. Duplicate header 'Content-Type'. cause {cause.cause} remedy {cause.remedy}" in told
            assert f"source {cause.evidence.name}, {cause.source}" in told
        assert "rules SES101 repeated-field" in told

    def test_with_the_message_the_place_is_told(self) -> None:
        told = " ".join(run("explain", TEXT, REPEATED).out.decode().split())
        assert f"here {REPEATED}:9:1: " in told

    def test_the_message_may_come_from_standard_input(self) -> None:
        told = " ".join(run("explain", TEXT, "-", stdin=REPEATED.read_bytes()).out.decode().split())
        assert "here <stdin>:9:1: " in told

    def test_without_a_message_standard_input_is_not_read(self) -> None:
        assert "here" not in run("explain", TEXT, stdin=REPEATED.read_bytes()).out.decode().split()

    def test_json_has_the_causes_and_their_places(self) -> None:
        told = run("explain", TEXT, REPEATED, "--json").json
        expected = explain_rejection(TEXT, REPEATED.read_bytes())
        assert [list(one) for one in told] == [
            ["title", "cause", "remedy", "rules", "evidence", "source", "findings"]
        ] * len(expected)
        assert [(one["cause"], one["rules"], one["evidence"]) for one in told] == [
            (one.cause, list(one.rules), one.evidence.name) for one in expected
        ]
        assert told[0]["findings"][0]["line"] == 9

    def test_the_interface_and_the_settings_count(self) -> None:
        text = "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed."
        without = run("explain", text, PLAIN, "--json").json
        given = run("explain", text, PLAIN, "--tag", "a b=c", "--json").json
        assert not any(one["findings"] for one in without)
        assert "SES511" in [finding["code"] for one in given for finding in one["findings"]]

    def test_verified_identities_tell_which_sender_is_not(self) -> None:
        text = "554 Message rejected: Email address is not verified."
        assert not any(one["findings"] for one in run("explain", text, PLAIN, "--json").json)
        given = run("explain", text, PLAIN, "--verified-identity", "verified.example", "--json").json
        assert {finding["code"] for finding in given[0]["findings"]} == {"SES214"}

    def test_an_unknown_text_is_explained_too(self) -> None:
        ran = run("explain", "\x1b[31m\u202esomething else")
        assert ran.code == 0
        assert "1. unknown error text" in ran.out.decode()

    def test_a_message_that_cannot_be_read_is_told(self) -> None:
        ran = run("explain", TEXT, "missing.eml")
        assert ran == Ran(2, b"", "sesmime explain: missing.eml cannot be read: No such file or directory\n")

    def test_json_of_all_three_is_ascii(self) -> None:
        for argv in (["rule", "SES101", "--json"], ["rules", "--json"], ["explain", "Zoë \udcff", "--json"]):
            out = run(*argv).out
            assert out.isascii()
            json.loads(out)
