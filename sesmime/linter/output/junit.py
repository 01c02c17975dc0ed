"""JUnit: a test case for each message, with a failure for each finding; XML in ASCII."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from sesmime.errors import printable
from sesmime.linter.findings import Finding
from sesmime.linter.output import Result, Style, Unreadable, expected, shown_place, where


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the whole document at the end: it begins with the numbers of tests, failures and errors."""
    suite = ElementTree.Element("testsuite", name="sesmime")
    tests = failures = errors = 0
    for result in results:
        tests += 1
        case = ElementTree.SubElement(suite, "testcase", classname="sesmime.linter", name=printable(result.path))
        if isinstance(result, Unreadable):
            errors += 1
            ElementTree.SubElement(case, "error", type="unreadable", message=printable(result.reason))
            continue
        failures += bool(result.findings)
        for finding in result.findings:
            failure = ElementTree.SubElement(
                case,
                "failure",
                type=f"{finding.severity.name.lower()} {finding.code}",
                message=printable(finding.message),
            )
            failure.text = printable(_text(result.path, finding))
    suites = ElementTree.Element("testsuites", name="sesmime")
    for counted in (suites, suite):
        counted.attrib.update(tests=str(tests), failures=str(failures), errors=str(errors))
    suites.append(suite)
    ElementTree.indent(suites)
    yield ElementTree.tostring(suites, encoding="us-ascii", xml_declaration=True).decode("ascii") + "\n"


def _text(path: str, finding: Finding) -> str:
    told = f"{shown_place(path, finding)}: {finding.code} {finding.name}"
    told += where(finding)
    if (answer := expected(finding)) is not None:
        told += f"; {answer}"
    if finding.fix is not None:
        told += f"; fix: {finding.fix.title}"
    return told
