"""However large a message is, a report stays small: a rule about messages or parts tells of ten places."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.families import FAMILIES, Family
from sesmime import Interface, LintConfig, Refused, lint, prepare_many
from sesmime.linter.view.lines import MOST

EVERY_RULE = LintConfig(select=("SES", "RFC", "SEC", "BULK"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_rule_tells_of_more_than_ten_places(family: Family) -> None:
    report = lint(family.make(1 << 13), interface=Interface.V2_SEND_EMAIL_RAW, config=EVERY_RULE)
    assert {code: count for code, count in Counter(finding.code for finding in report).items() if count > MOST} == {}


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
        told.append([(finding.code, finding.part, finding.message) for finding in found])
    assert told[0] == told[1] == told[2]
    assert max(Counter(code for code, _, _ in told[2]).values()) == MOST
