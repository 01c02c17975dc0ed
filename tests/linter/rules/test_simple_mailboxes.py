"""The short pattern of the most frequent mailbox, beside the long one that a test holds to the strict grammar."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime.linter.view.addresses import MAX_SIMPLE, is_ordinary_list, is_simple
from tests.linter.rules import test_address_rules

_ORDINARY = test_address_rules.TestOrdinary


@given(st.one_of(_ORDINARY.NEARLY, _ORDINARY.MAILBOXES, _ORDINARY.MAILBOXES.map("{}\r\n".format)))
@example("a" * 58 + "@b.cd")
@example("a@" + "b" * 62)
@example("a@b.1c")
@example("a@b.c-")
def test_what_is_known_by_the_short_pattern_is_what_the_long_one_takes(text: str) -> None:
    octets = text.encode("utf-8", "surrogateescape")
    if len(octets) <= MAX_SIMPLE and is_simple(octets, 0):
        assert is_ordinary_list(octets, 0)
