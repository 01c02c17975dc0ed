"""JUnit, as ruff writes it: a suite for each message and a case for each finding; XML in ASCII.

A case fails where its finding is at or above the fail level; what is below stands in its `system-out`. A message
without findings is one case, which passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from sesmime.errors import printable
from sesmime.linter.findings import Finding
from sesmime.linter.output import Examined, Result, Style, Unreadable, expected, shown_place, where


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the whole document at the end: it begins with the numbers of tests, failures and errors."""
    suites = ElementTree.Element("testsuites", name="sesmime")
    total = [0, 0, 0]
    for result in results:
        suite = ElementTree.SubElement(suites, "testsuite", name=printable(result.path))
        if isinstance(result, Unreadable):
            case = _case(suite, result.path, "unreadable")
            ElementTree.SubElement(case, "error", type="unreadable", message=printable(result.reason))
            counts = [1, 0, 1]
        else:
            counts = _findings(suite, result, style)
        suite.attrib.update(_told(counts), package="sesmime")
        total = [one + other for one, other in zip(total, counts, strict=True)]
    suites.attrib.update(_told(total))
    ElementTree.indent(suites)
    yield ElementTree.tostring(suites, encoding="us-ascii", xml_declaration=True).decode("ascii") + "\n"


def _told(counts: list[int]) -> dict[str, str]:
    return dict(zip(("tests", "failures", "errors"), map(str, counts), strict=True))


def _case(suite: ElementTree.Element, path: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=printable(path), name=printable(name))


def _findings(suite: ElementTree.Element, examined: Examined, style: Style) -> list[int]:
    """Add a case for each finding; return the numbers of tests, failures and errors."""
    failures = 0
    for finding in examined.findings:
        case = _case(suite, examined.path, f"{finding.code} {finding.name}")
        text = printable(_text(examined.path, finding))
        if finding.severity < style.fail_level:
            told = ElementTree.SubElement(case, "system-out")
            told.text = f"{finding.severity.name.lower()}: {printable(finding.message)}: {text}"
            continue
        failures += 1
        failure = ElementTree.SubElement(
            case,
            "failure",
            type=f"{finding.severity.name.lower()} {finding.code}",
            message=printable(finding.message),
        )
        failure.text = text
    if not examined.findings:
        _case(suite, examined.path, "no findings")
    return [max(1, len(examined.findings)), failures, 0]


def _text(path: str, finding: Finding) -> str:
    told = f"{shown_place(path, finding)}: {finding.code} {finding.name}"
    told += where(finding)
    if (answer := expected(finding)) is not None:
        told += f"; {answer}"
    if finding.fix is not None:
        told += f"; fix: {finding.fix.title}"
    return told
