"""However large a message is, a report stays small: a rule about messages or parts tells of ten places."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from unittest import mock

import pytest

from benchmarks.families import FAMILIES, Family
from sesmime import Interface, LintConfig, Refused, lint, prepare_many
from sesmime.linter import run
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.output import Examined, Place, Style, renderer
from sesmime.linter.output.capped import untold
from sesmime.linter.view import lines
from sesmime.linter.view.lines import MOST, MOST_COUNTED

EVERY_RULE = LintConfig(select=("SES", "RFC", "SEC", "BULK"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_rule_tells_of_ten_places_at_most_and_counts_the_others(family: Family) -> None:
    report = lint(family.make(1 << 13), interface=Interface.V2_SEND_EMAIL_RAW, config=EVERY_RULE)
    told = Counter(finding.code for finding in report)
    assert {code: count for code, count in told.items() if count > MOST} == {}
    with mock.patch.object(run, "MOST", MOST + MOST_COUNTED):
        every = lint(family.make(1 << 13), interface=Interface.V2_SEND_EMAIL_RAW, config=EVERY_RULE)
    # What is not told is counted.
    assert told + Counter(untold(report)) == Counter(finding.code for finding in every)


def test_long_lines_that_are_not_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_LONG", 20)
    message = b"From: a@b.example\r\n\r\n" + (b"x" * 999 + b"\r\n") * 25
    assert untold(lint(message, config=LintConfig(select=("SES301",)))) == {"SES301": 15}
    # No further than to a thousand.
    message = b"From: a@b.example\r\n\r\n" + (b"x" * 999 + b"\r\n") * 1_020
    assert untold(lint(message, config=LintConfig(select=("SES301",)))) == {"SES301": MOST_COUNTED}


def test_of_as_many_as_are_counted_it_is_said_that_there_may_be_more() -> None:
    report = lint(repeated(MOST + MOST_COUNTED + 1))
    assert untold(report) == {"SES107": MOST_COUNTED}
    assert "SES107 is told of its first 10 places; there are at least 1,000 more" in str(report)


@pytest.mark.parametrize("name", ["ses-fields-in-parts", "malformed-parts", "multiparts-without-boundary"])
def test_copies_of_a_message_are_told_of_like_one_by_itself(name: str) -> None:
    message = next(family for family in FAMILIES if family.name == name).make(1 << 13)
    copies = prepare_many(message, [f"{who}@example.net" for who in "abc"], fix=False)
    told = []
    for _ in range(3):
        try:
            found = tuple(next(copies).report)
        except Refused as refused:
            found = tuple(refused.report)
        told.append([(finding.code, finding.part, finding.message, finding.untold) for finding in found])
    assert told[0] == told[1] == told[2]
    assert max(Counter(code for code, *_ in told[2]).values()) == MOST


def repeated(fields: int) -> bytes:
    return b"From: a@b.example\r\nTo: c@d.example\r\n" + b"X-SES-TENANTS: t\r\n" * fields + b"\r\nHi\r\n"


@pytest.mark.parametrize("fields", [9, 10, 11, 30])
def test_each_form_says_how_many_more_there_are(fields: int) -> None:
    report = lint(repeated(fields))
    codes = ["SES107"] * (fields > MOST)
    more = {"SES107": fields - MOST} if codes else {}
    assert report.to_dict()["capped_rules"] == codes
    assert report.to_dict()["untold"] == more
    examined = Examined("a.eml", "a.eml", Place(), repeated(fields), Interface.SMTP, report)
    told = {form: "".join(renderer(form)([examined], Style())) for form in ("full", "concise", "json", "sarif")}
    assert json.loads(told["json"])[0]["capped_rules"] == codes
    assert json.loads(told["json"])[0]["untold"] == more
    count = fields - MOST
    says = f"SES107 is told of its first 10 places; there {'is 1' if count == 1 else f'are {count}'} more"
    assert [form for form, text in told.items() if says in text] == ["full", "concise", "sarif"] * bool(codes)
    invocation = json.loads(told["sarif"])["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is True
    notes = invocation.get("toolExecutionNotifications", [])
    assert [(note["level"], note["associatedRule"]["id"]) for note in notes] == [("note", code) for code in codes]


def test_rules_of_other_packages_are_not_capped() -> None:
    (ours,) = (one.rule() for one in CATALOGUE if one.code == "SES107")
    theirs = replace(ours, code="ACME1")
    report = lint(repeated(30), config=LintConfig(rules=(theirs,)))
    assert Counter(finding.code for finding in report)["ACME1"] == 30
    assert untold(report) == {"SES107": 20}
