"""The short pattern of the most frequent mailbox, beside the long one that a test holds to the strict grammar."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime.linter.view.addresses import MAX_SIMPLE, is_ordinary_list, is_simple

# Parts of which most are simple, and all are nearly so.
NAMES = st.sampled_from(
    ["", "Joe ", "Joe\tQ. ", '"Joe, Q." ', '"a:b"', "'J' ", "=?a?q?b?= ", "a=b ", '"a=b" ', "a@b ", "é "]
)
LOCALS = st.text("aZ09.!#'*+/=^_{}-?", min_size=1, max_size=12)
DOMAINS = st.lists(st.text("aZ09-_", min_size=1, max_size=8), min_size=1, max_size=4).map(".".join)
ENDS = st.sampled_from(["", "\r\n", "\n", " ", "\t\r\n", ",", " (c)", "\r\n "])


def is_held(text: str) -> bool:
    """Whether the short pattern knows a text, and then the long one has to."""
    octets = text.encode("utf-8")
    is_known = len(octets) <= MAX_SIMPLE and is_simple(octets, 0)
    assert not is_known or is_ordinary_list(octets, 0), text
    return is_known


@given(NAMES, LOCALS, DOMAINS, ENDS)
@example("", "a" * 61, "bc", "")
@example("", "a", "b" * 62, "")
@example("", "a", "b.1c", "")
@example("", "a", "b.c-", "")
@example("", "a", "b--c.de", "")
def test_what_is_known_by_the_short_pattern_is_what_the_long_one_takes(
    name: str, local: str, domain: str, end: str
) -> None:
    is_held(f" {local}@{domain}{end}")
    is_held(f" {name}<{local}@{domain}>{end}")


def test_most_mailboxes_are_known_by_it() -> None:
    for text in (
        "a@b.example",
        "<a@b.example>",
        "Joe Q. Public <joe@mail.b.example>\r\n",
        ' "Joe, Q." <j.o-e@b.example>',
    ):
        assert is_held(text)
    for text in ("a@b.example, c@d.example", "a@b.example (c)", "a@b.1", '"a@b" <a@b.example>', "a@b--c.example"):
        assert not is_held(text)
