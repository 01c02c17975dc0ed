"""Rules asked directly: where nothing of their triggers is there, and on every interface, they find nothing."""

from __future__ import annotations

import pytest

from sesmime import ApiParameters, Destination, Interface, LintConfig
from sesmime.linter import catalogue, forward_rules
from sesmime.linter.occasions import OCCASIONS
from sesmime.linter.rule import Rule, Subject
from sesmime.linter.run import outgoing
from sesmime.linter.view.outgoing import Outgoing

MESSAGES = {
    "nothing": b"",
    "a body": b"\r\nHello\r\n",
    "a plain one": b"From: Joe <joe@a.example>\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n",
}


def rules() -> list[Rule]:
    return [entry.rule() for entry in catalogue.CATALOGUE]


def called_by(subject: Outgoing) -> set[str]:
    return {*subject.names, *(name for name, holds in OCCASIONS.items() if holds(subject))}


@pytest.mark.parametrize("interface", Interface)
@pytest.mark.parametrize("name", MESSAGES)
def test_a_rule_finds_nothing_where_nothing_calls_for_it(name: str, interface: Interface) -> None:
    # Which is what makes it right not to ask it.
    parameters = ApiParameters(source="joe@a.example", destination=Destination(("c@d.example",)))
    subject = outgoing(MESSAGES[name], parameters=parameters, interface=interface, config=LintConfig())
    calls = called_by(subject)
    asked = 0
    for rule in rules():
        if rule.triggers is None or not calls.isdisjoint(rule.triggers):
            continue
        if rule.subject.is_part:
            found = [fault for part in subject.every_part for fault in rule.check(subject, part)]
        elif rule.subject is Subject.PARAMETERS or interface.is_raw:
            found = list(rule.check(subject))
        else:
            continue
        asked += 1
        assert found == [], rule.code
    assert asked > 10


def test_what_only_a_forward_tells_lint_never_finds() -> None:
    subject = outgoing(
        MESSAGES["a plain one"], parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig()
    )
    assert [tuple(rule.check(subject)) for rule in forward_rules.RULES] == [(), ()]
