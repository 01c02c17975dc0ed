"""How often `fix` looks at a message: not more often at a larger one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

import pytest

from benchmarks.families import FAMILIES, Family
from sesmime import ApiParameters, Edit, Fault, Field, Fix, Interface, LintConfig, Severity, Submission, fix, rule
from sesmime.linter.kit import Evidence, Outgoing, Subject
from sesmime.linter.run import check
from tests.conftest import shared

TOP = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n"


def looks(message: bytes) -> int:
    with mock.patch("sesmime.linter.fixes.check", wraps=check) as counted:
        fix(message, unsafe=True, config=LintConfig(select=("",)))
    return counted.call_count


def many_pairs(count: int) -> bytes:
    return TOP + b"X-SES-MESSAGE-TAGS: " + b",".join(b"a=1" for _ in range(count)) + b"\r\n\r\nx"


def many_names(count: int) -> bytes:
    pairs = b",".join(b"a%d=1,a%d=1" % (number, number) for number in range(count))
    return TOP + b"X-SES-MESSAGE-TAGS: " + pairs + b"\r\n\r\nx"


@pytest.mark.parametrize("made", [many_pairs, many_names])
def test_a_long_header_section_is_looked_at_no_more_often_than_a_short_one(made: object) -> None:
    assert callable(made)
    assert looks(made(4_000)) <= looks(made(1_000)) <= 30


def test_a_pair_that_is_given_many_times_is_removed_in_few_rounds() -> None:
    done = fix(many_pairs(900), unsafe=True, config=LintConfig(select=("SES502",)))
    assert done.message == many_pairs(1)
    assert looks(many_pairs(900)) <= 12


@pytest.mark.parametrize("family", FAMILIES[1::2], ids=lambda family: family.name)
def test_a_message_with_more_of_the_same_is_looked_at_no_more_often(family: Family) -> None:
    assert looks(family.make(1 << 13)) <= max(looks(family.make(1 << 11)), 4)


def test_all_places_of_a_kind_are_mended_in_one_round() -> None:
    message = TOP + b"Cc\t:caf\xe9\r\n" * 408 + b"\r\nx"
    assert looks(message) <= 4
    done = fix(message, unsafe=True, config=LintConfig(select=("",)))
    assert done.message.count(b"Cc:caf") == len(done.applied) == 408


def test_places_beyond_the_first_thousands_are_mended_in_further_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    message = TOP + b"X-A\t:v\r\n" * 100 + b"\r\nx"
    every = LintConfig(select=("",))
    at_once = fix(message, unsafe=True, config=every)
    monkeypatch.setattr("sesmime.linter.fixes.MOST_PLACES", 30)
    assert looks(message) == 5
    in_rounds = fix(message, unsafe=True, config=every)
    assert in_rounds.message == at_once.message
    assert len(in_rounds.applied) == len(at_once.applied) == 100


def custom(check: Callable[[Outgoing], Iterator[Fault]]) -> LintConfig:
    made = rule(
        "ACME001",
        severity=Severity.WARNING,
        evidence=Evidence.ASSUMED,
        source="https://a.example/",
        subject=Subject.PARAMETERS,
    )(check)
    return LintConfig(select=("ACME", "SES219"), rules=(made,))


def field_named(outgoing: Outgoing, name: str) -> Field:
    found = outgoing.section.first(name)
    assert found is not None
    return found


def test_a_fix_that_calls_for_itself_for_ever_is_given_up() -> None:
    def counts_up(outgoing: Outgoing) -> Iterator[Fault]:
        """X-N could be greater.

        It always could.
        """
        field = field_named(outgoing, "X-N")
        edit = Edit(field.span, b"X-N: %09d\r\n" % (int(field.body) + 1))
        yield Fault("it could be greater", fix=Fix("add one", [edit]))

    message = TOP + b"X-N: 000000000\r\n\r\nx"
    done = fix(message, unsafe=True, config=custom(counts_up))
    assert done.message == message
    assert [finding.code for finding in done.left] == ["ACME001"]


def test_two_findings_of_one_edit_make_it_once() -> None:
    def tells_twice(outgoing: Outgoing) -> Iterator[Fault]:
        """X-N is there.

        Twice over.
        """
        for _ in range(2 if "x-n" in outgoing.names else 0):
            yield Fault("it is there", fix=Fix("remove it", [Edit(field_named(outgoing, "X-N").span, b"")]))

    done = fix(TOP + b"X-N: 1\r\n\r\nx", unsafe=True, config=custom(tells_twice))
    assert done.message == TOP + b"\r\nx"
    assert [finding.code for finding in done.applied] == ["ACME001"] * 2


def test_names_are_not_encoded_where_another_rule_would_object() -> None:
    def dislikes_encoded_words(outgoing: Outgoing) -> Iterator[Fault]:
        """The source holds an encoded word.

        Somebody dislikes them.
        """
        if "=?" in str(outgoing.parameters.source):
            yield Fault("an encoded word")

    given = Submission(None, ApiParameters(source="Zo\xeb <a@b.example>"), Interface.SEND_EMAIL)
    plain = custom(dislikes_encoded_words)
    assert fix(given, unsafe=True, config=replace(plain, rules=())).parameters.source != given.parameters.source
    done = fix(given, unsafe=True, config=plain)
    assert done.parameters == given.parameters
    assert [finding.code for finding in done.left] == ["SES219"]


def test_the_slow_case_is_looked_at_a_few_times() -> None:
    assert looks(shared("cases", "hostile", "fix-unsafe-slow-16k.eml").read_bytes()) <= 12


def test_a_closing_delimiter_that_is_the_enclosing_one_s_own_is_added_a_few_times_only() -> None:
    # "--b--" closes the inner multipart, and opens another part of the outer one.
    message = TOP + b'Content-Type: multipart/mixed; boundary="b--"\r\n\r\n--b--\r\n'
    message += b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
    assert looks(message) <= 60
    assert fix(message, unsafe=True).message.count(b"--b--") < 8
