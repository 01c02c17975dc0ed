"""How long an address is to SES: what counts and what does not, and what is done about one that is too long."""

from __future__ import annotations

import doctest
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import InvalidAddress, Mailbox, build, format_addresses, lint, parse, readdress
from sesmime.ses.address_length import is_overlong, overlong_addresses, printed_address, shortened, utf16_length
from tests.conftest import shared

ADDRESS = "a@b.example"
ROOM = 320 - len(" <a@b.example>")


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(sys.modules["sesmime.ses.address_length"]).failed == 0


@pytest.mark.parametrize(
    ("longest", "too_long"),
    [
        ("x" * ROOM, "x" * (ROOM + 1)),
        (f'"{"x" * ROOM}"', f'"{"x" * (ROOM + 1)}"'),  # quotes that nothing asks for do not count
        (f'"{"x" * (ROOM - 3)},"', f'"{"x" * (ROOM - 2)},"'),  # others do
        ('"' + '\\"' * ((ROOM - 2) // 2) + '"', '"' + '\\"' * (ROOM // 2) + '"'),  # and so do escapes
        ("=?utf-8?q?" + "x" * (ROOM - 12) + "?=", "=?utf-8?q?" + "x" * (ROOM - 11) + "?="),
        ("é" * (ROOM - 2), "é" * (ROOM - 1)),
        ("\N{GRINNING FACE}" * ((ROOM - 2) // 2), "\N{GRINNING FACE}" * (ROOM // 2)),
        ("x" * ROOM + "   ", "x" * (ROOM + 1) + "   "),
    ],
)
def test_320_characters_pass_and_321_do_not(longest: str, too_long: str) -> None:
    assert not is_overlong(f"{longest} <{ADDRESS}>")
    (printed,) = overlong_addresses(f"{too_long} <{ADDRESS}>")
    assert utf16_length(printed) > 320


def test_each_address_of_a_list_counts_by_itself() -> None:
    one = f"{'x' * ROOM} <{ADDRESS}>"
    assert not is_overlong(", ".join([one] * 9))
    assert is_overlong(", ".join([one, "x" + one]))


def test_an_address_without_a_name_has_brackets_only_where_it_needs_them() -> None:
    assert printed_address("a@b.example", None) == "a@b.example"
    assert printed_address('"a b"@b.example', None) == '<"a b"@b.example>'


@given(st.text(max_size=400), st.sampled_from(["a@b.example", f"{'l' * 64}@{'d' * 63}.{'e' * 63}.example"]))
def test_a_shortened_mailbox_can_be_written_and_is_no_shorter_than_it_must_be(name: str, address: str) -> None:
    mailbox = Mailbox(name, address)
    try:
        written = format_addresses([mailbox])
    except InvalidAddress:
        return
    made = shortened(mailbox)
    assert not is_overlong(format_addresses([made]))
    if is_overlong(written):
        assert name.startswith(made.display_name.removesuffix("…").rstrip())
        assert len(made.display_name) > 10
    else:
        assert made == mailbox


def test_what_is_too_long_is_not_made() -> None:
    long = Mailbox("é" * 100, ADDRESS)
    message = build(sender=ADDRESS, to=ADDRESS, subject="Hi", text="Hi")
    for options in ({"sender": long, "to": ADDRESS}, {"sender": ADDRESS, "to": [ADDRESS, long]}):
        with pytest.raises(InvalidAddress, match="more than 320 characters"):
            build(subject="Hi", text="Hi", **options)
    with pytest.raises(InvalidAddress, match="more than 320 characters"):
        readdress(message, to=long)
    with pytest.raises(InvalidAddress, match="more than 320 characters"):
        build(sender=ADDRESS, to=ADDRESS, reply_to=str(long), text="Hi")


@pytest.mark.shared
@pytest.mark.parametrize(("number", "name"), [("01", "From"), ("03", "To")])
def test_what_users_saw_refused_is_found(number: str, name: str) -> None:
    message = shared("cases", "ses", f"{number}.eml").read_bytes()
    field = parse(message).header_section.first(name)
    assert field is not None
    (printed,) = overlong_addresses(field.body)
    (finding,) = [one for one in lint(message) if one.code == "SES215"]
    assert finding.rejection == f"Address length is more than 320 characters long: '{printed}'."
