"""Hints: what stands for `typing` at a start is as good for those who ask for types when Python runs."""

from __future__ import annotations

import typing

import pytest

from sesmime import Interface, InvalidSetting, Prepared, Refused, Submission, parse, prepare
from sesmime.linter.checks import Checks
from sesmime.mime.hints import Final, Literal


def test_the_types_of_functions_and_of_classes_can_be_asked_for() -> None:
    assert typing.get_type_hints(Checks)["lint"] is str
    assert typing.get_type_hints(Submission)["interface"] is Interface
    for function in (parse, prepare, InvalidSetting.__init__, Refused.__init__):
        assert "return" in typing.get_type_hints(function)


@pytest.mark.parametrize("kind", [Submission, Prepared])
def test_what_is_told_of_a_request_can_be_written_in_code(kind: typing.Any) -> None:
    written = kind[dict]
    assert typing.get_origin(written) is kind
    assert typing.get_args(written) == (dict,)


def test_a_literal_is_of_the_type_of_its_values_and_a_final_of_its_own() -> None:
    kinds: typing.Any = (Literal["a", "b"], Literal[Interface.SMTP], Final[int])
    assert kinds == (str, Interface, int)
