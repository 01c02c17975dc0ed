"""The formats of findings: what each writes of findings whose places and texts are known beforehand."""

from __future__ import annotations

import base64
import doctest
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sesmime import Evidence, Finding, Interface, Severity, Span
from sesmime.linter import listing
from sesmime.linter.findings import Fix
from sesmime.linter.listing import find_rule, is_known_start, nearest, nearest_rule, rule_codes
from sesmime.linter.output import FORMATS, Examined, Place, Result, Style, Unreadable, as_json, renderer, statistics
from sesmime.mime.edits import Edit
from tests.conftest import shared

MESSAGE = b"From: a@b.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"
SECOND = Span(33, 40)
PAGE = "https://docs.aws.amazon.com/ses/latest/dg/header-fields.html"


def finding(source: bytes = MESSAGE, span: Span | None = SECOND, **facts: Any) -> Finding:
    """Make a finding of a place in a message: the second Subject, if nothing else is said."""
    place: dict[str, Any] = {}
    if span is not None:
        start = source.rfind(b"\n", 0, span.start) + 1
        place = {"span": span, "line": source.count(b"\n", 0, span.start) + 1, "column": span.start - start + 1}
    told: dict[str, Any] = {
        "code": "SES101",
        "name": "repeated-field",
        "severity": Severity.ERROR,
        "evidence": Evidence.DOCUMENTED,
        "message": "Subject is repeated",
        "rejection": "Duplicate header 'Subject'.",
        "fix": Fix("remove it here", [Edit(Span(33, 47), b"")], is_safe=True),
        "url": PAGE,
    }
    return Finding(**(place | told | facts))


def examined(*findings: Finding, message: bytes | None = MESSAGE, **facts: Any) -> Examined:
    """Make the result of a message in a file of its own, if nothing else is said."""
    told: dict[str, Any] = {
        "path": "a.eml",
        "file": "a.eml",
        "place": Place(),
        "message": message,
        "interface": Interface.SEND_RAW_EMAIL,
        "findings": findings,
    }
    return Examined(**(told | facts))


def written(name: str, results: Iterable[Result], style: Style = Style()) -> str:
    return "".join(renderer(name)(results, style))


IN_MBOX = examined(finding(), path="box#2", file="box", place=Place(1_000, 21))
IN_REQUEST = examined(finding(), path="r.json", file="r.json", place=None)
FROM_STDIN = examined(finding(), path="<stdin>", file=None)
OF_PARAMETERS = examined(finding(span=None, rejection=None, fix=None), message=None, path="r.json", file="r.json")
LOST = Unreadable("lost.eml", "lost.eml cannot be read: No such file or directory")
ALL: list[Result] = [examined(finding()), IN_MBOX, IN_REQUEST, FROM_STDIN, OF_PARAMETERS, examined(), LOST]


def test_doctests() -> None:
    for module in (listing, as_json):
        results = doctest.testmod(module)
        assert results.attempted > 0
        assert results.failed == 0


class TestAllFormats:
    @pytest.mark.parametrize("name", FORMATS)
    def test_no_control_character_of_a_message_or_a_file_name_gets_through(self, name: str) -> None:
        hostile = "\x1b[31m\u202e\udcff\n::error::x]]>&<\ud800"
        message = b"From: \x1b[31m\xe2\x80\xae\xff\rb\r\n\r\n"
        told = finding(
            message,
            Span(6, 8),
            message=hostile,
            rejection=hostile,
            fix=Fix(hostile),
            part="1",
        )
        one = examined(told, message=message, path=f"{hostile}#1", file=hostile.replace("\ud800", ""))
        text = written(name, [one, Unreadable(hostile.replace("\ud800", ""), hostile)])
        assert all(line.isprintable() for line in text.split("\n"))
        assert "\n::error::x" not in text
        if name in ("json", "json-lines", "sarif", "junit", "gitlab"):
            assert text.isascii()

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_run_without_findings_is_well_formed(self, name: str) -> None:
        text = written(name, [])
        if name in ("json", "sarif", "gitlab"):
            assert json.loads(text) is not None
        elif name == "junit":
            assert ElementTree.fromstring(text).attrib["tests"] == "0"
        else:
            assert text == ""

    @pytest.mark.parametrize("name", ["full", "concise", "json", "json-lines", "github", "gitlab"])
    def test_what_was_found_is_told_before_the_next_message_is_asked_for(self, name: str) -> None:
        asked: list[int] = []

        def results() -> Iterable[Result]:
            for number in range(3):
                asked.append(number)
                yield examined(finding())

        pieces = renderer(name)(results(), Style())
        assert "Subject is repeated" in next(iter(pieces))
        assert asked == [0]


class TestFull:
    def test_a_finding_is_told_with_its_line_and_marks_below_its_place(self) -> None:
        assert written("full", [examined(finding())]) == (
            "a.eml:3:1: SES101 repeated-field [error]\n"
            "  Subject is repeated\n"
            "   |\n"
            " 3 | Subject: two\n"
            "   | ^^^^^^^\n"
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]\n"
            "   = fix: remove it here (safe)\n"
            "\n"
        )

    def test_without_an_expected_answer_the_source_is_told(self) -> None:
        told = written("full", [examined(finding(rejection=None, fix=Fix("choose one"), part="1.2"))]).splitlines()
        assert told[-4:-1] == [
            "   = part 1.2",
            "   = fix: choose one (by hand)",
            f"   = DOCUMENTED, {PAGE}",
        ]

    def test_a_finding_about_parameters_has_no_place(self) -> None:
        told = written("full", [OF_PARAMETERS]).splitlines()
        assert told == [
            "r.json: SES101 repeated-field [error]",
            "  Subject is repeated",
            f"  = DOCUMENTED, {PAGE}",
            "",
        ]

    def test_a_message_of_an_mbox_file_is_told_with_the_line_of_the_file_too(self) -> None:
        told = written("full", [IN_MBOX]).splitlines()
        assert told[0] == "box#2:3:1: SES101 repeated-field [error]"
        # The message begins on line 21: its third line is line 23.
        assert "   = line 23 of box" in told

    def test_bytes_that_are_no_printable_ascii_are_escaped_and_the_marks_are_as_wide(self) -> None:
        message = b"To: a\xc3\xbc\x1b\tb\r\n\r\n"
        told = written("full", [examined(finding(message, Span(5, 8)), message=message)]).splitlines()
        assert told[3:5] == [
            r" 1 | To: a\xc3\xbc\x1b\tb",
            r"   |      ^^^^^^^^^^^^",
        ]

    def test_an_empty_place_and_a_line_end_get_one_mark(self) -> None:
        message = b"To: b\nCc: d\r\n\r\n"
        empty = written("full", [examined(finding(message, Span(6, 6)), message=message)]).splitlines()
        assert empty[3:5] == [" 2 | Cc: d", "   | ^"]
        feed = written("full", [examined(finding(message, Span(5, 6)), message=message)]).splitlines()
        assert feed[3:5] == [" 1 | To: b", "   |      ^"]

    def test_a_place_of_several_lines_is_shown_up_to_the_third(self) -> None:
        message = b"To: b\r\n c\r\n d\r\n e\r\n\r\n"
        told = written("full", [examined(finding(message, Span(4, 19)), message=message)]).splitlines()
        assert told[2:9] == [
            "   |",
            " 1 | To: b",
            "   |     ^",
            " 2 |  c",
            "   | ^^",
            " 3 |  d",
            "   | ^^",
        ]
        assert told[9].startswith("   = expected")

    def test_of_a_long_line_is_shown_what_stands_around_the_place(self) -> None:
        message = b"To: " + b"b" * 5_000 + b"HERE" + b"c" * 5_000 + b"\r\n\r\n"
        told = written("full", [examined(finding(message, Span(5_004, 5_008)), message=message)]).splitlines()
        # 80 columns less " 1 | ": 24 in front with the dots, 4 marked, the rest behind with the dots.
        assert told[3] == " 1 | ..." + "b" * 21 + "HERE" + "c" * (75 - 24 - 4 - 3) + "..."
        assert told[4] == "   | " + " " * 24 + "^^^^"
        assert max(map(len, told)) <= 80

    def test_a_place_wider_than_the_room_is_cut(self) -> None:
        message = b"To: " + b"b" * 5_000 + b"\r\n\r\n"
        told = written("full", [examined(finding(message, Span(0, 5_004)), message=message)]).splitlines()
        assert told[3] == " 1 | To: " + "b" * (75 - 4 - 3) + "..."
        assert told[4] == "   | " + "^" * 75

    def test_of_a_body_and_of_an_unknown_field_only_the_shape_is_shown(self) -> None:
        message = b"Subject: two\r\nX-Key: a-b \xc3\xbc\x01\r\n\r\nSecret, 12:\r3\r\n"
        key, body = message.index(b"\x01"), message.index(b"\r3")
        told = written("full", [examined(finding(message, Span(key, key + 1)), message=message)]).splitlines()
        assert told[3:5] == [r" 2 | X-Key: x-x xx\x01", r"   |              ^^^^"]
        told = written("full", [examined(finding(message, Span(body, body + 1)), message=message)]).splitlines()
        assert told[3:5] == [r" 4 | xxxxxx, xx:\rx", r"   |            ^^"]

    def test_long_texts_are_broken_at_blanks(self) -> None:
        told = written("full", [examined(finding(message="word " * 30))], Style(width=60)).splitlines()
        assert told[1:4] == ["  " + " ".join(["word"] * 11)] * 2 + ["  " + " ".join(["word"] * 8)]

    def test_texts_are_painted_by_their_role(self) -> None:
        told = written("full", [examined(finding())], Style(paint=lambda text, role: f"<{role}>{text}</>"))
        assert told.startswith("<strong>a.eml:3:1</>: SES101 repeated-field [<error>error</>]\n")
        assert "<frame>   |</> <error>^^^^^^^</>\n" in told


class TestConcise:
    def test_a_finding_is_a_line(self) -> None:
        told = written("concise", [examined(finding(), finding(span=None, severity=Severity.INFO, part="1"))])
        assert told == (
            "a.eml:3:1: SES101 repeated-field [error] Subject is repeated\n"
            "a.eml: SES101 repeated-field [info] Subject is repeated (part 1)\n"
        )


FINDING_NAMES = [
    "code",
    "name",
    "severity",
    "evidence",
    "message",
    "span",
    "line",
    "column",
    "part",
    "parameter",
    "rejection",
    "fix",
    "url",
]


class TestJson:
    def test_there_is_an_object_for_each_message_with_the_names_of_finding(self) -> None:
        told = json.loads(written("json", ALL))
        assert [one["path"] for one in told] == ["a.eml", "box#2", "r.json", "<stdin>", "r.json", "a.eml"]
        assert [len(one["findings"]) for one in told] == [1, 1, 1, 1, 1, 0]
        for one in told:
            assert list(one) == [
                "path",
                "file",
                "file_offset",
                "file_line",
                "interface",
                "findings",
                "capped_rules",
                "untold",
            ]
            assert all(list(found) == FINDING_NAMES for found in one["findings"])
        assert told[0]["findings"][0] == {
            "code": "SES101",
            "name": "repeated-field",
            "severity": "ERROR",
            "evidence": "DOCUMENTED",
            "message": "Subject is repeated",
            "span": [33, 40],
            "line": 3,
            "column": 1,
            "part": "",
            "parameter": None,
            "rejection": "Duplicate header 'Subject'.",
            "fix": {"title": "remove it here", "applicability": "safe"},
            "url": PAGE,
        }

    def test_a_message_says_where_it_begins_in_its_file(self) -> None:
        told = json.loads(written("json", ALL))
        places = [(one["file"], one["file_offset"], one["file_line"]) for one in told]
        assert places[:4] == [("a.eml", 0, 1), ("box", 1_000, 21), ("r.json", None, None), (None, 0, 1)]

    def test_json_lines_are_the_same_objects_one_a_line(self) -> None:
        lines = written("json-lines", ALL).splitlines()
        assert [json.loads(line) for line in lines] == json.loads(written("json", ALL))

    def test_a_file_name_that_is_no_text_is_escaped(self) -> None:
        (told,) = json.loads(written("json", [examined(path="caf\udce9.eml")]))
        assert told["path"] == "caf\\xe9.eml"


class TestGithub:
    def test_a_finding_is_a_command_with_the_line_of_the_file(self) -> None:
        answer = "; expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]"
        text = f"Subject is repeated{answer}"
        in_request = f"Subject is repeated (line 3 of the message){answer}"
        assert written("github", ALL).splitlines() == [
            f"::error file=a.eml,line=3,col=1,title=SES101 repeated-field::{text}",
            f"::error file=box,line=23,col=1,title=SES101 repeated-field::Subject is repeated (box#2){answer}",
            f"::error file=r.json,title=SES101 repeated-field::{in_request}",
            f"::error file=<stdin>,line=3,col=1,title=SES101 repeated-field::{text}",
            "::error file=r.json,title=SES101 repeated-field::Subject is repeated",
            "::error file=lost.eml,title=sesmime::lost.eml cannot be read: No such file or directory",
        ]

    def test_severities_are_commands(self) -> None:
        told = written("github", [examined(*(finding(severity=one, rejection=None) for one in Severity))])
        assert [line.partition(" ")[0] for line in told.splitlines()] == ["::notice", "::warning", "::error"]

    def test_what_separates_properties_is_escaped(self) -> None:
        told = written(
            "github", [examined(finding(message="100%: a, b", rejection=None), path="C:a,b%.eml", file=None)]
        )
        assert told == ("::error file=C%3Aa%2Cb%25.eml,line=3,col=1,title=SES101 repeated-field::100%25: a, b\n")


class TestJunit:
    def test_a_message_is_a_suite_and_a_finding_a_case_that_fails_at_the_fail_level(self) -> None:
        two = examined(finding(), finding(severity=Severity.WARNING, span=None, part="1"))
        suites = ElementTree.fromstring(written("junit", [two, examined(path="b.eml"), LOST]))
        assert (suites.tag, suites.attrib) == (
            "testsuites",
            {"name": "sesmime", "tests": "4", "failures": "1", "errors": "1"},
        )
        counts = [{name: suite.attrib[name] for name in ("name", "tests", "failures", "errors")} for suite in suites]
        assert counts == [
            {"name": "a.eml", "tests": "2", "failures": "1", "errors": "0"},
            {"name": "b.eml", "tests": "1", "failures": "0", "errors": "0"},
            {"name": "lost.eml", "tests": "1", "failures": "0", "errors": "1"},
        ]
        bad, good, lost = suites
        assert [dict(case.attrib) for case in bad] == [{"classname": "a.eml", "name": "SES101 repeated-field"}] * 2
        ((failure,), (told,)) = bad
        assert (failure.tag, failure.attrib) == (
            "failure",
            {"type": "error SES101", "message": "Subject is repeated"},
        )
        assert failure.text == (
            "a.eml:3:1: SES101 repeated-field; expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED];"
            " fix: remove it here"
        )
        assert told.tag == "system-out"
        assert (told.text or "").startswith("warning: Subject is repeated: a.eml: SES101 repeated-field (part 1);")
        (case,) = good
        assert (case.attrib, list(case)) == ({"classname": "b.eml", "name": "no findings"}, [])
        ((error,),) = lost
        assert (error.tag, error.attrib["message"]) == (
            "error",
            "lost.eml cannot be read: No such file or directory",
        )

    def test_the_fail_level_decides_what_fails(self) -> None:
        each = examined(*(finding(severity=severity) for severity in Severity))
        for level, failures in ((Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.INFO, 3)):
            suites = ElementTree.fromstring(written("junit", [each], Style(fail_level=level)))
            assert suites.attrib["failures"] == str(failures)
            assert len(suites.findall(".//failure")) == failures
            assert len(suites.findall(".//testcase")) == 3


class TestGitlab:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

    def entries(self, *results: Result) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads(written("gitlab", results))
        for entry in entries:
            assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
            assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert entry["location"]["lines"]["begin"] >= 1
        assert len({entry["fingerprint"] for entry in entries}) == len(entries)
        return entries

    def test_a_finding_is_an_entry_with_its_place(self) -> None:
        (entry,) = self.entries(examined(finding()))
        assert entry["location"] == {"path": "a.eml", "lines": {"begin": 3}}
        assert (entry["check_name"], entry["severity"]) == ("SES101", "critical")
        assert entry["description"] == (
            "SES101 repeated-field: Subject is repeated;"
            " expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]"
        )

    def test_the_severities_are_those_of_gitlab(self) -> None:
        each = examined(*(finding(severity=one) for one in (Severity.ERROR, Severity.WARNING, Severity.INFO)))
        assert [one["severity"] for one in self.entries(each, LOST)] == ["critical", "major", "minor", "blocker"]

    def test_the_same_finding_twice_has_two_fingerprints(self) -> None:
        assert len(self.entries(examined(finding(), finding()))) == 2

    def test_lines_above_do_not_change_the_fingerprint(self) -> None:
        (one,) = self.entries(examined(finding()))
        (other,) = self.entries(examined(finding(), place=Place(offset=100, line=40)))
        assert one["location"]["lines"] != other["location"]["lines"]
        assert one["fingerprint"] == other["fingerprint"]

    def test_what_has_no_line_stands_at_the_first(self) -> None:
        (entry,) = self.entries(examined(finding(span=None)))
        assert entry["location"]["lines"] == {"begin": 1}


def sarif(*results: Result) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(written("sarif", results, Style(version="1.2.3")))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    told: dict[str, Any] = run
    return told


def location(result: dict[str, Any]) -> dict[str, Any]:
    (one,) = result["locations"]
    place: dict[str, Any] = one["physicalLocation"]
    return place


class TestSarif:
    def test_a_result_has_its_rule_level_text_and_place(self) -> None:
        run = sarif(examined(finding()))
        (result,) = run["results"]
        assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("SES101", 0, "error")
        assert result["message"]["text"] == (
            "Subject is repeated; expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]"
        )
        assert location(result) == {
            "artifactLocation": {"uri": "a.eml"},
            "region": {
                "startLine": 3,
                "startColumn": 1,
                "endLine": 3,
                "endColumn": 8,
                "byteOffset": 33,
                "byteLength": 7,
            },
        }
        assert result["properties"]["evidence"] == "DOCUMENTED"
        assert result["properties"]["source"] == PAGE

    def test_the_tool_tells_of_the_rules_that_were_met(self) -> None:
        run = sarif(examined(finding(), finding(code="SES102"), finding()))
        driver = run["tool"]["driver"]
        assert (driver["name"], driver["version"]) == ("sesmime", "1.2.3")
        assert [rule["id"] for rule in driver["rules"]] == ["SES101", "SES102"]
        rule = driver["rules"][0]
        assert rule["name"] == "repeated-field"
        assert rule["helpUri"] == PAGE
        assert rule["help"]["text"].startswith(rule["shortDescription"]["text"])
        assert rule["defaultConfiguration"] == {"level": "error"}
        assert [result["ruleIndex"] for result in run["results"]] == [0, 1, 0]

    def test_an_information_is_a_note(self) -> None:
        results = sarif(examined(*(finding(severity=one) for one in Severity)))["results"]
        assert [result["level"] for result in results] == ["note", "warning", "error"]

    def test_columns_count_characters_and_offsets_bytes(self) -> None:
        message = "To: ü\U0001f600 x\r\nA: b\r\n\r\n".encode()
        # The x stands behind "To: ", two characters and a blank; in bytes behind 4 + 2 + 4 + 1.
        run = sarif(examined(finding(message, Span(11, 12)), message=message))
        assert run["columnKind"] == "unicodeCodePoints"
        assert location(run["results"][0])["region"] == {
            "startLine": 1,
            "startColumn": 8,
            "endLine": 1,
            "endColumn": 9,
            "byteOffset": 11,
            "byteLength": 1,
        }

    def test_a_place_of_several_lines_ends_on_its_last(self) -> None:
        message = b"A: b\r\n c\r\nD: e\r\n\r\n"
        region = location(sarif(examined(finding(message, Span(0, 8)), message=message))["results"][0])["region"]
        assert (region["endLine"], region["endColumn"]) == (2, 3)

    def test_in_an_mbox_file_the_place_is_that_of_the_file(self) -> None:
        (result,) = sarif(IN_MBOX)["results"]
        assert location(result)["artifactLocation"] == {"uri": "box"}
        region = location(result)["region"]
        assert (region["startLine"], region["byteOffset"]) == (23, 1_033)
        assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "box#2", "kind": "message"}]
        (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
        assert replacement["deletedRegion"]["byteOffset"] == 1_033

    def test_in_a_request_there_is_no_place_and_no_fix(self) -> None:
        (result,) = sarif(IN_REQUEST)["results"]
        assert location(result) == {"artifactLocation": {"uri": "r.json"}}
        assert "(line 3 of the message)" in result["message"]["text"]
        assert "fixes" not in result

    def test_a_fix_is_told_as_replacements(self) -> None:
        edits = [Edit(Span(33, 47), b""), Edit(Span(15, 15), b"x\r\n"), Edit(Span(0, 1), b"\xff")]
        (result,) = sarif(examined(finding(fix=Fix("do it", edits))))["results"]
        (fix,) = result["fixes"]
        assert fix["description"]["text"] == "do it (unsafe)"
        (change,) = fix["artifactChanges"]
        assert change["artifactLocation"] == {"uri": "a.eml"}
        assert change["replacements"][0] == {
            "deletedRegion": {
                "startLine": 3,
                "startColumn": 1,
                "endLine": 4,
                "endColumn": 1,
                "byteOffset": 33,
                "byteLength": 14,
            },
            "insertedContent": {"text": ""},
        }
        assert change["replacements"][1]["deletedRegion"]["byteLength"] == 0
        assert change["replacements"][1]["insertedContent"] == {"text": "x\r\n"}
        assert base64.b64decode(change["replacements"][2]["insertedContent"]["binary"]) == b"\xff"

    def test_a_remedy_by_hand_and_one_that_writes_much_are_no_fixes(self) -> None:
        much = Fix("write it anew", [Edit(Span(0, 1), b"x" * 5_000)])
        for result in sarif(examined(finding(fix=Fix("by hand")), finding(fix=much), finding(fix=None)))["results"]:
            assert "fixes" not in result

    def test_what_was_not_read_is_a_notification(self) -> None:
        assert sarif(examined())["invocations"] == [{"executionSuccessful": True}]
        (invocation,) = sarif(LOST)["invocations"]
        assert invocation["executionSuccessful"] is False
        (notification,) = invocation["toolExecutionNotifications"]
        assert notification["message"]["text"] == LOST.reason

    def test_file_names_are_uris(self) -> None:
        names = ["a b#1.eml", "caf\udce9.eml", "/mail/ü.eml", "<stdin>"]
        results = sarif(*(examined(finding(), file=name, path=name) for name in names))["results"]
        assert [location(result)["artifactLocation"]["uri"] for result in results] == [
            "a%20b%231.eml",
            "caf%E9.eml",
            "file:///mail/%C3%BC.eml",
            "%3Cstdin%3E",
        ]

    @pytest.mark.edges
    @pytest.mark.shared
    def test_the_log_obeys_the_schema_of_oasis(self) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        schema = json.loads(Path(shared("schemas", "sarif-schema-2.1.0.json")).read_text(encoding="utf-8"))
        validator = jsonschema.Draft4Validator(schema)
        edits = [Edit(Span(0, 1), b"\xff"), Edit(Span(2, 2), b"a")]
        logs: list[list[Result]] = [[], ALL, [examined(finding(fix=Fix("do it", edits), part="1.2"))]]
        for results in logs:
            log = json.loads(written("sarif", results, Style(version="1.2.3")))
            assert [error.message for error in validator.iter_errors(log)] == []
        log["runs"][0]["columnKind"] = "octets"
        assert list(validator.iter_errors(log))


class TestStatistics:
    RESULTS = (
        examined(finding(), finding(fix=None)),
        examined(finding(code="SES102", name="missing-from", fix=None), finding(severity=Severity.INFO)),
        LOST,
    )

    def test_rules_are_counted_the_most_frequent_first(self) -> None:
        assert "".join(statistics.render(self.RESULTS, Style())) == (
            "3  SES101  error    repeated-field  (2 fixable)\n1  SES102  error    missing-from\n"
        )

    def test_as_json_the_messages_are_counted_too(self) -> None:
        assert json.loads("".join(statistics.render_json(self.RESULTS, Style()))) == [
            {
                "code": "SES101",
                "name": "repeated-field",
                "severity": "ERROR",
                "findings": 3,
                "messages": 2,
                "fixable": 2,
            },
            {"code": "SES102", "name": "missing-from", "severity": "ERROR", "findings": 1, "messages": 1, "fixable": 0},
        ]


class TestListing:
    def test_families_stand_in_their_order(self) -> None:
        codes = rule_codes()
        families = list(dict.fromkeys(code.rstrip("0123456789") for code in codes))
        assert families == [family for family in ("SES", "RFC", "SEC", "BULK") if family in families]
        assert len(set(codes)) == len(codes)

    def test_a_rule_is_found_by_code_and_by_name_in_any_case(self) -> None:
        for text in ("SES101", "ses101", "repeated-field", "Repeated-Field"):
            rule = find_rule(text)
            assert rule is not None
            assert rule.code == "SES101"
        for text in ("", "SES", "SES1", "SES1011", "repeated"):
            assert find_rule(text) is None

    def test_the_nearest_is_the_one_with_most_letters_in_their_places(self) -> None:
        assert nearest_rule("SES1O1") == "SES101"
        assert nearest_rule("repeated-feild") == "repeated-field"
        assert nearest_rule("qqqqqqqqqq") is None
        assert nearest("extend_select", ["select", "extend-select", "ignore"]) == "extend-select"

    @pytest.mark.parametrize("text", ["SES", "S", "SES1", "SES101", "RFC", "SEC", "BULK"])
    def test_beginnings_of_codes_are_known(self, text: str) -> None:
        assert is_known_start(text)

    @pytest.mark.parametrize("text", ["", "ses1", "SES1011", "X", "repeated-field"])
    def test_other_texts_are_not(self, text: str) -> None:
        assert not is_known_start(text)
