"""Errors: one root, facts as attributes, texts that are safe to print, pickles."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any
from unicodedata import unidata_version

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sesmime
from sesmime import errors

MESSAGE = b"From: joe@a.example\r\nTo: c@d.example\r\n\r\nHello\r\n"
EVERY = [
    errors.InvalidField("X-A", "no reason"),
    errors.InvalidAddress("a@", "no domain"),
    errors.InvalidMessageTag("a b", "c", "no reason"),
    errors.InvalidSetting("tenant", "", "it is empty"),
    errors.UnsupportedSetting("tenant", "ses.SendRawEmail", "the API v2 has it"),
    errors.LimitExceeded("header_section", 10),
    errors.DecodingError("1.2", "no base64"),
    errors.OverlappingEdits((0, 2), (1, 3)),
    errors.InvalidSignature("TopicArn", "is not one of the expected topics"),
    errors.InvalidSignature("", "is not JSON"),
    errors.Refused(()),
]


@pytest.mark.parametrize("error", EVERY, ids=[type(error).__name__ for error in EVERY])
def test_an_error_is_one_sentence_and_pickles(error: errors.SesMimeError) -> None:
    assert isinstance(error, errors.SesMimeError)
    assert isinstance(error, ValueError)
    assert str(error)
    assert "\n" not in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


@pytest.mark.slow
@given(st.text(), st.text())
def test_texts_are_short_and_hold_no_controls(name: str, value: str) -> None:
    for error in (
        errors.InvalidField(name * 40, "x"),
        errors.InvalidAddress(value * 40, "x"),
        errors.InvalidMessageTag(name, value * 40, "x"),
        errors.InvalidSetting("tenant", value * 40, "x"),
    ):
        assert str(error).isprintable()
        assert len(str(error)) < 300


@pytest.mark.slow
@given(st.one_of(st.text(), st.binary()), st.integers(10, 200))
def test_a_quotation_is_printable_and_no_longer_than_asked_for(text: str | bytes, limit: int) -> None:
    shown = errors.quoted(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert shown[0] == shown[-1] == "'"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "'plain'"),
        ("a\r\nb", r"'a\r\nb'"),
        ("\u202efdp", r"'\u202efdp'"),
        ("\x1b[31m", r"'\x1b[31m'"),
        (b"caf\xe9", r"'caf\xe9'"),
        ("caf\udce9", r"'caf\xe9'"),
        ("ü 東", "'ü 東'"),
        ("back\\slash", r"'back\\slash'"),
        ("\ud800", r"'\ud800'"),
    ],
)
def test_what_is_quoted_is_escaped(text: str | bytes, shown: str) -> None:
    assert errors.quoted(text) == shown


def test_long_texts_are_cut() -> None:
    assert errors.quoted("x" * 500) == "'" + "x" * 195 + "...'"


@pytest.mark.parametrize(
    "call",
    [
        lambda wrong: sesmime.parse(MESSAGE, limits=wrong),
        lambda wrong: sesmime.lint(MESSAGE, config=wrong),
        lambda wrong: sesmime.lint(MESSAGE, parameters=wrong),
        lambda wrong: sesmime.fix(MESSAGE, parameters=wrong),
        lambda wrong: sesmime.prepare(MESSAGE, parameters=wrong),
        lambda wrong: sesmime.remove_fields(MESSAGE, wrong),
        lambda wrong: sesmime.decode_words(wrong),
        lambda wrong: sesmime.message_to_bytes(wrong),
        lambda wrong: sesmime.parse(wrong),
    ],
)
@pytest.mark.parametrize("wrong", [None, 3, [], {}], ids=["None", "int", "list", "dict"])
def test_an_argument_of_another_type_is_a_type_error(call: Callable[[Any], object], wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        call(wrong)


def test_what_is_printed_as_itself_is_what_the_oldest_python_knows() -> None:
    known = [chr(point) for point in range(0x110000) if chr(point).isprintable()]
    ours = [character for character in known if errors.is_printable(character)]
    if unidata_version.startswith("14."):
        assert ours == known
    # Unicode 14.0 has 144,697 characters: 163 are formats, 2 separate lines, 16 are other blanks than the space.
    assert len(ours) == 144_697 - 163 - 2 - 16
    assert not errors.is_printable("ab\U0001e4f0")
    assert errors.quoted("\U0003191c") == r"'\U0003191c'"
