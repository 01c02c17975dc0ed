"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from sesmime.mime.patterns import lazy_pattern


def test_a_lazy_pattern_does_what_a_compiled_one_does() -> None:
    text = "one 22, two 333"
    compiled = re.compile("([a-z]+) ([0-9]+)", re.IGNORECASE)
    for name, arguments in {
        "search": (text,),
        "match": (text, 8),
        "fullmatch": ("TWO 3",),
        "findall": (text,),
        "sub": (r"\2", text),
        "subn": (r"\2", text),
        "split": (text,),
    }.items():
        lazy = lazy_pattern("([a-z]+) ([0-9]+)", re.IGNORECASE)
        for _ in range(2):  # before it is compiled, and after
            assert str(getattr(lazy, name)(*arguments)) == str(getattr(compiled, name)(*arguments))
    lazy = lazy_pattern("([a-z]+) ([0-9]+)", re.IGNORECASE)
    assert [match.span() for match in lazy.finditer(text)] == [match.span() for match in compiled.finditer(text)]
    assert (lazy.pattern, lazy.flags, lazy.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    with pytest.raises(AttributeError):
        _ = lazy.unknown  # type: ignore[attr-defined]


def test_a_pattern_that_cannot_be_compiled_raises_at_its_first_use() -> None:
    lazy = lazy_pattern(b"(")
    with pytest.raises(re.error):
        lazy.search(b"x")
