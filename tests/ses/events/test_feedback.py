"""The Feedback-ID field that SES writes."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import MessageTag
from sesmime.events import feedback_id

A, B = MessageTag("ses:feedback-id-a", "one"), MessageTag("ses:feedback-id-b", "two")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([A, B], "one:two:<internal>:AmazonSES"),
        ([B, MessageTag("campaign", "x"), A], "one:two:<internal>:AmazonSES"),
        ([A], "one::<internal>:AmazonSES"),
        ([B], ":two:<internal>:AmazonSES"),
        ([], "::<internal>:AmazonSES"),
        ([("ses:feedback-id-a", "first"), ("ses:feedback-id-a", "second")], "first::<internal>:AmazonSES"),
        ({"ses:feedback-id-a": ["one"], "ses:source-ip": ["192.0.2.1"]}, "one::<internal>:AmazonSES"),
    ],
)
def test_the_parts_stand_before_the_internal_one(tags: Any, expected: str) -> None:
    assert feedback_id(tags) == expected


def test_the_internal_part_may_be_known() -> None:
    assert feedback_id([], internal="1.eu-west-1.abc=") == "::1.eu-west-1.abc=:AmazonSES"


@pytest.mark.parametrize("tags", ["ses:feedback-id-a=x", [("a",)], 5, [("a", 1)]])
def test_what_are_no_tags_is_refused(tags: Any) -> None:
    with pytest.raises(TypeError):
        feedback_id(tags)
