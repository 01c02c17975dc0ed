"""The formats that other programs read, held against their schemas, their grammar and their readers.

What is written is what the rules find in all their bad examples, and in file names and texts that are hostile.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from sesmime import Evidence, Finding, Interface, LintConfig, Severity, lint
from sesmime.linter.examples import kept_examples
from sesmime.linter.output import Examined, Place, Result, Style, Unreadable, renderer
from tests.conftest import shared

# What separates, ends or begins something in one of the formats.
HOSTILE: Final = "a,b:c%2C%::error file=x::y\r\n::stop-commands::z ]]>&amp;<b>\x00\x1b[31m\u202e\u2028é\U0001f600"


@cache
def results() -> tuple[Result, ...]:
    """Return what `sesmime lint` would tell of the examples of all rules, unfavourable names included."""
    found: list[Result] = [Unreadable(HOSTILE.replace("\x00", ""), HOSTILE)]
    for code, kinds in kept_examples().items():
        one = kinds["bad"]
        if (one.message is not None and len(one.message) > 100_000) or one.forward is not None:
            continue  # large ones say nothing else, and forwards are no business of lint
        config = LintConfig(extend_select=(code,), verified_identities=one.verified_identities)
        report = lint(one.message, interface=one.interface, parameters=one.parameters, config=config)
        assert code in [finding.code for finding in report]
        name = f"mail/{code} ä.eml"
        found.append(Examined(name, name, Place(), one.message, one.interface, tuple(report)))
        found.append(Examined(f"box#{code}", "box", Place(1_000, 40), one.message, one.interface, tuple(report)))
    message = b"Subject: x\r\n\r\n"
    hostile = [
        Finding(code="SES101", name="repeated-field", severity=one, evidence=Evidence.OBSERVED, message=HOSTILE)
        for one in Severity
    ]
    found.append(Examined(HOSTILE, HOSTILE, Place(), message, Interface.SMTP, tuple(hostile)))
    found.append(Examined("clean.eml", "clean.eml", Place(), message, Interface.SMTP, ()))
    return tuple(found)


def findings() -> list[tuple[Examined, Finding]]:
    return [(one, finding) for one in results() if isinstance(one, Examined) for finding in one.findings]


def written(name: str, style: Style = Style(version="1.2.3")) -> str:
    return "".join(renderer(name)(results(), style))


# Actions' runner reads such lines: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
COMMAND: Final = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
# What a command may say of an annotation.
PROPERTIES: Final = {"file", "line", "endLine", "col", "endColumn", "title"}
_ESCAPED: Final = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def unescaped(text: str, escapes: tuple[str, ...]) -> str:
    assert not re.search("%(?!" + "|".join(one[1:] for one in escapes) + ")", text), f"a % that is not escaped: {text}"
    return re.sub("|".join(escapes), lambda found: _ESCAPED[found[0]], text)


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the workflow commands of a log as the runner takes them: name, properties, message."""
    found = []
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        command = COMMAND.fullmatch(line)
        assert command is not None, line
        properties = {}
        for pair in (command["properties"] or "").split(","):
            key, is_said, value = pair.partition("=")
            assert is_said
            assert key not in properties
            assert ":" not in value
            properties[key] = unescaped(value, tuple(_ESCAPED))
        found.append((command["name"], properties, unescaped(command["data"], ("%25", "%0D", "%0A"))))
    return found


class TestGithub:
    def test_every_line_is_a_command_and_says_the_finding(self) -> None:
        told = commands(written("github"))
        unread, *others = told
        assert (unread[0], set(unread[1])) == ("error", {"file", "title"})
        assert len(others) == len(findings())
        names = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
        for (examined, finding), (name, properties, text) in zip(findings(), others, strict=True):
            assert name == names[finding.severity]
            assert properties.keys() <= PROPERTIES
            assert properties["title"] == f"{finding.code} {finding.name}"
            assert properties.get("line") == (None if finding.line is None else str(examined.file_line(finding)))
            if HOSTILE not in (examined.file, finding.message):
                assert properties["file"] == examined.file
                assert text.startswith(finding.message)

    def test_nothing_hostile_becomes_a_command_of_its_own(self) -> None:
        for name, _, text in commands(written("github")):
            assert name in ("error", "warning", "notice")
            assert not text.startswith("::")
        hostile = [
            properties["file"] for _, properties, _ in commands(written("github")) if "%2C" in properties["file"]
        ]
        assert all(file.startswith("a,b:c%2C%::error file=x::y\\r\\n") for file in hostile)
        assert len(hostile) == 1 + len(Severity)


# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
GITLAB: Final[dict[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "location", "severity"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path"],
                "properties": {"path": {"type": "string", "pattern": "^(?!\\./)."}},
                "oneOf": [
                    {
                        "required": ["lines"],
                        "properties": {
                            "lines": {
                                "type": "object",
                                "required": ["begin"],
                                "properties": {"begin": {"type": "integer", "minimum": 1}},
                            }
                        },
                    },
                    {
                        "required": ["positions"],
                        "properties": {
                            "positions": {
                                "type": "object",
                                "required": ["begin"],
                                "properties": {
                                    "begin": {
                                        "type": "object",
                                        "required": ["line"],
                                        "properties": {"line": {"type": "integer", "minimum": 1}},
                                    }
                                },
                            }
                        },
                    },
                ],
            },
        },
    },
}


@pytest.mark.edges
class TestGitlab:
    def test_the_report_is_as_gitlab_documents_it(self) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        report = json.loads(written("gitlab"))
        validator = jsonschema.Draft202012Validator(GITLAB)
        assert [error.message for error in validator.iter_errors(report)] == []
        assert len(report) == 1 + len(findings())
        assert len({entry["fingerprint"] for entry in report}) == len(report)
        for change in ({"severity": "error"}, {"location": {"path": "./a", "lines": {"begin": 1}}}, {"fingerprint": 1}):
            assert list(validator.iter_errors([report[0] | change]))

    def test_a_byte_order_mark_which_gitlab_refuses_is_not_there(self) -> None:
        assert written("gitlab").startswith("[\n")


@pytest.mark.edges
@pytest.mark.shared
def test_sarif_of_all_rules_obeys_the_schema_of_oasis() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(shared("schemas", "sarif-schema-2.1.0.json")).read_text(encoding="utf-8"))
    log = json.loads(written("sarif"))
    assert [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(log)] == []
    (run,) = log["runs"]
    assert len(run["results"]) == len(findings())
    # GitHub shows nothing of a log with more rules than these, and refuses a result without a place.
    assert len(run["tool"]["driver"]["rules"]) <= 25_000
    assert all(result["locations"] for result in run["results"])


# What readers of JUnit know of each element, in the order in which Ant's and Jenkins' schemas have the children:
# attributes that must be there, others, children.
JUNIT: Final[dict[str, tuple[set[str], set[str], list[str]]]] = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"time", "disabled"}, ["testsuite"]),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"package", "time", "timestamp", "hostname", "id", "skipped"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "testcase": (
        {"name", "classname"},
        {"time", "file", "line"},
        ["skipped", "error", "failure", "system-out", "system-err"],
    ),
    "failure": ({"message", "type"}, set(), []),
    "error": ({"message", "type"}, set(), []),
    "system-out": (set(), set(), []),
}


class TestJunit:
    @pytest.mark.parametrize("level", Severity)
    def test_every_element_is_one_that_readers_know(self, level: Severity) -> None:
        root = ElementTree.fromstring(written("junit", Style(fail_level=level)))
        assert root.tag == "testsuites"
        for element in root.iter():
            required, others, children = JUNIT[element.tag]
            assert required <= set(element.attrib) <= required | others
            places = [children.index(child.tag) for child in element]
            assert places == sorted(places)
            for name in ("tests", "failures", "errors"):
                if name in element.attrib:
                    tag = {"tests": "testcase", "failures": "failure", "errors": "error"}[name]
                    assert int(element.attrib[name]) == len(element.findall(f".//{tag}"))

    @pytest.mark.edges
    def test_junitparser_reads_it(self) -> None:
        junitparser = pytest.importorskip("junitparser")
        suites = junitparser.JUnitXml.fromstring(written("junit").encode())
        levels = [finding.severity for _, finding in findings()]
        clean = sum(isinstance(one, Examined) and not one.findings for one in results())
        assert (suites.tests, suites.errors) == (len(levels) + clean + 1, 1)
        assert suites.failures == levels.count(Severity.ERROR)
        told = [(case.name, [type(result).__name__ for result in case.result]) for suite in suites for case in suite]
        names = [f"{finding.code} {finding.name}" for _, finding in findings()]
        assert [name for name, _ in told if name not in ("unreadable", "no findings")] == names
        failed = [name for name, result in told if result == ["Failure"]]
        assert failed == [name for name, level in zip(names, levels, strict=True) if level is Severity.ERROR]
        suites.update_statistics()
        assert (suites.tests, suites.failures, suites.errors) == (
            len(told),
            levels.count(Severity.ERROR),
            1,
        )
