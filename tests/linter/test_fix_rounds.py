"""How often `fix` looks at a message: not more often at a larger one."""

from __future__ import annotations

from unittest import mock

import pytest

from benchmarks.families import FAMILIES, Family
from sesmime import LintConfig, fix
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


def test_the_slow_case_is_looked_at_a_few_times() -> None:
    assert looks(shared("cases", "hostile", "fix-unsafe-slow-16k.eml").read_bytes()) <= 12


def test_a_closing_delimiter_that_is_the_enclosing_one_s_own_is_added_a_few_times_only() -> None:
    # "--b--" closes the inner multipart, and opens another part of the outer one.
    message = TOP + b'Content-Type: multipart/mixed; boundary="b--"\r\n\r\n--b--\r\n'
    message += b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
    assert looks(message) <= 60
    assert fix(message, unsafe=True).message.count(b"--b--") < 8
