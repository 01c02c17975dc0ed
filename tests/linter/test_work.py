"""How much work a large message makes: what is counted here may not grow with its parts, fields or signs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from unittest import mock

import pytest

from benchmarks.families import FAMILIES, Family
from sesmime import (
    Interface,
    LintConfig,
    SesMimeError,
    Submission,
    explain_rejection,
    fix,
    lint,
    parse,
    prepare,
    prepare_forward,
    prepare_many,
    translate,
)
from sesmime.events import event_record
from sesmime.linter import fixes
from sesmime.linter.run import check
from sesmime.mime import address_tokens, addresses, dates, edits, parameters, seven_bit
from sesmime.ses import tags
from sesmime.ses.javamail import verdict
from sesmime.ses.javamail.addresses import _Item, read_address_list

CONFIGS = (
    LintConfig(),
    LintConfig(select=("RFC",)),
    LintConfig(ignore=("RFC", "SES5")),
    LintConfig(extend_select=("BULK",), ignore=("SES",)),
)


def family(name: str) -> Family:
    return next(one for one in FAMILIES if one.name == name)


@pytest.mark.parametrize("one", FAMILIES[::2], ids=lambda one: one.name)
def test_what_is_left_is_what_lint_says_of_the_fixed_message(one: Family) -> None:
    message = one.make(1 << 10)
    for config in CONFIGS:
        done = fix(message, unsafe=True, config=config)
        assert done.left.to_dict() == lint(done.message, config=config).to_dict()


@pytest.mark.parametrize("name", ["parameter-comments", "8-bit-parts", "groups"])
def test_a_fix_looks_once_at_what_it_is_given_and_once_at_what_it_made(name: str) -> None:
    with mock.patch.object(fixes, "check", wraps=check) as counted:
        fix(family(name).make(1 << 13))
    assert counted.call_count <= 2


def calls_of(call: Callable[[], object]) -> int:
    """Return how many Python functions are called."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("one", FAMILIES, ids=lambda one: one.name)
def test_four_times_the_message_is_four_times_the_calls(one: Family) -> None:
    config = LintConfig(select=("",))
    small, large = one.make(1 << 11), one.make(1 << 13)
    lint(one.make(1 << 10), config=config)  # what is imported and made once
    # A large one may pass a limit and be told of it, which is some calls more.
    assert calls_of(lambda: lint(large, config=config)) <= 6 * calls_of(lambda: lint(small, config=config))


@pytest.mark.parametrize("name", ["8-bit-addresses", "malformed-addresses", "groups", "address-routes"])
def test_a_long_list_of_addresses_is_read_once(name: str) -> None:
    message = family(name).make(addresses.LONGEST_KEPT + 2_000)
    with mock.patch.object(addresses, "_read", wraps=addresses._read) as counted:
        lint(message)
    long = [call for call in counted.call_args_list if len(call.args[0]) > addresses.LONGEST_KEPT]
    assert len(long) == 1


def explained(message: bytes) -> None:
    explain_rejection("Illegal address", message)


LOOKS: tuple[Callable[[bytes], object], ...] = (
    partial(fix, unsafe=True),
    prepare,
    partial(prepare_forward, sender="relay@example.com", destination=["b@example.net"]),
    lambda message: event_record(
        "Send", Submission(message), message_id="i", timestamp=datetime(2026, 1, 1, tzinfo=UTC)
    ),
    lambda message: translate(Submission(message), Interface.SMTP),
    explained,
)


@pytest.mark.parametrize("call", LOOKS, ids=["fix", "prepare", "forward", "event", "translate", "explain"])
@pytest.mark.parametrize("name", ["groups", "address-routes"])
def test_a_long_list_is_read_once_by_all_looks_of_one_call(call: Callable[[bytes], object], name: str) -> None:
    message = family(name).make(addresses.LONGEST_KEPT + 2_000)
    with (
        mock.patch.object(addresses, "_read", wraps=addresses._read) as counted,
        mock.patch("sesmime.ses.javamail.verdict", wraps=verdict) as strictly,
        suppress(SesMimeError),
    ):
        call(message)
    for calls in (counted, strictly):
        long = [call.args for call in calls.call_args_list if len(call.args[-1]) > addresses.LONGEST_KEPT]
        assert len(long) == len(set(long))
    assert counted.call_count > 0


@pytest.mark.parametrize("call", [lint, *LOOKS[:2]], ids=["lint", "fix", "prepare"])
@pytest.mark.parametrize("name", ["parameter-segments", "parameters", "parameter-comments"])
def test_long_parameters_are_read_once_by_all_looks_of_one_call(call: Callable[[bytes], object], name: str) -> None:
    message = family(name).make(1 << 13)
    with mock.patch.object(parameters, "_parse", wraps=parameters._parse) as counted, suppress(SesMimeError):
        call(message)
    long = [call.args for call in counted.call_args_list if len(call.args[0]) > 1 << 11]
    assert len(long) == len(set(long)) > 0


@pytest.mark.parametrize("name", ["groups", "address-empty-quotes"])
def test_the_strict_grammar_reads_a_list_that_it_takes_once(name: str) -> None:
    message = family(name).make(1 << 13)
    with mock.patch("sesmime.ses.javamail.read_address_list", wraps=read_address_list) as counted:
        lint(message)
    assert len([call for call in counted.call_args_list if len(call.args[0]) > 1 << 12]) == 1


@pytest.mark.parametrize("name", ["empty-groups", "address-quotes", "groups"])
def test_the_strict_grammar_reads_a_list_and_its_groups_once(name: str) -> None:
    message = family(name).make(1 << 13)
    with mock.patch("sesmime.ses.javamail.addresses._Item", wraps=_Item) as counted:
        lint(message)
    once = counted.call_count
    field = parse(message).header_section.first("Cc")
    assert field is not None
    with mock.patch("sesmime.ses.javamail.addresses._Item", wraps=_Item) as counted:
        verdict("parse", field.body)
    assert once <= counted.call_count + 10


def test_plain_members_of_a_group_are_read_without_their_tokens() -> None:
    body = "g: " + ", ".join(f"u{number}@example.com" for number in range(100)) + ";"
    with mock.patch.object(addresses, "Token", wraps=address_tokens.Token) as counted:
        assert len(addresses.parse_addresses(body)) == 100
    assert counted.call_count == 1


def test_message_tags_are_read_once() -> None:
    message = family("tag-commas").make(1 << 13)
    with mock.patch.object(tags, "_read", wraps=tags._read) as counted:
        assert "SES520" in [finding.code for finding in lint(message)]
    assert counted.call_count == 1
    with mock.patch.object(tags, "_read", wraps=tags._read) as counted:
        assert len(list(prepare_many(message, ["a@example.net", "b@example.net"]))) == 2
    # Each copy is a call of its own; what has been fixed is another text.
    assert counted.call_count <= 3


def test_a_date_is_read_by_its_tokens_once_and_only_where_it_may_hold_a_comment() -> None:
    plain, odd = (b"From: a@example.com\r\nDate: " + piece * 2_000 + b"\r\n\r\nHi\r\n" for piece in (b"1 ", b"(1) "))
    for message, most in ((plain, 0), (odd, 1)):
        with mock.patch.object(dates, "_without_comments", wraps=dates._without_comments) as counted:
            assert "RFC102" in [finding.code for finding in lint(message)]
        assert counted.call_count == most
    with mock.patch.object(dates, "_without_comments", wraps=dates._without_comments) as counted:
        assert len(list(prepare_many(odd, ["a@example.net", "b@example.net"]))) == 2
    assert counted.call_count <= 2


def test_the_reading_of_a_long_list_is_not_kept() -> None:
    body = ", ".join(["\xe9@example.com"] * 6_000)
    kept = addresses.parse_addresses(body)
    assert addresses.parse_addresses(body) is kept
    del kept
    assert body not in addresses._alive()


def test_the_line_end_of_a_message_is_not_counted_for_each_of_its_parts() -> None:
    for name in ("8-bit-parts", "malformed-parts"):
        message = family(name).make(1 << 13)
        with (
            mock.patch.object(seven_bit, "line_ending", wraps=edits.line_ending) as here,
            mock.patch.object(edits, "line_ending", wraps=edits.line_ending) as there,
        ):
            done = fix(message, unsafe=True)
        assert done.message != message
        assert here.call_count + there.call_count <= 4


@pytest.mark.parametrize("count", [100, 10_000])
def test_parentheses_that_nothing_closes_are_looked_at_once(count: int) -> None:
    with mock.patch.object(
        parameters._Reader, "comment_stop", autospec=True, side_effect=parameters._Reader.comment_stop
    ) as counted:
        _, found = parameters.parse_parameters("text/plain; a=b" + "(" * count + "; c=d")
    assert found["a"] == "b" + "(" * count
    assert found["c"] == "d"
    assert counted.call_count <= 4
